"""Move interviews: another hour, another room, another interviewer, all at once or not at all.

Whoever moves locks the interviews first and the resources second, both in id order, so that movers, bookers and
re-planners wait for each other and never in a circle. No reason is asked; what was is kept as former states.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy, reminders
from services.actions.buffers import booked_spans
from services.actions.interviews import answered, own_resource, settle_needs
from services.actions.plans import payload_hash, plan_objections, plan_of
from services.models import Booking, Interview, Move, Occupancy, Participant, QuestionNeed, Reminder, Resource, Venue
from services.rules.interviews import InterviewPlan, blocking
from services.rules.moves import Standing, move_objections, moved
from services.rules.states import AHEAD


@dataclass(frozen=True)
class Change:
    """One interview and what it shall become. `key` makes the change idempotent."""

    interview: Interview
    plan: InterviewPlan
    key: uuid.UUID

    @property
    def digest(self) -> str:
        """Of the hour and the resources; which needs come along is looked up anew each time."""
        return payload_hash(replace(self.plan, needs=frozenset(), postponed={}))

    def resources(self) -> list[int]:
        """Everything it takes, the child included, in id order."""
        return sorted({*self.plan.resources(), self.interview.case.child_resource_id})


@action("interview.refused")
def move_interview(*, case, interview, plan, by, now, key):
    """Move a booked interview of `case` to `plan`. Returns it; the same key and plan find the first result again.

    Refuses one that was held, cancelled or has begun, and whatever the rules refuse of a booking. Raises
    occupancy.SlotTaken when somebody was faster. Either way it stays where it was.
    """
    if interview.case_id != case.pk:
        raise Objected([Objection("form_used_differently")])
    return move_all([Change(interview, plan, key)], by=by, now=now)[0]


def move_all(changes: Sequence[Change], *, by: User, now: datetime) -> list[Interview]:
    """Make every change or none, inside an action's savepoint. Returns the interviews in the order of `changes`.

    Interviews may exchange their hours. Raises Objected with every objection to any of them, or SlotTaken.
    """
    locked = lock_interviews(change.interview.pk for change in changes)
    todo = [replace(one, interview=locked[one.interview.pk]) for one in changes if not moved_before(one)]
    if found := [objection for change in todo for objection in move_refusals(change, now)]:
        raise Objected(found)
    if todo:
        _take(todo, by, now)
    return [locked[change.interview.pk] for change in changes]


def moved_before(change: Change) -> bool:
    """Was this very change made already? Refuses a key that was used for another."""
    earlier = Move.objects.filter(key=change.key).first()
    if earlier is None:
        return False
    if (earlier.payload_hash, earlier.interview_id) != (change.digest, change.interview.pk):
        raise Objected([Objection("form_used_differently")])
    return True


def move_refusals(change: Change, now: datetime) -> list[Objection]:
    """What stops a change, as things stand."""
    standing = standing_of(change.interview)
    if refused := move_objections(standing, change.plan, now):
        return refused
    case = change.interview.case
    return blocking(plan_objections(case=case, plan=change.plan, now=now, besides=change.interview))


def standing_of(interview: Interview) -> Standing:
    """What the interview is now, for the rules. Three queries."""
    return Standing(interview.state, plan_of(interview))


def things_of(interview: Interview) -> list[Resource]:
    """The rooms and kits of an interview; of one that is booked, only what is taken for it now."""
    bookings = interview.bookings.select_related("occupancy__resource").order_by("pk")
    if interview.state in AHEAD:
        bookings = bookings.filter(occupancy__live=True)
    people = {Resource.Kind.PERSON, Resource.Kind.CHILD}
    return [b.occupancy.resource for b in bookings if b.occupancy.resource.kind not in people]


def plan_of_move(interview: Interview, starts: datetime, picks: Mapping[str, int]) -> InterviewPlan:
    """The interview at `starts` with `picks` (role or thing to resource id); topics filed since become part of it."""
    filed = QuestionNeed.objects.open().filter(case=interview.case_id).values_list("pk", flat=True)
    needs = frozenset(filed) if interview.asking_id is None else frozenset()
    return moved(standing_of(interview), starts, picks, needs=needs)


def lock_interviews(ids: Iterable[int]) -> dict[int, Interview]:
    """Lock these interviews in id order, until the transaction ends."""
    rows = Interview.objects.select_for_update(of=("self",)).select_related("case", "protocol", "venue")
    return {row.pk: row for row in rows.filter(pk__in=set(ids)).order_by("pk")}


def _take(todo: Sequence[Change], by: User, now: datetime) -> None:
    """Everything at once through the one helper, in place of what these interviews have; then write it down."""
    bookings = Booking.objects.filter(interview__in=[change.interview for change in todo])
    own = Occupancy.objects.filter(pk__in=bookings.values("occupancy_id"), live=True)
    wanted = [booked_spans(change.interview.case, change.plan) for change in todo]
    taken = iter(occupancy.take(wanted=list(chain.from_iterable(wanted)), now=now, instead_of=own))
    for change, spans in zip(todo, wanted, strict=True):
        _write(change, [next(taken) for _span in spans], by, now)


def _write(change: Change, taken: Sequence[Occupancy], by: User, now: datetime) -> None:
    interview, plan = change.interview, change.plan
    venue = Venue.objects.get(resources=plan.room)
    interview.span, interview.venue, interview.zone = DateTimeTZRange(plan.starts, plan.ends), venue, str(venue.zone)
    interview.save(update_fields=["span", "venue", "zone"])
    _rebook(interview, taken)
    former = reminders.attending(interview)
    _reseat(interview, plan, by, now)
    settle_needs(interview, plan)
    reminders.tell(interview, (former | reminders.attending(interview)) - {by.pk}, Reminder.Kind.CHANGED, now=now)
    reminders.remind(interview, now=now)
    try:
        with transaction.atomic():
            Move.objects.create(
                case=interview.case, interview=interview, key=change.key, payload_hash=change.digest, by=by, at=now
            )
    except IntegrityError:
        raise Objected([Objection("form_used_differently")]) from None
    record("interview.moved", by=by, now=now, about=interview, case_id=interview.case_id)


def _rebook(interview: Interview, taken: Sequence[Occupancy]) -> None:
    """Let the bookings stand for what was taken now, each for the same resource where it can."""
    places = {one.resource_id: one for one in taken}
    bookings = list(interview.bookings.select_related("occupancy").order_by("-pk"))
    kept = []
    for booking in bookings:  # newest first: somebody who was replaced and came back has an older one too
        if place := places.pop(booking.occupancy.resource_id, None):
            booking.occupancy = place
            kept.append(booking)
    changed = [b for b in bookings if b not in kept][: len(places)]
    for booking in changed:
        booking.occupancy = places.pop(min(places))
    Booking.objects.bulk_update(kept + changed, ["occupancy"])
    Booking.objects.bulk_create(
        Booking(case=interview.case, interview=interview, occupancy=one) for one in places.values()
    )


def _reseat(interview: Interview, plan: InterviewPlan, by: User, now: datetime) -> None:
    """Whoever attends instead takes the former participant's row; at a new hour everybody is asked anew."""
    rows = list(Participant.objects.filter(interview=interview).order_by("role", "presence", "pk"))
    seats = sorted(plan.attendees, key=lambda a: (a.role, a.presence))
    mine = own_resource(by)
    for row, seat in zip(rows, seats, strict=True):
        row.resource_id, row.other_start = seat.resource, None
        for name, value in answered(seat.resource == mine, now).items():
            setattr(row, name, value)
    Participant.objects.bulk_update(rows, ["resource", "response", "answered_at", "other_start"])
