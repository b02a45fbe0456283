"""Take resources and let them go: the one way any action books. Whoever writes Occupancy otherwise is wrong.

Ordered row locks make colleagues wait for each other instead of deadlocking, the check collects every conflict, and
the exclusion constraint is the last judge. All three are needed (booking.md, Booking safely). What the database says
when it refuses never leaves this module: it would name another case's room and hour.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from psycopg import errors
from psycopg.types.range import TimestamptzRange

from cms.audit.recording import Refusal
from services.models import Occupancy

Span = TimestamptzRange | tuple[datetime, datetime]
Wanted = Iterable[tuple[int, Span]] | Mapping[int, Span]

LOCK_TIMEOUT = "2s"
ATTEMPTS = 4
PAUSE = 0.05  # seconds; grows with each attempt, with jitter
OTHERS_FIRST = (errors.ExclusionViolation, errors.UniqueViolation)  # 23P01, 23505
TRY_AGAIN = (errors.DeadlockDetected, errors.LockNotAvailable)  # 40P01, 55P03

LOCK = "SELECT id FROM services_resource WHERE id = ANY(%s) AND active ORDER BY id FOR UPDATE"
EXPIRE = "UPDATE services_occupancy SET live = false WHERE resource_id = ANY(%s) AND live AND hold_until <= %s"
CONFLICTS = """
SELECT DISTINCT wanted.resource_id
FROM unnest(%(resources)s::bigint[], %(spans)s::tstzrange[]) AS wanted (resource_id, span)
JOIN services_occupancy AS taken
  ON int8range(taken.resource_id, taken.resource_id, '[]') && int8range(wanted.resource_id, wanted.resource_id, '[]')
 AND taken.span && wanted.span AND taken.live
ORDER BY 1
"""
OUTSIDE = """
SELECT DISTINCT wanted.resource_id
FROM unnest(%(resources)s::bigint[], %(spans)s::tstzrange[]) AS wanted (resource_id, span)
JOIN services_resource AS resource ON resource.id = wanted.resource_id AND resource.kind <> 'child'
WHERE NOT coalesce((
  SELECT range_agg(working.span) @> wanted.span FROM services_availability AS working
  WHERE working.resource_id = wanted.resource_id AND working.span && wanted.span
), false)
ORDER BY 1
"""


class SlotTaken(Refusal):
    """Somebody was faster. `resources` are those asked for that are not to be had; nothing of whoever has them."""

    keys = ("slot_taken",)

    def __init__(self, resources: Iterable[int]) -> None:
        self.resources: tuple[int, ...] = tuple(sorted(set(resources)))
        super().__init__("slot_taken")


def take(
    *, wanted: Wanted, now: datetime, hold_until: datetime | None = None, instead_of: Iterable[Occupancy] = ()
) -> list[Occupancy]:
    """Occupy every resource for its span, or none: saved occupancies in the order wanted. Raises SlotTaken.

    Needs an open transaction and works in savepoints of it, so a refusal leaves the transaction usable. `wanted` pairs
    resource ids with UTC, half-open spans (set-up and rest included). With `hold_until` it is a hold that expires.
    `instead_of` are the caller's own occupancies, released in the same step: for moving and confirming. Holds of others
    that ran out by `now` are expired here. A deadlock or a lock that takes too long is tried again a few times.
    """
    pairs = _pairs(wanted)
    released = sorted(occupancy.pk for occupancy in instead_of)
    for attempt in range(1, ATTEMPTS + 1):
        refused: DatabaseError
        try:
            with transaction.atomic():
                return _taken(pairs, now, hold_until, released)
        except (IntegrityError, OperationalError) as error:
            refused = error
        # Raised out here, the refusal carries no trace of the database's own words.
        if isinstance(refused.__cause__, OTHERS_FIRST):
            break
        if not isinstance(refused.__cause__, TRY_AGAIN):
            raise type(refused)("the database refused")
        time.sleep(random.uniform(PAUSE / 2, PAUSE) * attempt)  # noqa: S311 -- jitter, not a secret
    raise SlotTaken(_conflicts(pairs) or [resource for resource, _span in pairs])


def release(occupancies: Iterable[Occupancy]) -> int:
    """Free what was taken, at once; the rows stay as history. Returns how many were live."""
    ids = [occupancy.pk for occupancy in occupancies]
    return Occupancy.objects.filter(pk__in=ids, live=True).update(live=False)


def confirm(occupancies: Iterable[Occupancy], *, now: datetime) -> None:
    """Make holds firm. Raises SlotTaken if one ran out meanwhile; then none is."""
    rows = list(occupancies)
    firm = Occupancy.objects.filter(pk__in=[row.pk for row in rows], live=True)
    with transaction.atomic(), _lock_timeout():
        _lock([row.resource_id for row in rows])
        kept = set(firm.exclude(hold_until__lte=now).values_list("pk", flat=True))
        lost = [row.resource_id for row in rows if row.pk not in kept]
        if lost:
            raise SlotTaken(lost)
        firm.update(hold_until=None)


def outside_hours(wanted: Wanted) -> list[int]:
    """Resource ids whose working hours do not contain the span asked for; the child keeps none. One query."""
    pairs = _pairs(wanted)
    with connection.cursor() as cursor:
        cursor.execute(OUTSIDE, _arrays(pairs))
        return [row[0] for row in cursor.fetchall()]


def _taken(
    pairs: list[tuple[int, TimestamptzRange]], now: datetime, hold_until: datetime | None, released: list[int]
) -> list[Occupancy]:
    resources = sorted({resource for resource, _span in pairs})
    with _lock_timeout():
        missing = set(resources) - _lock(resources)
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [resources, now])
    if released:
        Occupancy.objects.filter(pk__in=released, live=True).update(live=False)
    taken = set(_conflicts(pairs)) | missing
    if taken:
        raise SlotTaken(taken)
    rows = [Occupancy(resource_id=resource, span=span, hold_until=hold_until) for resource, span in pairs]
    return Occupancy.objects.bulk_create(rows)


def _lock(resources: Iterable[int]) -> set[int]:
    """Lock the resources' rows in id order; returns those that exist and are in use."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(set(resources))])
        return {row[0] for row in cursor.fetchall()}


def _conflicts(pairs: list[tuple[int, TimestamptzRange]]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(CONFLICTS, _arrays(pairs))
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def _lock_timeout() -> Iterator[None]:
    """A shorter patience for the locks alone. After an error the savepoint's end restores what was set before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        before = cursor.fetchone()[0]
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def _pairs(wanted: Wanted) -> list[tuple[int, TimestamptzRange]]:
    items = wanted.items() if isinstance(wanted, Mapping) else wanted
    return [
        (resource, span if isinstance(span, TimestamptzRange) else TimestamptzRange(*span)) for resource, span in items
    ]


def _arrays(pairs: list[tuple[int, TimestamptzRange]]) -> dict[str, Any]:
    return {"resources": [resource for resource, _span in pairs], "spans": [span for _resource, span in pairs]}
