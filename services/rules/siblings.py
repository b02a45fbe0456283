"""Two siblings' interviews at one venue on one day, one right after the other, so that the family travels once. Pure.

Each child is interviewed alone, with a team, a room and a recording of their own. A `Board` for each says who is free;
here the two are laid over each other, in both orders, with every break between them that is allowed. Whoever comes to
both stays: the way home from the first and the way to the second are not travelled, and what lies between is kept
(docs/decisions/0030). What somebody or something needs by itself, cleaning above all, fits into the break or nobody sits in both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import product

from cms.objections import Objection
from services.rules import starts
from services.rules.board import Board, matched
from services.rules.interviews import InterviewPlan
from services.rules.ranking import A_DAY, parted, slot_at
from services.rules.slots import ENOUGH, OF_ONE_VENUE, REMOTE, Candidate, Seat, Slot

LONGEST_BREAK = 30  # minutes between the two
MOST_CHOOSY = (
    4  # who could sit in both in some seats only is tried in these seats; of more than so many, in one of the two
)
NO_VENUE, SAME_THINGS, NOT_ADJACENT = "no_venue", "same_things", "not_adjacent"

Boards = tuple[Board, Board]
Span = tuple[datetime, datetime]
Seated = Mapping[str, Candidate]


@dataclass(frozen=True)
class Pair:
    """Two slots in order of time; `order` says for each of them which of the two wishes it answers (0 or 1)."""

    slots: tuple[Slot, Slot]
    order: tuple[int, int]
    burden: float


@dataclass(frozen=True)
class Together:
    """The answer: the best pairs first, the days that have any, and without any what hinders it.

    `hinders`: `no_venue` (none serves both), `same_things` (both need what cannot be had twice within the break; `seats`
    says what), `not_adjacent` (each could be alone, but not one right after the other).
    """

    pairs: tuple[Pair, ...] = ()
    days: tuple[date, ...] = ()
    hinders: str = ""
    seats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """One way to lay two boards over each other: where, whose interview is `first`, and `steps` from start to start."""

    boards: Boards = field(repr=False)
    venue: int
    first: int
    steps: int

    @cached_property
    def sides(self) -> Boards:
        """The boards in order of time."""
        return self.boards[self.first], self.boards[1 - self.first]

    @cached_property
    def starts(self) -> int:
        """Starts of the first at which every seat of both by itself can be filled, both on one local day."""
        one, other = self.sides
        days = one.behind // (starts.DAY * starts.STEP)
        same_day = starts.every_day(starts.between(0, max(starts.DAY - self.steps, 0)), days)
        return one.starts_at(self.venue) & other.starts_at(self.venue) >> self.steps & same_day

    @cached_property
    def fitting(self) -> dict[int, tuple[frozenset[tuple[str, str]], bool]]:
        """For whoever could sit in both: the seats (of the first, of the second) with all that they need in between fitting
        into the break, and whether these are all the seats that they could fill.
        """
        rest = self.steps * starts.STEP - self.sides[0].wish.minutes
        sits = [_sitting(board, self.venue) for board in self.sides]
        found = {}
        for resource in sits[0].keys() & sits[1].keys():
            every = list(product(sits[0][resource], sits[1][resource]))
            fits = frozenset((a[0].key, b[0].key) for a, b in every if self._between(a, b) <= rest)
            found[resource] = (fits, len(fits) == len(every))
        return found

    @cached_property
    def staying(self) -> frozenset[int]:
        """Those who could sit in both wherever they sit."""
        return frozenset(resource for resource, (_fits, always) in self.fitting.items() if always)

    @cached_property
    def choosy(self) -> dict[int, list[tuple[str, str]]]:
        """Those who could sit in both in some seats only: there in person twice, say, but not once there and once by video."""
        return {resource: sorted(fits) for resource, (fits, always) in self.fitting.items() if fits and not always}

    @cached_property
    def contested(self) -> frozenset[str]:
        """Seats of either for which somebody could sit in one of the two only."""
        sits = [_sitting(board, self.venue) for board in self.sides]
        torn = (sits[0].keys() & sits[1].keys()) - self.staying
        return frozenset(seat.key for resource in torn for side in sits for seat, _candidate in side[resource])

    @property
    def lasts(self) -> int:
        """Steps from the start of the first to the end of the second."""
        return self.steps + -(-self.sides[1].wish.minutes // starts.STEP)

    @property
    def burden(self) -> float:
        return sum(board.venue_burden[self.venue] for board in self.boards)

    @cached_property
    def ever(self) -> bool:
        """Could all seats of both be filled if everybody were free?"""
        pools = [{s.key: _here(s, self.venue) for s in board.wish.seats} for board in self.sides]
        return bool(self._matched(pools))

    def seating(self, start: int) -> tuple[Seated, Seated] | None:
        """Who sits where in the first and in the second, nobody in both who cannot be; None if they do not go together."""
        one, other = self.sides
        seated = self._matched([one.able_at(start, self.venue), other.able_at(start + self.steps, self.venue)])
        if not seated:
            return None
        found: tuple[dict[str, Candidate], dict[str, Candidate]] = ({}, {})
        for (side, key), candidate in seated.items():
            found[side][key] = candidate
        return found

    def _matched(self, pools: Iterable[Mapping[str, Sequence[Candidate]]]) -> dict[tuple[int, str], Candidate]:
        able = {(side, key): pool for side, part in enumerate(pools) for key, pool in part.items()}
        present = {candidate.resource for pool in able.values() for candidate in pool}
        choosy = sorted(self.choosy.keys() & present)[:MOST_CHOOSY]
        # The first choice is that none of them sits in both, which is quick and nearly always enough.
        for choice in product(*([None, *self.choosy[resource]] for resource in choosy)):
            chosen = {resource: seats for resource, seats in zip(choosy, choice, strict=True) if seats is not None}
            found = self._matched_with(able, chosen)
            if found:
                return found
        return {}

    def _matched_with(
        self, able: Mapping[tuple[int, str], Sequence[Candidate]], chosen: Mapping[int, tuple[str, str]]
    ) -> dict[tuple[int, str], Candidate]:
        """With those in `chosen` in these two seats or none, and of the others only who stays in both."""

        def may(place: tuple[int, str], candidate: Candidate) -> bool:
            seats = chosen.get(candidate.resource)
            return seats is None or seats[place[0]] == place[1]

        def holds(place: tuple[int, str], candidate: Candidate) -> tuple[int, int]:
            both = candidate.resource in self.staying or candidate.resource in chosen
            return candidate.resource, place[0] if both else 0

        return matched({place: [c for c in pool if may(place, c)] for place, pool in able.items()}, holds)

    def _between(self, former: tuple[Seat, Candidate], latter: tuple[Seat, Candidate]) -> int:
        """Minutes that somebody needs between the two: preparing, cleaning, rest; and the way, unless they are there."""
        there = REMOTE not in {former[0].presence, latter[0].presence}
        one, other = (None if there else board.wish.reaches.get(self.venue) for board in self.sides)
        return former[0].buffer(former[1], one).after + latter[0].buffer(latter[1], other).before


def ways(boards: Boards) -> Iterator[Way]:
    """Every way to lay them over each other, whether or not it opens anything."""
    venues = [{venue for venue in board.venues if venue is not None} for board in boards]
    for venue in sorted(venues[0] & venues[1]):
        for first in (0, 1):
            minutes = boards[first].wish.minutes
            for steps in range(-(-minutes // starts.STEP), (minutes + LONGEST_BREAK) // starts.STEP + 1):
                yield Way(boards, venue, first, steps)


def found_ways(boards: Boards) -> list[Way]:
    """Those that may open something."""
    return [way for way in ways(boards) if way.starts and way.ever]


def possible(open_ways: Iterable[Way], day: int | None = None) -> Iterator[tuple[Way, int]]:
    """Every start of a first interview (of one day) at which both can be seated, way by way."""
    for way in open_ways:
        for start in starts.each(way.starts if day is None else starts.on_day(way.starts, day)):
            if way.seating(start):
                yield way, start


def is_enough(boards: Boards) -> bool:
    """May the search stop widening? Enough starts were found, and a day that was asked for is covered."""
    wish, found = boards[0].wish, set[int]()
    if wish.on is not None and wish.day_number(wish.on) >= _days(boards):
        return False
    for _way, start in possible(found_ways(boards)):
        found.add(start)
        if len(found) == ENOUGH:
            return True
    return False


def together(boards: Boards) -> Together:
    """The best pairs of two boards that know the same days, or what hinders any."""
    open_ways, wish = found_ways(boards), boards[0].wish
    having = [day for day in range(_days(boards)) if next(possible(open_ways, day), None)]
    if not having:
        return _hindered(boards)
    return Together(tuple(_ranked(boards, open_ways, having)), tuple(wish.day(day) for day in having))


def _hindered(boards: Boards) -> Together:
    every = list(ways(boards))
    if not every:
        return Together(hinders=NO_VENUE)
    open_ways = [way for way in every if way.starts]
    contested = frozenset().union(*(way.contested for way in open_ways))
    if open_ways and contested:
        return Together(hinders=SAME_THINGS, seats=tuple(sorted(contested)))
    return Together(hinders=NOT_ADJACENT)


def _ranked(boards: Boards, open_ways: Sequence[Way], days: Iterable[int]) -> list[Pair]:
    """The least burdensome pairs; of a day that was asked for all starts, otherwise few of each day and none overlapping.

    As in `ranking.ranked`, no day is looked at that could not better the answer any more.
    """
    wish, found = boards[0].wish, list[Offer]()
    light = _lightness(boards, open_ways)
    for day in [wish.day_number(wish.on)] if wish.on else days:
        if len(found) >= wish.most and not wish.on and sorted(found)[wish.most - 1].burden <= day:
            break
        found += _of_day(open_ways, light, day, whole=bool(wish.on))
    best = sorted(found) if wish.on else sorted(found)[: wish.most]
    return [_pair(offer) for offer in best]


def _lightness(boards: Boards, open_ways: Iterable[Way]) -> tuple[dict[int, float], dict[int, float]]:
    """For each board the burden of every start that a way could use, the day's and the venue's not counted."""
    used = [0, 0]
    for way in open_ways:
        used[way.first] |= way.starts
        used[1 - way.first] |= way.starts << way.steps
    one, other = (
        {start: burden for burden, members in parted(board, mask, anywhere=False) for start in starts.each(members)}
        for board, mask in zip(boards, used, strict=True)
    )
    return one, other


@dataclass(frozen=True, order=True)
class Offer:
    """A pair before anybody is seated, the least burdensome and then the earliest first."""

    burden: float
    start: int
    steps: int
    venue: int
    first: int
    way: Way = field(compare=False)

    def overlaps(self, other: "Offer") -> bool:
        sooner, later = sorted((self, other), key=lambda one: one.start)
        return later.start < sooner.start + sooner.way.lasts


def _of_day(open_ways: Iterable[Way], light: Sequence[Mapping[int, float]], day: int, *, whole: bool) -> list[Offer]:
    """The best pairs of one day; of the `whole` day one for each start."""
    offers = sorted(
        Offer(
            day + light[way.first][start] + light[1 - way.first][start + way.steps] + way.burden,
            start,
            way.steps,
            way.venue,
            way.first,
            way,
        )
        for way in open_ways
        for start in starts.each(starts.on_day(way.starts, day))
    )
    found: list[Offer] = []
    for offer in offers:
        near = any(offer.start == other.start if whole else offer.overlaps(other) for other in found)
        if not near and offer.way.seating(offer.start):
            found.append(offer)
        if len(found) >= A_DAY and not whole:
            break
    return found


def _pair(offer: Offer) -> Pair:
    way, (one, other) = offer.way, offer.way.sides
    seated = way.seating(offer.start) or ({}, {})  # never empty: an offer has a seating
    slots = (
        _without_ways(slot_at(one, offer.start, seated=seated[0])),
        _without_ways(slot_at(other, offer.start + way.steps, seated=seated[1])),
    )
    return Pair(slots, (way.first, 1 - way.first), offer.burden)


def _without_ways(slot: Slot) -> Slot:
    """What is kept free around one interview alone is not what is kept around two."""
    return replace(slot, reasons=tuple(reason for reason in slot.reasons if reason.key != "kept_free_around"))


def _here(seat: Seat, venue: int) -> list[Candidate]:
    return [c for c in seat.candidates if seat.key not in OF_ONE_VENUE or c.venue in {venue, None}]


def _sitting(board: Board, venue: int) -> dict[int, list[tuple[Seat, Candidate]]]:
    """Resource to the seats that it could fill at a venue."""
    found: dict[int, list[tuple[Seat, Candidate]]] = {}
    for seat in board.wish.seats:
        for candidate in _here(seat, venue):
            found.setdefault(candidate.resource, []).append((seat, candidate))
    return found


def _days(boards: Boards) -> int:
    return boards[0].behind // (starts.DAY * starts.STEP)


# --- what was chosen --------------------------------------------------------------------------------------------------


def pair_objections(former: InterviewPlan, latter: InterviewPlan, venues: Sequence[int | None]) -> list[Objection]:
    """Why two plans, in order of time, are no pair. `venues` are those of their rooms."""
    if former.later or latter.later:
        return [Objection("siblings_in_one_session", field="slot")]
    if None in venues or len(set(venues)) > 1:
        return [Objection("siblings_not_at_one_venue", field="slot")]
    rest = latter.starts - former.ends
    if not timedelta() <= rest <= timedelta(minutes=LONGEST_BREAK):
        return [Objection("siblings_not_one_after_the_other", field="slot", values={"minutes": LONGEST_BREAK})]
    return []


@dataclass(frozen=True)
class Around:
    """What is booked of one resource for an interview: `own` without any way, `whole` with it; `there` comes in person."""

    own: Span
    whole: Span
    there: bool = True


def spans_of_both(
    former: Mapping[int, Around], latter: Mapping[int, Around]
) -> tuple[dict[int, Span], dict[int, Span]]:
    """What is booked of everybody for two interviews at one venue, in order of time.

    Of whoever is there for both, the two ways in between are cut where they meet: what is booked is the time from coming
    until going. Where what they need by themselves does not fit in between, nothing is cut, and the two are in each other's way.
    """
    spans = {r: one.whole for r, one in former.items()}, {r: one.whole for r, one in latter.items()}
    for resource in former.keys() & latter.keys():
        one, other = former[resource], latter[resource]
        if one.there and other.there and one.own[1] <= other.own[0]:
            gone = min(one.whole[1], other.own[0])
            spans[0][resource] = (one.whole[0], gone)
            spans[1][resource] = (max(other.whole[0], gone), other.whole[1])
    return spans
