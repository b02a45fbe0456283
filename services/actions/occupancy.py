"""Take resources and let them go: the one way any action books. Whoever writes Occupancy otherwise is wrong.

Ordered row locks make colleagues wait for each other instead of deadlocking, the check collects every conflict, and
the exclusion constraint is the last judge. All three are needed (booking.md, Booking safely), and stand together in the
database function `sekali_take` (migration 0004). What the database says when it refuses never leaves it: it would name
another case's room and hour.
"""

import random
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg.types.range import TimestamptzRange

from cms.audit.recording import Refusal
from services.models import Occupancy

Span = TimestamptzRange | tuple[datetime, datetime]
Wanted = Iterable[tuple[int, Span]] | Mapping[int, Span]

ATTEMPTS = 4
PAUSE = 0.05  # seconds; grows with each attempt, with jitter

TAKE = "SELECT gone, again, made FROM sekali_take(%(wanted)s, %(spans)s, %(now)s, %(hold_until)s, %(own)s)"
CONFIRM = "SELECT gone, again FROM sekali_confirm(%(held)s, %(now)s)"
# The one-point ranges let the index of "availability never twice" answer: half a year of sessions asks 156 times.
OUTSIDE = """
SELECT DISTINCT asked.resource_id
FROM unnest(%(wanted)s::bigint[], %(spans)s::tstzrange[]) AS asked (resource_id, span)
JOIN services_resource AS resource ON resource.id = asked.resource_id AND resource.kind <> 'child'
WHERE NOT coalesce((
  SELECT range_agg(working.span) @> asked.span FROM services_availability AS working
  WHERE int8range(working.resource_id, working.resource_id, '[]') && int8range(asked.resource_id, asked.resource_id, '[]')
    AND working.span && asked.span
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

    Needs an open transaction, which a refusal leaves usable. `wanted` pairs resource ids with UTC, half-open spans
    (set-up and rest included). With `hold_until` it is a hold that expires. `instead_of` are the caller's own
    occupancies, released in the same step: for moving and confirming. Holds of others that ran out by `now` are expired
    here. A deadlock or a lock that takes too long is tried again a few times.
    """
    pairs = _pairs(wanted)
    facts = _arrays(pairs) | {"now": now, "hold_until": hold_until, "own": sorted(row.pk for row in instead_of)}
    made = _in_turn(TAKE, facts, [resource for resource, _span in pairs])
    return [
        Occupancy(pk=pk, resource_id=resource, span=span, hold_until=hold_until)
        for pk, (resource, span) in zip(made, pairs, strict=True)
    ]


def release(occupancies: Iterable[Occupancy]) -> int:
    """Free what was taken for one's own cases, at once; the rows stay as history. Returns how many were live."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sekali_free(%s::bigint[])", [[occupancy.pk for occupancy in occupancies]])
        return cursor.fetchone()[0]


def confirm(occupancies: Iterable[Occupancy], *, now: datetime) -> None:
    """Make holds firm. Raises SlotTaken if one ran out meanwhile; then none is."""
    rows = list(occupancies)
    _in_turn(CONFIRM, {"held": [row.pk for row in rows], "now": now}, [row.resource_id for row in rows])


def outside_hours(wanted: Wanted) -> list[int]:
    """Resource ids whose working hours do not contain the span asked for; the child keeps none. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OUTSIDE, _arrays(_pairs(wanted)))
        return [row[0] for row in cursor.fetchall()]


def _in_turn(statement: str, facts: dict[str, Any], resources: Iterable[int]) -> list[int]:
    """What the statement made, asked again a few times while a lock is not to be had. Raises SlotTaken."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("resources are taken inside a transaction")
    for attempt in range(1, ATTEMPTS + 1):
        gone, again, *made = _answer(statement, facts)
        if gone:
            raise SlotTaken(gone)
        if not again:
            return made[0] if made else []
        time.sleep(random.uniform(PAUSE / 2, PAUSE) * attempt)  # noqa: S311 -- jitter, not a secret
    raise SlotTaken(resources)


def _answer(statement: str, facts: dict[str, Any]) -> tuple[Any, ...]:
    """The one row of the statement. A fault comes out as the same kind of error without the database's words."""
    fault: DatabaseError
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, facts)
            return cursor.fetchone()
    except DatabaseError as error:
        fault = error
    raise type(fault)("the database refused")


def _pairs(wanted: Wanted) -> list[tuple[int, TimestamptzRange]]:
    items = wanted.items() if isinstance(wanted, Mapping) else wanted
    return [
        (resource, span if isinstance(span, TimestamptzRange) else TimestamptzRange(*span)) for resource, span in items
    ]


def _arrays(pairs: list[tuple[int, TimestamptzRange]]) -> dict[str, Any]:
    return {"wanted": [resource for resource, _span in pairs], "spans": [span for _resource, span in pairs]}
