"""The trial set of booking.md: 2,000 resources, 90 days, more than 325,000 range rows; two teams to be brought together.

Team "plenty" has little else to do; team "scarce" is so busy that few hours remain; in team "hopeless" two people have
no free hour at all, so that only two changes together help. Random, but the same every time.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from schedule.models import Event

from cms.accounts.models import Agency
from cms.limits import AgeBand, ProtocolLimits, RequiredRole
from services.actions.hours import materialise, write_hours
from services.bench.scratch import Say, as_owner
from services.models import Resource, Venue
from services.rules.hours import Block
from services.rules.relaxing import Spares
from services.rules.slots import ADVISED, Candidate, Seat, Wish

HOURS = (8, 9, 10, 11, 13, 14, 15)
NEVER = 1.0  # the share of somebody who has no free hour
SOURCE = "BENCH"
LIMITS = ProtocolLimits(
    bands=(AgeBand(0, 17, 20, 60, SOURCE, time(8), time(12), SOURCE, 30, 5, SOURCE),),
    roles=(RequiredRole("interviewer", ("in_room",), SOURCE),),
    clock_days=14,
    clock_source=SOURCE,
    sessions_a_day=1,
    sessions_source=SOURCE,
)


@dataclass(frozen=True)
class Size:
    """How large a trial is. `rows` counts availability and occupancy together; the rest is numbers of rows and days."""

    resources: int
    rows: int
    people: int
    rooms: int
    interviewers: int
    days: int


FULL = Size(resources=2000, rows=325_000, people=7, rooms=30, interviewers=40, days=90)
SMALL = Size(resources=100, rows=6_000, people=3, rooms=5, interviewers=6, days=45)
OTHERS = 5  # colleagues who could take a role, for each role


@dataclass(frozen=True)
class Team:
    """People who must come, any of the rooms, any of the interviewers."""

    name: str
    people: Sequence[Resource]
    rooms: Sequence[Resource]
    interviewers: Sequence[Resource]
    others: Sequence[Resource] = ()
    farther: Sequence[Resource] = ()

    @property
    def everything(self) -> list[Resource]:
        return [*self.people, *self.rooms, *self.interviewers]

    def wish(self, now: datetime) -> Wish:
        """An interview of 50 minutes with everything there is to rank and explain."""
        seats = [Seat(f"role_{number}", (_candidate(person),)) for number, person in enumerate(self.people)]
        seats.append(Seat("room", tuple(_candidate(room) for room in self.rooms)))
        interviewers = tuple(_candidate(person, date(now.year + 2, 1, 1)) for person in self.interviewers)
        seats.append(Seat("interviewer", interviewers))
        return Wish(
            seats=tuple(seats),
            minutes=50,
            zone="Asia/Jakarta",
            not_before=now + timedelta(hours=2),
            age_months=100,
            limits=LIMITS,
            reported_on=now.date(),
            language="su",
            prefers=frozenset({"morning"}),
            district="Kota 3",
        )

    def observed(self, now: datetime) -> Wish:
        """The same at the advised hours only, everybody behind the glass, as a protocol asks for it."""
        wish = self.wish(now)
        roles = {f"role_{number}" for number in range(len(self.people))}
        allowed = (RequiredRole(role, ("observing", "remote"), SOURCE) for role in sorted(roles))
        return replace(
            wish,
            seats=(
                *(replace(seat, presence="observing") if seat.key in roles else seat for seat in wish.seats),
                Seat("observation_room", tuple(replace(_candidate(room), venue=None) for room in self.farther)),
            ),
            limits=replace(LIMITS, roles=(*LIMITS.roles, *allowed)),
            within=frozenset({ADVISED}),
        )

    def spares(self) -> Spares:
        """`OTHERS` colleagues for each role, and rooms further away."""
        roles = [f"role_{number}" for number in range(len(self.people))]
        others = [_candidate(person) for person in self.others]
        return Spares(
            another={role: tuple(others[number :: len(roles)]) for number, role in enumerate(roles)},
            elsewhere={"room": tuple(_candidate(room) for room in self.farther)},
        )


def build(say: Say, now: datetime, size: Size = FULL) -> list[Team]:
    """Fill the scratch database; returns the three teams."""
    rng = random.Random(20261103)  # noqa: S311 -- a fixed set, not a secret
    with transaction.atomic():
        made = _resources(size.resources)
    for first in range(0, len(made), 100):
        with transaction.atomic():
            some = made[first : first + 100]
            for resource in some:
                write_hours(resource, _week(rng), now)
            materialise(resources=some, now=now, days=size.days)
        say(f"hours of {first + len(some)} of {len(made)} resources")
    teams = _teams(made, size)
    _occupy(rng, made, teams, size, now)
    with as_owner() as owner:
        owner.execute("VACUUM (ANALYZE) services_availability")
        owner.execute("VACUUM (ANALYZE) services_occupancy")
    say(f"{count_rows()} range rows")
    return teams


def count_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM services_availability) + (SELECT count(*) FROM services_occupancy)"
        )
        return int(cursor.fetchone()[0])


def busy_events(team: Team) -> int:
    """For django-scheduler's sake alone: a team's bookings as its own one-off events. Returns how many."""
    calendars = {resource.pk: resource.calendar_id for resource in team.everything}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resource_id, lower(span), upper(span) FROM services_occupancy WHERE resource_id = ANY(%s)",
            [list(calendars)],
        )
        rows = cursor.fetchall()
    events = [Event(calendar_id=calendars[r], title="busy", start=low, end=high) for r, low, high in rows]
    Event.objects.bulk_create(events, batch_size=2000)
    return len(events)


def _resources(count: int) -> list[Resource]:
    agencies = [
        Agency.objects.create(name=f"Bench {n}", kind="uptd_ppa", province="ID-JB", district=f"Kota {n}")
        for n in range(15)
    ]
    venues = [Venue.objects.create(code_name="A", agency=agency, province="ID-JB") for agency in agencies]
    made = []
    for number in range(count):
        facts: dict[str, Any] = {"agency": agencies[number % 15], "name": f"R {number}", "kind": "person"}
        if number % 5 == 0:
            facts |= {"kind": "room", "venue": venues[number // 5 % 15], "child_friendly": True}
        else:
            facts |= {"sex": "FM"[number % 2], "languages": ["id", "su"] if number % 3 else ["id"]}
        made.append(Resource(**facts))
    return Resource.objects.bulk_create(made)


def _week(rng: random.Random) -> list[Block]:
    """Office hours that differ a little, with a longer noon on Friday."""
    begins, ends = rng.choice([(7, 15), (8, 16), (8, 16), (8, 17)])
    return week_of(begins, ends)


def week_of(begins: int, ends: int) -> list[Block]:
    """Monday to Friday from one hour to another, with a noon that is longer on Friday. At seven it begins at half past."""
    week = []
    for weekday in range(5):
        noon, back = (time(11, 30), time(13, 30)) if weekday == 4 else (time(12), time(13))
        week += [Block(weekday, time(begins, 30 if begins == 7 else 0), noon), Block(weekday, back, time(ends))]
    return week


def _teams(made: Sequence[Resource], size: Size) -> list[Team]:
    rooms = [resource for resource in made if resource.kind == "room"]
    people = [resource for resource in made if resource.kind == "person"]
    needed = size.people + size.interviewers
    spare = people[3 * needed :][: OTHERS * size.people]
    return [
        Team(
            name,
            people[first * needed : first * needed + size.people],
            rooms[first * size.rooms : (first + 1) * size.rooms],
            people[first * needed + size.people : (first + 1) * needed],
            others=spare,
            farther=rooms[3 * size.rooms :][: size.rooms],
        )
        for first, name in enumerate(("plenty", "scarce", "hopeless"))
    ]


def _occupy(rng: random.Random, made: Sequence[Resource], teams: Sequence[Team], size: Size, now: datetime) -> None:
    """Bookings of an hour each: few for one team's people, many for the others', as many as are missing for the rest."""
    share = dict.fromkeys((resource.pk for resource in teams[0].people), 0.06)
    share |= dict.fromkeys((resource.pk for team in teams[1:] for resource in team.people), 0.52)
    share |= dict.fromkeys((resource.pk for resource in teams[2].people[:2]), NEVER)
    workdays = [day for n in range(size.days + 1) if (day := (now + timedelta(days=n)).date()).weekday() < 5]
    cells = [(day, hour) for day in workdays for hour in HOURS]
    others = len(made) - len(share)
    missing = size.rows - count_rows() - sum(int(part * len(cells)) for part in share.values())
    usual = max(0.02, 1.02 * missing / max(others * len(cells), 1))
    zone = "+07"
    with (
        as_owner() as owner,
        owner.cursor() as cursor,
        cursor.copy("COPY services_occupancy (resource_id, span, live) FROM STDIN") as copy,
    ):
        for resource in made:
            for day, hour in _chosen(rng, cells, share.get(resource.pk, usual)):
                copy.write_row((resource.pk, f"[{day} {hour:02}:00{zone},{day} {hour + 1:02}:00{zone})", True))


def _chosen(rng: random.Random, cells: Sequence[tuple[date, int]], part: float) -> Iterator[tuple[date, int]]:
    return (cell for cell in cells if rng.random() < part)


def _candidate(resource: Resource, until: date | None = None) -> Candidate:
    return Candidate(
        resource.pk,
        resource.name,
        venue=resource.venue_id,
        venue_name="A",
        district=resource.agency.district if resource.agency else "",
        sex=resource.sex,
        languages=frozenset(resource.languages),
        qualified_until=until,
    )
