"""One interview in several short sessions on different days, planned in advance: for a child who cannot tell all at once.

Research finds no harm in a planned series of short sessions with the same interviewer, and much in being asked again by
somebody else (NICHD extended protocol). So the people and the room stay, and the days are chosen together. Pure functions
over the integers of `services.rules.starts`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING

from cms.objections import Objection
from services.rules import starts
from services.rules.board import Board
from services.rules.ranking import ranked
from services.rules.search import board_for
from services.rules.slots import OF_ONE_VENUE, WINDOWS, Candidate, Slot, Wish

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan

JOINT = "joint"
TEAMS = 60  # of people and rooms that are tried, the most suitable first
FIRST_WITHIN = 14  # days within which the first session should be


def days_after(first: int, possible: int, *, parts: int, apart: int) -> tuple[int, ...] | None:
    """The starts of `parts` sessions from `first` on, or None: each on the soonest possible day that is `apart` days
    later, as near as can be to the hour of the first. Taking the soonest day leaves most days for the others.
    """
    found, hour = [first], first % starts.DAY
    while len(found) < parts:
        border = (found[-1] // starts.DAY + apart) * starts.DAY
        soonest = starts.first(possible >> border)
        if soonest is None:
            return None
        day = starts.on_day(possible, (border + soonest) // starts.DAY)
        found.append(min(starts.each(day), key=lambda start: (abs(start % starts.DAY - hour), start)))
    return tuple(found)


def windows_for(parts: int, apart: int) -> tuple[int, ...]:
    """The windows of a search for so many sessions: those in which they can all lie."""
    needed = FIRST_WITHIN + apart * (parts - 1)
    return tuple(days for days in WINDOWS if days >= needed) or WINDOWS[-1:]


def in_parts(board: Board, *, parts: int, apart: int) -> tuple[Slot, ...]:
    """The best slots from which the same people, in the same room, can meet so many times; each with its `sessions`.

    Ranked by the first session. At most `TEAMS` ways of seating are tried.
    """
    found: dict[int, Slot] = {}
    for team in islice(_teams(board), TEAMS):
        seats = tuple(replace(seat, candidates=(team[seat.key],)) for seat in board.wish.seats)
        alone = board_for(replace(board.wish, seats=seats), upon=board)
        possible = alone.possible()
        able = sum(
            1 << start for start in starts.each(possible) if days_after(start, possible, parts=parts, apart=apart)
        )
        for slot in ranked(alone, able):
            start = _start_of(board.wish, slot.start)
            if start not in found or (slot.burden, slot.start) < (found[start].burden, found[start].start):
                days = days_after(start, possible, parts=parts, apart=apart) or ()
                found[start] = replace(slot, sessions=tuple(board.wish.moment(one) for one in days))
    return _apart(board.wish, sorted(found.values(), key=lambda slot: (slot.burden, slot.start)))


def _apart(wish: Wish, slots: list[Slot]) -> tuple[Slot, ...]:
    """Of times that overlap, the best; no more than were asked for. A day that was asked for shows all."""
    if wish.on:
        return tuple(sorted(slots, key=lambda slot: slot.start))
    kept: list[Slot] = []
    for slot in slots:
        if all(slot.start >= other.end or other.start >= slot.end for other in kept):
            kept.append(slot)
    return tuple(kept[: wish.most])


def _teams(board: Board) -> Iterator[dict[str, Candidate]]:
    """Ways of seating with nobody in two seats and the things of one venue, the most suitable people first."""
    keys = list(board.ordered)
    for chosen in product(*board.ordered.values()):
        venues = {c.venue for key, c in zip(keys, chosen, strict=True) if key in OF_ONE_VENUE} - {None}
        if len(venues) <= 1 and len({c.resource for c in chosen}) == len(chosen):
            yield dict(zip(keys, chosen, strict=True))


def _start_of(wish: Wish, moment: datetime) -> int:
    return int((moment - wish.origin).total_seconds() // 60) // starts.STEP


def sessions_are_allowed(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """Only the first interview is planned in sessions, as many and as far apart as the protocol says."""
    if not plan.later:
        return
    limits, days = facts.limits, facts.session_days
    if plan.kind != JOINT:
        yield Objection("parts_of_the_first_only", limits.parts_source, field="slot")
    if len(plan.later) + 1 > limits.parts_most:
        yield Objection("parts_too_many", limits.parts_source, {"most": limits.parts_most}, field="slot")
    near = any((day - before).days < max(limits.parts_days_apart, 1) for before, day in pairwise(days))
    if near:
        yield Objection("parts_too_close", limits.parts_source, {"days": limits.parts_days_apart}, field="slot")


def part_refusals(*, parts: int, held: int, begun: bool, stop: bool) -> list[Objection]:
    """Why the next session cannot be said to be held, or the rest be dropped. `begun`: its hour has come.

    Whoever stops has held a session: an interview of which nothing took place is cancelled instead.
    """
    if stop:
        return [] if held else [Objection("parts_none_held")]
    if held >= parts:
        return [Objection("interview_not_booked")]
    return [] if begun else [Objection("part_not_begun", values={"number": held + 1})]
