"""Races for few slots: the product's way of booking, and check-then-insert without a constraint, in the same run."""

import random
import statistics
import threading
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
RESOURCES = 12
TOGETHER = 5  # resources of one booking
SLOTS = 40  # hours that are fought for at a time
SECONDS = 15.0

UNSAFE_TABLE = "CREATE TABLE bench_unsafe (id bigserial PRIMARY KEY, resource_id bigint, span tstzrange, live boolean)"
UNSAFE_INDEX = "CREATE INDEX ON bench_unsafe USING gist (int8range(resource_id, resource_id, '[]'), span) WHERE live"
DOUBLE = """
SELECT count(*) FROM {table} AS one JOIN {table} AS other
  ON one.id < other.id AND one.resource_id = other.resource_id AND one.span && other.span AND one.live AND other.live
"""

Booking = tuple[list[int], Any]  # resource ids, and a TimestamptzRange


class Taken(Exception):
    """Check-then-insert found the slot taken."""


def measure(say: Say, now: datetime, *, seconds: float = SECONDS, clients: int = CLIENTS) -> dict[str, Any]:
    """Race `clients` connections for `seconds` each way. Latencies in milliseconds, from asking to commit.

    Every attempt wants several resources at once, named in random order, in one of few slots; when most of a round's
    slots are gone, the next round's are fought for. `errors` counts whatever is neither "booked" nor "taken".
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


def _race(book: Callable[[Booking], None], resources: list[int], now: datetime, seconds: float, clients: int) -> Tally:
    tally, lock, start = Tally(), threading.Lock(), threading.Barrier(clients)

    def client(number: int) -> None:
        rng = random.Random(number)  # noqa: S311 -- repeatable, not secret
        connection.ensure_connection()
        start.wait()
        end, mine = perf_counter() + seconds, []
        while perf_counter() < end:
            booking = _wanted(rng, resources, now, 1 - (end - perf_counter()) / seconds)
            begun = perf_counter()
            outcome = _attempt(book, booking)
            mine.append((outcome, (perf_counter() - begun) * 1000))
        with lock:
            tally.count.update(outcome for outcome, _spent in mine)
            tally.spent += [spent for _outcome, spent in mine]
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _wanted(rng: random.Random, resources: list[int], now: datetime, progress: float) -> Booking:
    """Several resources in random order, at an hour of the round that is fought for now."""
    first = (now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    hour = int(progress * 20) * SLOTS + rng.randrange(SLOTS)
    start = first + timedelta(hours=hour)
    return rng.sample(resources, TOGETHER), TimestamptzRange(start, start + timedelta(hours=1))


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


def _resources() -> list[int]:
    agency = Agency.objects.create(name="Bench", kind="uptd_ppa", province="ID-JB", district="Kota")
    venue = Venue.objects.create(code_name="Bench", agency=agency, province="ID-JB")
    rows = [Resource(kind="room", name=f"R {n}", agency=agency, venue=venue) for n in range(RESOURCES)]
    return [row.pk for row in Resource.objects.bulk_create(rows)]
