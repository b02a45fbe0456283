"""Pages of invitations: what they show, do, refuse and keep."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.database.context import acting_as
from services.actions import interviews
from services.models import CaseMember, Conflict, Interview, Occupancy, Participant
from tests import factories
from tests.entering import enter
from tests.services import corpus
from tests.services.conftest import _prepared, plan_for
from tests.services.pages import Page
from tests.services.proposing import answer, place_of
from tests.services.test_views_interviews import refused


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def client_of(person):
    client = Client()
    enter(client, person)
    return client


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def one(world):
    """A case whose joint interview is proposed, and the places at it by role."""
    return _prepared_and(world, interviews.propose_interview)


def _prepared_and(world, act, hour=9):
    cast = world.cast
    with acting_as(cast.social_worker):
        made = _prepared(cast)
        plan = plan_for(cast, world.things, starts=factories.workday(hour=hour),
                        needs=frozenset(need.pk for need in made.needs))  # fmt: skip
        made.interview = act(case=made.case, plan=plan, by=cast.social_worker, now=factories.now(), key=uuid.uuid4())
        made.place = dict(made.interview.participants.values_list("role", "pk"))
    return made


def now_of(world, one):
    with acting_as(world.cast.social_worker):
        return Interview.objects.get(pk=one.interview.pk)


def response_of(world, one, role):
    with acting_as(world.cast.social_worker):
        return Participant.objects.get(pk=one.place[role]).response


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- one's own invitations -----------------------------------------------------------------------------------------------


def test_an_invitation_is_counted_in_the_header_listed_and_answered_with_one_tap(world, one):
    companion = client_of(world.cast.companion)
    page = Page(companion.get(at("invitation_list")))
    assert page.soup.select_one(".bar-nav .count").get_text(" ", strip=True).endswith("1")
    form = page.soup.find("main").find("form")
    sent = {control["name"]: control["value"] for control in form.find_all("input") if control["name"] == "response"}
    assert companion.post(form["action"], sent)["Location"] == at("invitation_list")
    assert response_of(world, one, "companion") == "accepted"
    assert not Page(companion.get(at("invitation_list"))).soup.select(".bar-nav .count")


def test_no_case_code_stands_beside_an_hour(world, one):
    page = Page(client_of(world.cast.companion).get(at("invitation_list")))
    assert one.code not in page.main
    assert (
        one.code not in Page(client_of(world.cast.companion).get(at("invitation_answer", one.place["companion"]))).main
    )


def test_the_interviewer_of_the_pool_answers_and_finds_no_way_into_the_case(world, one):
    interviewer = client_of(world.cast.interviewer)
    page = Page(interviewer.get(at("invitation_list")))
    assert one.code not in page.html
    assert (
        interviewer.post(at("invitation_answer", one.place["interviewer"]), {"response": "accepted"}).status_code == 302
    )
    assert response_of(world, one, "interviewer") == "accepted"
    assert interviewer.get(at("interview_detail", one.code, one.interview.pk)).status_code == 404


def test_the_last_answer_books_it(world, one):
    for role in ("interviewer", "companion", "investigator", "prosecutor"):
        person = getattr(world.cast, role)
        assert (
            client_of(person).post(at("invitation_answer", one.place[role]), {"response": "accepted"}).status_code
            == 302
        )
    assert now_of(world, one).state == "booked"


@pytest.mark.parametrize(
    "sent",
    [{"other_day": ""}, {"response": "invited"}, {"response": corpus.NUL}, {"response": "other_time"},
     {"response": "other_time", "other_day": "2020-01-01", "other_hour": "09:00"},
     {"response": "other_time", "other_day": "2099-02-31", "other_hour": "09:00"},
     {"response": "other_time", "other_day": "2099-02-01", "other_hour": ""},
     {"response": "other_time", "other_day": "2099-02-01", "other_hour": "25:99"}],
)  # fmt: skip
def test_an_answer_that_is_none_gets_a_sentence_and_is_kept(world, one, sent):
    page = refused(client_of(world.cast.companion).post(at("invitation_answer", one.place["companion"]), sent))
    assert response_of(world, one, "companion") == "invited"
    assert page.typed().get("other_day", "") == sent.get("other_day", "")


def test_another_time_is_suggested_on_the_venues_clock_and_shown_to_the_manager(manager, world, one):
    day = factories.workday(days=9)
    sent = {"response": "other_time", "other_day": f"{day:%Y-%m-%d}", "other_hour": "10:30"}
    assert (
        client_of(world.cast.companion).post(at("invitation_answer", one.place["companion"]), sent).status_code == 302
    )
    page = Page(manager.get(at("interview_detail", one.code, one.interview.pk)))
    assert "10.30 WIB" in page.main
    assert "textarea" not in page.html


def test_the_list_costs_the_same_for_one_invitation_and_three(world, one):
    companion = client_of(world.cast.companion)
    few = queries(companion, at("invitation_list"))
    for hour in (10, 11):
        _prepared_and(world, interviews.book_interview, hour=hour)
    assert queries(companion, at("invitation_list")) == few


# --- the case manager's ----------------------------------------------------------------------------------------------------


def test_a_proposal_says_until_when_it_waits_and_for_whom(manager, world, one):
    page = Page(manager.get(at("interview_detail", one.code, one.interview.pk)))
    assert page.soup.select_one("#next-title").get_text(strip=True) == "Tunggu jawaban"
    assert "pendamping" in page.soup.select_one(".next").get_text()
    case = Page(manager.get(at("case_detail", one.code)))
    assert case.soup.select_one("#next-title").get_text(strip=True) == "Tunggu jawaban"


def test_it_is_proposed_from_the_same_page_and_in_as_many_taps_as_booking(manager, world):
    address = at("interview_book", world.fresh.code)
    sent = Page(manager.get(address)).typed()
    assert manager.post(address, sent | {"propose": "yes"}).status_code == 302
    with acting_as(world.cast.social_worker):
        assert Interview.objects.get(case=world.fresh.case).state == "proposed"


def test_how_each_attends_is_chosen_while_booking(manager, world):
    address = at("interview_book", world.fresh.code)
    page = Page(manager.get(address))
    assert not page.soup.select("[name=attends_interviewer]")  # only in the room: nothing to choose
    sent = page.typed() | {
        "attends_investigator": "remote",
        "attends_case_manager": "remote",
        "attends_prosecutor": "remote",
    }
    assert manager.post(address, sent).status_code == 302
    with acting_as(world.cast.social_worker):
        interview = Interview.objects.get(case=world.fresh.case)
        assert set(
            interview.participants.filter(role__in=["investigator", "case_manager"]).values_list("presence", flat=True)
        ) == {"remote"}
        kinds = set(interview.bookings.values_list("occupancy__resource__kind", flat=True))
    assert "observation_room" not in kinds  # nobody observes, so it stays free for others


@pytest.mark.parametrize("way", ["in_room", "x", corpus.NUL])
def test_a_way_to_attend_that_the_protocol_does_not_know_is_refused(manager, world, way):
    address = at("interview_book", world.fresh.code)
    sent = Page(manager.get(address)).typed() | {"attends_investigator": way}
    refused(manager.post(address, sent))


def test_somebody_who_cannot_come_is_the_next_step_and_another_is_asked(manager, world, one):
    lia = factories.member("Lia", world.cast.house, "companion")
    resource = factories.person_resource(lia, world.cast.house)
    factories.qualify(resource, "companion")
    factories.works(resource)
    with acting_as(world.cast.social_worker):
        CaseMember.objects.create(
            case=one.case, user=lia, agency=world.cast.house, role="companion", starts=factories.long_ago()
        )
        from services.models import Readiness

        Readiness.objects.create(case=one.case, investigator=world.cast.investigator, companion=lia,
                                 agreed_on=factories.now().date(), by=world.cast.social_worker, at=factories.now())  # fmt: skip
        answer(one.interview, "companion", "declined")
    case = Page(manager.get(at("case_detail", one.code)))
    assert case.soup.select_one("#next-title").get_text(strip=True) == "Ada yang tidak bisa datang"
    address = case.soup.select_one(".next .button")["href"]
    assert address == at("participant_substitute", one.code, one.place["companion"])
    page = Page(manager.get(address))
    [radio] = page.soup.select("input[name=resource]")
    assert radio["value"] == str(resource.pk)
    assert manager.post(address, {"resource": radio["value"]})["Location"] == at(
        "interview_detail", one.code, one.interview.pk
    )
    with acting_as(world.cast.social_worker):
        assert place_of(one.interview, "companion").resource == resource
    costs = []
    for name in ("Mira", "Nora"):
        person = factories.member(name, world.cast.house, "companion")
        factories.person_resource(person, world.cast.house)
        with acting_as(world.cast.social_worker):
            CaseMember.objects.create(
                case=one.case, user=person, agency=world.cast.house, role="companion", starts=factories.long_ago()
            )
        costs.append(queries(manager, address))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("chosen", ["", "0", "x", corpus.NUL, "9" * 30])
def test_a_substitute_who_was_not_offered(manager, world, one, chosen):
    refused(manager.post(at("participant_substitute", one.code, one.place["companion"]), {"resource": chosen}))
    with acting_as(world.cast.social_worker):
        assert place_of(one.interview, "companion").resource == world.cast.companion.resource


def test_somebody_attends_otherwise_and_the_other_way_is_refused(manager, world, one):
    address = at("participant_presence", one.code, one.place["investigator"])
    assert manager.post(address, {"presence": "remote"}).status_code == 302
    refused(manager.post(address, {"presence": "in_room"}))
    refused(manager.post(address, {"presence": ""}))
    with acting_as(world.cast.social_worker):
        assert place_of(one.interview, "investigator").presence == "remote"


def test_a_proposal_is_confirmed_when_everybody_has_accepted_and_taken_back_when_not(manager, world, one):
    address = at("interview_confirm", one.code, one.interview.pk)
    assert refused(manager.post(address)).response.status_code == 409
    assert manager.post(at("interview_cancel", one.code, one.interview.pk)).status_code == 302
    assert now_of(world, one).state == "cancelled"
    assert not Occupancy.objects.filter(live=True, span__startswith__gt=factories.now()).exists()


def test_the_team_form_says_who_would_suit_and_why(manager, world):
    person = factories.member("Lia", world.cast.house, "companion")
    factories.qualify(factories.person_resource(person, world.cast.house), "companion")
    other = factories.member("Mira", world.cast.house, "companion")
    factories.person_resource(other, world.cast.house)
    address = at("member_add", world.fresh.code)
    page = Page(manager.get(address))
    rows = [row.get_text(" ", strip=True) for row in page.soup.select("main .people li")]
    assert [row.split(",")[0].split()[0] for row in rows] == ["Lia", "Mira"]
    assert "terlatih sampai" in rows[0]
    assert "belum tercatat pelatihan" in rows[1]
    few = queries(manager, address)
    for name in ("Nora", "Oki"):
        factories.person_resource(factories.member(name, world.cast.house, "interpreter"), world.cast.house)
    assert queries(manager, address) == few
    [form] = page.soup.select("main .people form")
    sent = {control["name"]: control["value"] for control in form.find_all("input") if control["name"] == "membership"}
    assert manager.post(address, sent).status_code == 302
    with acting_as(world.cast.social_worker):
        assert CaseMember.objects.filter(case=world.fresh.case, user=person).exists()


def test_whoever_must_not_come_is_recorded_and_no_longer_offered(manager, world):
    person = factories.member("Lia", world.cast.house, "companion")
    factories.qualify(factories.person_resource(person, world.cast.house), "companion")
    membership = person.memberships.get()
    address = at("conflict_add", world.fresh.code)
    refused(manager.post(address, {"side": ""}))
    on_team = world.cast.companion.memberships.get().pk
    refused(manager.post(address, {"membership": on_team, "side": "suspects_side"}))
    assert manager.post(address, {"membership": membership.pk, "side": "suspects_side"}).status_code == 302
    with acting_as(world.cast.social_worker):
        assert Conflict.objects.filter(case=world.fresh.case, person=person).count() == 1
    page = Page(manager.get(at("member_add", world.fresh.code)))
    [row] = [row for row in page.soup.select("main .people li") if "Lia" in row.get_text()]
    assert not row.find("form")
    refused(manager.post(at("member_add", world.fresh.code), {"membership": membership.pk}))
