"""The next step on the page of a case: of whichever interview is dealt with now, and of a wish to ask again."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from cms.accounts.models import Role
from cms.database.context import acting_as
from services.actions import hours, interviews, testimony
from services.models import CaseMember
from services.models.sheets import sheet_of
from services.rules.testimony import AgainPlan, Entry
from tests import factories
from tests.entering import enter
from tests.services.conftest import let_time_pass, plan_for
from tests.services.pages import Page
from tests.services.test_tasks import make_blind
from tests.services.test_views_cases import queries


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def step_shown(client, person, code):
    """(the step, the addresses it leads to) on the page of a case, as `person` sees it."""
    enter(client, person)
    section = Page(client.get(at("case_detail", code))).soup.select_one("section.next")
    return section.select_one("#next-title").get_text(strip=True), [a["href"] for a in section.select("a")]


def wish(one, cast, now=None):
    """An agency wishes to ask again about both topics of a case whose joint interview came to nothing."""
    plan = AgainPlan("supplementary", frozenset(need.topic_id for need in one.needs), "Berkas belum lengkap.")
    return testimony.ask_again(
        case=one.case, plan=plan, agency=cast.house, by=cast.social_worker, now=now or factories.now()
    )


@pytest.fixture
def wished(world):
    """A case whose child stopped, with a wish to ask again that nobody has approved."""
    one, cast = world.booked, world.cast
    with acting_as(cast.social_worker):
        facts = {"case": one.case, "interview": one.interview, "by": cast.social_worker, "now": factories.now()}
        interviews.hold_interview(**facts)
        testimony.record_outcomes(**facts, entries=[Entry(need.topic_id, "stopped") for need in one.needs])
        one.asking = wish(one, cast)
    one.cast = cast
    return one


def book_the_wish(world):
    """The approved wish of the told case, booked."""
    one, cast = world.told, world.cast
    plan = plan_for(cast, world.things, kind="supplementary", asking=one.asking.pk)
    return interviews.book_interview(
        case=one.case, plan=plan, by=cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )


def test_a_wish_waits_for_whoever_may_agree_until_they_have(client, wished):
    there = [at("asking_detail", wished.code, wished.asking.pk), at("interview_again", wished.code)]
    title = "Ada yang ingin bertanya lagi kepada anak"
    for person, button in ((wished.cast.social_worker, "Baca dan jawab"), (wished.cast.prosecutor, "Lihat siapa")):
        assert step_shown(client, person, wished.code) == (title, there)
        assert button in Page(client.get(at("case_detail", wished.code))).main
    enter(client, wished.cast.social_worker)
    client.post(there[0])
    assert step_shown(client, wished.cast.social_worker, wished.code) == (title, there)
    assert "Baca dan jawab" not in Page(client.get(at("case_detail", wished.code))).main


def test_a_role_that_has_agreed_is_not_asked_again(client, wished):
    second = factories.member("Psikolog Kedua", wished.cast.house, Role.PSYCHOLOGIST)
    with acting_as(wished.cast.social_worker):
        CaseMember.objects.create(
            case=wished.case, user=second, agency=wished.cast.house, role="psychologist", starts=factories.long_ago()
        )
    address = at("asking_detail", wished.code, wished.asking.pk)
    enter(client, second)
    assert "Saya setuju" in Page(client.get(address)).main
    enter(client, wished.cast.psychologist)
    client.post(address)
    enter(client, second)
    assert "Saya setuju" not in Page(client.get(address)).main


def test_an_approved_wish_is_to_be_booked_and_then_is_the_interview_that_counts(client, world):
    manager, code = world.cast.social_worker, world.told.code
    step, links = step_shown(client, manager, code)
    assert step == "Carikan waktu untuk wawancara berikutnya"
    assert links == [at("asking_book", code, world.told.asking.pk), at("interview_again", code)]
    assert step_shown(client, world.cast.prosecutor, code) == (step, [])
    with acting_as(manager):
        interview = book_the_wish(world)
    own = [at("interview_detail", code, interview.pk), at("interview_move", code, interview.pk)]
    assert step_shown(client, manager, code)[1] == [*own, at("interview_cancel", code, interview.pk)]
    with acting_as(manager):
        let_time_pass(interview, factories.now() - timedelta(hours=3))
    assert step_shown(client, manager, code) == ("Apakah wawancara berlangsung?", own[:1])
    with acting_as(manager):
        facts = {"case": world.told.case, "interview": interview, "by": manager, "now": factories.now()}
        interviews.hold_interview(**facts)
    assert step_shown(client, manager, code) == ("Catat hasil setiap topik", own[:1])
    with acting_as(manager):
        testimony.record_outcomes(**facts, entries=[Entry(world.told.stopped.topic_id, "asked_not_told")])
    assert step_shown(client, manager, code)[1] == [at("interview_again", code)]


def test_a_cancelled_interview_leaves_the_wish_waiting(client, world):
    with acting_as(world.cast.social_worker):
        facts = {"case": world.told.case, "by": world.cast.social_worker, "now": factories.now()}
        interviews.cancel_interview(**facts, interview=book_the_wish(world))
    assert step_shown(client, world.cast.social_worker, world.told.code)[1][0] == at(
        "asking_book", world.told.code, world.told.asking.pk
    )


def test_what_is_told_meanwhile_waits_no_more(world):
    one, cast = world.told, world.cast
    with acting_as(cast.social_worker):
        other = wish_about(one, cast)
        interview = book_the_wish(world)
        let_time_pass(interview, factories.now() - timedelta(hours=3))
        facts = {"case": one.case, "interview": interview, "by": cast.social_worker, "now": factories.now()}
        interviews.hold_interview(**facts)
        assert sheet_of(one.case, factories.now()).wish == other
        entries = [Entry(one.stopped.topic_id, "told_recorded", cast.police.pk, "SEGEL-2", "cd" * 32)]
        testimony.record_outcomes(**facts, entries=entries)
        assert sheet_of(one.case, factories.now()).wish is None


def wish_about(one, cast):
    """A second wish, about the topic at which the child stopped; nobody has approved it."""
    plan = AgainPlan("continuation", frozenset([one.stopped.topic_id]), "Anak minta berhenti.")
    return testimony.ask_again(case=one.case, plan=plan, agency=cast.house, by=cast.social_worker, now=factories.now())


def test_of_several_wishes_the_one_that_can_be_booked_comes_first(world):
    with acting_as(world.cast.social_worker):
        wish_about(world.told, world.cast)
        assert sheet_of(world.told.case, factories.now()).wish == world.told.asking


def test_a_blind_interviewer_learns_of_no_wish(client, wished):
    with acting_as(wished.cast.social_worker):
        CaseMember.objects.create(case=wished.case, user=wished.cast.interviewer, agency=wished.cast.house,
                                  role="interviewer", starts=factories.now() - timedelta(minutes=1))  # fmt: skip
    make_blind()
    step, links = step_shown(client, wished.cast.interviewer, wished.code)
    assert (step, links) == ("Anak sudah bercerita", [])
    assert (
        at("asking_detail", wished.code, wished.asking.pk)
        not in client.get(at("case_detail", wished.code)).content.decode()
    )


def test_the_page_costs_the_same_for_one_wish_and_three(client, wished):
    enter(client, wished.cast.social_worker)
    one = queries(client, at("case_detail", wished.code))
    with acting_as(wished.cast.social_worker):
        for _more in range(2):
            wish(wished, wished.cast, factories.now() + timedelta(hours=1))
    assert queries(client, at("case_detail", wished.code)) == one


# --- leave ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def coming(world):
    """The joint interview of the fresh case is booked, three working days ahead."""
    plan = plan_for(world.cast, world.things, needs=frozenset(need.pk for need in world.fresh.needs))
    facts = {"case": world.fresh.case, "by": world.cast.social_worker, "now": factories.now()}
    with acting_as(world.cast.social_worker):
        return interviews.book_interview(plan=plan, key=uuid.uuid4(), **facts)


def away(person, start, end):
    with acting_as(person):
        hours.add_leave(resource=person.resource, start=start, end=end, by=person, now=factories.now())


def test_an_interviewer_on_leave_at_the_hour_is_the_next_step(client, world, coming):
    manager, code = world.cast.social_worker, world.fresh.code
    enter(client, manager)
    before = queries(client, at("case_detail", code))
    away(world.cast.interviewer, coming.starts - timedelta(hours=2), coming.ends + timedelta(hours=2))
    with acting_as(manager):
        place = coming.participants.get(role="interviewer")
    assert step_shown(client, manager, code) == (
        "Ada yang tidak bisa datang",
        [at("participant_substitute", code, place.pk), at("interview_move", code, coming.pk)],
    )
    words = Page(client.get(at("case_detail", code))).main
    assert f"{world.cast.interviewer.resource.name} (sedang cuti pada jam itu)" in words
    assert queries(client, at("case_detail", code)) <= before


def test_leave_that_ends_before_the_hour_hinders_nobody(client, world, coming):
    away(world.cast.interviewer, coming.starts - timedelta(hours=2), coming.starts)
    assert step_shown(client, world.cast.social_worker, world.fresh.code)[0] != "Ada yang tidak bisa datang"
