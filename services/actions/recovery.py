"""Book a recovery plan, move it, pause it, hand it over, end it: each one savepoint, all sessions or none."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Value
from django.db.models.functions import Greatest

from cms.accounts.models import Membership
from cms.audit.recording import action, record
from cms.database.errors import violated
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy
from services.actions.buffers import session_spans
from services.actions.families import own_key
from services.actions.groups import leave_groups, visits_of
from services.actions.series import facts_of, group_days, works_on_evidence
from services.models import (
    Case,
    Handover,
    HandoverReason,
    Occupancy,
    PlanState,
    RecoveryBooking,
    RecoveryMember,
    RecoveryPlan,
    RecoverySession,
    Resource,
    SessionState,
    WaitingEntry,
)
from services.rules.recovery import (
    PLAN_STEPS,
    SESSION_STEPS,
    SeriesPlan,
    attendance_objections,
    handover_objections,
    moving_objections,
    review_objections,
    series_objections,
    step_objections,
)

REASONS = frozenset(HandoverReason.values) - {HandoverReason.FIRST.value}
# A constraint that refuses the row, and the rule that says the same in words.
LAST_JUDGES = {
    "recoveryplan_one_at_a_time": "recovery_plan_exists",
    "recoverymember_on_one_side_of_the_wall": "recovery_therapist_on_the_other_side",
    "recoverysession_by_a_trained_therapist": "recovery_therapist_not_trained",
}


@action("recoveryplan.refused")
def book_series(*, case, plans, review_on, by, now, key):
    """Book a plan with all its sessions, for one case or for siblings at once. Returns the RecoveryPlan of `case`.

    `plans` maps each Case to its SeriesPlan, `case` among them. All sessions of all of them are taken in one step, or
    none. The same `key` with the same contents finds the first result; with others it is refused. Raises Objected with
    every objection, and occupancy.SlotTaken when somebody was faster.
    """
    digest = payload_hash(plans, review_on)
    if earlier := _booked_before(key, digest, case):
        return earlier
    for one, plan in plans.items():
        _refuse(one, plan, now, has_plan=RecoveryPlan.objects.live().filter(case=one).exists())
    wanted = [pair for one, plan in plans.items() for pair in session_spans(one, plan)]
    _refuse_outside(wanted)
    try:
        taken = occupancy.take(wanted=wanted, now=now)
    except occupancy.SlotTaken:
        # A double click: the twin booked while we waited for the lock.
        if earlier := _booked_before(key, digest, case):
            return earlier
        raise
    rows, made = iter(taken), {}
    for one, plan in plans.items():
        made[one.pk] = _save_plan(one, plan, review_on, by, now, own_key(key, one, case), digest)
        _save_sessions(made[one.pk], plan, range(1, len(plan.starts) + 1), rows)
        WaitingEntry.objects.filter(case=one, state=WaitingEntry.State.WAITING).update(state=WaitingEntry.State.PLACED)
        record("recoveryplan.booked", by=by, now=now, about=made[one.pk], case_id=one.pk, sessions=len(plan.starts))
    return made[case.pk]


@action("recoveryplan.refused")
def book_rest(*, case, plan, series, by, now):
    """Put other times in place of everything still ahead: moves the rest, resumes a paused plan, hands it over.

    `series.replaces` are the sessions that were ahead when the times were offered; if they are no longer, somebody
    changed the plan meanwhile and this is refused, unless what is asked for stands already. Another therapist needs
    `series.reason`, ends the former's membership and counts. Raises Objected and occupancy.SlotTaken. Returns the plan.
    """
    plan = _locked(case, plan)
    ahead = list(plan.sessions.ahead(now))
    if [session.starts for session in ahead] == list(series.starts) and plan.therapist_id == series.therapist:
        return plan
    if {session.pk for session in ahead} != set(series.replaces):
        raise Objected([Objection("recovery_plan_changed")])
    same = series.therapist == plan.therapist_id
    found = handover_objections(same=same, reason=series.reason, reasons=REASONS)
    if plan.state != PlanState.ACTIVE:
        found += step_objections(plan.state, "resume")
    if found:
        raise Objected(found)
    _refuse(case, series, now, has_plan=False)
    wanted = session_spans(case, series)
    _refuse_outside(wanted)
    taken = occupancy.take(wanted=wanted, now=now, instead_of=_times_of(ahead))
    _leave(ahead, "move")
    resumed = plan.state == PlanState.PAUSED
    if not same:
        _hand_over(plan, series, by, now)
    plan.state, plan.room_id = PlanState.ACTIVE, series.room
    plan.every_weeks, plan.minutes = series.every_weeks, series.minutes
    done = set(plan.sessions.counted().values_list("number", flat=True))
    numbers = [n for n in range(1, len(done) + len(series.starts) + 1) if n not in done][: len(series.starts)]
    plan.planned = len(done) + len(series.starts)
    plan.save()
    _save_sessions(plan, series, numbers, iter(taken))
    verb = "recoveryplan.handed_over" if not same else "recoveryplan.resumed" if resumed else "recoveryplan.moved"
    record(verb, by=by, now=now, about=plan, case_id=case.pk, sessions=len(series.starts))
    return plan


@action("recoveryplan.refused")
def pause_plan(*, case, plan, by, now):
    """Pause: what is ahead is left out and free at once, a place in a group too. Nobody is asked why."""
    return _rest(case, plan, "pause", by, now)


@action("recoveryplan.refused")
def cancel_plan(*, case, plan, by, now):
    """Cancel: as pausing, and for good. The therapist no longer sees the case."""
    return _rest(case, plan, "cancel", by, now)


@action("recoveryplan.refused")
def review_plan(*, case, plan, outcome, by, now):
    """Look back at the end: one of `ReviewOutcome`. Refuses while sessions are ahead or attendance is not written."""
    plan = _locked(case, plan)
    visits = visits_of(plan)
    booked = plan.sessions.filter(state=SessionState.BOOKED).count() + visits.filter(state=SessionState.BOOKED).count()
    ahead = plan.sessions.ahead(now).count() + visits.ahead(now).count()
    found = review_objections(plan.state, ahead=ahead, unwritten=booked - ahead)
    if found:
        raise Objected(found)
    leave_groups(plan=plan, by=by, now=now)
    plan.state, plan.outcome = PLAN_STEPS[plan.state]["review"], outcome
    plan.save(update_fields=["state", "outcome"])
    _end_membership(plan, now)
    record("recoveryplan.reviewed", by=by, now=now, about=plan, case_id=case.pk, outcome=outcome)
    return plan


@action("recoverysession.refused")
def move_session(*, case, session, starts, by, now):
    """Move one session to `starts` (aware), with the same therapist and room. Returns the new RecoverySession.

    Moved to where it stands, or sent twice, it finds the session that is there. Nobody is asked why.
    """
    plan = _locked(case, session.plan)
    session = plan.sessions.select_for_update(of=("self",)).get(pk=session.pk)
    twin = plan.sessions.filter(number=session.number, state=SessionState.BOOKED, span__startswith=starts).first()
    if twin is not None:
        return twin
    found = moving_objections(session.state, "move", begun=session.starts <= now)
    if found:
        raise Objected(found)
    others = plan.sessions.ahead(now).exclude(pk=session.pk)
    days = {other.starts.astimezone(case.zone).date() for other in others} | group_days([case], now)
    if starts.astimezone(case.zone).date() in days:
        raise Objected([Objection("recovery_two_sessions_a_day")])
    series = SeriesPlan(session.therapist_id, session.room_id, plan.minutes, plan.every_weeks, (starts,))
    _refuse(case, series, now, has_plan=False)
    wanted = session_spans(case, series)
    _refuse_outside(wanted)
    taken = occupancy.take(wanted=wanted, now=now, instead_of=_times_of([session]))
    _leave([session], "move")
    (moved,) = _save_sessions(plan, series, [session.number], iter(taken))
    record("recoverysession.moved", by=by, now=now, about=moved, case_id=case.pk)
    return moved


@action("recoverysession.refused")
def leave_out(*, case, session, by, now):
    """Leave one session out; its time is free at once. Nobody is asked why."""
    plan = _locked(case, session.plan)
    session = plan.sessions.select_for_update(of=("self",)).get(pk=session.pk)
    found = moving_objections(session.state, "leave_out", begun=session.starts <= now)
    if found:
        raise Objected(found)
    occupancy.release(_times_of([session]))
    _leave([session], "leave_out")
    record("recoverysession.left_out", by=by, now=now, about=session, case_id=case.pk)
    return session


@action("recoverysession.refused")
def record_attendance(*, case, session, attended, by, now):
    """Write down the fact: `came` or `missed`. Nothing else, and no note."""
    session = RecoverySession.objects.select_for_update(of=("self",)).get(pk=session.pk, case=case)
    found = attendance_objections(session.state, attended, begun=session.starts <= now)
    if found:
        raise Objected(found)
    session.state = SESSION_STEPS[session.state][attended]
    session.save(update_fields=["state"])
    record("recoverysession.attended", by=by, now=now, about=session, case_id=case.pk)
    return session


def payload_hash(plans: Mapping[Case, SeriesPlan], review_on):
    """SHA-256 over everything that was chosen, so that a key cannot be used for another series."""
    said = [
        [case.pk, plan.therapist, plan.room, plan.minutes, plan.every_weeks, [s.isoformat() for s in plan.starts]]
        for case, plan in sorted(plans.items(), key=lambda pair: pair[0].pk)
    ]
    return hashlib.sha256(json.dumps([said, review_on.isoformat()]).encode()).hexdigest()


def _booked_before(key, digest, case):
    earlier = RecoveryPlan.objects.filter(key=key).first()
    if earlier is None:
        return None
    if earlier.payload_hash != digest or earlier.case_id != case.pk:
        raise Objected([Objection("form_used_differently")])
    return earlier


def _refuse(case, plan, now, *, has_plan):
    user, facts = facts_of(plan.therapist, case.zone, now)
    facts = replace(
        facts,
        has_plan=has_plan,
        works_on_case=works_on_evidence(case, user, now),
        closed=case.closed_at is not None,
        group_days=group_days([case], now),
    )
    found = series_objections(plan, facts)
    if found:
        raise Objected(found)


def _refuse_outside(wanted):
    """Every session, with what is booked around it, within the working hours of therapist and room. One query."""
    if occupancy.outside_hours(wanted):
        raise Objected([Objection("recovery_outside_working_hours")])


def _save_plan(case, plan, review_on, by, now, key, digest):
    try:
        with transaction.atomic():
            made = RecoveryPlan.objects.create(
                case=case,
                therapist_id=plan.therapist,
                room_id=plan.room,
                zone=str(case.zone),
                every_weeks=plan.every_weeks,
                minutes=plan.minutes,
                planned=len(plan.starts),
                review_on=review_on,
                key=key,
                payload_hash=digest,
                by=by,
                at=now,
            )
            Handover.objects.create(
                case=case, plan=made, turn=1, therapist_id=plan.therapist, reason=HandoverReason.FIRST, by=by, at=now
            )
            _begin_membership(made, now)
    except IntegrityError as error:
        raise Objected([Objection(LAST_JUDGES.get(violated(error), "form_used_differently"))]) from None
    return made


def _save_sessions(plan, series, numbers, rows):
    """One RecoverySession per start, and its three bookings. `rows` are the occupancies in the order of `session_spans`."""
    sessions = RecoverySession.objects.bulk_create(
        RecoverySession(
            case_id=plan.case_id,
            plan=plan,
            number=number,
            turn=plan.turn,
            therapist_id=series.therapist,
            room_id=series.room,
            span=DateTimeTZRange(*span),
        )
        for number, span in zip(numbers, series.spans(), strict=True)
    )
    RecoveryBooking.objects.bulk_create(
        RecoveryBooking(case_id=plan.case_id, session=session, occupancy=next(rows))
        for session in sessions
        for _resource in ("therapist", "room", "child")
    )
    return sessions


def _hand_over(plan, series, by, now):
    _end_membership(plan, now)
    plan.turn, plan.therapist_id = plan.turn + 1, series.therapist
    Handover.objects.create(
        case_id=plan.case_id,
        plan=plan,
        turn=plan.turn,
        therapist_id=series.therapist,
        reason=series.reason,
        by=by,
        at=now,
    )
    _begin_membership(plan, now)


def _begin_membership(plan, now):
    """The plan's therapist sees the recovery of the case from now on, and nothing else of it."""
    person = Resource.objects.values_list("user_id", flat=True).get(pk=plan.therapist_id)
    agency = Membership.objects.current(now).filter(user=person).order_by("starts", "pk").values("agency_id")[:1]
    if not RecoveryMember.objects.current(now).filter(case_id=plan.case_id, user=person).exists():
        RecoveryMember.objects.create(
            case_id=plan.case_id, user_id=person, agency_id=agency[0]["agency_id"], starts=now
        )


def _end_membership(plan, now):
    person = Resource.objects.values_list("user_id", flat=True).get(pk=plan.therapist_id)
    RecoveryMember.objects.filter(case_id=plan.case_id, user=person, ends__isnull=True).update(
        ends=Greatest("starts", Value(now))
    )


def _rest(case, plan, step, by, now):
    plan = _locked(case, plan)
    found = step_objections(plan.state, step)
    if found:
        raise Objected(found)
    ahead = list(plan.sessions.ahead(now))
    occupancy.release(_times_of(ahead))
    _leave(ahead, "leave_out")
    leave_groups(plan=plan, by=by, now=now)
    plan.state = PLAN_STEPS[plan.state][step]
    plan.save(update_fields=["state"])
    if plan.state == PlanState.CANCELLED:
        _end_membership(plan, now)
    record(f"recoveryplan.{plan.state}", by=by, now=now, about=plan, case_id=case.pk, sessions=len(ahead))
    return plan


def _leave(sessions, step):
    ids = [session.pk for session in sessions]
    RecoverySession.objects.filter(pk__in=ids).update(state=SESSION_STEPS["booked"][step])


def _times_of(sessions):
    ids = [session.pk for session in sessions]
    return list(Occupancy.objects.filter(pk__in=RecoveryBooking.objects.filter(session__in=ids).values("occupancy_id")))


def _locked(case, plan):
    return RecoveryPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk, case=case)
