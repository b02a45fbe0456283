"""Working hours laid out in time: weekly blocks, less leave and public holidays. Pure; clocks are the resource's own.

A recurrence is meant on the wall clock of its place, so days and hours are counted there and only the result is UTC.
Indonesia keeps no daylight saving time (WIB, WITA, WIT), so a block lasts the same number of minutes every week.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from cms.objections import Objection

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SHORTEST = 15  # minutes; a shorter block holds no interview and is most likely a slip

Span = tuple[datetime, datetime]


@dataclass(frozen=True, order=True)
class Block:
    """Working hours of one weekday (0 is Monday), within that day."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class Weekly:
    """A weekly recurrence as it stands in the calendar. `first` is the local day it begins, `until` its aware end.

    `changes` maps the start of an occurrence to what became of it: another span, or None if it was called off.
    """

    weekdays: frozenset[int]
    first: date
    starts: time
    minutes: int
    until: datetime | None = None
    changes: Mapping[datetime, Span | None] = field(default_factory=dict, hash=False)


def block_objections(blocks: Sequence[Block]) -> list[Objection]:
    """What is wrong with a week: ends before it starts, too short, or two blocks of a day that overlap.

    `field` is `day_<weekday>`, the form's field for that day.
    """
    found = []
    for block in sorted(blocks):
        where = f"day_{block.weekday}"
        if block.ends <= block.starts:
            found.append(Objection("hours_end_before_start", field=where))
        elif _minutes(block.ends) - _minutes(block.starts) < SHORTEST:
            found.append(Objection("hours_too_short", values={"minutes": SHORTEST}, field=where))
    ordered = sorted(block for block in blocks if block.ends > block.starts)
    for earlier, later in pairwise(ordered):
        if earlier.weekday == later.weekday and later.starts < earlier.ends:
            found.append(Objection("hours_overlap", field=f"day_{later.weekday}"))
    return found


def grouped(blocks: Iterable[Block]) -> dict[tuple[time, time], frozenset[int]]:
    """The same hours on several weekdays make one recurrence: (starts, ends) to weekdays."""
    found: dict[tuple[time, time], frozenset[int]] = {}
    for block in sorted(blocks, key=lambda b: (b.starts, b.ends, b.weekday)):
        hours = (block.starts, block.ends)
        found[hours] = found.get(hours, frozenset()) | {block.weekday}
    return found


def written(weekdays: Iterable[int]) -> str:
    """Weekdays as a django-scheduler rule holds them: letters, since its numbers collapse to one day."""
    return "byweekday:" + ",".join(WEEKDAYS[day] for day in sorted(weekdays))


def weekdays_of(params: str) -> frozenset[int] | None:
    """The weekdays of a rule that says nothing else; None for a rule that says more, or says it in numbers."""
    match = re.fullmatch(r"byweekday:([A-Z]{2}(?:,[A-Z]{2})*);?", params)
    names = match.group(1).split(",") if match else []
    if not names or not set(names) <= set(WEEKDAYS):
        return None
    return frozenset(WEEKDAYS.index(name) for name in names)


def occurrences(weekly: Weekly, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """Every occurrence that touches `start` to `end` (aware), in UTC, changes applied, in order."""
    found, changed = [], {moment.astimezone(UTC): to for moment, to in weekly.changes.items()}
    for began in _starts(weekly, zone, start, end):
        to = changed.pop(began, (began, began + timedelta(minutes=weekly.minutes)))
        if to is not None:
            found.append(to)
    found += [to for to in changed.values() if to is not None]  # moved in from elsewhere
    return sorted((low.astimezone(UTC), high.astimezone(UTC)) for low, high in found if low < end and high > start)


def _starts(weekly: Weekly, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    length = timedelta(minutes=weekly.minutes)
    day = max((start - length).astimezone(zone).date(), weekly.first)
    last = end.astimezone(zone).date()
    while day <= last:
        if day.weekday() in weekly.weekdays:
            began = datetime.combine(day, weekly.starts, zone).astimezone(UTC)
            if weekly.until is not None and began >= weekly.until:
                return
            yield began
        day += timedelta(days=1)


def laid_out(
    working: Iterable[Span],
    *,
    away: Iterable[Span],
    holidays: Iterable[date],
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
) -> list[Span]:
    """Working time between `start` and `end`: `working` united, less leave and the local days of holidays. UTC."""
    kept = [(max(low, start), min(high, end)) for low, high in united(working) if low < end and high > start]
    off = [*away, *(_whole_day(day, zone) for day in holidays)]
    return [(low.astimezone(UTC), high.astimezone(UTC)) for low, high in without(kept, united(off))]


def united(spans: Iterable[Span]) -> list[Span]:
    """Sorted, with what overlaps or touches made one."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        elif low < high:
            found.append((low, high))
    return found


def without(spans: Iterable[Span], off: Sequence[Span]) -> list[Span]:
    """What is left of `spans` when everything in `off` (united) is cut out."""
    found = []
    for low, high in spans:
        at = low
        for away, back in off:
            if back <= at or away >= high:
                continue
            if away > at:
                found.append((at, away))
            at = max(at, back)
        if at < high:
            found.append((at, high))
    return found


def _whole_day(day: date, zone: ZoneInfo) -> Span:
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute
