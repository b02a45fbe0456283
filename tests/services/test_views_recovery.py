"""Recovery's pages: what they do, refuse and keep, and who is answered what at every address of the closed side."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services import urls
from services.actions import families, recovery, waiting
from services.actions.series import series_wish
from services.forms.recovery import signed_offer
from services.models import Availability, RecoveryMember, RecoveryPlan, Resource, WaitingEntry
from services.rules.series import Place, Series, Week
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services import recovering
from tests.services.pages import Page
from tests.services.test_views_matrix import CASES, own, people  # noqa: F401 -- fixtures


@pytest.fixture
def manager(client, world, hana, room):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def plan(world, hana, room):
    """A plan in progress on the case that has its ledger."""
    with acting_as(world.cast.social_worker):
        made = recovering.book(world.told.case, world.cast.social_worker, recovering.weekly(hana, room))
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    return made


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def signed_in(person):
    client = Client()
    enter(client, person)
    return client


def of(world, model=RecoveryPlan):
    with acting_as(world.cast.social_worker):
        return list(model.objects.order_by("pk"))


def search(client, address, **asked):
    """The page of offers, and what the first one's button sends."""
    page = Page(client.get(address, {"sessions": 4, "every_weeks": 1, "minutes": 60} | asked))
    return page, page.typed()


# --- finding and booking ----------------------------------------------------------------------------------------------


def test_find_see_all_dates_and_book_in_three_steps(manager, world, hana, room):
    address = at("recovery_book", world.fresh.code)
    page, offer = search(manager, address)
    assert "every week works" in page.main or "setiap minggu" in page.main
    preview = Page(manager.post(address, offer))
    assert of(world) == []
    assert len(preview.soup.select(".path-step")) == 4
    sent = preview.typed() | {"book": "1"}
    response = manager.post(address, sent)
    (made,) = of(world)
    assert response["Location"] == at("recovery_detail", world.fresh.code, made.pk)
    with acting_as(world.cast.social_worker):
        assert made.sessions.count() == 4
    assert manager.post(address, sent)["Location"] == response["Location"]
    assert len(of(world)) == 1


def test_a_week_that_clashes_is_decided_in_the_same_form(manager, world, hana, room):
    from services.actions.occupancy import take

    address = at("recovery_book", world.fresh.code)
    # The week in which the last of the first fortnight's days lies: every series but a Sunday's meets it.
    last = factories.workday(14, 0).replace(hour=0)
    monday = last - timedelta(days=last.weekday())
    with acting_as(world.cast.social_worker):
        take(wanted=[(hana.resource.pk, (monday, monday + timedelta(days=6)))], now=factories.now())
    page, _offer = search(manager, address, part="morning")
    forms = page.soup.find("main").find_all("form", method="post")
    clashing = next(f for f in forms if f.select_one(".chip-wait"))
    offer = {"offer": clashing.find("input", {"name": "offer"})["value"]}
    preview = Page(manager.post(address, offer))
    (field,) = {radio["name"] for radio in preview.soup.select("input[type=radio]")}
    sent = preview.typed() | {"book": "1"}
    without = {name: value for name, value in sent.items() if name != field}
    refused = Page(manager.post(address, without))
    assert refused.errors()
    assert of(world) == []
    assert manager.post(address, sent | {field: "leave_out"}).status_code == 302
    with acting_as(world.cast.social_worker):
        assert of(world)[0].sessions.count() == 3


def test_what_is_kept_free_around_the_sessions_is_said_beside_the_offer(manager, world, room):
    address = at("recovery_book", world.fresh.code)
    said = "Dikosongkan untuk persiapan dan perjalanan: 10 menit sebelum, 25 sesudah."
    assert said not in search(manager, address)[0].main
    Resource.objects.filter(pk=room.pk).update(before_minutes=10, after_minutes=25)
    assert said in search(manager, address)[0].main


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("therapist_around", "waktu sebelum atau sesudahnya terlalu singkat bagi terapis"),
        ("room_around", "waktu untuk menyiapkan atau membersihkan ruang terlalu singkat"),
    ],
)
def test_a_week_without_time_around_the_session_says_so(manager, world, hana, room, cause, words):
    case, start = world.fresh.case, factories.workday()
    wish = series_wish(cases=[case], minutes=60, sessions=2, every_weeks=1, now=factories.now())
    place = Place(case.child_resource_id, wish.therapists[0], wish.rooms[0])
    series = Series((place,), (Week(1, start), Week(2, start + timedelta(weeks=1), cause)))
    page = Page(manager.post(at("recovery_book", case.code), {"offer": signed_offer(case, series, wish, cases=[case])}))
    assert [chip.text.strip() for chip in page.soup.select(".path-step .chip-wait")] == [words]


def test_no_other_time_says_that_what_is_around_counts_too(manager, world, plan, room):
    with acting_as(world.cast.social_worker):
        session = plan.sessions.order_by("span").first()
    address = at("session_move", world.told.code, session.pk)
    said = "Persiapan, pembersihan, dan perjalanan ikut dihitung."
    assert said not in Page(manager.get(address)).main
    Resource.objects.filter(pk=room.pk).update(before_minutes=120, after_minutes=120)
    Availability.objects.filter(resource=room).update(
        span=RawSQL("tstzrange(lower(span), lower(span) + '4 hours')", ())
    )
    assert said in Page(manager.get(address)).main


def test_taken_meanwhile_books_nothing_and_says_so(manager, world, hana, room):
    address = at("recovery_book", world.fresh.code)
    _page, offer = search(manager, address)
    sent = Page(manager.post(address, offer)).typed() | {"book": "1"}
    with acting_as(world.cast.social_worker):
        best = recovering.offers(world.fresh.case)[0]
        recovering.book(
            world.told.case,
            world.cast.social_worker,
            recovering.SeriesPlan(hana.resource.pk, room.pk, 60, 1, tuple(w.start for w in best.weeks)),
        )
    response = manager.post(address, sent)
    assert response.status_code == 409
    assert Page(response).errors()
    assert [made.case_id for made in of(world)] == [world.told.case.pk]


@pytest.mark.parametrize("offer", ["", "x" * 80, "another case's"])
def test_an_offer_that_was_not_made_here_leads_back_to_the_search(manager, world, hana, room, offer):
    if offer == "another case's":
        offer = search(manager, at("recovery_book", world.told.code))[1]["offer"]
    response = manager.post(at("recovery_book", world.fresh.code), {"offer": offer, "book": "1"})
    assert response.status_code == 200
    assert Page(response).soup.select(".notice-objection")
    assert of(world) == []


def test_bad_input_is_answered_beside_the_field(manager, world):
    asked = {"sessions": 99, "every_weeks": 3, "minutes": 7, "since": "2020-01-01", "exam_from": "2030-01-02"}
    page = Page(manager.get(at("recovery_book", world.fresh.code), asked))
    assert len(page.soup.select(".has-error")) >= 4
    assert page.typed("get")["sessions"] == "99"


def test_siblings_are_planned_together_and_the_family_travels_once(manager, world, hana, room):
    with acting_as(world.cast.social_worker):
        families.note_sibling(
            case=world.fresh.case, code=world.booked.code, by=world.cast.social_worker, now=factories.now()
        )
    address = at("recovery_book", world.fresh.code)
    _page, offer = search(manager, address, together="on")
    sent = Page(manager.post(address, offer)).typed() | {"book": "1"}
    assert manager.post(address, sent).status_code == 302
    one, two = of(world)
    with acting_as(world.cast.social_worker):
        first, second = ([s.starts for s in made.sessions.order_by("span")] for made in (one, two))
    assert [b - a for a, b in zip(first, second, strict=True)] == [timedelta(hours=1)] * 4


# --- a plan -----------------------------------------------------------------------------------------------------------


def test_the_plan_is_a_path_with_the_next_session_lit(manager, world, plan):
    page = Page(manager.get(at("recovery_detail", world.told.code, plan.pk)))
    steps = page.soup.select(".path-step")
    assert len(steps) == 4
    assert [step.get("aria-current") for step in steps] == ["step", None, None, None]


def test_the_number_of_queries_does_not_grow_with_the_sessions(manager, world, hana, room, plan):
    with acting_as(world.cast.social_worker):
        long = recovering.book(
            world.fresh.case, world.cast.social_worker, recovering.weekly(hana, room, sessions=12, hour=13)
        )
    counts = []
    for code, made in ((world.told.code, plan), (world.fresh.code, long)):
        with CaptureQueriesContext(connection) as queries:
            manager.get(at("recovery_detail", code, made.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_therapist_moves_leaves_out_and_writes_attendance(world, plan, hana):
    client = signed_in(hana)
    with acting_as(hana):
        first, second, third, _last = plan.sessions.order_by("span")
    page = Page(client.get(at("session_move", world.told.code, first.pk)))
    times = [radio["value"] for radio in page.soup.select("input[name=time]")]
    assert client.post(at("session_move", world.told.code, first.pk), {"time": times[0]}).status_code == 302
    assert client.post(at("session_leave_out", world.told.code, second.pk)).status_code == 302
    with acting_as(hana):
        third = recovering.let_it_come(third)
    answer = client.post(at("session_attendance", world.told.code, third.pk), {"attended": "came"})
    assert answer.status_code == 302
    with acting_as(hana):
        states = sorted(plan.sessions.values_list("state", flat=True))
    assert states == ["booked", "booked", "came", "cancelled", "moved"]
    assert client.post(at("session_attendance", world.told.code, third.pk), {"attended": "x"}).status_code == 200
    assert client.post(at("session_move", world.told.code, first.pk), {"time": "x"}).status_code == 200
    assert client.post(at("session_leave_out", world.told.code, third.pk)).status_code == 409


def test_pause_go_on_hand_over_and_review(manager, world, plan, hana, room, cast):
    code, detail = world.told.code, at("recovery_detail", world.told.code, plan.pk)
    other = recovering.therapist(cast, "Intan")
    assert manager.post(at("recovery_pause", code, plan.pk))["Location"] == detail
    assert manager.post(at("recovery_pause", code, plan.pk)).status_code == 409
    address = at("recovery_rest", code, plan.pk)
    _page, offer = search(manager, address, therapist=other.resource.pk)
    sent = Page(manager.post(address, offer)).typed() | {"book": "1"}
    assert Page(manager.post(address, sent)).errors()
    assert manager.post(address, sent | {"reason": "travel"})["Location"] == detail
    (now_plan,) = of(world)
    assert (now_plan.state, now_plan.changes_of_therapist) == ("active", 1)
    assert manager.post(at("recovery_review", code, plan.pk), {"outcome": "finish"}).status_code == 409
    assert manager.post(at("recovery_cancel", code, plan.pk))["Location"] == detail
    assert of(world)[0].state == "cancelled"


# --- waiting list and family ------------------------------------------------------------------------------------------


def test_the_waiting_list_of_who_leads_and_of_who_coordinates(manager, world, cast):
    boss = signed_in(factories.member("Joko", cast.house, "coordinator"))
    response = manager.post(at("waiting_add", world.fresh.code), {"urgency": 1, "need": "alone"})
    assert response["Location"] == at("case_recovery", world.fresh.code)
    assert manager.post(at("waiting_add", world.fresh.code), {"urgency": 1, "need": "alone"}).status_code == 409
    assert world.fresh.code in Page(manager.get(at("waiting_list"))).main
    assert world.fresh.code not in boss.get(at("waiting_list")).content.decode()
    (entry,) = of(world, WaitingEntry)
    assert manager.post(at("waiting_offer", entry.pk)).status_code == 403
    assert boss.post(at("waiting_offer", entry.pk)).status_code == 302
    assert boss.post(at("waiting_offer", entry.pk)).status_code == 409
    assert boss.get(at("case_recovery", world.fresh.code)).status_code == 404
    assert manager.post(at("waiting_withdraw", world.fresh.code, entry.pk)).status_code == 302
    assert manager.post(at("waiting_withdraw", world.fresh.code, entry.pk)).status_code == 409


def test_a_sibling_is_noted_by_code(manager, world):
    address = at("family_note", world.fresh.code)
    assert manager.post(address, {"code": world.booked.code}).status_code == 302
    assert world.booked.code in Page(manager.get(at("case_recovery", world.fresh.code))).main
    assert manager.post(address, {"code": world.other.code}).status_code == 409
    assert manager.post(address, {"code": "K-2222-2223"}).status_code == 200
    assert manager.post(at("family_leave", world.fresh.code)).status_code == 302
    assert world.booked.code not in Page(manager.get(at("case_recovery", world.fresh.code))).main


# --- the wall, at every address ---------------------------------------------------------------------------------------

RECOVERY = {"case_recovery", "recovery_book", "recovery_detail", "recovery_rest", "recovery_pause", "recovery_cancel",
            "recovery_review", "session_move", "session_leave_out", "session_attendance", "waiting_add",
            "waiting_withdraw", "family_note", "family_leave", "group_join", "group_leave", "visit_attendance", "visit_leave_out"}  # fmt: skip
THE_THERAPISTS = {"case_recovery", "recovery_detail", "session_move", "session_leave_out", "session_attendance",
                  "visit_attendance", "visit_leave_out"}  # fmt: skip


@pytest.fixture
def walled(world, own):  # noqa: F811 -- the fixture
    """A plan on the case that has its ledger, its therapist, and every address under a case, on that case."""
    (plan,) = of(world)
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    with acting_as(world.cast.social_worker):
        session = plan.sessions.order_by("span").first()
    found = {}
    for pattern in urls.urlpatterns:
        if pattern.name not in CASES:
            continue
        rest = own[pattern.name][1:]
        if pattern.name.startswith("session_"):
            rest = [session.pk]
        elif pattern.name.startswith("recovery_") and rest:
            rest = [plan.pk]
        found[pattern.name] = at(pattern.name, world.told.code, *rest)
    return SimpleNamespace(hana=plan.therapist.user, addresses=found)


def test_a_therapist_finds_the_recovery_and_nothing_else_at_any_address(walled):
    client = signed_in(walled.hana)
    answers = {}
    for name, address in walled.addresses.items():
        answers[name] = {client.get(address).status_code, client.post(address).status_code}
    opened = {name for name, codes in answers.items() if codes & {200, 409}}
    assert opened == THE_THERAPISTS
    assert answers.pop("case_detail") == {302}
    outside = {name: codes for name, codes in answers.items() if name not in RECOVERY}
    assert {code for codes in outside.values() for code in codes} <= {404, 405}
    leading = {name: codes for name, codes in answers.items() if name in RECOVERY - THE_THERAPISTS}
    assert {code for codes in leading.values() for code in codes} <= {403, 404, 405}


@pytest.mark.parametrize("who", ["investigator", "prosecutor", "companion", "psychologist"])
def test_the_evidences_team_finds_no_recovery_at_any_address_nor_a_word_of_it(world, walled, who):
    client = signed_in(getattr(world.cast, who))
    for name, address in walled.addresses.items():
        page = client.get(address)
        if name in RECOVERY:
            assert (page.status_code, client.post(address).status_code) in {(404, 404), (405, 404)}, name
        else:
            words = page.content.decode()
            assert "Hana" not in words, name
            assert "/recovery/" not in words, name


def test_a_therapists_opening_is_no_event_of_the_evidence(world, plan, hana):
    signed_in(hana).get(at("case_recovery", world.told.code))
    with acting_as(world.cast.investigator):
        assert not AuditEvent.objects.filter(actor=hana).exists()
    with acting_as(world.cast.social_worker):
        assert AuditEvent.objects.filter(actor=hana, verb="recovery.opened").count() == 1


def test_a_therapists_cases_are_listed_and_found_by_code(world, plan, hana):
    client = signed_in(hana)
    assert at("case_recovery", world.told.code) in client.get(at("case_list")).content.decode()
    response = client.post(at("case_find"), {"code": world.told.code})
    assert response["Location"] == world.told.case.get_absolute_url()
    assert client.get(world.told.case.get_absolute_url())["Location"] == at("case_recovery", world.told.code)


def test_a_therapist_whose_plan_ended_sees_nothing_from_the_next_request_on(world, plan, hana):
    client, address = signed_in(hana), at("case_recovery", world.told.code)
    assert client.get(address).status_code == 200
    with acting_as(world.cast.social_worker):
        recovery.cancel_plan(
            case=plan.case, plan=plan, by=world.cast.social_worker, now=factories.now() - timedelta(seconds=1)
        )
        assert RecoveryMember.objects.get().ends is not None
    as_owner("UPDATE services_recoverymember SET ends = ends - interval '1 minute'")
    assert client.get(address).status_code == 404


def test_who_may_not_wait_sees_no_list(world, hana):
    assert signed_in(hana).get(at("waiting_list")).status_code == 403
    with acting_as(world.cast.social_worker):
        assert waiting.in_line(factories.now()) == []
