"""Which possible start suits the child best, and why. Nothing here forbids: hours by age warn and rank.

Every burden is measured in days of waiting, so that one may compare: an hour the protocol finds unsuitable weighs as
much as ten more days of waiting, a stranger instead of the same interviewer as five. The weights are the protocol's
(cms.limits.Weights), shown on the page as "why this order".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import time, timedelta

from cms.limits import Weights
from services.rules import rhythm, starts
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
from services.rules.travel import FARTHER, NEIGHBOURING, SAME_DISTRICT, SAME_PROVINCE, Reach

ANOTHER_PERSON, ANOTHER_ROOM = 3.0, 0.5  # days of waiting, when something booked is moved

NOON = time(12)
A_DAY = 3  # slots of one day in the overview; a day that is asked for shows all


BY_BAND = {NEIGHBOURING: "neighbouring", SAME_PROVINCE: "same_province", FARTHER: "farther"}


def weights_of(wish: Wish) -> Weights:
    """The protocol's weights, or the usual ones where no protocol is asked."""
    return wish.limits.weights if wish.limits else Weights()


def weighed(wish: Wish) -> list[tuple[str, float]]:
    """The weights that can count in this search, the heaviest first: why slots stand in the order they do."""
    matters = {
        "hour_unsuitable": wish.band is not None,
        "childs_hours": bool(rhythm.of_the_child(wish)),
        "another_interviewer": wish.same_interviewer is not None,
        "equipment_missing": bool(wish.wants),
        "through_interpreter": bool(wish.language),
        "preference_unmet": bool(rhythm.preferred(wish)),
        "other_sex": bool(wish.prefer_sex),
        **dict.fromkeys(BY_BAND.values(), bool(wish.district)),
    }
    found = [(name, days) for name, days in asdict(weights_of(wish)).items() if matters[name]]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def burden_of(wish: Wish, seat: Seat, candidate: Candidate) -> float:
    """How far a candidate is from the one the child would wish for, in days of waiting."""
    weights, burden = weights_of(wish), 0.0
    if seat.key == INTERVIEWER:
        if wish.same_interviewer is not None and candidate.resource != wish.same_interviewer:
            burden += weights.another_interviewer
        if wish.language and wish.language not in candidate.languages:
            burden += weights.through_interpreter
    elif candidate.resource not in wish.keeps and any(c.resource in wish.keeps for c in seat.candidates):
        burden += ANOTHER_ROOM if seat.key in THINGS else ANOTHER_PERSON
    wanted = wish.prefer_sex.get(seat.key, "")
    if wanted and candidate.sex != wanted:
        burden += weights.other_sex
    if seat.key == ROOM and (band := way_of(wish, candidate)) in BY_BAND:
        burden += getattr(weights, BY_BAND[band])
    if seat.key == ROOM and wish.wants - candidate.features:
        burden += weights.equipment_missing
    return burden


def way_of(wish: Wish, candidate: Candidate) -> str:
    """The band of the child's way to a room; empty where a district is not known."""
    if not wish.district or not candidate.district:
        return ""
    usual = Reach(candidate.district, candidate.province or wish.province)
    reach = wish.reaches.get(candidate.venue, usual) if candidate.venue is not None else usual
    return reach.band(wish.district, wish.province)


def burdens(wish: Wish) -> dict[tuple[str, int], float]:
    """`burden_of` for every seat and candidate."""
    return {(seat.key, c.resource): burden_of(wish, seat, c) for seat in wish.seats for c in seat.candidates}


def ranked(board: Board, possible: int) -> tuple[Slot, ...]:
    """The best slots of the possible starts, the least burdensome first.

    The overview takes at most `A_DAY` of a day, none overlapping another; `wish.on` takes every start of that day.
    Days are looked at in order and no further than a later day could still better the answer.
    """
    wish = board.wish
    classes = parted(board, possible)
    found: list[tuple[float, int]] = []
    days = [wish.day_number(wish.on)] if wish.on else range(board.behind // (starts.DAY * starts.STEP))
    for day in days:
        if len(found) >= wish.most and sorted(found)[wish.most - 1][0] <= day and not wish.on:
            break
        found += _of_day(wish, classes, day)
    best = sorted(found) if wish.on else sorted(found)[: wish.most]
    return tuple(slot_at(board, start, burden) for burden, start in best)


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


def parted(board: Board, possible: int, *, anywhere: bool = True) -> list[tuple[float, int]]:
    """The possible starts, parted by burden (that of the day not counted), the lightest first.

    Not `anywhere`: of the venues nothing is counted, because the venue is given.
    """
    parts = [(0.0, possible)]
    for grades in (*_hours(board), *_people(board), *([_venues(board)] if anywhere else ())):
        parts = [
            (burden + more, members & graded)
            for burden, members in parts
            for more, graded in grades
            if members & graded
        ]  # fmt: skip
    return sorted(parts)


def _hours(board: Board) -> Iterator[list[tuple[float, int]]]:
    wish, days = board.wish, board.behind // (starts.DAY * starts.STEP)
    everything, weights = starts.between(0, days * starts.DAY), weights_of(wish)
    if wish.calendar:
        busy = rhythm.disturbed(wish, days, avoided=True) | rhythm.disturbed(wish, days, avoided=False)
        yield [(0.0, everything & ~busy), (weights.childs_hours, busy)]
    if wish.band is not None:
        good = starts.every_day(rhythm.advised(wish), days)
        yield [(0.0, good), (weights.hour_unsuitable, everything & ~good)]
    if liked := rhythm.preferred(wish):
        good = starts.every_day(liked, days)
        yield [(0.0, good), (weights.preference_unmet, everything & ~good)]


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


def slot_at(board: Board, start: int, burden: float = 0.0, *, seated: Mapping[str, Candidate] | None = None) -> Slot:
    """The slot at one of the board's possible starts, with its reasons and warnings; `seated` if that is given already."""
    chosen = seated or board.seating(start) or {}  # never empty: every possible start has a seating
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
    if rhythm.preferred(wish):
        part = MORNING if MORNING in wish.prefers else AFTERNOON
        fits = (slot.start.time() < NOON) == (part == MORNING)
        yield fits, Reason("hour_as_preferred" if fits else "hour_not_as_preferred", {"part": part})


def _calendar(wish: Wish, slot: Slot) -> Said:
    """School, naps, prayer, exams: those the slot reaches into, or that it reaches into none."""
    known = rhythm.of_the_child(wish)
    disturbed = [hours for hours in known if rhythm.met(hours, slot.start, slot.end)]
    for hours in disturbed:
        values = {"name": hours.name, "kind": hours.kind, "from": hours.starts, "to": hours.ends}
        yield False, Reason("in_childs_hours", values)
    if known and not disturbed:
        yield True, Reason("outside_childs_hours")


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
    values: dict[str, object] = {"room": room.name, "venue": room.venue_name, "district": room.district}
    band = way_of(wish, room)
    near = band in {"", SAME_DISTRICT, NEIGHBOURING}
    yield near, Reason(PLACES[band], values)
    reach = wish.reaches.get(slot.venue) if slot.venue is not None else None
    if reach is not None and (minutes := reach.way(wish.district, wish.province)):
        yield near, Reason("childs_way", {"minutes": minutes})
    for feature in sorted(wish.wants):
        has = feature in room.features
        yield has, Reason("room_has" if has else "room_lacks", {"room": room.name, "feature": feature})


def _around(wish: Wish, slot: Slot) -> Said:
    """That time is kept free around the interview, when it is."""
    reach = wish.reaches.get(slot.venue) if slot.venue is not None else None
    kept = [seat.buffer(slot.chosen[seat.key], reach) for seat in wish.seats]
    before, after = max(b.before for b in kept), max(b.after for b in kept)
    if before or after:
        yield True, Reason("kept_free_around", {"before": before, "after": after})


PLACES = {
    "": "room",
    SAME_DISTRICT: "room_in_district",
    NEIGHBOURING: "room_in_neighbouring",
    SAME_PROVINCE: "room_in_other_district",
    FARTHER: "room_in_other_province",
}
EXPLANATIONS: tuple[Callable[[Wish, Slot], Said], ...] = (
    _day, _everybody, _hour, _calendar, _interviewer, _sex, _place, _around,
)  # fmt: skip
