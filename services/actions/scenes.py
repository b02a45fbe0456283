"""Lay out what planning anew may choose from: for each interview its seats and free time, as plain values for the rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import ceil, floor
from zoneinfo import ZoneInfo

from django.utils.timezone import localdate

from services.actions.facts import interview_facts
from services.actions.moves import standing_of
from services.actions.plans import limits_of
from services.actions.slots import LEAD, wish_to_move
from services.models import Interview
from services.models.free_time import free_time
from services.rules import starts
from services.rules.board import Board
from services.rules.interviews import Attendee, blocking, objections
from services.rules.moves import Standing, moved
from services.rules.replanning import Plan, Scene, in_order, task_of
from services.rules.replanning_wish import Away
from services.rules.slots import INTERVIEWER, Wish

DAYS = 30  # looked at from today, or a fortnight beyond the last interview that is touched
MOST_DAYS = 90


@dataclass(frozen=True)
class Job:
    """One interview that needs another place, and what may fill its seats. `may` names, by interviewer, the days on which
    every rule agrees; None leaves that to the free time. `off` is a time that it is to leave, if it was named.
    """

    key: int
    case: int
    age_months: int
    was: datetime
    wish: Wish
    kept: Mapping[str, int] = field(default_factory=dict)
    may: Mapping[int, frozenset[date]] | None = None
    off: tuple[datetime, datetime] | None = None


def job_of(interview: Interview, *, now: datetime, off: tuple[datetime, datetime] | None = None) -> Job:
    """The job of a booked interview that the current user sees. About twenty-five queries."""
    standing = standing_of(interview)
    limits = limits_of(interview.protocol)
    wish = wish_to_move(interview=interview, standing=standing, limits=limits, now=now)
    return Job(
        key=interview.pk,
        case=interview.case_id,
        age_months=interview.case.age_months,
        was=interview.starts,
        wish=wish,
        kept=standing.picks,
        may=_days_allowed(interview, wish, standing, now),
        off=off,
    )


def scene_of(jobs: Sequence[Job], *, zone: str, now: datetime, away: Sequence[Away] = ()) -> tuple[Scene, datetime]:
    """The scene, and the moment from which its starts are counted: the local midnight of today. Nobody `away` is in it.

    A job may use its own times and what is free for everybody, never what another job would give up: so any of them can be
    accepted without the others. One query a job.
    """
    last = max(max(job.was, job.off[1]) if job.off else job.was for job in jobs)
    days = min(MOST_DAYS, max(DAYS, (last - now).days + 15))
    tasks = []
    for job in jobs:
        wish = replace(job.wish, zone=zone, not_before=now + LEAD)
        origin = wish.origin
        free = free_time(
            wish.resources(),
            start=wish.not_before,
            end=origin + timedelta(days=days),
            origin=origin,
            now=now,
            always=wish.always_free(),
            ignoring=wish.ignoring,
        )
        board = Board(wish, {})
        board.add(free, days)
        was = int((job.was - origin).total_seconds() // 60 // starts.STEP)
        board.mask &= _suitable(wish, days) | (1 << was)
        tasks.append(
            task_of(
                board,
                key=job.key,
                case=job.case,
                age_months=job.age_months,
                was=was,
                kept=job.kept,
                may={resource: _bits(origin, allowed) for resource, allowed in (job.may or {}).items()},
                away={one.resource: [_minutes(origin, (one.start, one.end))] for one in away},
                off=_minutes(origin, job.off) if job.off else None,
            )
        )
    origin = replace(jobs[0].wish, zone=zone, not_before=now + LEAD).origin
    return Scene(in_order(tasks), days, origin.weekday()), origin


def spans_of(
    plan: Plan, jobs: Sequence[Job], origin: datetime
) -> Iterator[tuple[int, tuple[datetime, datetime], dict[str, int]]]:
    """(key, span, picks) of every placement; the child is not named among the picks."""
    minutes = {job.key: job.wish.minutes for job in jobs}
    for placed in plan.placements:
        begins = origin + timedelta(minutes=placed.start * starts.STEP)
        picks = {seat: resource for seat, resource in placed.picks.items() if seat != "child"}
        yield placed.key, (begins, begins + timedelta(minutes=minutes[placed.key])), picks


def _minutes(origin: datetime, span: tuple[datetime, datetime]) -> tuple[int, int]:
    """A span in minutes since the origin, rounded outwards."""
    low, high = ((moment - origin).total_seconds() / 60 for moment in span)
    return floor(low), ceil(high)


def _suitable(wish: Wish, days: int) -> int:
    """The starts that the protocol advises at this age. A plan keeps to them; whoever moves by hand is only warned."""
    if wish.band is None:
        return -1
    return starts.every_day(starts.within_hours(wish.band.earliest, wish.band.latest, wish.minutes), days)


def _usual(wish: Wish, kept: Mapping[str, int]) -> dict[str, int]:
    """For asking the rules: whoever and whatever is there now where that may still be, else the first that may."""
    found = {}
    for seat in wish.seats:
        able = [candidate.resource for candidate in seat.candidates]
        if able and seat.key != "child":
            found[seat.key] = kept[seat.key] if kept.get(seat.key) in able else able[0]
    return found


def _days_allowed(interview: Interview, wish: Wish, standing: Standing, now: datetime) -> dict[int, frozenset[date]]:
    """By interviewer, the days from tomorrow on which no rule objects; nor has the child another session then.

    Today's hours are for whoever moves one interview by hand: a plan is read too late for them.
    """
    zone, picks = ZoneInfo(interview.zone), _usual(wish, standing.picks)
    usual = moved(standing, interview.starts, picks, needs=frozenset())
    interviewers = [c.resource for seat in wish.seats if seat.key == INTERVIEWER for c in seat.candidates]
    everybody = replace(usual, attendees=(*usual.attendees, *(Attendee(one, INTERVIEWER) for one in interviewers)))
    facts = interview_facts(
        case=interview.case, plan=everybody, protocol=interview.protocol, outside=(), now=now, besides=interview
    )
    others = Interview.objects.live().filter(case=interview.case_id).exclude(pk=interview.pk)
    taken = {localdate(span.lower, zone) for span in others.values_list("span", flat=True)}
    today, hour = localdate(now, zone), interview.starts.astimezone(zone)
    allowed: dict[int, set[date]] = {one: set() for one in interviewers}
    for number in range(1, MOST_DAYS + 1):
        day = today + timedelta(days=number)
        begins = datetime.combine(day, hour.time(), zone)
        for one in interviewers if day not in taken else ():
            # What agencies filed since becomes part of it.
            plan = moved(standing, begins, {**picks, INTERVIEWER: one}, needs=facts.open_needs)
            if not blocking(objections(plan, replace(facts, day=day))):
                allowed[one].add(day)
    return {one: frozenset(found) for one, found in allowed.items()}


def _bits(origin: datetime, days: frozenset[date]) -> int:
    first = origin.date()
    return sum(starts.between((d - first).days * starts.DAY, ((d - first).days + 1) * starts.DAY) for d in days)
