"""The one read of a search: when are these resources free? Availability less live occupancy, as plain integers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange

# Availability and occupancy of many resources in one statement: each side is united once, then subtracted. The answer
# is flat, ascending minutes since the origin, because one integer array is quicker to read than range objects. It is an
# ARRAY(…) of each row, not an aggregate: in order by itself, and without the row estimate that made the planner start
# parallel workers, which cost more than the work.
FREE = """
SELECT resource_id, ARRAY(
  SELECT unnest(ARRAY[
    ceil((date_part('epoch', lower(span)) - %(origin)s) / 60)::int,
    floor((date_part('epoch', upper(span)) - %(origin)s) / 60)::int])
  FROM unnest(working.spans * %(window)s - coalesce(busy.spans, '{}')) AS span
)
FROM (
  SELECT resource_id, range_agg(span) AS spans FROM services_availability
  WHERE resource_id = ANY(%(working)s) AND span && %(asked)s GROUP BY resource_id
  UNION ALL
  SELECT id, %(window)s FROM unnest(%(always)s::bigint[]) AS id
) AS working
LEFT JOIN (
  SELECT resource_id, range_agg(span) AS spans FROM services_occupancy
  WHERE resource_id = ANY(%(all)s) AND span && %(asked)s AND live
    AND (hold_until IS NULL OR hold_until > %(now)s) AND id <> ALL(%(ignoring)s) GROUP BY resource_id
) AS busy USING (resource_id)
"""


def free_time(
    resources: Iterable[int],
    *,
    start: datetime,
    end: datetime,
    origin: datetime,
    now: datetime,
    always: Iterable[int] = (),
    ignoring: Iterable[int] = (),
) -> Mapping[int, list[int]]:
    """When each resource is free between `start` and `end`: flat, ascending minutes since `origin`, rounded inwards.

    `always` are resources without working hours (a child), free unless occupied. Holds that ran out by `now` and the
    occupancies in `ignoring` do not count. A resource that is never free is left out. One query.
    """
    asked = TimestamptzRange(start, end)
    ids, whole_day = set(resources), sorted(set(always))
    values: dict[str, Any] = {
        "working": sorted(ids - set(whole_day)),
        "always": whole_day,
        "all": sorted(ids | set(whole_day)),
        "asked": asked,
        "window": TimestamptzMultirange([asked]),
        "now": now,
        "origin": origin.timestamp(),
        "ignoring": sorted(ignoring),
    }
    with connection.cursor() as cursor:
        cursor.execute(FREE, values)
        return {resource: minutes for resource, minutes in cursor.fetchall() if minutes}
