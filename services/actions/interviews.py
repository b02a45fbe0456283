"""Book an interview, hold it, cancel it: each one savepoint, all or nothing."""

import hashlib
import json

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.audit.recording import action, record
from cms.database.errors import violated
from cms.limits import ProtocolLimits
from cms.models import ProtocolVersion
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy
from services.actions.facts import interview_facts
from services.models import Booking, Interview, Occupancy, Participant, QuestionNeed, State, Venue
from services.rules.interviews import blocking, objections

PROTOCOL = "wawancara-bersama"
# A constraint that refuses the row, and the rule that says the same in words.
LAST_JUDGES = {"interview_one_joint_interview_per_case": "second_joint_interview"}


def protocol_in_force(now):
    """The ProtocolVersion that binds interviews at `now`. Refuses when none was ever published."""
    version = ProtocolVersion.objects.in_force(PROTOCOL, now)
    if version is None:
        raise Objected([Objection("protocol_missing")])
    return version


def limits_of(version):
    return ProtocolLimits.from_json(version.limits)


@action("interview.refused")
def book_interview(*, case, plan, by, now, key):
    """Book `plan` (an InterviewPlan) for `case`, with every resource it takes. Returns the Interview.

    `key` is the form's UUID: the same key and plan find the first result again. Raises Objected with every objection
    of the rules, and occupancy.SlotTaken when somebody was faster; either way nothing is kept.
    """
    digest = payload_hash(plan)
    if earlier := _booked_before(key, digest, case):
        return earlier
    _refuse_objections(case, plan, now)
    span = (plan.starts, plan.ends)
    wanted = [(resource, span) for resource in sorted({*plan.resources(), case.child_resource_id})]
    try:
        taken = occupancy.take(wanted=wanted, now=now)
    except occupancy.SlotTaken:
        # A double click: the twin booked while we waited for the lock.
        if earlier := _booked_before(key, digest, case):
            return earlier
        raise
    interview = _save(case, plan, by, now, key, digest)
    _save_attendance(interview, plan, taken)
    settle_needs(interview, plan)
    record("interview.booked", by=by, now=now, about=interview, case_id=case.pk, kind_of=plan.kind)
    return interview


@action("interview.refused")
def cancel_interview(*, case, interview, by, now):
    """Cancel a booked interview; no reason is asked. Every resource is free at once, its needs are open again.

    Refuses one whose hour has come: that it was held, and that topics were not asked, is for the ledger to say.
    """
    interview = _locked(case, interview)
    if interview.state != State.BOOKED:
        raise Objected([Objection("interview_not_booked")])
    if interview.starts <= now:
        # Else an interview that took place could be made to vanish, and the child be asked again.
        raise Objected([Objection("interview_begun")])
    interview.state, interview.cancelled_at = State.CANCELLED, now
    interview.save(update_fields=["state", "cancelled_at"])
    occupancy.release(Occupancy.objects.filter(pk__in=interview.bookings.values("occupancy_id")))
    QuestionNeed.objects.filter(interview=interview, state=QuestionNeed.State.ATTACHED).update(
        state=QuestionNeed.State.OPEN, interview=None
    )
    record("interview.cancelled", by=by, now=now, about=interview, case_id=case.pk)
    return interview


@action("interview.refused")
def hold_interview(*, case, interview, by, now):
    """Say that the interview took place. Refuses one that has not begun, was cancelled or was held already."""
    interview = _locked(case, interview)
    if interview.state != State.BOOKED:
        raise Objected([Objection("interview_not_booked")])
    if interview.starts > now:
        raise Objected([Objection("interview_not_begun")])
    interview.state, interview.held_at = State.HELD, now
    interview.save(update_fields=["state", "held_at"])
    record("interview.held", by=by, now=now, about=interview, case_id=case.pk)
    return interview


def plan_objections(*, case, plan, now, moving=None):
    """Every objection and warning to `plan` as things stand, without booking anything.

    `moving` is the Interview that would become `plan`; the protocol that was in force at its booking binds it.
    """
    protocol = moving.protocol if moving else protocol_in_force(now)
    span = (plan.starts, plan.ends)
    outside = occupancy.outside_hours([(pk, span) for pk in plan.resources()]) if plan.minutes > 0 else []
    facts = interview_facts(case=case, plan=plan, protocol=protocol, outside=outside, now=now, moving=moving)
    return objections(plan, facts)


def payload_hash(plan):
    """SHA-256 over everything the plan says, so that a key cannot be used for another plan."""
    said = {
        **plan.__dict__,
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "attendees": sorted((a.resource, a.role, a.presence) for a in plan.attendees),
        "needs": sorted(plan.needs),
        "postponed": sorted(plan.postponed.items()),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _booked_before(key, digest, case):
    earlier = Interview.objects.filter(key=key).first()
    if earlier is None:
        return None
    if earlier.payload_hash != digest or earlier.case_id != case.pk:
        raise Objected([Objection("form_used_differently")])
    return earlier


def _refuse_objections(case, plan, now):
    found = blocking(plan_objections(case=case, plan=plan, now=now))
    if found:
        raise Objected(found)


def _save(case, plan, by, now, key, digest):
    venue = Venue.objects.get(resources=plan.room)
    try:
        with transaction.atomic():
            return Interview.objects.create(
                case=case,
                kind=plan.kind,
                span=DateTimeTZRange(plan.starts, plan.ends),
                venue=venue,
                zone=str(venue.zone),
                protocol=protocol_in_force(now),
                asking_id=plan.asking,
                key=key,
                payload_hash=digest,
                booked_by=by,
                booked_at=now,
                prosecutor_absent_because=plan.prosecutor_absent_because.strip(),
            )
    except IntegrityError as error:
        # Never the database's own text: it may name another case's room and hour.
        raise Objected([Objection(LAST_JUDGES.get(violated(error), "form_used_differently"))]) from None


def _save_attendance(interview, plan, taken):
    Participant.objects.bulk_create(
        Participant(case=interview.case, interview=interview, resource_id=a.resource, role=a.role, presence=a.presence)
        for a in plan.attendees
    )
    Booking.objects.bulk_create(Booking(case=interview.case, interview=interview, occupancy=one) for one in taken)


def settle_needs(interview, plan):
    mine = QuestionNeed.objects.open().filter(case=interview.case)
    mine.filter(pk__in=plan.needs).update(state=QuestionNeed.State.ATTACHED, interview=interview)
    for need, reason in plan.postponed.items():
        if need not in plan.needs and reason.strip():
            mine.filter(pk=need).update(state=QuestionNeed.State.POSTPONED, postponed_because=reason.strip())


def _locked(case, interview):
    return Interview.objects.select_for_update().get(pk=interview.pk, case=case)
