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
from services.rules.slots import Candidate, FreeTime

WEEK = 7 * starts.DAY
FIRST_WITHIN = 14  # days within which the first session should be
MOST_CLASHES = 6  # a series with more is no series at that hour
ARRANGEMENTS = 400  # of people and rooms that are tried
AFTERNOON = 12 * 60 // starts.STEP  # of a day's starts
SAME_WEEK, NEXT_WEEK = "same_week", "next_week"


@dataclass(frozen=True)
class SeriesWish:
    """What is looked for. One child, or siblings whose family is to travel once.

    `children` are resource ids. `closed` are days without sessions and why (holiday, exam); `away` the days on which a
    resource is on leave. Both only explain: who is away has no free time anyway, and a closed day offers none.
    `part` is morning, afternoon or empty; `weekdays` (0 is Monday) empty for any. `earliest` and `latest` bound the
    hours. `ignoring` are occupancies that the new series would take the place of.
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


@dataclass(frozen=True)
class Place:
    """Who treats which child in which room; `offset` minutes after the family's start."""

    child: int
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
    """An hour of the week that works, but for the weeks with a cause."""

    places: tuple[Place, ...]
    weeks: tuple[Week, ...]

    @property
    def first(self) -> datetime:
        return self.weeks[0].start

    @property
    def clashes(self) -> int:
        return sum(bool(week.cause) for week in self.weeks)


def find_series(wish: SeriesWish, free: FreeTime) -> tuple[Series, ...]:
    """The best hours of the week, fewest clashes first, then soonest; at most one series per hour and `most` in all.

    `free` is free time in minutes since `wish.origin`, as services.models.free_time reads it.
    """
    board = _Board(wish, free)
    found: dict[int, tuple[tuple[int, int, int], tuple[Place, ...]]] = {}
    most = min(MOST_CLASHES, wish.sessions - 1)
    for order, places in enumerate(islice(_arrangements(wish), ARRANGEMENTS)):
        if len(found) >= wish.most:  # what clashes more often than these would not be among the best
            most = sorted(rank[0] for rank, _places in found.values())[wish.most - 1]
        together = board.together(places)
        for clashes, start in _first_starts(_by_clashes(together, wish, board.wished, most)):
            rank = (clashes, start, order)
            if start not in found or rank < found[start][0]:
                found[start] = (rank, places)
    best = sorted(found.values(), key=lambda pair: pair[0])[: wish.most]
    return tuple(board.series(places, start) for (_clashes, start, _order), places in best)


class _Board:
    """Possible starts of every resource, made once each."""

    def __init__(self, wish: SeriesWish, free: FreeTime) -> None:
        self.wish = wish
        self.masks = {r: starts.starts(free.get(r, ()), wish.minutes) for r in wish.resources()}
        self.open, self.wished = _allowed(wish), _wished(wish)
        self.until = {
            c.resource: starts.between(0, _days_until(wish, c.qualified_until) * starts.DAY)
            for c in wish.therapists
            if c.qualified_until is not None
        }

    def therapist(self, resource: int) -> int:
        return self.masks[resource] & self.until.get(resource, -1)

    def together(self, places: tuple[Place, ...]) -> int:
        """Starts of the family's visit at which every child is treated, each at its own offset."""
        found = -1
        for place in places:
            one = self.masks[place.child] & self.therapist(place.therapist.resource) & self.masks[place.room.resource]
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
        return Series(places, tuple(weeks))

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
        """Why this week clashes: exam, holiday, leave, training; else who is taken (therapist, room, child)."""
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
            for name, resource in (("therapist", place.therapist.resource), ("room", place.room.resource)):
                if not self.masks[resource] >> start & 1:
                    return f"{name}_busy"
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
    if len(wish.children) == 1:
        yield from ((Place(wish.children[0], t, r),) for t, r in product(wish.therapists, wish.rooms))
        return
    many = len(wish.children)
    yield from islice(_side_by_side(wish, many), ARRANGEMENTS // 2)
    for therapist, room in product(wish.therapists, wish.rooms):
        yield tuple(Place(child, therapist, room, n * wish.minutes) for n, child in enumerate(wish.children))


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
