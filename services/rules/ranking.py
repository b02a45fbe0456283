"""Which possible start suits the child best, and why. Nothing here forbids: hours by age warn and rank.

Every burden is measured in days of waiting, so that one may compare: an hour the protocol finds unsuitable weighs as
much as ten more days of waiting, a stranger instead of the same interviewer as five. These weights are ours, not the
protocol's; the protocol's own limits come with their sources.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time, timedelta

from services.rules import starts
from services.rules.board import Board
from services.rules.slots import (
    AFTERNOON,
    INTERPRETER,
    INTERVIEWER,
    MORNING,
    OF_ONE_VENUE,
    ROOM,
    THINGS,
    Candidate,
    Reason,
    Seat,
    Slot,
    Wish,
)

HOUR_UNSUITABLE = 10.0
ANOTHER_INTERVIEWER = 5.0
ANOTHER_PERSON = 3.0
ANOTHER_ROOM = 0.5
THROUGH_INTERPRETER = 3.0
PREFERENCE_UNMET = 2.0
OTHER_SEX = 1.0
OTHER_DISTRICT = 1.0

NOON = time(12)
A_DAY = 3  # slots of one day in the overview; a day that is asked for shows all


def burden_of(wish: Wish, seat: Seat, candidate: Candidate) -> float:
    """How far a candidate is from the one the child would wish for, in days of waiting."""
    burden = 0.0
    if seat.key == INTERVIEWER:
        if wish.same_interviewer is not None and candidate.resource != wish.same_interviewer:
            burden += ANOTHER_INTERVIEWER
        if wish.language and wish.language not in candidate.languages:
            burden += THROUGH_INTERPRETER
    elif candidate.resource not in wish.keeps and any(c.resource in wish.keeps for c in seat.candidates):
        burden += ANOTHER_ROOM if seat.key in THINGS else ANOTHER_PERSON
    wanted = wish.prefer_sex.get(seat.key, "")
    if wanted and candidate.sex != wanted:
        burden += OTHER_SEX
    if seat.key in OF_ONE_VENUE and wish.district and candidate.district and candidate.district != wish.district:
        burden += OTHER_DISTRICT
    return burden


def burdens(wish: Wish) -> dict[tuple[str, int], float]:
    """`burden_of` for every seat and candidate."""
    return {(seat.key, c.resource): burden_of(wish, seat, c) for seat in wish.seats for c in seat.candidates}


def ranked(board: Board, possible: int) -> tuple[Slot, ...]:
    """The best slots of the possible starts, the least burdensome first.

    The overview takes at most `A_DAY` of a day, none overlapping another; `wish.on` takes every start of that day.
    Days are looked at in order and no further than a later day could still better the answer.
    """
    wish = board.wish
    classes = _classes(board, possible)
    found: list[tuple[float, int]] = []
    days = [wish.day_number(wish.on)] if wish.on else range(board.behind // (starts.DAY * starts.STEP))
    for day in days:
        if len(found) >= wish.most and sorted(found)[wish.most - 1][0] <= day and not wish.on:
            break
        found += _of_day(wish, classes, day)
    best = sorted(found) if wish.on else sorted(found)[: wish.most]
    return tuple(_slot(board, start, burden) for burden, start in best)


def _of_day(wish: Wish, classes: list[tuple[float, int]], day: int) -> list[tuple[float, int]]:
    """(burden, start) of the best starts of one day."""
    found: list[tuple[float, int]] = []
    apart = 1 if wish.on else -(-wish.minutes // starts.STEP)
    for burden, members in classes:
        for start in starts.each(starts.on_day(members, day)):
            if all(abs(start - other) >= apart for _burden, other in found):
                found.append((day + burden, start))
            if len(found) >= A_DAY and not wish.on:
                return found
    return found


def _classes(board: Board, possible: int) -> list[tuple[float, int]]:
    """The possible starts, parted by burden (that of the day not counted), the lightest first."""
    parts = [(0.0, possible)]
    for grades in (*_hours(board), *_people(board), _venues(board)):
        parts = [
            (burden + more, members & graded)
            for burden, members in parts
            for more, graded in grades
            if members & graded
        ]  # fmt: skip
    return sorted(parts)


def _hours(board: Board) -> Iterator[list[tuple[float, int]]]:
    wish, days = board.wish, board.behind // (starts.DAY * starts.STEP)
    everything = starts.between(0, days * starts.DAY)
    if wish.band is not None:
        good = starts.every_day(starts.within_hours(wish.band.earliest, wish.band.latest, wish.minutes), days)
        yield [(0.0, good), (HOUR_UNSUITABLE, everything & ~good)]
    if preferred := _preferred(wish):
        good = starts.every_day(preferred, days)
        yield [(0.0, good), (PREFERENCE_UNMET, everything & ~good)]


def _preferred(wish: Wish) -> int:
    """The starts of a day that the child would like; 0 when there is no preference, or both."""
    noon = starts.DAY // 2
    if {MORNING, AFTERNOON} <= wish.prefers or not wish.prefers & {MORNING, AFTERNOON}:
        return 0
    return starts.between(0, noon) if MORNING in wish.prefers else starts.between(noon, starts.DAY)


def _people(board: Board) -> Iterator[list[tuple[float, int]]]:
    for seat in board.wish.seats:
        if seat.key not in THINGS:
            graded = [(board.burden[seat.key, c.resource], board.can[seat.key, c.resource]) for c in seat.candidates]
            if len({burden for burden, _members in graded}) > 1:
                yield _levels(graded)


def _venues(board: Board) -> list[tuple[float, int]]:
    if not any(seat.key in OF_ONE_VENUE for seat in board.wish.seats):
        return [(0.0, board.mask)]
    return _levels([(board.venue_burden[venue], board.venue_starts(venue)) for venue in board.venues])


def _levels(graded: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Disjoint parts: each start at the lightest burden at which somebody can serve it."""
    levels: dict[float, int] = {}
    for burden, members in graded:
        levels[burden] = levels.get(burden, 0) | members
    seen, parts = 0, []
    for burden in sorted(levels):
        parts.append((burden, levels[burden] & ~seen))
        seen |= levels[burden]
    return parts


def _slot(board: Board, start: int, burden: float) -> Slot:
    chosen = board.seating(start) or {}  # never empty: every possible start has a seating
    wish, moment = board.wish, board.wish.moment(start)
    slot = Slot(
        start=moment,
        end=moment + timedelta(minutes=wish.minutes),
        chosen=chosen,
        venue=next((c.venue for key, c in chosen.items() if key in OF_ONE_VENUE and c.venue), None),
        reasons=(),
        warnings=(),
        burden=burden,
    )
    said = [word for explain in EXPLANATIONS for word in explain(wish, slot)]
    reasons = tuple(reason for fine, reason in said if fine)
    return replace(slot, reasons=reasons, warnings=tuple(reason for fine, reason in said if not fine))


Said = Iterator[tuple[bool, Reason]]  # (speaks for the slot, the reason); False is a warning


def _day(wish: Wish, slot: Slot) -> Said:
    if wish.reported_on is None:
        return
    day = (slot.start.date() - wish.reported_on).days
    if wish.limits is None:
        yield True, Reason("day_after_report", {"day": day})
    elif day > wish.limits.clock_days:
        yield False, Reason("clock_overdue", {"day": day, "days": wish.limits.clock_days}, wish.limits.clock_source)
    else:
        yield True, Reason("day_within_clock", {"day": day, "days": wish.limits.clock_days}, wish.limits.clock_source)


def _everybody(wish: Wish, slot: Slot) -> Said:  # noqa: ARG001 -- one shape for all
    people = [seat for seat in wish.seats if seat.key not in THINGS]
    remote = [seat.key for seat in people if seat.presence == "remote"]
    yield True, Reason("all_can_come", {"count": len(people)})
    for role in remote:
        yield True, Reason("attends_remotely", {"role": role})


def _hour(wish: Wish, slot: Slot) -> Said:
    if wish.band is not None and wish.age_months is not None:
        band = wish.band
        fits = (
            band.earliest <= slot.start.time()
            and slot.end.time() <= band.latest
            and slot.end.date() == slot.start.date()
        )
        values = {"years": wish.age_months // 12, "from": band.earliest, "to": band.latest}
        yield fits, Reason("hour_suits_age" if fits else "hour_unsuitable_for_age", values, band.hours_source)
    if _preferred(wish):
        part = MORNING if MORNING in wish.prefers else AFTERNOON
        fits = (slot.start.time() < NOON) == (part == MORNING)
        yield fits, Reason("hour_as_preferred" if fits else "hour_not_as_preferred", {"part": part})


def _interviewer(wish: Wish, slot: Slot) -> Said:
    person = slot.chosen.get(INTERVIEWER)
    if person is None:
        return
    name = {"name": person.name}
    if wish.same_interviewer is not None:
        same = person.resource == wish.same_interviewer
        yield same, Reason("same_interviewer" if same else "another_interviewer", name)
    if wish.language:
        speaks = wish.language in person.languages
        helped = not speaks and INTERPRETER in slot.chosen
        key = "interviewer_speaks" if speaks else "through_interpreter" if helped else "interviewer_language"
        yield speaks, Reason(key, name | {"language": wish.language})
    if person.qualified_until is not None:
        yield True, Reason("trained_until", name | {"day": person.qualified_until})


def _sex(wish: Wish, slot: Slot) -> Said:
    for key, sex in wish.prefer_sex.items():
        person = slot.chosen.get(key)
        if person is not None and sex:
            fits = person.sex == sex
            yield (
                fits,
                Reason(
                    "sex_as_wished" if fits else "sex_not_as_wished", {"role": key, "name": person.name, "sex": sex}
                ),
            )


def _place(wish: Wish, slot: Slot) -> Said:
    room = slot.chosen.get(ROOM)
    if room is None:
        return
    values = {"room": room.name, "venue": room.venue_name, "district": room.district}
    if wish.district and room.district:
        near = room.district == wish.district
        yield near, Reason("room_in_district" if near else "room_in_other_district", values)
    else:
        yield True, Reason("room", values)


EXPLANATIONS: tuple[Callable[[Wish, Slot], Said], ...] = (_day, _everybody, _hour, _interviewer, _sex, _place)
