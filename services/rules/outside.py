"""Busy times out of a calendar file that somebody brought along: when, and never what, where or with whom. Pure.

Google, Outlook and Apple write the same format (RFC 5545) in their own ways. Of each appointment only the properties that
say when are read on; titles, places and people are dropped before anything is parsed. Moments are seconds since 1970,
half-open. A file may be made to cost: what could is refused by name here, and the rest by the clock of whoever calls
(services/actions/outside.py runs this in a process that can be killed).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

MOST_EVENTS = 5_000
MOST_DATES = 5_000  # dates named one by one, in the whole file
MOST_TIMES = 20_000  # occurrences within the period
MOST_A_DAY = 8  # of one rule; more is nobody's appointment
DEEPEST = 4  # a calendar, an appointment, its alarm, and one to spare
MARGIN = timedelta(days=2)  # a floating hour lies on another day elsewhere

CALENDAR, EVENT, ZONE = "VCALENDAR", "VEVENT", "VTIMEZONE"
SAID: Mapping[str, frozenset[str]] = {
    EVENT: frozenset({"BEGIN", "END", "UID", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE",
                      "STATUS", "TRANSP", "SEQUENCE", "X-MICROSOFT-CDO-BUSYSTATUS"}),
    ZONE: frozenset({"BEGIN", "END", "TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}),
}  # fmt: skip
SLOW = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

Seconds = tuple[int, int]


class Unreadable(ValueError):
    """The file is refused; `key` is one of the keys of `services.actions.outside.REFUSED`. Nothing of it is quoted."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Busy:
    """`spans` are united and in order. `left_out` counts, by reason, what does not make anybody busy.

    `free` and `cancelled` count times within the period; `elsewhen` (none in the period), `zone` (a time zone that
    nobody knows) and `unclear` (no start, no length, a rule that says nothing) count appointments.
    """

    spans: tuple[Seconds, ...]
    left_out: Mapping[str, int]


def busy_times(data: bytes, *, zone: str, start: int, end: int) -> Busy:
    """When the owner of the calendar in `data` is busy between `start` and `end`. Raises Unreadable.

    Floating hours and whole days are meant on the clock of `zone`.
    """
    calendar: Any = icalendar.Calendar.from_ical("\r\n".join(_kept_lines(data)) + "\r\n")
    here, left_out, found = ZoneInfo(zone), Counter[str](), list[Seconds]()
    window = (datetime.fromtimestamp(start, here), datetime.fromtimestamp(end, here))
    for series in _series(calendar):
        try:
            times = list(_times(series, window, here))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 -- a crafted file makes the libraries raise whatever they like
            left_out["unclear"] += 1
            continue
        left_out.update(why for why, _span in times if why)
        found += [span for why, span in times if not why]
        if len(found) > MOST_TIMES:
            raise Unreadable("many_times")
    return Busy(tuple(_united(found, start, end)), dict(left_out))


def _kept_lines(data: bytes) -> list[str]:
    """A calendar of the same appointments and zones in which nothing but when is said. Raises Unreadable."""
    kept: dict[str, list[str]] = {ZONE: [], EVENT: []}
    counts: Counter[str] = Counter()
    for path, name, rest in _walk(data):
        part = path[1] if len(path) > 1 else ""
        if name in SAID.get(part, ()) and (part == ZONE or len(path) == 2):
            _judge(part, name, rest, counts)
            kept[part].append(name + rest)
    return [f"BEGIN:{CALENDAR}", *kept[ZONE], *kept[EVENT], f"END:{CALENDAR}"]


def _walk(data: bytes) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """(components that are open, name, what follows the name) of each line. BEGIN and END lie within their own."""
    path: tuple[str, ...] = ()
    known = False
    for line in _lines(data):
        name = re.split("[:;]", line, maxsplit=1)[0]
        rest = line[len(name) :]
        name, value = name.upper(), rest[1:].strip().upper()
        if name == "BEGIN":
            path, known = (*path, value), True
        if not path or path[0] != CALENDAR or (name == "END" and path[-1] != value):
            raise Unreadable("not_a_calendar")
        if len(path) > DEEPEST:
            raise Unreadable("too_deep")
        yield path, name, rest
        if name == "END":
            path = path[:-1]
    if path or not known:
        raise Unreadable("not_a_calendar")  # cut off, or empty


def _lines(data: bytes) -> Iterator[str]:
    """Unfolded lines of a file in UTF-8, empty ones left out. Raises Unreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not_a_calendar") from None
    if "\0" in text:
        raise Unreadable("not_a_calendar")
    return (line for line in re.split(r"\r\n|\n|\r", re.sub(r"(\r\n|\n|\r)[ \t]", "", text)) if line.strip())


def _judge(part: str, name: str, rest: str, counts: Counter[str]) -> None:
    """Raise Unreadable where a line could make the expansion endless."""
    counts[part if name == "BEGIN" else name] += rest.count(",") + 1
    if counts[EVENT] > MOST_EVENTS:
        raise Unreadable("many_events")
    if counts["RDATE"] > MOST_DATES or counts["EXDATE"] > MOST_DATES:
        raise Unreadable("many_dates")
    if name == "RRULE":
        rule = dict(pair.partition("=")[::2] for pair in rest[1:].upper().strip().split(";"))
        a_day = prod(rule.get(by, "").count(",") + 1 for by in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        if (rule.get("FREQ", "DAILY") not in SLOW) or a_day > MOST_A_DAY:
            raise Unreadable("too_often")


def _series(calendar: Any) -> Iterator[Any]:
    """Calendars of one appointment each: its rule and the occurrences that were changed. Without a UID, each its own."""
    found: dict[str, Any] = {}
    for number, event in enumerate(calendar.walk(EVENT)):
        name = str(event.get("UID") or f"number {number}")
        found.setdefault(name, icalendar.Calendar()).add_component(event)
    return iter(found.values())


def _times(series: Any, window: tuple[datetime, datetime], here: ZoneInfo) -> Iterator[tuple[str, Seconds]]:
    """(why it is left out or nothing, when) of every occurrence near the window; or one reason for all of them."""
    faults = [fault for event in series.walk(EVENT) if (fault := _fault(event))]
    if faults:
        yield faults[0], (0, 0)
        return
    start, end = (round(moment.timestamp()) for moment in window)
    near = recurring_ical_events.of(series).between(window[0] - MARGIN, window[1] + MARGIN)
    times = [(_why_not_busy(one), (_moment(one["DTSTART"].dt, here), _moment(one["DTEND"].dt, here))) for one in near]
    touching = [(why, (low, high)) for why, (low, high) in times if low < end and high > start and low < high]
    if touching:
        yield from touching
    else:
        yield ("unclear" if any(low >= high for _why, (low, high) in times) else "elsewhen"), (0, 0)


def _fault(event: Any) -> str:
    """`zone` if neither the file nor the world knows its zone, `unclear` if it ends before it starts. DTSTART must be there."""
    starts, ends = event["DTSTART"], event.get("DTEND")
    if "TZID" in starts.params and isinstance(starts.dt, datetime) and starts.dt.tzinfo is None:
        return "zone"
    return "unclear" if ends is not None and ends.dt < starts.dt else ""


def _why_not_busy(event: Any) -> str:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "cancelled"
    marks = {str(event.get("TRANSP", "")).upper(), str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()}
    return "free" if marks & {"TRANSPARENT", "FREE"} else ""


def _moment(said: date, here: ZoneInfo) -> int:
    """Seconds of a moment, of a floating hour or of the beginning of a day, both `here`."""
    moment = said if isinstance(said, datetime) else datetime.combine(said, time())
    return round((moment if moment.tzinfo else moment.replace(tzinfo=here)).timestamp())


def _united(spans: Iterable[Seconds], start: int, end: int) -> list[Seconds]:
    """Clipped to the period, in order, with what overlaps or touches made one."""
    found: list[Seconds] = []
    for low, high in sorted((max(low, start), min(high, end)) for low, high in spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found
