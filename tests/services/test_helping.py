"""Why not, and what would help: on the page, each change is one button away from a booking that stands."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.database.context import acting_as
from services.actions.slots import laid_out, spares_for, what_would_help, wish_for
from services.models import Availability, CaseMember, Interview, Qualification, Resource
from services.rules.slots import ADVISED
from tests import factories
from tests.entering import enter
from tests.services.pages import Page
from tests.services.test_free_time import LIMITS, everybody_works, wished

pytestmark = pytest.mark.django_db


# --- who and what could be drawn on -----------------------------------------------------------------------------------


def spares(case, **changes):
    return spares_for(case=case, wish=wished(case, **changes), now=factories.now())


def names(pools):
    return {key: [candidate.name for candidate in pool] for key, pool in pools.items() if pool}


def colleague(name, agency, role):
    person = factories.member(name, agency, role)
    return factories.person_resource(person, agency)


def test_others_hold_the_role_in_the_province_and_are_not_on_the_team(cast, things, case):
    colleague("Hana", cast.police, "investigator")
    colleague("Jauh", factories.agency("Polres Jauh", "police", "ID-PA"), "investigator")
    colleague("Lepas", cast.police, "prosecutor")
    assert names(spares(case).another) == {"investigator": ["Hana"]}


def test_another_companion_is_trained_and_another_interpreter_speaks_the_language(cast, things, case):
    trained, expired = (colleague(name, cast.house, "companion") for name in ("Intan", "Kiki"))
    colleague("Lala", cast.house, "companion")
    factories.qualify(trained, Qualification.Kind.COMPANION)
    factories.qualify(expired, Qualification.Kind.COMPANION, factories.timezone.localdate() - timedelta(days=1))
    case.language = "su"
    speaks = colleague("Mira", cast.house, "interpreter")
    Resource.objects.filter(pk=speaks.pk).update(languages=["id", "su"])
    colleague("Nina", cast.house, "interpreter")
    found = spares(case, roles=["companion", "interpreter"])
    assert names(found.another) == {"companion": ["Intan"], "interpreter": ["Mira"]}
    assert found.another["companion"][0].qualified_until == trained.qualifications.get().expires_on


def test_other_interviewers_than_the_cases_own(cast, things, case):
    own = colleague("Wati", cast.house, "interviewer")
    factories.qualify(own, Qualification.Kind.FORENSIC)
    CaseMember.objects.create(
        case=case, user=own.user, agency=cast.house, role="interviewer", starts=factories.long_ago()
    )
    assert names(spares(case).another) == {"interviewer": ["Ratna"]}
    wider = wished(case, also=["another"])
    assert {c.name for seat in wider.seats if seat.key == "interviewer" for c in seat.candidates} == {"Ratna", "Wati"}


def test_rooms_of_other_provinces_on_the_same_clock(cast, things, case):
    for province, name in (("ID-JT", "Dekat"), ("ID-PA", "Beda jam")):
        house = factories.agency(f"UPTD {name}", province=province)
        factories.room(factories.venue(house, province=province), name, child_friendly=True)
        factories.room(house.venues.get(), f"{name} biasa")
    assert names(spares(case).elsewhere) == {"room": ["Dekat"]}
    wider = wished(case, also=["elsewhere"])
    assert [c.name for seat in wider.seats if seat.key == "room" for c in seat.candidates] == ["Melati", "Dekat"]


# --- what would help ----------------------------------------------------------------------------------------------------


def explained(case, **changes):
    wish = wished(case, **changes)
    board = laid_out(wish=wish, now=factories.now())
    return what_would_help(
        board=board, spares=spares_for(case=case, wish=wish, now=factories.now()), now=factories.now()
    )


def kinds(helps):
    return [[(change.kind, change.seats) for change in one.changes] for one in helps]


def test_a_colleague_who_is_free(cast, things, case):
    everybody_works(cast, things)
    Availability.objects.filter(resource=cast.investigator.resource).delete()
    free = colleague("Hana", cast.police, "investigator")
    factories.works(free)
    colleague("Sibuk", cast.police, "investigator")
    (one,) = explained(case)
    assert (kinds([one]), one.able) == ([[("another", ("investigator",))]], {"investigator": 1})
    assert one.slot.chosen["investigator"].name == "Hana"


def test_later_than_is_usually_looked(cast, things, case):
    everybody_works(cast, things, days=120)
    first = factories.now() + timedelta(days=100)
    Availability.objects.filter(resource=cast.companion.resource, span__startswith__lt=first).delete()
    (one,) = explained(case)
    assert kinds([one]) == [[("later", ())]]
    assert one.slot.start >= first
    found = laid_out(wish=wished(case, also=["later"]), now=factories.now())
    assert found.first() is not None


def test_explaining_reads_what_it_must_and_no_more(cast, things, case, django_assert_num_queries):
    wish = wish_for(case=case, limits=LIMITS, minutes=50, now=factories.now(), within=[ADVISED])
    board = laid_out(wish=wish, now=factories.now())
    more = spares_for(case=case, wish=wish, now=factories.now())
    with django_assert_num_queries(2):
        what_would_help(board=board, spares=more, now=factories.now())
    with django_assert_num_queries(0):
        what_would_help(board=board, spares=None, now=factories.now())


# --- on the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def helps(page):
    return {" ".join(one.find("p").get_text(" ").split()): one.find("a")["href"] for one in page.soup.select(".help")}


def book(client, address):
    """Choose what an address offers, as somebody does who changes nothing; the answer."""
    return client.post(address, Page(client.get(address)).typed())


def booked(world):
    with acting_as(world.cast.social_worker):
        return Interview.objects.get(case=world.fresh.case)


def test_by_video_is_one_button_away_from_a_booking(manager, world):
    Resource.objects.filter(kind="observation_room").update(active=False)
    address = at("interview_book", world.fresh.code)
    page = Page(manager.get(address))
    assert not page.soup.select("input[name=slot]")
    (words, link), *_more = helps(page).items()
    assert words.startswith("Bila lewat video:")
    assert book(manager, address + link).status_code == 302
    with acting_as(world.cast.social_worker):
        presences = set(
            booked(world).participants.exclude(role__in=["interviewer", "companion"]).values_list("presence", flat=True)
        )
    assert presences == {"remote"}


def test_a_day_that_is_chosen_keeps_the_usual_length_in_the_form(manager, world):
    address = at("interview_book", world.fresh.code)
    before = Page(manager.get(address)).typed("get")["minutes"]
    after = Page(manager.get(address, {"on": factories.workday().date().isoformat()})).typed("get")["minutes"]
    assert (after, int(before) > 15) == (before, True)


def test_an_hour_outside_the_advised_is_offered_only_when_somebody_looks_further(manager, world):
    Availability.objects.filter(resource=world.cast.companion.resource).delete()
    factories.works(world.cast.companion.resource, first=15, last=17)
    address = at("interview_book", world.fresh.code)
    page = Page(manager.get(address))
    assert not page.soup.select("input[name=slot]")
    link = next(link for words, link in helps(page).items() if "anjuran" in words)
    assert book(manager, address + link).status_code == 302
    assert booked(world).starts.astimezone(factories.JAKARTA).hour == 15


def test_a_colleague_joins_the_team_and_the_search_goes_on(manager, world):
    Availability.objects.filter(resource=world.cast.investigator.resource).delete()
    free = colleague("Hana", world.cast.police, "investigator")
    factories.works(free)
    page = Page(manager.get(at("interview_book", world.fresh.code)))
    link = next(link for words, link in helps(page).items() if "Hana" in words)
    assert link.startswith(at("member_add", world.fresh.code))
    joining = Page(manager.get(link)).typed()
    back = manager.post(link, joining)["Location"]
    assert back.startswith(at("interview_book", world.fresh.code) + "?on=")
    assert Page(manager.get(back)).soup.select("input[name=slot]")
    with acting_as(world.cast.social_worker):
        assert CaseMember.objects.filter(case=world.fresh.case, user=free.user, role="investigator").exists()


@pytest.mark.parametrize("then", ["", "//evil.example", "next=//evil.example", "\x00", "a" * 5000])
def test_what_follows_joining_is_only_ever_a_search_of_this_case(manager, world, then):
    colleague("Hana", world.cast.police, "investigator")
    address = at("member_add", world.fresh.code)
    membership = Page(manager.get(address)).soup.find("option", string=lambda s: s and "Hana" in s)["value"]
    answer = manager.post(f"{address}?{urlencoded(then)}", {"membership": membership})
    assert answer["Location"].startswith(at("interview_book", world.fresh.code) + "?")
    assert manager.get(answer["Location"]).status_code == 200


def urlencoded(then):
    from urllib.parse import urlencode

    return urlencode({"then": then})


def test_the_page_costs_the_same_however_many_could_help(manager, world):
    Availability.objects.filter(resource=world.cast.investigator.resource).delete()
    factories.works(colleague("Hana", world.cast.police, "investigator"))
    address = at("interview_book", world.fresh.code)
    few = queries(manager, address)
    for number in range(3):
        factories.works(colleague(f"Hana {number}", world.cast.police, "investigator"))
    assert queries(manager, address) == few


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
