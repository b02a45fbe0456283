"""Races for few slots: the product's way of booking, and check-then-insert without a constraint, in the same run."""

import multiprocessing
import random
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from psycopg.types.range import TimestamptzRange

from cms.accounts.models import Agency
from services.actions.occupancy import SlotTaken, take
from services.bench.scratch import Say, as_owner
from services.models import Resource, Venue

CLIENTS = 32
POOLS = {
    "room": (6, 1),
    "kit": (6, 1),
    "interviewer": (8, 1),
    "person": (40, 3),
}  # kind: (how many, of them in a booking)
TOGETHER = sum(part for _many, part in POOLS.values())
SLOTS = 8  # hours that are fought for at a time
ROUNDS = 40
SECONDS = 15.0

UNSAFE_TABLE = "CREATE TABLE bench_unsafe (id bigserial PRIMARY KEY, resource_id bigint, span tstzrange, live boolean)"
UNSAFE_INDEX = "CREATE INDEX ON bench_unsafe USING gist (int8range(resource_id, resource_id, '[]'), span) WHERE live"
DOUBLE = """
SELECT count(*) FROM {table} AS one JOIN {table} AS other
  ON one.id < other.id AND one.resource_id = other.resource_id AND one.span && other.span AND one.live AND other.live
"""

Pools = dict[str, list[int]]
Booking = tuple[list[int], Any]  # resource ids, and a TimestamptzRange


class Taken(Exception):
    """Check-then-insert found the slot taken."""


def measure(say: Say, now: datetime, *, seconds: float = SECONDS, clients: int = CLIENTS) -> dict[str, Any]:
    """Race `clients` connections for `seconds` each way. Latencies in milliseconds, from asking to commit.

    Every attempt wants several resources at once, named in random order, in one of few hours; the hours fought for
    change from round to round. `errors` counts whatever is neither "booked" nor "taken".
    """
    resources = _resources()
    with as_owner() as owner:
        owner.execute(UNSAFE_TABLE)
        owner.execute(UNSAFE_INDEX)
        owner.execute("GRANT SELECT, INSERT ON bench_unsafe TO PUBLIC")
        owner.execute("GRANT USAGE ON SEQUENCE bench_unsafe_id_seq TO PUBLIC")
    before = _deadlocks()
    say(f"{clients} connections race for {seconds:.0f} s: the product's way")
    safe = _race(lambda booking: _product(booking, now), resources, now, seconds, clients)
    deadlocks = _deadlocks() - before
    say(f"{clients} connections race for {seconds:.0f} s: check, then insert")
    unsafe = _race(_check_then_insert, resources, now, seconds, clients)
    p99, unsafe_p99 = safe.p99(), unsafe.p99()
    return {
        "connections": clients,
        "resources_per_booking": TOGETHER,
        "attempts": safe.attempts,
        "confirmed": safe.count["booked"],
        "taken": safe.count["taken"],
        "double_booked": _double("services_occupancy"),
        "deadlocks": deadlocks,
        "errors": safe.errors(),
        "error_kinds": safe.kinds(),
        "attempts_per_second": round(safe.attempts / seconds, 1),
        "p50_ms": safe.p50(),
        "p99_ms": p99,
        "unsafe_attempts": unsafe.attempts,
        "unsafe_confirmed": unsafe.count["booked"],
        "unsafe_double_booked": _double("bench_unsafe"),
        "unsafe_p50_ms": unsafe.p50(),
        "unsafe_p99_ms": unsafe_p99,
        "p99_ratio": round(p99 / unsafe_p99, 2),
    }


class Tally:
    """What became of the attempts of one race."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.spent: list[float] = []

    @property
    def attempts(self) -> int:
        return len(self.spent)

    def errors(self) -> int:
        return self.attempts - self.count["booked"] - self.count["taken"]

    def kinds(self) -> dict[str, int]:
        return {kind: count for kind, count in self.count.items() if kind not in {"booked", "taken"}}

    def p50(self) -> float:
        return round(statistics.median(self.spent), 1)

    def p99(self) -> float:
        return round(statistics.quantiles(self.spent, n=100)[98], 1)


def _race(book: Callable[[Booking], None], resources: Pools, now: datetime, seconds: float, clients: int) -> Tally:
    """Each client is a process of its own, as workers are: threads would wait for each other inside Python."""
    connection.close()  # no child may share it
    processes, answers = multiprocessing.get_context("fork"), []
    start = processes.Barrier(clients)

    def client(number: int, answer: Any) -> None:
        rng, mine = random.Random(number), []  # noqa: S311 -- repeatable, not secret
        connection.ensure_connection()
        start.wait()
        end = perf_counter() + seconds
        while perf_counter() < end:
            booking = _wanted(rng, resources, now, 1 - (end - perf_counter()) / seconds)
            begun = perf_counter()
            outcome = _attempt(book, booking)
            mine.append((outcome, (perf_counter() - begun) * 1000))
        connection.close()
        answer.send(mine)

    for number in range(clients):
        receiver, sender = processes.Pipe(duplex=False)
        processes.Process(target=client, args=(number, sender), daemon=True).start()
        answers.append(receiver)
    tally = Tally()
    for answer in answers:
        mine = answer.recv()
        tally.count.update(outcome for outcome, _spent in mine)
        tally.spent += [spent for _outcome, spent in mine]
    return tally


def _wanted(rng: random.Random, resources: Pools, now: datetime, progress: float) -> Booking:
    """A room, a kit, an interviewer and a child's own people, in random order, at an hour that is fought for now."""
    first = (now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    start = first + timedelta(hours=int(progress * ROUNDS) * SLOTS + rng.randrange(SLOTS))
    chosen = [one for kind, (_many, part) in POOLS.items() for one in rng.sample(resources[kind], part)]
    return rng.sample(chosen, len(chosen)), TimestamptzRange(start, start + timedelta(hours=1))


def _attempt(book: Callable[[Booking], None], booking: Booking) -> str:
    try:
        with transaction.atomic():
            book(booking)
    except (SlotTaken, Taken):
        return "taken"
    except Exception as error:  # noqa: BLE001 -- what it is called is the finding
        return type(error).__name__
    return "booked"


def _product(booking: Booking, now: datetime) -> None:
    resources, span = booking
    take(wanted=[(resource, span) for resource in resources], now=now)


def _check_then_insert(booking: Booking) -> None:
    resources, span = booking
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM bench_unsafe JOIN unnest(%s::bigint[]) AS wanted (resource_id)"
            " ON int8range(bench_unsafe.resource_id, bench_unsafe.resource_id, '[]')"
            " && int8range(wanted.resource_id, wanted.resource_id, '[]') AND span && %s AND live",
            [resources, span],
        )
        if cursor.fetchone():
            raise Taken
        cursor.execute(
            "INSERT INTO bench_unsafe (resource_id, span, live) SELECT unnest(%s::bigint[]), %s, true",
            [resources, span],
        )


def _double(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE.format(table=table))
        return int(cursor.fetchone()[0])


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _resources() -> Pools:
    agency = Agency.objects.create(name="Bench", kind="uptd_ppa", province="ID-JB", district="Kota")
    venue = Venue.objects.create(code_name="Bench", agency=agency, province="ID-JB")
    kinds = [kind for kind, (many, _part) in POOLS.items() for _one in range(many)]
    random.Random(1).shuffle(kinds)  # noqa: S311 -- ids follow no pattern, as in life
    rows = Resource.objects.bulk_create(
        Resource(kind="room", name=kind, agency=agency, venue=venue) for kind in kinds
    )  # fmt: skip
    return {kind: [row.pk for row in rows if row.name == kind] for kind in POOLS}
