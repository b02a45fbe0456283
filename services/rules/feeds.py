"""A calendar that says *busy* and nothing else, as RFC 5545 wants it. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//busy times//EN"  # names neither this product nor its purpose
AGAIN = timedelta(hours=1)  # how often a telephone may ask


def busy_calendar(times: Iterable[tuple[str, datetime, datetime]], *, now: datetime, busy: str) -> bytes:
    """The calendar of `times` (a name that says nothing, start, end), each titled with the one word `busy`."""
    calendar = Calendar()
    for name, value in (("PRODID", PRODUCT), ("VERSION", "2.0"), ("METHOD", "PUBLISH")):
        calendar.add(name, value)
    calendar.add("REFRESH-INTERVAL", AGAIN, parameters={"VALUE": "DURATION"})
    for uid, start, end in times:
        event = Event()
        event.add("UID", uid)
        event.add("DTSTAMP", now.astimezone(UTC))
        event.add("DTSTART", start.astimezone(UTC))
        event.add("DTEND", end.astimezone(UTC))
        event.add("SUMMARY", busy)
        event.add("TRANSP", "OPAQUE")
        event.add("CLASS", "PRIVATE")
        calendar.add_component(event)
    return calendar.to_ical()
