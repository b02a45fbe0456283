"""The words of the search for a slot: what is wished for, and what is found. Pure values, no clock, no database.

Somebody or something must be in every `Seat`; any one of its candidates may be. A `Wish` says for how long, for which
child and not before when. `services.rules.board` knows who is free, `services.rules.ranking` which slot suits best and
why, and `services.rules.search` puts the two together. Times are aware, lengths are minutes, ages are months.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from cms.limits import AgeBand, ProtocolLimits
from services.rules import starts
from services.rules.travel import NONE, Buffer, Reach

INTERVIEWER, INTERPRETER, CHILD = "interviewer", "interpreter", "child"
ROOM, OBSERVATION_ROOM, KIT = "room", "observation_room", "kit"
OF_ONE_VENUE = frozenset({ROOM, OBSERVATION_ROOM, KIT})
THINGS = OF_ONE_VENUE | {CHILD}  # seats that are not people who are asked to come
MORNING, AFTERNOON = "morning", "afternoon"
# What hours are held against: the protocol's for the age, the child's own liking, the house's calendar of a child's day.
ADVISED, PREFERRED, CALENDAR = "advised", "preferred", "calendar"
IN_ROOM, OBSERVING, REMOTE = "in_room", "observing", "remote"

WINDOWS = (14, 42, 90)  # days; read one after the other until enough is found
ENOUGH = 6  # possible starts after which no wider window is read


@dataclass(frozen=True)
class Candidate:
    """A resource that could fill a seat. `qualified_until` is the last day on which it may; None means always.

    A candidate without a `venue` (a portable kit) goes with any. `always_free`: the child keeps no working hours.
    `district` and `province` are where a person starts from, or where a thing stands; `own` is what it needs around a
    booking (preparing, cleaning), `features` what a room or kit has.
    """

    resource: int
    name: str = ""
    venue: int | None = None
    venue_name: str = ""
    district: str = ""
    province: str = ""
    own: Buffer = NONE
    features: frozenset[str] = frozenset()
    sex: str = ""
    languages: frozenset[str] = frozenset()
    qualified_until: date | None = None
    always_free: bool = False


@dataclass(frozen=True)
class Seat:
    """One place to be filled by exactly one candidate. `key` is a role, or room, observation_room, kit, child.

    `before` and `after` are minutes of set-up, travel or rest: booked, but not shown. `asks` are the child's needs that
    a candidate must be trained for.
    """

    key: str
    candidates: tuple[Candidate, ...]
    presence: str = "in_room"
    before: int = 0
    after: int = 0
    asks: tuple[str, ...] = ()

    def buffer(self, candidate: Candidate, reach: Reach | None) -> Buffer:
        """What is booked around an interview when this candidate sits here and comes to a venue of this reach."""
        around = Buffer(self.before, self.after) + candidate.own
        if reach is None or self.key in THINGS or self.presence == REMOTE:
            return around
        way = reach.way(candidate.district, candidate.province)
        return around + Buffer(way, way)


@dataclass(frozen=True)
class ChildHours:
    """Hours in which a house knows children of an age to be busy: school, a nap, prayer, an exam.

    On `weekdays` (0 is Monday) from `first` to `last` (None: always), between `starts` and `ends` on the local clock,
    for children who have reached `from_years` and not yet `to_years` + 1. `avoid`: not offered unless somebody looks
    further; else only warned of.
    """

    kind: str
    name: str
    weekdays: frozenset[int]
    starts: time
    ends: time
    first: date | None = None
    last: date | None = None
    from_years: int = 0
    to_years: int = 17
    avoid: bool = False

    def covers(self, age_months: int) -> bool:
        return self.from_years <= age_months // 12 <= self.to_years

    def on(self, day: date) -> bool:
        begun, ended = self.first is None or self.first <= day, self.last is not None and self.last < day
        return day.weekday() in self.weekdays and begun and not ended


@dataclass(frozen=True)
class Wish:
    """What is looked for. Only `seats`, `minutes`, `zone` (IANA name of the venue's clock) and `not_before` bind;
    the rest ranks and explains. `ignoring` are occupancies that do not count as busy: the asker's own
    holds. On the local days in `barred` the things of a venue are not offered. `keeps` are resources that stay where they
    can, when something booked is moved.

    `within` makes hours bind that otherwise rank and warn: `ADVISED`, `PREFERRED`, `CALENDAR` (services.rules.rhythm).
    `reaches` says by venue how far everybody comes, `calendar` when children are busy, `wants` what a room should have.
    `may_lack` are roles that may be missing when the reason is recorded.
    `on` asks for all slots of one local day instead of the best few of each; `most` limits the answer.
    """

    seats: tuple[Seat, ...]
    minutes: int
    zone: str
    not_before: datetime
    age_months: int | None = None
    limits: ProtocolLimits | None = None
    reported_on: date | None = None
    language: str = ""
    prefers: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    may_lack: frozenset[str] = frozenset()
    prefer_sex: Mapping[str, str] = field(default_factory=dict, hash=False)
    same_interviewer: int | None = None
    keeps: frozenset[int] = frozenset()
    district: str = ""
    province: str = ""
    reaches: Mapping[int, Reach] = field(default_factory=dict, hash=False)
    calendar: tuple[ChildHours, ...] = ()
    wants: frozenset[str] = frozenset()
    ignoring: frozenset[int] = frozenset()
    barred: Mapping[int, tuple[date, ...]] = field(default_factory=dict, hash=False)
    on: date | None = None
    most: int = 12
    windows: tuple[int, ...] = WINDOWS

    @cached_property
    def origin(self) -> datetime:
        """Local midnight of the first day: where starts are counted from."""
        local = self.not_before.astimezone(ZoneInfo(self.zone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    @cached_property
    def band(self) -> AgeBand | None:
        """The protocol's limits for this child's age."""
        return self.limits.band_for(self.age_months) if self.limits and self.age_months is not None else None

    def resources(self) -> tuple[int, ...]:
        """Every candidate's resource once, in id order."""
        return tuple(sorted({c.resource for seat in self.seats for c in seat.candidates}))

    def always_free(self) -> tuple[int, ...]:
        return tuple(sorted({c.resource for seat in self.seats for c in seat.candidates if c.always_free}))

    def barred_days(self, more: Iterable["Candidate"] = ()) -> dict[int, tuple[date, ...]]:
        """Barred days by resource instead of by venue, of the wish's candidates and of `more`."""
        everybody = [*more, *(candidate for seat in self.seats for candidate in seat.candidates)]
        things = [candidate for candidate in everybody if candidate.venue in self.barred]
        return {c.resource: self.barred[c.venue] for c in things if c.venue is not None}

    def moment(self, start: int) -> datetime:
        """The local time of a start counted from the origin."""
        return self.origin + timedelta(minutes=start * starts.STEP)

    def day(self, number: int) -> date:
        return self.origin.date() + timedelta(days=number)

    def day_number(self, day: date) -> int:
        return (day - self.origin.date()).days


@dataclass(frozen=True)
class Reason:
    """Why a slot is offered, or what to know about it. The words are in services.wording."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    source: str = ""


@dataclass(frozen=True)
class Slot:
    """A time at which every seat is filled. `chosen` has one candidate per seat; `burden` orders slots, in days of
    waiting that a child might as well be spared (see services.rules.ranking). `sessions` are the starts of every session,
    this one among them, where an interview is held in several (services.rules.parts).
    """

    start: datetime
    end: datetime
    chosen: Mapping[str, Candidate] = field(hash=False)
    venue: int | None
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    burden: float
    sessions: tuple[datetime, ...] = ()

    @property
    def picks(self) -> dict[str, int]:
        """Seat key to resource id."""
        return {key: candidate.resource for key, candidate in self.chosen.items()}


@dataclass(frozen=True)
class Blocker:
    """What stands in the way, and what would open a slot.

    `kind`: `nobody` (a seat without any candidate), `never_free` (candidates, but no time in the horizon),
    `in_the_way` (without this seat there would be a slot, or an earlier one), `together` (only without both),
    `standard` (`candidates` houses would have room, but their essential criteria are not in force then),
    `length` (a shorter interview, of `minutes`, would fit), `hours` (only those that do not suit the child). `opens` is the slot that would be; `alone` the first time
    this seat by itself could be filled; `asks` what a candidate for it must be trained for.
    """

    kind: str
    seats: tuple[str, ...]
    candidates: int = 0
    opens: datetime | None = None
    alone: datetime | None = None
    minutes: int = 0
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The answer: the best slots first; how many starts each local day offers; what stands in the way (of any slot, or
    of an earlier one); and the windows that were read, as (from, to).
    """

    slots: tuple[Slot, ...]
    per_day: Mapping[date, int]
    blockers: tuple[Blocker, ...]
    windows: tuple[tuple[datetime, datetime], ...]
    wish: Wish = field(repr=False)
    possible: int = field(default=0, repr=False)

    def starts(self) -> list[datetime]:
        """Every possible start, earliest first; `slots` are the best of them."""
        return [self.wish.moment(start) for start in starts.each(self.possible)]


FreeTime = Mapping[int, Sequence[int]]
