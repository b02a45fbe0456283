"""Find a series: the same hour of the week for all sessions, and a proposal for every week in which that does not work.

Pure functions over the same integers as the search for a slot (services.rules.starts): bit `n` says that something can
start `n` quarters of an hour after the origin, a local midnight. The weeks of a series are one mask, shifted a week at a
time; how many of them clash is counted for all hours of the week at once, so that no hour is ever probed alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import islice, permutations, product
from zoneinfo import ZoneInfo

from services.rules import starts
from services.rules.slots import ROOM, Candidate, FreeTime, Seat
from services.rules.travel import NONE, Buffer, Reach

WEEK = 7 * starts.DAY
FIRST_WITHIN = 14  # days within which the first session should be
MOST_CLASHES = 6  # a series with more is no series at that hour
ARRANGEMENTS = 400  # of people and rooms that are tried
AFTERNOON = 12 * 60 // starts.STEP  # of a day's starts
SAME_WEEK, NEXT_WEEK = "same_week", "next_week"
THERAPIST = "therapist"


@dataclass(frozen=True)
class SeriesWish:
    """What is looked for. One child, siblings whose family is to travel once, or no child: then a group is planned.

    `children` are resource ids. `closed` are days without sessions and why (holiday, exam); `away` the days on which a
    resource is on leave. Both only explain: who is away has no free time anyway, and a closed day offers none.
    `part` is morning, afternoon or empty; `weekdays` (0 is Monday) empty for any. `earliest` and `latest` bound the
    hours. `ignoring` are occupancies that the new series would take the place of. `reaches` says by venue how far a
    therapist comes.
    """

    children: tuple[int, ...]
    therapists: tuple[Candidate, ...]
    rooms: tuple[Candidate, ...]
    minutes: int
    sessions: int
    every_weeks: int
    zone: str
    not_before: datetime
    part: str = ""
    weekdays: frozenset[int] = frozenset()
    earliest: time = time(7)
    latest: time = time(18)
    closed: Mapping[date, str] = field(default_factory=dict, hash=False)
    away: Mapping[int, frozenset[date]] = field(default_factory=dict, hash=False)
    ignoring: frozenset[int] = frozenset()
    reaches: Mapping[int, Reach] = field(default_factory=dict, hash=False)
    most: int = 6

    @cached_property
    def origin(self) -> datetime:
        local = self.not_before.astimezone(ZoneInfo(self.zone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def period(self) -> int:
        return self.every_weeks * WEEK

    @property
    def days(self) -> int:
        """How many days are read: every session of a series begun late, and the week after for proposals."""
        return FIRST_WITHIN + 7 * self.every_weeks * (self.sessions - 1) + 14

    def resources(self) -> tuple[int, ...]:
        return tuple(sorted({*self.children, *(c.resource for c in (*self.therapists, *self.rooms))}))

    def moment(self, start: int) -> datetime:
        return self.origin + timedelta(minutes=start * starts.STEP)

    def day(self, start: int) -> date:
        return self.origin.date() + timedelta(days=start // starts.DAY)

    def around(self, therapist: Candidate, room: Candidate) -> tuple[Buffer, Buffer]:
        """What is booked around a session and not shown: of the therapist, who comes to this room, and of the room."""
        reach = self.reaches.get(room.venue) if room.venue is not None else None
        return Seat(THERAPIST, ()).buffer(therapist, reach), Seat(ROOM, ()).buffer(room, reach)

    def apart(self, therapist: Candidate, room: Candidate) -> int:
        """Minutes, in whole steps, from one sibling's start to the next one's with the same therapist in the same room.

        Either keeps all its minutes: the room is made ready for each child anew, and each session can be moved alone.
        """
        least = self.minutes + max(buffer.before + buffer.after for buffer in self.around(therapist, room))
        return -(-least // starts.STEP) * starts.STEP


@dataclass(frozen=True)
class Place:
    """Who treats which child in which room; `offset` minutes after the family's start. A group's place has no child yet."""

    child: int | None
    therapist: Candidate
    room: Candidate
    offset: int = 0


@dataclass(frozen=True)
class Option:
    """Instead of a week that clashes: another time of the same week, or of the next. Leaving it out is always one."""

    kind: str
    start: datetime


@dataclass(frozen=True)
class Week:
    """One session: its regular start, and, where that clashes, why and what else there is."""

    number: int
    start: datetime
    cause: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Series:
    """An hour of the week that works, but for the weeks with a cause. `around`: the most that is kept free of anybody."""

    places: tuple[Place, ...]
    weeks: tuple[Week, ...]
    around: Buffer = NONE

    @property
    def first(self) -> datetime:
        return self.weeks[0].start

    @property
    def clashes(self) -> int:
        return sum(bool(week.cause) for week in self.weeks)


def find_series(wish: SeriesWish, free: FreeTime) -> tuple[Series, ...]:
    """The best hours of the week, at most one series per hour and `most` in all.

    Fewest clashes first, then those in which siblings wait least for each other, then soonest.

    `free` is free time in minutes since `wish.origin`, as services.models.free_time reads it.
    """
    board = _Board(wish, free)
    found: dict[int, tuple[tuple[int, int, int, int], tuple[Place, ...]]] = {}
    most = min(MOST_CLASHES, wish.sessions - 1)
    for order, places in enumerate(islice(_arrangements(wish), ARRANGEMENTS)):
        if len(found) >= wish.most:  # what clashes more often than these would not be among the best
            most = sorted(rank[0] for rank, _places in found.values())[wish.most - 1]
        together, waits = board.together(places), _waits(places, wish.minutes)
        for clashes, start in _first_starts(_by_clashes(together, wish, board.wished, most)):
            rank = (clashes, waits, start, order)
            if start not in found or rank < found[start][0]:
                found[start] = (rank, places)
    best = sorted(found.values(), key=lambda pair: pair[0])[: wish.most]
    return tuple(board.series(places, start) for (_clashes, _waits, start, _order), places in best)


class _Board:
    """Possible starts of every resource, made once for all that is booked around them."""

    def __init__(self, wish: SeriesWish, free: FreeTime) -> None:
        self.wish, self.free = wish, free
        self.masks: dict[tuple[int, Buffer], int] = {}
        self.pairs: dict[tuple[int, int], int] = {}
        self.open, self.wished = _allowed(wish), _wished(wish)
        self.until = {
            c.resource: starts.between(0, _days_until(wish, c.qualified_until) * starts.DAY)
            for c in wish.therapists
            if c.qualified_until is not None
        }

    def mask(self, resource: int, around: Buffer = NONE) -> int:
        """The starts of one resource with so many minutes around them."""
        asked = (resource, around)
        if (known := self.masks.get(asked)) is None:
            free = self.free.get(resource, ())
            known = self.masks[asked] = starts.starts(free, self.wish.minutes, around.before, around.after)
        return known

    def pair(self, therapist: Candidate, room: Candidate) -> int:
        """The starts of a trained therapist in a room."""
        asked = (therapist.resource, room.resource)
        if (known := self.pairs.get(asked)) is None:
            theirs, its = self.wish.around(therapist, room)
            both = self.mask(therapist.resource, theirs) & self.mask(room.resource, its)
            known = self.pairs[asked] = both & self.until.get(therapist.resource, -1)
        return known

    def together(self, places: tuple[Place, ...]) -> int:
        """Starts of the family's visit at which every child is treated, each at its own offset."""
        found = -1
        for place in places:
            one = self.pair(place.therapist, place.room)
            if place.child is not None:
                one &= self.mask(place.child)
            found &= (one & self.open) >> (place.offset // starts.STEP)
        return found

    def series(self, places: tuple[Place, ...], start: int) -> Series:
        together, wish = self.together(places), self.wish
        weeks, taken = [], {start + k * wish.period for k in range(wish.sessions)}
        for number in range(1, wish.sessions + 1):
            at = start + (number - 1) * wish.period
            if together >> at & 1:
                weeks.append(Week(number, wish.moment(at)))
                continue
            options = tuple(self.options(together, at, taken))
            weeks.append(Week(number, wish.moment(at), self.cause(places, at), options))
        return Series(places, tuple(weeks), self.around(places))

    def around(self, places: tuple[Place, ...]) -> Buffer:
        kept = [one for place in places for one in self.wish.around(place.therapist, place.room)]
        return Buffer(max(one.before for one in kept), max(one.after for one in kept))

    def options(self, together: int, at: int, taken: set[int]) -> Iterator[Option]:
        """The nearest possible start of the same calendar week, and of the next; never on another session's day."""
        busy = {start // starts.DAY for start in taken} - {at // starts.DAY}
        monday = (at // starts.DAY - self.wish.day(at).weekday()) * starts.DAY
        for kind, first in ((SAME_WEEK, monday), (NEXT_WEEK, monday + WEEK)):
            target = at if kind == SAME_WEEK else at + WEEK
            here = starts.each(together & starts.between(max(first, 0), first + WEEK))
            fitting = [start for start in here if start // starts.DAY not in busy]
            if fitting:
                nearest = min(fitting, key=lambda s: (abs(s // starts.DAY - target // starts.DAY), abs(s - target)))
                taken.add(nearest)
                yield Option(kind, self.wish.moment(nearest))

    def cause(self, places: tuple[Place, ...], at: int) -> str:
        """Why this week clashes: exam, holiday, leave, training; else who is taken (therapist, room, child).

        `…_around` says that only the time before or after, which is booked and not shown, is missing.
        """
        day = self.wish.day(at)
        if day in self.wish.closed:
            return self.wish.closed[day]
        away = self.wish.away
        if any(day in away.get(r, ()) for p in places for r in (p.therapist.resource, p.room.resource)):
            return "leave"
        for place in places:
            start = at + place.offset // starts.STEP
            until = place.therapist.qualified_until
            if until is not None and until < day:
                return "training"
            theirs, its = self.wish.around(place.therapist, place.room)
            for name, one, around in ((THERAPIST, place.therapist, theirs), (ROOM, place.room, its)):
                if not self.mask(one.resource, around) >> start & 1:
                    return f"{name}_around" if self.mask(one.resource) >> start & 1 else f"{name}_busy"
        return "child_busy"


def _allowed(wish: SeriesWish) -> int:
    """Starts on days and at hours that are wished for, none of them too soon or on a closed day."""
    first = -(-int((wish.not_before - wish.origin).total_seconds()) // (60 * starts.STEP))
    behind = wish.days * starts.DAY
    pattern = starts.within_hours(wish.earliest, wish.latest, wish.minutes)
    found = starts.every_day(pattern, wish.days) & starts.between(first, behind)
    for day in wish.closed:
        found &= ~starts.on_day(-1, (day - wish.origin.date()).days)
    return found


def _days_until(wish: SeriesWish, last: date) -> int:
    return max(0, (last - wish.origin.date()).days + 1)


def _wished(wish: SeriesWish) -> int:
    """The starts of the first days that suit the wish for a part of the day and for weekdays."""
    halves = {
        "morning": starts.between(0, AFTERNOON),
        "afternoon": starts.between(AFTERNOON, starts.DAY),
    }
    found = starts.every_day(halves.get(wish.part, starts.between(0, starts.DAY)), FIRST_WITHIN)
    if not wish.weekdays:
        return found
    monday = wish.origin.weekday()
    fitting = (n for n in range(FIRST_WITHIN) if (monday + n) % 7 in wish.weekdays)
    return sum(starts.on_day(found, n) for n in fitting)


def _by_clashes(together: int, wish: SeriesWish, wished: int, most: int) -> list[int]:
    """`[n]` are the first starts, of those `wished`, with at most `n` clashing weeks, `n` up to `most`.

    The first session itself never clashes.
    """
    window, period = together & wished, wish.period
    at_most = [window] * (most + 1)
    for number in range(1, wish.sessions if window else 1):
        week = (together >> number * period) & window
        at_most = [at_most[0] & week, *((at_most[n] & week) | at_most[n - 1] for n in range(1, most + 1))]
        if not at_most[-1]:
            break
    return at_most


def _first_starts(at_most: list[int]) -> Iterator[tuple[int, int]]:
    """(clashes, start): of every day the first start of each half, with the fewest clashes that the day allows."""
    for day in range(FIRST_WITHIN):
        for half in (starts.between(0, AFTERNOON), starts.between(AFTERNOON, starts.DAY)):
            for clashes, found in enumerate(at_most):
                start = starts.first(found & (half << day * starts.DAY))
                if start is not None:
                    yield clashes, start
                    break


def _arrangements(wish: SeriesWish) -> Iterator[tuple[Place, ...]]:
    """Ways to treat the children in one visit: side by side with several therapists, or one after the other with one."""
    if len(wish.children) <= 1:
        child = wish.children[0] if wish.children else None
        yield from ((Place(child, t, r),) for t, r in product(wish.therapists, wish.rooms))
        return
    many = len(wish.children)
    yield from islice(_side_by_side(wish, many), ARRANGEMENTS // 2)
    for therapist, room in product(wish.therapists, wish.rooms):
        apart = wish.apart(therapist, room)
        yield tuple(Place(child, therapist, room, n * apart) for n, child in enumerate(wish.children))


def _waits(places: tuple[Place, ...], minutes: int) -> int:
    """Minutes for which a family in a row has nobody in a session, from the first start on."""
    last = max(place.offset for place in places)
    return last - (len(places) - 1) * minutes if last else 0


def _side_by_side(wish: SeriesWish, many: int) -> Iterable[tuple[Place, ...]]:
    """Different therapists in different rooms of one venue, at the same time."""
    for rooms in _of_one_venue(wish.rooms, many):
        for people in permutations(wish.therapists, many):
            yield tuple(Place(c, t, r) for c, t, r in zip(wish.children, people, rooms, strict=True))


def _of_one_venue(rooms: tuple[Candidate, ...], many: int) -> Iterator[tuple[Candidate, ...]]:
    by_venue: dict[int | None, list[Candidate]] = {}
    for room in rooms:
        by_venue.setdefault(room.venue, []).append(room)
    for ours in by_venue.values():
        for first in range(len(ours) - many + 1):
            yield tuple(ours[first : first + many])
