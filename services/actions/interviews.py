"""Book an interview or propose it, let it stand, hold it, cancel it: each one savepoint, all or nothing.

Which of it may happen in which state is the table of `services.rules.states`.
"""

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.audit.recording import action, record
from cms.database.errors import violated
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy, parts, reminders
from services.actions.buffers import booked_spans
from services.actions.facts import age_on, court_facts, local_span
from services.actions.plans import facts_for, limits_of, payload_hash, plan_objections, plan_of, protocol_in_force
from services.models import (
    Booking,
    Case,
    Interview,
    Occupancy,
    Override,
    Participant,
    PlannedBreak,
    QuestionNeed,
    Reminder,
    Resource,
    State,
    Venue,
)
from services.rules import states
from services.rules.breaks import advised_breaks
from services.rules.interviews import COURT_ORDERED, blocking
from services.rules.invitations import ACCEPTED, INVITED, lacking, substitute_objections, waits_until
from services.rules.overrides import explained, unexplained
from services.rules.permits import REFUSED

# A constraint that refuses the row, and the rule that says the same in words.
LAST_JUDGES = {
    "interview_one_joint_interview_per_case": "second_joint_interview",
    "venuepresence_keeps_child_and_suspect_apart": "venue_not_suitable_that_day",
}


@action("interview.refused")
def book_interview(*, case, plan, by, now, key):
    """Book `plan` (an InterviewPlan) for `case`, with every resource it takes. Returns the Interview.

    `key` is the form's UUID: the same key and plan find the first result again. Raises Objected with every objection
    of the rules, and occupancy.SlotTaken when somebody was faster; either way nothing is kept.
    """
    return _make(states.BOOK, case, plan, by, now, key)


@action("interview.refused")
def propose_interview(*, case, plan, by, now, key):
    """Hold everything that `plan` takes until the people whom the protocol asks have answered. Returns the Interview.

    It stands once they have accepted, at once where nobody need be waited for; it lapses after the protocol's hours,
    and never later than its own hour. `key` and refusals are as in `book_interview`.
    """
    interview = _make(states.PROPOSE, case, plan, by, now, key)
    if stand_if_agreed(interview, by=by, now=now):
        record("interview.confirmed", by=by, now=now, about=interview, case_id=case.pk)
    return interview


def _make(event, case, plan, by, now, key):
    digest = payload_hash(plan, event)
    if earlier := booked_before(key, digest, case):
        return earlier
    expire_proposals(case=case, now=now)
    reasons = refuse(case, plan, now, event)
    until = None
    if event == states.PROPOSE:
        until = waits_until(limits_of(protocol_in_force(now)), starts=plan.starts, now=now)
    try:
        taken = occupancy.take(wanted=booked_spans(case, plan), now=now, hold_until=until)
    except occupancy.SlotTaken:
        # A double click: the twin booked while we waited for the lock.
        if earlier := booked_before(key, digest, case):
            return earlier
        raise
    return save(case, plan, taken, reasons, until=until, key=key, digest=digest, by=by, now=now)


def save(case, plan, taken, reasons, *, until=None, key, digest, by, now):
    """Write an interview down for which `taken` was occupied and `refuse` gave `reasons`. Returns it.

    With `until` it is a proposal. `digest` is what `key` stands for from now on.
    """
    interview = _save(case, plan, by, now, key, digest, until)
    _save_attendance(interview, plan, taken, by, now)
    parts.save_parts(interview, plan)
    save_breaks(interview, plan)
    settle_needs(interview, plan)
    _keep_reasons(interview, reasons, by, now)
    reminders.invite(interview, by=by, now=now)
    record(f"interview.{interview.state}", by=by, now=now, about=interview, case_id=case.pk, kind_of=plan.kind)
    return interview


@action("interview.refused")
def confirm_interview(*, case, interview, by, now):
    """Let a proposal stand whose quorum has accepted; every rule is asked again. Returns the Interview.

    Refuses while somebody's answer is missing. This happens by itself with the last answer, unless a rule stood in the
    way then; afterwards the case manager does it.
    """
    interview = locked(case, interview)
    step(interview, states.CONFIRM, now)
    if roles := missing_answers(interview):
        raise Objected([Objection("answers_missing", values={"count": len(roles)})])
    _stand(interview, case, now)
    record("interview.confirmed", by=by, now=now, about=interview, case_id=case.pk)
    return interview


def stand_if_agreed(interview, *, by, now):
    """Let a proposal stand if its quorum has accepted and nothing hinders it; whether it stands now by this.

    Asked after the last answer, in the sight of whoever proposed it (`by`, for whom the database must answer): an
    interviewer of the pool, who may see nothing else of the case, can give that answer as well. What hinders it is said where the case manager looks.
    """
    if interview.state_at(now) != State.PROPOSED or missing_answers(interview):
        return False
    case = Case.objects.visible_to(by, now).filter(pk=interview.case_id).select_related("agency", "manager").first()
    if case is None:
        return False
    try:
        with transaction.atomic():
            _stand(interview, case, now)
    except (Objected, occupancy.SlotTaken):
        interview.refresh_from_db()
        return False
    return True


def _stand(interview, case, now):
    plan = plan_of(interview)
    facts = facts_for(case=case, plan=plan, now=now, besides=interview)
    if found := substitute_objections(plan, facts):
        raise Objected(found)
    occupancy.confirm(taken_for(interview), now=now)
    interview.state, interview.proposed_until = states.after(interview.state, states.CONFIRM), None
    interview.save(update_fields=["state", "proposed_until"])
    reminders.tell(interview, reminders.attending(interview), Reminder.Kind.CHANGED, now=now)
    reminders.remind(interview, now=now)


def missing_answers(interview):
    """The roles whose yes the interview's protocol asks for and that have not said it."""
    answers = interview.participants.values_list("role", "response")
    return lacking(limits_of(interview.protocol), answers)


EXPIRE = "SELECT lapsed, of_case FROM sekali_expire_proposals(%s, %s)"


def expire_proposals(*, now, case=None):
    """Let every proposal lapse whose time ran out (of one case, or as background work of all); returns how many.

    Everything it held is free, its needs are open again, and everybody who was asked is told.
    """
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [now, case.pk if case is not None else None])
        lapsed = cursor.fetchall()
    for pk, case_id in lapsed:
        record("interview.expired", by=None, now=now, about=Interview(pk=pk), case_id=case_id)
    return len(lapsed)


@action("interview.refused")
def cancel_interview(*, case, interview, by, now):
    """Cancel a booked or proposed interview; no reason is asked. Every resource is free at once, its needs are open again.

    Refuses one whose hour has come: that it was held, and that topics were not asked, is for the ledger to say.
    """
    interview = locked(case, interview)
    # Were its hour not asked for, one that took place could be made to vanish, and the child be asked again.
    interview.state, interview.cancelled_at = step(interview, states.CANCEL, now), now
    interview.save(update_fields=["state", "cancelled_at"])
    occupancy.release(Occupancy.objects.filter(pk__in=interview.bookings.values("occupancy_id")))
    QuestionNeed.objects.filter(interview=interview, state=QuestionNeed.State.ATTACHED).update(
        state=QuestionNeed.State.OPEN, interview=None
    )
    reminders.tell(interview, reminders.attending(interview) - {by.pk}, Reminder.Kind.CANCELLED, now=now)
    record("interview.cancelled", by=by, now=now, about=interview, case_id=case.pk)
    return interview


@action("interview.refused")
def hold_interview(*, case, interview, by, now, stop=False):
    """Say that the interview took place. Refuses one that has not begun, was cancelled or was held already.

    Of an extended interview this is said session by session, and it was held with the last; `stop` drops those left
    and frees them: the child has told enough, or wants no more.
    """
    interview = locked(case, interview)
    after = step(interview, states.HOLD, now)
    if parts.goes_on(interview, stop=stop, by=by, now=now):
        return interview
    interview.state, interview.held_at = after, now
    interview.save(update_fields=["state", "held_at"])
    record("interview.held", by=by, now=now, about=interview, case_id=case.pk)
    return interview


def taken_for(interview):
    """The live occupancies that serve an interview."""
    return Occupancy.objects.filter(pk__in=interview.bookings.values("occupancy_id"), live=True).order_by("pk")


def stopping(interview):
    """Objections to a booked interview from what was recorded since: the court's refusal, above all."""
    court = court_facts(interview.case)
    refused = court.step == REFUSED and interview.kind != COURT_ORDERED
    return [Objection("court_refused", "TPKS-49")] if refused else []


def booked_before(key, digest, case):
    """The Interview that this key has booked for `case`, or None. Refuses a key that stands for something else."""
    earlier = Interview.objects.filter(key=key).first()
    if earlier is None:
        return None
    if earlier.payload_hash != digest or earlier.case_id != case.pk:
        raise Objected([Objection("form_used_differently")])
    return earlier


def refuse(case, plan, now, event=states.BOOK, spans=None):
    """Refuse what blocks, and a warning that wants a reason and has none. Returns the reasons by rule."""
    found = plan_objections(case=case, plan=plan, now=now, spans=spans)
    limits = limits_of(protocol_in_force(now))
    reasons = explained(found, plan.reasons, limits, by_court=plan.kind == COURT_ORDERED)
    stopped = _stopped_by_state(case, plan, now, event)
    refused = [*blocking(found), *(one for one in stopped if one.key not in {said.key for said in found})]
    missing = [] if stopped else unexplained(reasons)  # no reason would help where there can be no such interview
    if refused or missing:
        warned = [objection for objection in found if objection.warning]
        raise Objected([*refused, *missing, *(warned if missing else ())])
    return reasons


def _stopped_by_state(case, plan, now, event):
    """What the table of states says against one more interview of this kind, or for this asking."""
    standing = Interview.objects.standing(now).filter(case=case, kind=plan.kind, asking=plan.asking).first()
    state = standing.state if standing else states.NOTHING
    refused = [] if (state, event) in states.TABLE else states.objections(state, event, begun=False)
    if plan.asking is not None and refused:
        return [Objection("asking_booked_already")]
    return refused


def _save(case, plan, by, now, key, digest, until):
    venue = Venue.objects.get(resources=plan.room)
    try:
        return Interview.objects.create(
            case=case,
            kind=plan.kind,
            state=State.PROPOSED if until else State.BOOKED,
            proposed_until=until,
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


def _save_attendance(interview, plan, taken, by, now):
    mine = own_resource(by)
    Participant.objects.bulk_create(
        Participant(
            case=interview.case,
            interview=interview,
            resource_id=a.resource,
            role=a.role,
            presence=a.presence,
            **answered(a.resource == mine, now),
        )
        for a in plan.attendees
    )
    Booking.objects.bulk_create(Booking(case=interview.case, interview=interview, occupancy=one) for one in taken)


def save_breaks(interview, plan):
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


def settle_needs(interview, plan):
    mine = QuestionNeed.objects.open().filter(case=interview.case)
    mine.filter(pk__in=plan.needs).update(state=QuestionNeed.State.ATTACHED, interview=interview)
    for need, reason in plan.postponed.items():
        if need not in plan.needs and reason.strip():
            mine.filter(pk=need).update(state=QuestionNeed.State.POSTPONED, postponed_because=reason.strip())


def own_resource(user):
    """The id of the row under which `user` can be booked, or None."""
    return Resource.objects.filter(user=user).values_list("pk", flat=True).first()


def answered(oneself, now):
    """The answer with which a place begins: whoever puts themselves down comes, everybody else is asked."""
    return {"response": ACCEPTED if oneself else INVITED, "answered_at": now if oneself else None}


def locked(case, interview):
    """The interview, its row locked: whatever happens to it happens one after the other."""
    return Interview.objects.select_for_update().get(pk=interview.pk, case=case)


def step(interview, event, now):
    """The state that follows `event`; raises Objected where the table or the hour does not allow it."""
    state = interview.state_at(now)
    if found := states.objections(state, event, begun=interview.starts <= now):
        raise Objected(found)
    return states.after(state, event)
