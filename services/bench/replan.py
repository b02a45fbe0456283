"""Planning anew, measured: a hundred interviews whose interviewers fell out, thirty days, twenty rooms.

The trial set is real rows in a database of its own; its scene is laid out and its plans are made by the product's own code.
Greedy is not optimal on it, as it would not be in life: some interviewers work mornings only, the others have theirs full, and
who is placed first takes the stand-in that alone could have spared another child the move.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from cms.accounts.models import Agency
from services.actions.hours import materialise, write_hours
from services.actions.occupancy import take
from services.actions.scenes import Job, scene_of
from services.bench.scratch import Say, as_owner
from services.bench.trial import week_of
from services.models import Resource, Venue
from services.rules.replanning import faults, tally
from services.rules.replanning_greedy import greedy
from services.rules.replanning_solver import improve
from services.rules.slots import Candidate, Seat, Wish

ZONE = "Asia/Jakarta"
HOURS = (8, 9, 10, 11, 13, 14, 15)
MORNINGS_ONLY, MORNINGS_TAKEN = (0.2, 1.0), (0.8, 0.3)  # shares of an interviewer's hours taken, before noon and after
MORNING = (9, 10)  # when most children are asked, and so when stand-ins are wanted by several at once
MINUTES = 50
# A Monday before anybody works. The set is drawn from its days, so another day would be another set, and on some greedy is lucky.
BEGINS = datetime(2027, 1, 4, tzinfo=ZoneInfo(ZONE))


@dataclass(frozen=True)
class Size:
    """How large a trial is. `left` interviewers may stand in for those who fell out."""

    interviews: int
    days: int
    rooms: int
    left: int


FULL = Size(interviews=100, days=30, rooms=20, left=14)
SMALL = Size(interviews=30, days=14, rooms=8, left=8)


def measure(say: Say, *, size: Size = FULL) -> dict[str, Any]:
    """`seconds` from the first read to the better plan; `moved` children by it, `greedy_moved` by the first plan; `saved` is
    the difference; `optimal_gap` says how far from the best possible cost it may be at most. `valid`: both plans hold.
    """
    now = BEGINS
    jobs = build(say, now, size)
    begun, worked = perf_counter(), process_time()
    scene, _origin = scene_of(jobs, zone=ZONE, now=now)
    read = perf_counter()
    first = greedy(scene)
    answered = perf_counter()
    say(f"greedy answered after {answered - begun:.1f} s; looking for a better plan")
    better = improve(scene, first)
    over = perf_counter()
    before = tally(scene, first)
    return {
        "seconds": round(over - begun, 1),
        "cpu_seconds": round(process_time() - worked, 1),
        "read_seconds": round(read - begun, 2),
        "greedy_seconds": round(answered - read, 2),
        "moved": better.tally.moved,
        "optimal_gap": better.gap,
        "greedy_moved": before.moved,
        "saved": before.moved - better.tally.moved,
        "later_week": better.tally.later,
        "greedy_later_week": before.later,
        "unplaced": better.tally.unplaced,
        "greedy_unplaced": before.unplaced,
        "interviews": len(jobs),
        "rooms": size.rooms,
        "days": scene.days,
        "valid": not list(faults(scene, first)) and not list(faults(scene, better.plan)),
    }


def build(say: Say, now: datetime, size: Size) -> list[Job]:
    """Fill the scratch database with people, rooms and bookings; returns the interviews whose interviewer fell out."""
    rng = random.Random(20261125)  # noqa: S311 -- a fixed set, not a secret
    with transaction.atomic():
        agency = Agency.objects.create(name="Bench", kind="uptd_ppa", province="ID-JB", district="Kota")
        venues = [Venue.objects.create(code_name=f"Bench {n}", agency=agency, province="ID-JB") for n in range(2)]
        rooms = _people(size.rooms, agency, kind="room", venues=venues)
        kits = _people(size.rooms // 2, agency, kind="kit", venues=venues)
        interviewers = _people(size.left, agency)
        companions = _people(max(4, size.interviews // 6), agency)
        working = [*rooms, *kits, *interviewers, *companions]
        for resource in working:
            write_hours(resource, week_of(8, 16), now)
        materialise(resources=working, now=now, days=size.days + 30)
        children = Resource.objects.bulk_create(Resource(kind="child") for _n in range(size.interviews))
    say(f"{len(working)} people, rooms and kits; booking {size.interviews} interviews")
    town = _Town(rng, rooms, kits, interviewers, companions)
    with transaction.atomic():
        town.keep_busy(now, size)
        jobs = [town.book(number, child, now, size) for number, child in enumerate(children, start=1)]
    with as_owner() as owner:
        owner.execute("VACUUM (ANALYZE) services_occupancy")
    return [job for job in jobs if job is not None]


class _Town:
    """Who there is, and what is taken so far."""

    def __init__(
        self,
        rng: random.Random,
        rooms: Sequence[Resource],
        kits: Sequence[Resource],
        interviewers: Sequence[Resource],
        companions: Sequence[Resource],
    ) -> None:
        self.rng, self.rooms, self.kits = rng, rooms, kits
        self.interviewers, self.companions = interviewers, companions
        self.taken: set[tuple[int, datetime]] = set()

    def hours(self, now: datetime, days: int) -> list[datetime]:
        """Every full working hour of the days to come."""
        today = now.astimezone(ZoneInfo(ZONE)).date()
        return [
            datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(ZONE))
            for number in range(1, days)
            if (day := today + timedelta(days=number)).weekday() < 5
            for hour in HOURS
        ]

    def keep_busy(self, now: datetime, size: Size) -> None:
        """Those who may stand in have their own work: every other one works mornings only, the rest have few of them left."""
        wanted = [
            (person.pk, TimestamptzRange(hour, hour + timedelta(hours=1)))
            for number, person in enumerate(self.interviewers)
            for hour in self.hours(now, size.days)
            if self.rng.random() < (MORNINGS_ONLY if number % 2 == 0 else MORNINGS_TAKEN)[hour.hour > 12]
        ]
        self.taken |= {(resource, span.lower) for resource, span in wanted if span.lower is not None}
        take(wanted=wanted, now=now)

    def _stand_ins(self) -> list[Resource]:
        """Two people, one of them or both of those who work mornings only."""
        mornings, others = self.interviewers[::2], self.interviewers[1::2]
        if self.rng.random() < 0.5:
            return self.rng.sample(mornings, 2)
        return [self.rng.choice(mornings), self.rng.choice(others)]

    def book(self, number: int, child: Resource, now: datetime, size: Size) -> Job | None:
        """One interview of somebody who is ill now, with a companion, a room and a kit of one venue."""
        hours = [hour for hour in self.hours(now, size.days) if hour.hour in MORNING]
        self.rng.shuffle(hours)
        for hour in hours:
            found = self._free(hour)
            if found is not None:
                break
        else:
            return None
        companion, room, kit = found
        things = (companion.pk, room.pk, kit.pk, child.pk)
        self.taken |= {(resource, hour) for resource in things}
        taken = take(wanted=[(one, (hour, hour + timedelta(minutes=MINUTES))) for one in things], now=now)
        seats = (
            Seat("interviewer", tuple(_candidate(one) for one in self._stand_ins())),
            Seat("companion", (_candidate(companion),)),
            Seat("room", tuple(_candidate(one) for one in self.rooms)),
            Seat("kit", tuple(_candidate(one) for one in self.kits)),
            Seat("child", (Candidate(child.pk, always_free=True),)),
        )
        own = frozenset(one.pk for one in taken)
        wish = Wish(seats=seats, minutes=MINUTES, zone=ZONE, not_before=now, ignoring=own)
        kept = {"interviewer": 0, "companion": companion.pk, "room": room.pk, "kit": kit.pk}
        return Job(key=number, case=number, age_months=self.rng.randrange(40, 215), was=hour, wish=wish, kept=kept)

    def _free(self, hour: datetime) -> tuple[Resource, Resource, Resource] | None:
        def free(several: Sequence[Resource]) -> list[Resource]:
            return [one for one in several if (one.pk, hour) not in self.taken]

        for companion in free(self.companions)[:1]:
            for room in free(self.rooms):
                for kit in free(self.kits):
                    if kit.venue_id == room.venue_id:
                        return companion, room, kit
        return None


def _people(count: int, agency: Agency, *, kind: str = "person", venues: Sequence[Venue] = ()) -> list[Resource]:
    return [
        Resource.objects.create(
            kind=kind,
            name=f"{kind} {number}",
            agency=agency,
            venue=venues[number % len(venues)] if venues else None,
            child_friendly=kind == "room",
        )
        for number in range(count)
    ]


def _candidate(resource: Resource) -> Candidate:
    return Candidate(resource.pk, resource.name, venue=resource.venue_id)
