"""The feed as RFC 5545 wants it, line by line, and as another program reads it."""

import re
from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from services.rules.feeds import busy_calendar

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
TIMES = [("a1" * 16, NOW + timedelta(days=n), NOW + timedelta(days=n, minutes=50)) for n in (1, 2)]
SAID = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP", "CLASS"}


def faults(data):
    """What of RFC 5545 a file breaks: 3.1 (lines), 3.4 and 3.6 (what must be there)."""
    found = []
    if not data.endswith(b"\r\n") or re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        found.append("lines end in CRLF")
    lines = data.split(b"\r\n")[:-1]
    found += [f"line {n} is longer than 75 octets" for n, line in enumerate(lines) if len(line) > 75]
    unfolded = data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]
    found += [f"no content line: {n}" for n, line in enumerate(unfolded) if not re.match(r"[A-Z-]+[;:]", line)]
    if (unfolded[:1], unfolded[-1:]) != (["BEGIN:VCALENDAR"], ["END:VCALENDAR"]):
        found.append("is one calendar")
    head = unfolded[: unfolded.index("BEGIN:VEVENT")] if "BEGIN:VEVENT" in unfolded else unfolded
    found += [name for name in ("PRODID", "VERSION:2.0") if sum(line.startswith(name) for line in head) != 1]
    for event in re.findall(r"BEGIN:VEVENT\n(.*?)END:VEVENT", "\n".join(unfolded), re.DOTALL):
        found += [
            name for name in ("UID", "DTSTAMP", "DTSTART") if len(re.findall(f"^{name}[;:]", event, re.MULTILINE)) != 1
        ]
    return found


def test_the_feed_breaks_nothing_of_the_standard():
    assert faults(busy_calendar(TIMES, now=NOW, busy="Sibuk")) == []
    assert faults(busy_calendar([], now=NOW, busy="Sibuk")) == []
    assert faults(busy_calendar(TIMES, now=NOW, busy="\N{SNOWMAN}, " * 40)) == []


def test_the_check_finds_what_is_broken():
    good = busy_calendar(TIMES, now=NOW, busy="Sibuk")
    assert faults(good.replace(b"\r\n", b"\n"))
    assert faults(good.replace(b"SUMMARY:Sibuk", b"SUMMARY:" + b"x" * 75))
    assert faults(good.replace(b"UID:", b"X-UID:"))
    assert faults(good.replace(b"PRODID", b"X-PRODID"))


def test_another_program_reads_the_same_hours_and_nothing_else():
    calendar = Calendar.from_ical(busy_calendar(TIMES, now=NOW, busy="Sibuk"))
    events = calendar.walk("VEVENT")
    assert [(str(e["UID"]), e["DTSTART"].dt, e["DTEND"].dt) for e in events] == TIMES
    for event in events:
        assert set(event) == SAID
        assert (str(event["SUMMARY"]), str(event["TRANSP"]), str(event["CLASS"])) == ("Sibuk", "OPAQUE", "PRIVATE")
