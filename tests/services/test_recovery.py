"""Plans of recovery: found and booked whole, moved, paused, handed over, ended; and the walls that hold them apart."""

import uuid
from datetime import datetime, time, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import cases, recovery
from services.actions.occupancy import SlotTaken, release, take
from services.actions.series import other_times
from services.models import (
    Availability,
    Handover,
    Leave,
    Occupancy,
    RecoveryMember,
    RecoveryPlan,
    RecoverySession,
)
from tests import factories
from tests.services import recovering
from tests.services.recovering import TABLES, facts, keys_of, run


@pytest.fixture
def plan(case, cast, hana, room):
    return recovering.book(case, cast.social_worker, recovering.weekly(hana, room))


# --- booking ----------------------------------------------------------------------------------------------------------


def test_a_series_is_found_and_booked_in_one_call(case, cast, hana, room):
    best = recovering.offers(case, sessions=6)[0]
    assert (best.clashes, len(best.weeks)) == (0, 6)
    (place,) = best.places
    series = recovering.SeriesPlan(
        place.therapist.resource, place.room.resource, 60, 1, tuple(w.start for w in best.weeks)
    )
    made = recovering.book(case, cast.social_worker, series)
    assert [s.starts for s in made.sessions.counted()] == [week.start for week in best.weeks]
    taken = Occupancy.objects.filter(live=True, span__overlap=made.sessions.first().span)
    assert set(taken.values_list("resource", flat=True)) == {hana.resource.pk, room.pk, case.child_resource_id}
    assert RecoveryMember.objects.get(case=case).user == hana
    assert AuditEvent.objects.filter(verb="recoveryplan.booked", case_id=case.pk).count() == 1


def test_the_same_key_books_once_and_another_series_under_it_is_refused(case, cast, hana, room):
    key, series = uuid.uuid4(), recovering.weekly(hana, room)
    first = recovering.book(case, cast.social_worker, series, key)
    assert recovering.book(case, cast.social_worker, series, key) == first
    with pytest.raises(Objected) as refusal:
        recovering.book(case, cast.social_worker, recovering.weekly(hana, room, hour=11), key)
    assert keys_of(refusal) == ["form_used_differently"]
    assert RecoverySession.objects.count() == 4


def test_the_weeks_that_clash_say_why(case, cast, hana, room):
    """From a day that is asked for: the second week is the school's, in the third the therapist is away."""
    now = factories.now()
    since = factories.workday(14).date()
    monday = since + timedelta(days=-since.weekday() + 7)
    second = monday + timedelta(days=7)
    third = datetime.combine(second + timedelta(days=7), time(0), case.zone)
    week = (third, third + timedelta(days=7))
    Leave.objects.create(resource=hana.resource, span=week, by=cast.keeper, at=now)
    Availability.objects.filter(resource=hana.resource, span__overlap=week).delete()
    found = recovering.offers(
        case, sessions=10, since=monday, exam=(second, second + timedelta(days=6)), now=now, therapist=hana.resource.pk
    )
    assert found
    for one in found:
        causes = {week.start.date() - timedelta(days=week.start.weekday()): week.cause for week in one.weeks}
        assert one.weeks[0].start.date() >= monday
        assert causes[second] == "exam"
        assert causes[third.date()] in {"leave", "holiday"}  # a day may be both


def test_a_series_outside_the_hours_of_who_treats_is_refused(case, cast, hana, room):
    with pytest.raises(Objected) as refusal:
        recovering.book(case, cast.social_worker, recovering.weekly(hana, room, hour=18))
    assert keys_of(refusal) == ["recovery_outside_working_hours"]


def test_a_session_whose_hour_has_come_is_not_moved(case, cast, plan):
    come = recovering.let_it_come(plan.sessions.first())
    with pytest.raises(Objected) as refusal:
        recovery.move_session(session=come, starts=factories.workday(30, 9), **facts(cast, case))
    assert keys_of(refusal) == ["recovery_session_begun"]


def test_one_week_that_is_taken_books_none(case, cast, hana, room):
    series = recovering.weekly(hana, room)
    take(wanted=[(room.pk, series.spans()[2])], now=factories.now())
    before = Occupancy.objects.filter(live=True).count()
    with pytest.raises(SlotTaken):
        recovering.book(case, cast.social_worker, series)
    assert (RecoveryPlan.objects.count(), Occupancy.objects.filter(live=True).count()) == (0, before)


def test_a_training_that_ends_midway_is_refused_by_rule_and_by_the_database(case, cast, room):
    soon = factories.workday(12).date()
    person = recovering.therapist(cast, expires_on=soon)
    with pytest.raises(Objected) as refusal:
        recovering.book(case, cast.social_worker, recovering.weekly(person, room))
    assert keys_of(refusal) == ["recovery_therapist_not_trained"]
    made = recovering.book(case, cast.social_worker, recovering.weekly(person, room, sessions=1))
    with pytest.raises(DatabaseError, match="not trained"), transaction.atomic():
        insert_session(made, number=2, starts=factories.workday(20))


def test_a_second_plan_waits_for_the_first_to_end(case, cast, hana, room, plan):
    with pytest.raises(Objected) as refusal:
        recovering.book(case, cast.social_worker, recovering.weekly(hana, room, hour=14))
    assert keys_of(refusal) == ["recovery_plan_exists"]
    with pytest.raises(DatabaseError, match="one_at_a_time"), transaction.atomic():
        RecoveryPlan.objects.create(
            case=case, therapist=hana.resource, room=room, zone="Asia/Jakarta", every_weeks=1, minutes=60, planned=1,
            review_on=factories.workday().date(), key=uuid.uuid4(), payload_hash="", by=cast.social_worker,
            at=factories.now(),
        )  # fmt: skip


def test_who_works_on_the_evidence_never_treats_the_child_nor_the_other_way_round(case, cast, room, plan, hana):
    factories.qualify(cast.psychologist.resource, "therapy")
    factories.works(cast.psychologist.resource, days=60)
    assert cast.psychologist.resource.pk not in {c.resource for c in recovering.series_wish(
        cases=[case], minutes=60, sessions=2, every_weeks=1, now=factories.now()).therapists}  # fmt: skip
    other = factories.open_case(cast)
    factories.add_team(other, cast)
    with pytest.raises(Objected) as refusal:
        recovering.book(other, cast.social_worker, recovering.weekly(cast.psychologist, room, hour=14))
    assert keys_of(refusal) == ["recovery_therapist_on_the_other_side"]
    with pytest.raises(DatabaseError, match="one side"), transaction.atomic():
        RecoveryMember.objects.create(case=case, user=cast.psychologist, agency=cast.house, starts=factories.now())
    membership = hana.memberships.get()
    with pytest.raises(Objected) as refusal:
        cases.add_member(membership=membership, role="psychologist", is_suspect_parent=False, **facts(cast, case))
    assert keys_of(refusal) == ["recovery_therapist_on_the_other_side"]


def insert_session(plan, **changes):
    start = changes.pop("starts", None) or factories.workday(40)
    values = {"case": plan.case, "plan": plan, "number": 9, "turn": plan.turn, "therapist_id": plan.therapist_id,
              "room_id": plan.room_id, "span": factories.span(start)} | changes  # fmt: skip
    return RecoverySession.objects.create(**values)


# --- continuity -------------------------------------------------------------------------------------------------------


def test_another_therapist_needs_a_reason_and_is_counted(case, cast, plan, room, hana):
    other = recovering.therapist(cast, "Intan")
    ahead = list(plan.sessions.ahead(factories.now()))
    series = recovering.weekly(other, room, replaces=tuple(s.pk for s in ahead))
    with pytest.raises(Objected) as refusal:
        recovery.book_rest(plan=plan, series=series, **facts(cast, case))
    assert keys_of(refusal) == ["recovery_handover_reason"]
    series = recovering.weekly(other, room, replaces=tuple(s.pk for s in ahead), reason="child_wishes")
    after = recovery.book_rest(plan=plan, series=series, **facts(cast, case))
    assert (after.changes_of_therapist, after.therapist_id) == (1, other.resource.pk)
    assert [h.reason for h in plan.handovers.all()] == ["first", "child_wishes"]
    assert {s.therapist_id for s in after.sessions.counted()} == {other.resource.pk}
    assert {s.state for s in RecoverySession.objects.filter(pk__in=[s.pk for s in ahead])} == {"moved"}
    assert [m.user for m in RecoveryMember.objects.filter(ends__isnull=True)] == [other]
    assert not Occupancy.objects.filter(resource=hana.resource, live=True).exists()


def test_no_statement_changes_the_therapist_without_a_handover(case, cast, plan):
    other = recovering.therapist(cast, "Intan").resource
    with pytest.raises(DatabaseError, match="same_therapist_through_a_turn"), transaction.atomic():
        insert_session(plan, therapist_id=other.pk)
        run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="changes by a handover"), transaction.atomic():
        run("UPDATE services_recoveryplan SET therapist_id = %s WHERE id = %s", other.pk, plan.pk)
    with pytest.raises(DatabaseError, match="therapist_of_its_turn"), transaction.atomic():
        run("UPDATE services_recoveryplan SET therapist_id = %s, turn = 2 WHERE id = %s", other.pk, plan.pk)
        run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="handover_has_its_reason"), transaction.atomic():
        Handover.objects.create(
            case=case, plan=plan, turn=2, therapist=other, reason="first", by=cast.social_worker, at=factories.now()
        )
    with pytest.raises(DatabaseError, match="another session"), transaction.atomic():
        run("UPDATE services_recoverysession SET therapist_id = %s", other.pk)


# --- moving, pausing, ending ------------------------------------------------------------------------------------------


def test_one_session_is_moved_and_the_old_time_is_free(case, cast, plan):
    session = plan.sessions.first()
    times = other_times(session=session, minutes=60, zone=case.zone, child=case.child_resource_id, now=factories.now())
    assert session.starts not in times
    old = session.span
    moved = recovery.move_session(session=session, starts=times[0], **facts(cast, case))
    assert (moved.number, moved.starts, plan.sessions.filter(state="moved").count()) == (1, times[0], 1)
    assert recovery.move_session(session=session, starts=times[0], **facts(cast, case)) == moved
    assert not Occupancy.objects.filter(resource=plan.room, span=old, live=True).exists()


def test_a_session_weeks_ahead_is_offered_other_times_and_moved(case, cast, hana, room):
    plan = recovering.book(case, cast.social_worker, recovering.weekly(hana, room, sessions=6))
    last = plan.sessions.order_by("span").last()
    times = other_times(session=last, minutes=60, zone=case.zone, child=case.child_resource_id, now=factories.now())
    assert times
    assert all(abs(start - last.starts) <= timedelta(days=15) for start in times)
    assert recovery.move_session(session=last, starts=times[0], **facts(cast, case)).starts == times[0]


def test_two_sessions_never_fall_on_one_day(case, cast, plan):
    first, second = plan.sessions.order_by("span")[:2]
    with pytest.raises(Objected) as refusal:
        recovery.move_session(session=first, starts=second.starts + timedelta(hours=3), **facts(cast, case))
    assert keys_of(refusal) == ["recovery_two_sessions_a_day"]


def test_the_rest_is_moved_in_one_step(case, cast, plan, hana, room):
    came = recovering.let_it_come(plan.sessions.order_by("span").first())
    recovery.record_attendance(session=came, attended="came", **facts(cast, case))
    ahead = tuple(s.pk for s in plan.sessions.ahead(factories.now()))
    series = recovering.weekly(hana, room, sessions=5, hour=14, replaces=ahead)
    recovery.book_rest(plan=plan, series=series, **facts(cast, case))
    plan.refresh_from_db()
    numbers = [(s.number, s.state) for s in plan.sessions.counted()]
    assert numbers == [(1, "came"), *((n, "booked") for n in range(2, 7))]
    assert (plan.planned, plan.changes_of_therapist) == (6, 0)
    again = recovery.book_rest(plan=plan, series=series, **facts(cast, case))
    assert again.sessions.counted().count() == 6
    with pytest.raises(Objected) as refusal:
        recovery.book_rest(
            plan=plan, series=recovering.weekly(hana, room, hour=15, replaces=ahead), **facts(cast, case)
        )
    assert keys_of(refusal) == ["recovery_plan_changed"]


def test_a_pause_frees_everything_and_going_on_books_what_is_left(case, cast, plan, hana, room):
    recovery.pause_plan(plan=plan, **facts(cast, case))
    assert not Occupancy.objects.filter(live=True).exists()
    with pytest.raises(Objected) as refusal:
        recovery.pause_plan(plan=plan, **facts(cast, case))
    assert keys_of(refusal) == ["recovery_plan_not_so"]
    with pytest.raises(DatabaseError, match="plan in progress"), transaction.atomic():
        insert_session(RecoveryPlan.objects.get(pk=plan.pk))
    recovery.book_rest(plan=plan, series=recovering.weekly(hana, room, first=20), **facts(cast, case))
    plan.refresh_from_db()
    assert (plan.state, [s.number for s in plan.sessions.counted()]) == ("active", [1, 2, 3, 4])


@pytest.mark.parametrize("end", ["cancel", "review"])
def test_the_end_is_the_end_and_the_therapist_sees_the_case_no_more(case, cast, plan, end, hana):
    if end == "cancel":
        recovery.cancel_plan(plan=plan, **facts(cast, case))
    else:
        for session in plan.sessions.all():
            recovery.leave_out(session=session, **facts(cast, case))
        recovery.review_plan(plan=plan, outcome="finish", **facts(cast, case))
    assert not RecoveryMember.objects.current(factories.now() + timedelta(seconds=1)).exists()
    for step in (recovery.pause_plan, recovery.cancel_plan):
        with pytest.raises(Objected) as refusal:
            step(plan=plan, **facts(cast, case))
        assert keys_of(refusal) == ["recovery_plan_not_so"]
    with pytest.raises(DatabaseError, match=r"no such step|ends_with_its_review"), transaction.atomic():
        run("UPDATE services_recoveryplan SET state = 'active' WHERE id = %s", plan.pk)


def test_a_review_waits_for_the_last_session_and_for_attendance(case, cast, plan):
    with pytest.raises(Objected) as refusal:
        recovery.review_plan(plan=plan, outcome="finish", **facts(cast, case))
    assert keys_of(refusal) == ["recovery_sessions_ahead"]
    recovering.let_it_come(plan.sessions.order_by("span").first())
    for session in plan.sessions.ahead(factories.now()):
        recovery.leave_out(session=session, **facts(cast, case))
    with pytest.raises(Objected) as refusal:
        recovery.review_plan(plan=plan, outcome="finish", **facts(cast, case))
    assert keys_of(refusal) == ["recovery_attendance_missing"]


def test_attendance_is_written_once_when_the_hour_has_come(case, cast, plan):
    session = plan.sessions.order_by("span").first()
    with pytest.raises(Objected) as refusal:
        recovery.record_attendance(session=session, attended="came", **facts(cast, case))
    assert keys_of(refusal) == ["recovery_session_not_begun"]
    session = recovering.let_it_come(session)
    assert recovery.record_attendance(session=session, attended="missed", **facts(cast, case)).state == "missed"
    for step, more in ((recovery.record_attendance, {"attended": "came"}), (recovery.leave_out, {})):
        with pytest.raises(Objected) as refusal:
            step(session=session, **more, **facts(cast, case))
        assert keys_of(refusal) == ["recovery_session_not_booked"]
    with pytest.raises(DatabaseError, match="no such step"), transaction.atomic():
        run("UPDATE services_recoverysession SET state = 'came' WHERE id = %s", session.pk)


def test_a_plan_at_rest_has_nothing_ahead_whatever_a_statement_says(plan):
    with pytest.raises(DatabaseError, match="sessions ahead"), transaction.atomic():
        run("UPDATE services_recoveryplan SET state = 'paused' WHERE id = %s", plan.pk)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def test_nothing_of_recovery_can_hold_a_note():
    """Every column of text is a choice from a list, a digest or a zone; there is no place for what was said."""
    free = {}
    for name in TABLES:
        model = apps.get_model("services", name)
        columns = [f for f in model._meta.concrete_fields if isinstance(f, models.CharField | models.TextField)]
        free[name] = sorted(f.name for f in columns if not f.choices)
    assert free == {name: [] for name in TABLES} | {"recoveryplan": ["payload_hash"]}


def test_a_sessions_time_is_freed_by_its_own_side_only(case, cast, plan):
    taken = list(Occupancy.objects.filter(live=True))
    for person in (cast.investigator, cast.other_worker, cast.keeper):
        with acting_as(person):
            assert release(taken) == 0
    assert release(taken) == len(taken)
