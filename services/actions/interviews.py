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
from services.actions.facts import age_on, court_facts, interview_facts, local_span
from services.models import (
    Booking,
    Interview,
    Occupancy,
    Override,
    Participant,
    PlannedBreak,
    QuestionNeed,
    State,
    Venue,
)
from services.rules.breaks import advised_breaks
from services.rules.interviews import COURT_ORDERED, blocking, objections
from services.rules.overrides import explained, unexplained
from services.rules.permits import REFUSED

PROTOCOL = "wawancara-bersama"
# A constraint that refuses the row, and the rule that says the same in words.
LAST_JUDGES = {
    "interview_one_joint_interview_per_case": "second_joint_interview",
    "venuepresence_keeps_child_and_suspect_apart": "venue_not_suitable_that_day",
}


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
    reasons = _refuse_objections(case, plan, now)
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
    _save_breaks(interview, plan)
    _settle_needs(interview, plan)
    _keep_reasons(interview, reasons, by, now)
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


def plan_objections(*, case, plan, now):
    """Every objection and warning to `plan` as things stand, without booking anything."""
    protocol = protocol_in_force(now)
    span = (plan.starts, plan.ends)
    outside = occupancy.outside_hours([(pk, span) for pk in plan.resources()]) if plan.minutes > 0 else []
    facts = interview_facts(case=case, plan=plan, protocol=protocol, outside=outside, now=now)
    return objections(plan, facts)


def stopping(interview):
    """Objections to a booked interview from what was recorded since: the court's refusal, above all."""
    court = court_facts(interview.case)
    refused = court.step == REFUSED and interview.kind != COURT_ORDERED
    return [Objection("court_refused", "TPKS-49")] if refused else []


def payload_hash(plan):
    """SHA-256 over everything the plan says, so that a key cannot be used for another plan."""
    said = {
        **plan.__dict__,
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "attendees": sorted((a.resource, a.role, a.presence) for a in plan.attendees),
        "needs": sorted(plan.needs),
        "postponed": sorted(plan.postponed.items()),
        "reasons": sorted(plan.reasons.items()),
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
    """Refuse what blocks, and a warning that wants a reason and has none. Returns the reasons by rule."""
    found = plan_objections(case=case, plan=plan, now=now)
    limits = limits_of(protocol_in_force(now))
    reasons = explained(found, plan.reasons, limits, by_court=plan.kind == COURT_ORDERED)
    if refused := [*blocking(found), *unexplained(reasons)]:
        warned = [objection for objection in found if objection.warning]
        raise Objected([*refused, *warned] if unexplained(reasons) else refused)
    return reasons


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


def _save_breaks(interview, plan):
    breaks = plan.breaks
    if breaks is None:
        child = age_on(interview.case, local_span(interview)[0].date())
        breaks = advised_breaks(limits_of(interview.protocol).band_for(child), plan.minutes)
    PlannedBreak.objects.bulk_create(
        PlannedBreak(case=interview.case, interview=interview, after=after, minutes=minutes)
        for after, minutes in breaks
    )


def _keep_reasons(interview, reasons, by, now):
    """Who went past which warning, and why; the record says which, the reason stays with the case."""
    for rule, reason in reasons.items():
        Override.objects.create(case=interview.case, interview=interview, rule=rule, reason=reason, by=by, at=now)
        record("warning.overridden", by=by, now=now, about=interview, case_id=interview.case_id, rule=rule)


def _settle_needs(interview, plan):
    mine = QuestionNeed.objects.open().filter(case=interview.case)
    mine.filter(pk__in=plan.needs).update(state=QuestionNeed.State.ATTACHED, interview=interview)
    for need, reason in plan.postponed.items():
        if need not in plan.needs and reason.strip():
            mine.filter(pk=need).update(state=QuestionNeed.State.POSTPONED, postponed_because=reason.strip())


def _locked(case, interview):
    return Interview.objects.select_for_update().get(pk=interview.pk, case=case)
