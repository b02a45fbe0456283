"""Plans of recovery: found and booked whole, moved, paused, handed over, ended; and the walls that hold them apart."""

import uuid
from datetime import datetime, time, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import cases, emergencies, families, recovery, retention, waiting
from services.actions.occupancy import SlotTaken, release, take
from services.actions.series import other_times
from services.models import (
    Availability,
    Case,
    CaseMember,
    FamilyMember,
    Handover,
    Leave,
    Occupancy,
    RecoveryMember,
    RecoveryPlan,
    RecoverySession,
    WaitingEntry,
)
from services.models.copies import copy_of
from tests import factories
from tests.databases import as_owner
from tests.services import recovering

TABLES = ("recoverymember", "recoveryplan", "handover", "recoverysession", "recoverybooking", "waitingentry", "familymember")  # fmt: skip


@pytest.fixture
def hana(cast):
    return recovering.therapist(cast)


@pytest.fixture
def room(cast):
    return recovering.therapy_rooms(cast)[0]


@pytest.fixture
def plan(case, cast, hana, room):
    return recovering.book(case, cast.social_worker, recovering.weekly(hana, room))


def facts(cast, case, **more):
    return {"case": case, "by": cast.social_worker, "now": factories.now()} | more


def keys_of(refusal):
    return list(refusal.value.keys)


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


# --- the wall ---------------------------------------------------------------------------------------------------------


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


CASE_TABLES = sorted(
    model._meta.db_table
    for model in apps.get_app_config("services").get_models()
    if any(field.name == "case" for field in model._meta.concrete_fields)
)


def everything(world, hana):
    """A plan, a place on the list and a sibling on the case that has its ledger: something in every recovery table."""
    cast, case = world.cast, world.told.case
    room = recovering.therapy_rooms(cast)[0]
    with acting_as(cast.social_worker):
        waiting.join_waiting_list(case=case, urgency=1, need="alone", by=cast.social_worker, now=factories.now())
        made = recovering.book(case, cast.social_worker, recovering.weekly(hana, room))
        families.note_sibling(case=case, code=world.fresh.code, by=cast.social_worker, now=factories.now())
        recovery.leave_out(session=made.sessions.first(), **facts(cast, case))
        session = made.sessions.ahead(factories.now()).first()
        times = other_times(
            session=session, minutes=60, zone=case.zone, child=case.child_resource_id, now=factories.now()
        )
        recovery.move_session(session=session, starts=times[0], **facts(cast, case))
        recovery.pause_plan(plan=made, **facts(cast, case))
    return made


def test_by_raw_sql_each_side_sees_nothing_of_the_other(world, hana):
    everything(world, hana)
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    cast = world.cast
    ours = {f"services_{name}" for name in TABLES} | {f"services_{name}former" for name in TABLES if name != "handover"}
    with acting_as(cast.social_worker):
        led = {table: count(table) for table in ours}
    assert {t for t, n in led.items() if not n} <= {"services_recoverymemberformer", "services_recoverybookingformer",
                                                     "services_familymemberformer"}  # fmt: skip
    evidence = (cast.investigator, cast.prosecutor, cast.companion, cast.psychologist, cast.interviewer)
    for person in (*evidence, cast.other_worker, cast.keeper, cast.outsider, None):
        with acting_as(person):
            assert {table: count(table) for table in ours} == dict.fromkeys(ours, 0)
            assert not AuditEvent.objects.filter(verb__regex="^(recovery|family)").exists()
    with acting_as(hana):
        seen = {table for table in CASE_TABLES if count(table)}
        assert seen == {f"services_{name}" for name in ("recoverymember", "recoveryplan", "handover", "recoverysession",
                        "recoverybooking", "recoveryplanformer", "recoverysessionformer", "recoverymemberformer")} & set(seen)  # fmt: skip
        assert {"services_recoveryplan", "services_recoverysession", "services_handover"} <= seen
        assert list(Case.objects.values_list("code", flat=True)) == [world.told.code]
        assert not Case.objects.visible_to(hana, factories.now()).exists()
        assert list(Case.objects.recovering_with(hana, factories.now())) == [world.told.case]
        assert not AuditEvent.objects.exclude(actor=hana).exists()


def test_a_therapist_cannot_let_anybody_in_nor_change_the_case(world, hana):
    made = everything(world, hana)
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    with acting_as(hana):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            RecoveryMember.objects.create(
                case=made.case, user=world.cast.keeper, agency=world.cast.house, starts=factories.now()
            )
        assert run("UPDATE services_case SET province = 'ID-BA'") == 0
        assert run("UPDATE services_waitingentry SET urgency = 3") == 0


def test_a_sessions_time_is_freed_by_its_own_side_only(case, cast, plan):
    taken = list(Occupancy.objects.filter(live=True))
    for person in (cast.investigator, cast.other_worker, cast.keeper):
        with acting_as(person):
            assert release(taken) == 0
    assert release(taken) == len(taken)


def test_an_emergency_shows_nothing_of_the_therapy(world, hana):
    everything(world, hana)
    worker = world.cast.other_worker
    words = {"reason": "Anak hilang sejak pagi.", "typed": "f" * 32, "site": "https://sekali.example.org"}
    with acting_as(worker):
        emergencies.open_in_emergency(code=world.told.code, by=worker, now=factories.now(), **words)
        assert count("services_interview") == 1
        assert {name: count(f"services_{name}") for name in TABLES} == dict.fromkeys(TABLES, 0)


def test_a_case_whose_recovery_goes_on_is_not_closed(world, hana):
    made = everything(world, hana)
    with acting_as(world.cast.social_worker):
        with pytest.raises(Objected) as refusal:
            retention.close_case(reason="done", **facts(world.cast, made.case))
        assert keys_of(refusal) == ["recovery_goes_on"]


def test_a_copy_for_the_child_tells_of_the_recovery_but_of_no_hour_to_come(world, hana):
    made = everything(world, hana)
    with acting_as(world.cast.social_worker):
        parts = {part["title"]: part["entries"] for part in copy_of(made.case, factories.now())["parts"]}
        (treated,) = (entries for title, entries in parts.items() if title in {"Recovery", "Pemulihan"})
        words = str(treated)
        assert len(treated) == 3  # the plan, the place on the list, the family; no session has passed
        assert not [s for s in made.sessions.all() if f"{s.starts.astimezone(made.case.zone):%H.%M}" in words]
        assert "Hana" not in words
        other = copy_of(world.booked.case, factories.now())["parts"]
    assert not {"Recovery", "Pemulihan"} & {part["title"] for part in other}


# --- waiting list and families ----------------------------------------------------------------------------------------


def test_urgency_goes_first_and_then_waiting(case, cast):
    second, third = factories.open_case(cast), factories.open_case(cast, age_months=200)
    now = factories.now()
    for one, urgency, days in ((case, 2, 1), (second, 2, 9), (third, 1, 0)):
        waiting.join_waiting_list(
            case=one, urgency=urgency, need="alone", by=cast.social_worker, now=now - timedelta(days=days)
        )
    rows = waiting.in_line(now)
    assert [row.code for row in rows] == [third.code, second.code, case.code]
    assert [row.ages for row in rows] == ["13-17", "7-12", "7-12"]
    with pytest.raises(Objected) as refusal:
        waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, case))
    assert keys_of(refusal) == ["waiting_already"]


def test_a_coordinator_who_is_not_on_the_case_sees_no_code_and_offers_a_place(case, cast):
    boss = factories.member("Joko", cast.house, "coordinator")
    stranger = factories.member("Kiki", cast.police, "coordinator")
    entry = waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, case))
    with acting_as(stranger):
        assert waiting.in_line(factories.now()) == []
        with pytest.raises(Objected):
            waiting.offer_place(entry=entry.pk, by=stranger, now=factories.now())
    with acting_as(boss):
        (row,) = waiting.in_line(factories.now())
        assert (row.code, row.urgency, row.offered_at) == (None, 1, None)
        assert not WaitingEntry.objects.exists()
        waiting.offer_place(entry=entry.pk, by=boss, now=factories.now())
        with pytest.raises(Objected) as refusal:
            waiting.offer_place(entry=entry.pk, by=boss, now=factories.now())
        assert keys_of(refusal) == ["waiting_over"]
    assert WaitingEntry.objects.get(pk=entry.pk).offered_at is not None


def test_a_plan_takes_the_case_off_the_list(case, cast, hana, room):
    entry = waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, case))
    recovering.book(case, cast.social_worker, recovering.weekly(hana, room))
    assert WaitingEntry.objects.get(pk=entry.pk).state == "placed"
    for refused, more, key in (
        (waiting.leave_waiting_list, {"entry": entry}, "waiting_over"),
        (waiting.join_waiting_list, {"urgency": 1, "need": "alone"}, "waiting_has_plan"),
    ):
        with pytest.raises(Objected) as refusal:
            refused(**more, **facts(cast, case))
        assert keys_of(refusal) == [key]


def test_siblings_are_noted_by_who_leads_both_and_unknown_is_as_hidden(case, cast, world):
    second, third = factories.open_case(cast), factories.open_case(cast)
    family = families.note_sibling(code=second.code, **facts(cast, case))
    assert families.note_sibling(code=third.code, **facts(cast, second)) == family
    assert set(FamilyMember.objects.siblings_of(case, cast.social_worker, factories.now())) == {second, third}
    for code, key in (
        (world.other.code, "family_not_yours"),
        ("K-2222-2222", "family_not_yours"),
        (case.code, "family_itself"),
    ):
        with pytest.raises(Objected) as refusal:
            families.note_sibling(code=code, **facts(cast, case))
        assert keys_of(refusal) == [key]
    families.leave_family(**facts(cast, case))
    assert set(FamilyMember.objects.siblings_of(second, cast.social_worker, factories.now())) == {third}
    assert not FamilyMember.objects.siblings_of(case, cast.social_worker, factories.now()).exists()


def test_two_families_are_not_joined_silently(case, cast):
    one, two, three = (factories.open_case(cast) for _n in range(3))
    families.note_sibling(code=one.code, **facts(cast, case))
    families.note_sibling(code=three.code, **facts(cast, two))
    with pytest.raises(Objected) as refusal:
        families.note_sibling(code=two.code, **facts(cast, case))
    assert keys_of(refusal) == ["family_another"]


def test_whoever_leads_one_of_two_learns_only_that_there_is_another(case, cast):
    second = factories.open_case(cast)
    families.note_sibling(code=second.code, **facts(cast, case))
    boss = factories.member("Joko", cast.house, "coordinator")
    CaseMember.objects.create(
        case=case, user=boss, agency=cast.house, role="coordinator", starts=factories.now() - timedelta(minutes=1)
    )
    with acting_as(boss):
        assert list(FamilyMember.objects.values_list("case", flat=True)) == [case.pk]
        assert not FamilyMember.objects.siblings_of(case, boss, factories.now()).exists()
