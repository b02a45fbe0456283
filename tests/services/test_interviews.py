"""Booking, holding and cancelling: the promises of services.actions.interviews, each tried to be broken."""

import dataclasses
import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from cms.audit.models import AuditEvent
from cms.refusals import Objected
from services.actions import interviews as actions
from services.actions import plans
from services.actions.occupancy import SlotTaken, take
from services.models import Booking, Interview, Occupancy, Participant, QuestionNeed
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from tests import factories
from tests.databases import as_owner
from tests.services.conftest import plan_for


def book(ready, key=None, **changes):
    return actions.book_interview(
        case=ready.case,
        plan=changes.pop("plan", None) or ready.plan(**changes),
        by=ready.cast.social_worker,
        now=factories.now(),
        key=key or uuid.uuid4(),
    )


def refused_keys(ready, **changes):
    with pytest.raises(Objected) as refusal:
        book(ready, **changes)
    return set(refusal.value.keys)


def test_booking_takes_everybody_everything_and_the_child(ready):
    interview = book(ready)
    taken = set(Occupancy.objects.filter(live=True).values_list("resource_id", flat=True))
    assert taken == {*ready.plan().resources(), ready.case.child_resource_id}
    assert Participant.objects.filter(interview=interview).count() == 5
    assert Booking.objects.filter(interview=interview).count() == len(taken)
    ready.need.refresh_from_db()
    assert (ready.need.state, ready.need.interview_id) == (QuestionNeed.State.ATTACHED, interview.pk)
    assert AuditEvent.objects.filter(verb="interview.booked", case_id=ready.case.pk).count() == 1


def test_the_protocol_in_force_is_pinned(ready):
    assert book(ready).protocol == plans.protocol_in_force(factories.now())


def test_the_same_form_sent_twice_books_once(ready):
    key = uuid.uuid4()
    first = book(ready, key=key)
    assert book(ready, key=key, plan=ready.plan()) == first
    assert Interview.objects.count() == 1


def test_the_same_key_with_another_plan_is_refused(ready):
    key = uuid.uuid4()
    book(ready, key=key)
    assert refused_keys(ready, key=key, starts=factories.workday(hour=13)) == {"form_used_differently"}


def test_a_second_joint_interview_is_refused_by_the_rule(ready):
    book(ready)
    assert "second_joint_interview" in refused_keys(ready, starts=factories.workday(hour=13))


def test_a_second_joint_interview_is_refused_by_the_constraint_whatever_saves_it(ready):
    first = book(ready)
    twin = Interview.objects.get(pk=first.pk)
    twin.pk, twin.key = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="interview_one_joint_interview_per_case"), transaction.atomic():
        twin.save(force_insert=True)


def test_a_second_joint_interview_is_refused_in_raw_sql(ready):
    first = book(ready)
    copied = "case_id, kind, state, span, venue_id, zone, protocol_id, booked_by_id, booked_at, payload_hash, prosecutor_absent_because"
    statement = (
        f"INSERT INTO services_interview ({copied}, key) SELECT {copied}, %s FROM services_interview WHERE id = %s"
    )
    with (
        pytest.raises(IntegrityError, match="interview_one_joint"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [uuid.uuid4(), first.pk])


def test_a_second_joint_interview_cannot_be_dressed_up_as_another_kind(ready):
    first = book(ready)
    twin = Interview.objects.get(pk=first.pk)
    twin.pk, twin.key, twin.kind = None, uuid.uuid4(), "supplementary"
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.parametrize("change", ["state = 'cancelled'", "kind = 'court_ordered'", "state = 'booked'"])
def test_a_held_interview_stays_what_it_is(ready, change):
    first = book(ready)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE services_interview SET state = 'held', held_at = now() WHERE id = %s", [first.pk])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE services_interview SET {change} WHERE id = %s", [first.pk])


def test_an_interview_is_never_deleted(ready):
    first = book(ready)
    for table in ("services_participant", "services_interview"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")
    with pytest.raises(IntegrityError, match="is not deleted"), transaction.atomic():
        as_owner("DELETE FROM services_interview WHERE id = %s", first.pk)


def test_a_slot_somebody_else_has_is_refused_and_nothing_is_kept(ready):
    plan = ready.plan()
    take(wanted=[(plan.room, (plan.starts, plan.ends))], now=factories.now())
    with pytest.raises(SlotTaken):
        book(ready, plan=plan)
    assert Interview.objects.count() == 0
    assert Occupancy.objects.count() == 1
    assert AuditEvent.objects.filter(verb="interview.refused").count() == 1


def test_a_refusal_is_recorded_with_its_rules_and_nothing_else(ready):
    refused_keys(ready, starts=factories.now() - timedelta(days=1))
    event = AuditEvent.objects.get(verb="interview.refused")
    assert event.case_id == ready.case.pk
    assert "slot_in_the_past" in event.detail["rules"]


def test_objections_from_what_is_recorded(ready):
    readiness = {"investigator": ready.cast.investigator, "companion": ready.cast.companion, "agreed_on": date.today()}  # noqa: DTZ011
    ready.case = factories.open_case(ready.cast)
    factories.add_team(ready.case, ready.cast)
    Readiness.objects.create(case=ready.case, by=ready.cast.social_worker, at=factories.now(), **readiness)
    need = factories.need(ready.case, ready.cast)
    ready.plan = lambda: plan_for(ready.cast, ready.things, needs=frozenset([need.pk]))
    assert refused_keys(ready) == {"legal_basis_missing", "child_not_asked", "court_not_asked"}


def test_the_newest_record_counts(ready):
    ChildView.objects.create(
        case=ready.case, means="talk", answer="no", by=ready.cast.social_worker, at=factories.now()
    )
    assert refused_keys(ready) == {"child_said_no"}


def test_consent_of_the_suspect_is_none(ready):
    LegalBasis.objects.create(case=ready.case, ground="guardian", by=ready.cast.social_worker, at=factories.now())
    facts = {"case": ready.case, "giver": "father", "answer": "yes", "by": ready.cast.social_worker}
    Consent.objects.create(giver_is_suspect=True, at=factories.now(), **facts)
    assert refused_keys(ready) == {"consent_missing"}
    Consent.objects.create(giver_is_suspect=False, at=factories.now(), **facts)
    assert book(ready)


def test_somebody_outside_the_team_cannot_be_slipped_in(ready):
    stranger = factories.person_resource(ready.cast.keeper, ready.cast.house)
    factories.works(stranger)
    plan = ready.plan()
    attendees = (*plan.attendees, dataclasses.replace(plan.attendees[1], resource=stranger.pk))
    assert "not_a_member" in refused_keys(ready, plan=dataclasses.replace(plan, attendees=attendees))


def test_outside_working_hours_is_refused(ready):
    assert refused_keys(ready, starts=factories.workday(hour=20)) == {"outside_working_hours"}


def test_cancelling_frees_everything_and_opens_the_needs_again(ready):
    interview = book(ready)
    actions.cancel_interview(case=ready.case, interview=interview, by=ready.cast.social_worker, now=factories.now())
    assert not Occupancy.objects.filter(live=True).exists()
    ready.need.refresh_from_db()
    assert (ready.need.state, ready.need.interview) == (QuestionNeed.State.OPEN, None)
    assert book(ready).pk != interview.pk


def test_an_interview_that_has_not_begun_was_not_held(ready):
    interview = book(ready)
    with pytest.raises(Objected) as refusal:
        actions.hold_interview(case=ready.case, interview=interview, by=ready.cast.social_worker, now=factories.now())
    assert refusal.value.keys == ("interview_not_begun",)


def test_an_interview_whose_hour_has_come_cannot_be_made_to_vanish(ready):
    interview = book(ready)
    facts = {"case": ready.case, "interview": interview, "by": ready.cast.social_worker}
    with pytest.raises(Objected) as refusal:
        actions.cancel_interview(now=interview.starts, **facts)
    assert refusal.value.keys == ("interview_begun",)
    assert actions.hold_interview(now=interview.starts, **facts).state == "held"


def test_held_once(ready):
    interview = book(ready)
    later = interview.ends + timedelta(minutes=5)
    actions.hold_interview(case=ready.case, interview=interview, by=ready.cast.social_worker, now=later)
    with pytest.raises(Objected) as refusal:
        actions.hold_interview(case=ready.case, interview=interview, by=ready.cast.social_worker, now=later)
    assert refusal.value.keys == ("interview_not_booked",)
    with pytest.raises(Objected):
        actions.cancel_interview(case=ready.case, interview=interview, by=ready.cast.social_worker, now=later)


def test_a_need_left_out_wants_its_reason(ready):
    assert refused_keys(ready, plan=dataclasses.replace(ready.plan(), needs=frozenset())) == {"need_not_settled"}
    plan = dataclasses.replace(ready.plan(), needs=frozenset(), postponed={ready.need.pk: "Menunggu hasil visum."})
    book(ready, plan=plan)
    ready.need.refresh_from_db()
    assert ready.need.state == QuestionNeed.State.POSTPONED
    assert ready.need.postponed_because == "Menunggu hasil visum."


@pytest.mark.parametrize("name", ["_save", "_save_attendance", "settle_needs"])
def test_a_crash_at_any_step_leaves_nothing(ready, monkeypatch, name):
    def crash(*_args):
        raise RuntimeError("crash")

    monkeypatch.setattr(actions, name, crash)
    with pytest.raises(RuntimeError):
        book(ready)
    assert not Interview.objects.exists()
    assert not Occupancy.objects.exists()
    assert not Booking.objects.exists()


def test_before_any_protocol_was_published_nothing_is_booked():
    with pytest.raises(Objected) as refusal:
        plans.protocol_in_force(factories.now() - timedelta(days=365 * 100))
    assert refusal.value.keys == ("protocol_missing",)
