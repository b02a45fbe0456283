"""The ledger: what was told is not asked again, by whatever route; what is left needs reasons and approvals."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews
from services.actions import testimony as testimony_actions
from services.models import Approval, Asking, CaseReference, Interview, Occupancy, QuestionNeed, Testimony
from services.models.consents import ChildView
from services.rules.testimony import AgainPlan, Entry
from tests import factories
from tests.themselves import Themselves

HASH = "a" * 64

testimony = Themselves(testimony_actions)


@pytest.fixture
def held(ready):
    """The joint interview took place; two topics were attached to it."""
    second = factories.need(ready.case, ready.cast, 1)
    plan = ready.plan()
    plan = type(plan)(**{**plan.__dict__, "needs": frozenset([ready.need.pk, second.pk])})
    worker = ready.cast.social_worker
    interview = interviews.book_interview(case=ready.case, plan=plan, by=worker, now=factories.now(), key=uuid.uuid4())
    interviews.hold_interview(case=ready.case, interview=interview, by=worker, now=interview.ends)
    ready.interview, ready.second = interview, second
    return ready


def write(held, *entries):
    return testimony.record_outcomes(
        case=held.case, interview=held.interview, entries=entries, by=held.cast.social_worker, now=factories.now()
    )


@pytest.fixture
def told(held):
    """The first topic is told and recorded, the second was stopped."""
    write(
        held,
        Entry(held.need.topic_id, "told_recorded", held.cast.police.pk, "SEGEL-0001", HASH),
        Entry(held.second.topic_id, "stopped"),
    )
    return held


def ask(told, kind="supplementary", topics=(), **changes):
    plan = AgainPlan(**{"kind": kind, "topics": frozenset(topics), "reason": "Rekaman berhenti.", **changes})
    return testimony.ask_again(
        case=told.case, plan=plan, agency=told.cast.police, by=told.cast.investigator, now=factories.now()
    )


def keys(call, *args, **facts):
    with pytest.raises(Objected) as refusal:
        call(*args, **facts)
    return set(refusal.value.keys)


def test_every_attached_topic_needs_its_outcome(held):
    assert keys(write, held, Entry(held.need.topic_id, "asked_not_told")) == {"outcome_missing"}
    assert not Testimony.objects.exists()


def test_a_recording_is_kept_by_somebody_under_a_seal_with_a_hash(held):
    topic, other = held.need.topic_id, Entry(held.second.topic_id, "not_asked")
    assert keys(write, held, Entry(topic, "told_recorded"), other) == {
        "recording_reference_missing",
        "recording_hash_malformed",
    }
    bad = Entry(topic, "told_recorded", held.cast.police.pk, "SEGEL-1", "A" * 64)
    assert keys(write, held, bad, other) == {"recording_hash_malformed"}


def test_outcomes_settle_the_needs(told):
    told.need.refresh_from_db()
    told.second.refresh_from_db()
    assert (told.need.state, told.second.state) == (QuestionNeed.State.COVERED, QuestionNeed.State.OPEN)


def test_outcomes_are_written_once(told):
    again = [Entry(told.need.topic_id, "stopped"), Entry(told.second.topic_id, "stopped")]
    assert keys(write, told, *again) == {"outcomes_written_already"}


def test_no_outcome_of_an_interview_that_was_not_held(ready):
    interview = interviews.book_interview(
        case=ready.case, plan=ready.plan(), by=ready.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )
    ready.interview = interview
    assert keys(write, ready, Entry(ready.need.topic_id, "stopped")) == {"interview_not_held_yet"}
    with pytest.raises(IntegrityError, match="not held"), transaction.atomic():
        Testimony.objects.create(
            case=ready.case,
            interview=interview,
            topic=ready.need.topic,
            outcome="stopped",
            by=ready.cast.social_worker,
            at=factories.now(),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE services_testimony SET outcome = 'stopped'",
        "DELETE FROM services_testimony",
        "TRUNCATE services_testimony CASCADE",
        "UPDATE services_approval SET role = 'coordinator'",
        "DELETE FROM services_recordaccess",
        "UPDATE audit_auditevent SET verb = 'nothing.happened'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_the_application_cannot_rewrite_what_only_grows(told, statement):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_is_told_is_not_asked_again(told):
    assert keys(ask, told, topics=[told.need.topic_id]) == {"topic_already_told"}
    assert not Asking.objects.exists()
    refusal = AuditEvent.objects.get(verb="asking.refused")
    assert refusal.actor == told.cast.investigator


def test_a_reason_is_needed_and_a_no_of_the_child_stops_it(told):
    topic = [told.second.topic_id]
    assert keys(ask, told, topics=topic, reason="  ") == {"reason_missing"}
    ChildView.objects.create(case=told.case, means="talk", answer="no", by=told.cast.social_worker, at=factories.now())
    assert keys(ask, told, topics=topic) == {"child_said_no"}


def test_a_court_is_recorded_and_never_blocked(told):
    ChildView.objects.create(case=told.case, means="talk", answer="no", by=told.cast.social_worker, at=factories.now())
    court = factories.agency("Pengadilan Negeri Contoh", "court")
    topic, today = [told.need.topic_id], factories.now().date()
    assert keys(ask, told, "court_ordered", topic) == {"court_reference_missing", "court_number_missing"}
    order = {"court": court.pk, "ordered_on": today, "order_number": "12/Pen.Pid/2026"}
    asking = ask(told, "court_ordered", topic, **order)
    assert asking.kind == "court_ordered"
    warned = {(one.key, one.warning) for one in testimony_actions.warnings_of(asking)}
    assert warned == {("topic_already_told", True), ("child_said_no", True)}
    numbers = CaseReference.objects.filter(asking=asking, kind="court_decision")
    assert [one.number.open() for one in numbers] == ["12/Pen.Pid/2026"]


def test_no_order_of_a_court_without_its_number_whatever_inserts(told):
    court = factories.agency("Pengadilan Negeri Contoh", "court")
    with pytest.raises(IntegrityError, match="an order has its number"), transaction.atomic():
        Asking.objects.create(
            case=told.case, kind="court_ordered", agency=told.cast.police, follows=told.interview, reason="Perintah.",
            court=court, ordered_on=factories.now().date(), by=told.cast.social_worker, at=factories.now(),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_whoever_writes_down_no_order_writes_down_no_number(told):
    """An investigator adds the number of the order they filed, and no other reference."""
    facts = {"case": told.case, "kind": "court_decision", "number": "9/Pid", "at": factories.now()}
    with acting_as(told.cast.investigator), pytest.raises(DatabaseError, match="row-level"), transaction.atomic():
        CaseReference.objects.create(**facts, by=told.cast.investigator)


def test_a_continuation_is_only_for_what_was_interrupted(told):
    fresh = factories.topic(4)
    assert keys(ask, told, "continuation", [fresh.pk]) == {"not_interrupted"}
    assert ask(told, "continuation", [told.second.topic_id])


def heard(told, answer="yes"):
    """The child is asked anew about this interview."""
    worker = told.cast.social_worker
    ChildView.objects.create(case=told.case, means="talk", answer=answer, by=worker, at=factories.now())


def test_a_yes_to_the_first_interview_is_none_to_another(told):
    asking = ask(told, "continuation", [told.second.topic_id])
    approve(told, asking, told.cast.social_worker, "case_manager")
    assert keys(again, told, asking) == {"child_not_asked_anew"}
    heard(told, "later")
    assert keys(again, told, asking) == {"child_said_no"}
    heard(told)
    assert again(told, asking).kind == "continuation"


def again(told, asking, **changes):
    plan = told.plan(starts=factories.workday(6, 13), kind=asking.kind, asking=asking.pk)
    plan = type(plan)(**{**plan.__dict__, "needs": frozenset(), **changes})
    return interviews.book_interview(
        case=told.case, plan=plan, by=told.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )


def approve(told, asking, person, role):
    return testimony.approve(case=told.case, asking=asking, role=role, by=person, now=factories.now())


def test_a_supplementary_interview_needs_two_different_people(told):
    asking = ask(told, topics=[told.second.topic_id])
    assert "approvals_missing" in keys(again, told, asking)
    approve(told, asking, told.cast.social_worker, "case_manager")
    assert "approvals_missing" in keys(again, told, asking)
    twice = {"told": told, "asking": asking, "person": told.cast.social_worker, "role": "psychologist"}
    assert keys(approve, **twice) == {"approved_already"}
    approve(told, asking, told.cast.psychologist, "psychologist")
    heard(told)
    assert again(told, asking).kind == "supplementary"


def test_the_database_wants_the_approvals_whatever_inserts(told):
    asking = ask(told, topics=[told.second.topic_id])
    twin = Interview.objects.get(kind="joint")
    twin.pk, twin.key, twin.kind, twin.asking, twin.state = None, uuid.uuid4(), "supplementary", asking, "booked"
    with pytest.raises(IntegrityError, match="approvals are missing"), transaction.atomic():
        twin.save(force_insert=True)
    twin.kind = "court_ordered"
    with pytest.raises(IntegrityError, match="nobody asked"), transaction.atomic():
        twin.save(force_insert=True)


def test_nobody_approves_in_a_role_that_has_no_say(told):
    asking = ask(told, topics=[told.second.topic_id])
    assert keys(approve, told, asking, told.cast.companion, "companion") == {"not_a_member"}
    assert not asking.approvals.exists()


def test_where_nothing_was_booked_a_court_orders_the_first_interview_not_another(ready):
    court = factories.agency("Pengadilan Negeri Contoh", "court")
    order = {"court": court.pk, "ordered_on": factories.now().date(), "order_number": "12/Pen.Pid/2026"}
    assert keys(ask, ready, "court_ordered", [ready.need.topic_id], **order) == {"interview_not_held_yet"}


def test_a_continuation_is_by_the_same_interviewer(told):
    asking = ask(told, "continuation", [told.second.topic_id])
    approve(told, asking, told.cast.social_worker, "case_manager")
    heard(told)
    other = factories.person_resource(factories.member("Hana", told.cast.house, "interviewer"), told.cast.house)
    factories.qualify(other, "forensic")
    factories.works(other)
    attendees = tuple(
        type(a)(other.pk, a.role, a.presence) if a.role == "interviewer" else a for a in told.plan().attendees
    )
    assert keys(again, told, asking, attendees=attendees) == {"same_interviewer_needed"}
    assert again(told, asking).kind == "continuation"


def test_a_continuation_has_its_own_entries(told):
    asking = ask(told, "continuation", [told.second.topic_id])
    approve(told, asking, told.cast.social_worker, "case_manager")
    heard(told)
    interview = again(told, asking)
    facts = {"case": told.case, "interview": interview, "by": told.cast.social_worker}
    interviews.hold_interview(**facts, now=interview.ends)
    topic = told.second.topic_id
    entries = [Entry(topic, "told_recorded", told.cast.police.pk, "SEGEL-0002", HASH)]
    assert keys(testimony.record_outcomes, entries=[], **facts, now=factories.now()) == {"outcome_missing"}
    testimony.record_outcomes(entries=entries, **facts, now=factories.now())
    assert topic in Testimony.objects.filter(case=told.case).covered().values_list("topic_id", flat=True)


def test_one_interview_per_asking(told):
    asking = ask(told, "continuation", [told.second.topic_id])
    approve(told, asking, told.cast.social_worker, "case_manager")
    heard(told)
    again(told, asking)
    twin = Interview.objects.get(kind="continuation")
    twin.pk, twin.key = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="interview_one_per_asking"), transaction.atomic():
        twin.save(force_insert=True)


def test_an_approval_hangs_on_its_own_case(told):
    asking = ask(told, topics=[told.second.topic_id])
    other = factories.open_case(told.cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            case=other, asking=asking, role="case_manager", by=told.cast.social_worker, at=factories.now()
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_times_told_counts_tellings_elsewhere(told):
    from services.models import PriorTelling
    from services.models.sheets import sheet_of

    PriorTelling.objects.create(
        case=told.case,
        listener="hotline",
        told_on=factories.now().date() - timedelta(days=1),
        by=told.cast.social_worker,
        at=factories.now(),
    )
    assert sheet_of(told.case, factories.now()).told == 2


def test_occupancy_of_a_held_interview_stays(told):
    assert Occupancy.objects.filter(live=True).count() == len(told.plan().resources()) + 1
