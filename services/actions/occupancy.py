"""Take resources and let them go: the one way any action books. Whoever writes Occupancy otherwise is wrong.

Ordered row locks make colleagues wait for each other instead of deadlocking, the check collects every conflict, and
the exclusion constraint is the last judge. All three are needed (booking.md, Booking safely). What the database says
when it refuses never leaves this module: it would name another case's room and hour.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
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

START, UNDO = "SAVEPOINT sekali_take", "ROLLBACK TO SAVEPOINT sekali_take"
# A shorter patience for the locks alone; an error takes it back with the savepoint.
HURRY = (
    "SELECT set_config('sekali.patience', current_setting('lock_timeout'), true),"
    " set_config('lock_timeout', %(lock_timeout)s, true)"
)
LOCK = "SELECT id FROM services_resource WHERE id = ANY(%(resources)s) AND active ORDER BY id FOR UPDATE"
CALM = "SELECT set_config('lock_timeout', current_setting('sekali.patience'), true)"
EXPIRE = "UPDATE services_occupancy SET live = false WHERE resource_id = ANY(%(resources)s) AND live AND hold_until <= %(now)s"
GIVE_UP = "UPDATE services_occupancy SET live = false WHERE id = ANY(%(released)s) AND live"
WANTED = """
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest(%(resources)s::bigint[], %(spans)s::tstzrange[]) WITH ORDINALITY AS w (resource_id, span, place)
), gone AS MATERIALIZED (
  SELECT DISTINCT wanted.resource_id FROM wanted
  LEFT JOIN services_resource AS resource ON resource.id = wanted.resource_id AND resource.active
  LEFT JOIN services_occupancy AS taken
    ON int8range(taken.resource_id, taken.resource_id, '[]') && int8range(wanted.resource_id, wanted.resource_id, '[]')
   AND taken.span && wanted.span AND taken.live AND taken.id <> ALL(%(released)s)
   AND (taken.hold_until IS NULL OR taken.hold_until > %(now)s)
  WHERE taken.id IS NOT NULL OR resource.id IS NULL
)"""
CHECK = WANTED + " SELECT ARRAY(SELECT resource_id FROM gone ORDER BY 1), ARRAY[]::bigint[]"  # noqa: S608 -- constants
INSERT = f"""{WANTED}, put AS (
  INSERT INTO services_occupancy (resource_id, span, live, hold_until)
  SELECT resource_id, span, true, %(hold_until)s FROM wanted WHERE NOT EXISTS (SELECT FROM gone) ORDER BY place
  RETURNING id
) SELECT ARRAY(SELECT resource_id FROM gone ORDER BY 1), ARRAY(SELECT id FROM put ORDER BY 1)"""  # noqa: S608 -- constants
FIRM = """
WITH gone AS MATERIALIZED (
  SELECT DISTINCT resource_id FROM services_occupancy
  WHERE id = ANY(%(held)s) AND NOT (live AND (hold_until IS NULL OR hold_until > %(now)s))
), firm AS (
  UPDATE services_occupancy SET hold_until = NULL WHERE id = ANY(%(held)s) AND NOT EXISTS (SELECT FROM gone) RETURNING id
) SELECT ARRAY(SELECT resource_id FROM gone ORDER BY 1), ARRAY(SELECT id FROM firm ORDER BY 1)"""
# Each in one round trip, since whoever waits for these locks waits for every one of ours; on success the savepoint ends
# with the transaction. Every statement has a snapshot of its own, so the check sees what former holders committed.
TAKE = f"{START};{HURRY};{LOCK};{CALM};{EXPIRE};{GIVE_UP};{INSERT}"
CONFIRM = f"{START};{HURRY};{LOCK};{CALM};{FIRM}"
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

    Needs an open transaction and works in a savepoint of it, so a refusal leaves the transaction usable. `wanted` pairs
    resource ids with UTC, half-open spans (set-up and rest included). With `hold_until` it is a hold that expires.
    `instead_of` are the caller's own occupancies, released in the same step: for moving and confirming. Holds of others
    that ran out by `now` are expired here. A deadlock or a lock that takes too long is tried again a few times.
    """
    pairs = _pairs(wanted)
    facts = _arrays(pairs) | {
        "now": now,
        "hold_until": hold_until,
        "released": sorted(occupancy.pk for occupancy in instead_of),
        "lock_timeout": LOCK_TIMEOUT,
    }
    # Who can see already that it is too late need not queue for the locks, nor make others queue behind.
    if gone := _answer(CHECK, facts)[0]:
        raise SlotTaken(gone)
    made = _in_turn(TAKE, facts, lambda: _answer(CHECK, facts)[0] or facts["resources"])
    return [
        Occupancy(pk=pk, resource_id=resource, span=span, hold_until=hold_until)
        for pk, (resource, span) in zip(made, pairs, strict=True)
    ]


def release(occupancies: Iterable[Occupancy]) -> int:
    """Free what was taken, at once; the rows stay as history. Returns how many were live."""
    ids = [occupancy.pk for occupancy in occupancies]
    return Occupancy.objects.filter(pk__in=ids, live=True).update(live=False)


def confirm(occupancies: Iterable[Occupancy], *, now: datetime) -> None:
    """Make holds firm. Raises SlotTaken if one ran out meanwhile; then none is."""
    rows = list(occupancies)
    resources = sorted({row.resource_id for row in rows})
    facts = {"resources": resources, "held": [row.pk for row in rows], "now": now, "lock_timeout": LOCK_TIMEOUT}
    _in_turn(CONFIRM, facts, lambda: resources)


def outside_hours(wanted: Wanted) -> list[int]:
    """Resource ids whose working hours do not contain the span asked for; the child keeps none. One query."""
    pairs = _pairs(wanted)
    with connection.cursor() as cursor:
        cursor.execute(OUTSIDE, _arrays(pairs))
        return [row[0] for row in cursor.fetchall()]


def _in_turn(statements: str, facts: dict[str, Any], lost: Callable[[], Iterable[int]]) -> list[int]:
    """Run `statements`, again after a deadlock or a lock that took too long; the ids they wrote. Raises SlotTaken.

    When the database itself refuses, `lost()` says which resources are not to be had.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("resources are taken inside a transaction")
    for attempt in range(1, ATTEMPTS + 1):
        refused: DatabaseError
        try:
            gone, written = _answer(statements, facts)
        except DatabaseError as error:
            refused = error
        else:
            if gone:
                _undo()
                raise SlotTaken(gone)
            return written
        # Out here the refusal carries no trace of the database's own words.
        _undo()
        if isinstance(refused.__cause__, OTHERS_FIRST):
            break
        if not isinstance(refused.__cause__, TRY_AGAIN):
            raise type(refused)("the database refused")
        time.sleep(random.uniform(PAUSE / 2, PAUSE) * attempt)  # noqa: S311 -- jitter, not a secret
    raise SlotTaken(lost())


def _undo() -> None:
    """Back to the savepoint, letting the locks go. A lost connection has nothing to go back to."""
    if connection.connection is not None and not connection.connection.broken:
        with connection.cursor() as cursor:
            cursor.execute(UNDO)


def _answer(statements: str, facts: dict[str, Any]) -> tuple[list[int], list[int]]:
    """(resources that are gone, ids that were written), from the last of the statements."""
    with connection.cursor() as cursor:
        cursor.execute(statements, facts)
        while cursor.nextset():
            pass
        gone, written = cursor.fetchone()
        return gone, written


def _pairs(wanted: Wanted) -> list[tuple[int, TimestamptzRange]]:
    items = wanted.items() if isinstance(wanted, Mapping) else wanted
    return [
        (resource, span if isinstance(span, TimestamptzRange) else TimestamptzRange(*span)) for resource, span in items
    ]


def _arrays(pairs: list[tuple[int, TimestamptzRange]]) -> dict[str, Any]:
    return {"resources": [resource for resource, _span in pairs], "spans": [span for _resource, span in pairs]}
