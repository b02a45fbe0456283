"""Busy times out of calendar files as Google, Outlook and Apple write them, and what is refused by name."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.rules import outside
from services.rules.outside import Unreadable, busy_times

FILES = Path(__file__).parents[1] / "calendars"
JAKARTA = ZoneInfo("Asia/Jakarta")
START = datetime(2026, 12, 1, tzinfo=JAKARTA)
NINE = ("DTSTART:20261202T090000", "DTEND:20261202T100000")


def calendar(*events, extra=""):
    """A file of events, each a list of lines."""
    inside = "".join("\r\n".join(["BEGIN:VEVENT", *event, "END:VEVENT", ""]) for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{extra}{inside}END:VCALENDAR\r\n".encode()


def read(data, *, zone="Asia/Jakarta", days=120):
    busy = busy_times(
        data, zone=zone, start=round(START.timestamp()), end=round((START + timedelta(days=days)).timestamp())
    )
    said = [" to ".join(f"{datetime.fromtimestamp(at, JAKARTA):%d %b %H.%M}" for at in span) for span in busy.spans]
    return said, busy.left_out


def refused(data):
    with pytest.raises(Unreadable) as fault:
        read(data)
    return fault.value.key


@pytest.mark.parametrize(
    ("name", "times", "left_out"),
    [
        (
            "google",
            [
                "03 Dec 09.00 to 03 Dec 10.30",
                "08 Dec 13.00 to 08 Dec 14.30",
                "15 Dec 00.00 to 17 Dec 00.00",
                "28 Dec 09.00 to 28 Dec 10.00",
            ],
            {"cancelled": 1, "free": 1, "elsewhen": 1},
        ),
        (
            "outlook",
            [
                "01 Dec 08.30 to 01 Dec 12.00",
                "04 Dec 16.00 to 04 Dec 17.00",
                "07 Dec 09.00 to 07 Dec 10.00",
                "05 Jan 08.30 to 05 Jan 12.00",
                "02 Feb 08.30 to 02 Feb 12.00",
            ],
            {"free": 1, "zone": 1},
        ),
        (
            "apple",
            [
                "02 Dec 15.00 to 02 Dec 16.00",
                "04 Dec 15.00 to 04 Dec 16.30",
                "08 Dec 15.00 to 08 Dec 16.30",
                "10 Dec 07.00 to 10 Dec 08.00",
                "11 Dec 07.00 to 11 Dec 08.00",
                "18 Dec 09.00 to 18 Dec 10.00",
                "24 Dec 00.00 to 27 Dec 00.00",
            ],
            {"unclear": 1},
        ),
    ],
)
def test_what_the_three_vendors_write(name, times, left_out):
    assert read((FILES / f"{name}.ics").read_bytes()) == (times, left_out)


def test_floating_hours_and_whole_days_are_meant_where_the_resource_is():
    whole_day = ("DTSTART;VALUE=DATE:20261205",)
    times, _left_out = read(calendar(NINE, whole_day), zone="Asia/Jayapura")
    assert times == ["02 Dec 07.00 to 02 Dec 08.00", "04 Dec 22.00 to 05 Dec 22.00"]


def test_times_that_overlap_or_touch_are_one_and_the_period_cuts_them():
    long_ago = ("DTSTART:20261101T000000", "DTEND:20261202T093000")
    touching = ("DTSTART:20261202T100000", "DTEND:20261202T110000")
    assert read(calendar(touching, NINE, long_ago))[0] == ["01 Dec 00.00 to 02 Dec 11.00"]
    assert read(calendar(("DTSTART:20261201T230000", "DTEND:20261203T000000")), days=1)[0] == [
        "01 Dec 23.00 to 02 Dec 00.00"
    ]


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
def test_one_occurrence_may_say_free(line):
    series = ("UID:a", *NINE, "RRULE:FREQ=DAILY;COUNT=2")
    change = ("UID:a", "RECURRENCE-ID:20261203T090000", "DTSTART:20261203T090000", "DTEND:20261203T100000", line)
    assert read(calendar(series, change)) == (["02 Dec 09.00 to 02 Dec 10.00"], {"free": 1})


def test_this_and_future_occurrences_may_move():
    series = ("UID:a", *NINE, "RRULE:FREQ=DAILY;COUNT=3")
    change = ("UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T090000", "DTSTART:20261203T140000",
              "DTEND:20261203T150000")  # fmt: skip
    assert read(calendar(series, change))[0] == [
        "02 Dec 09.00 to 02 Dec 10.00",
        "03 Dec 14.00 to 03 Dec 15.00",
        "04 Dec 14.00 to 04 Dec 15.00",
    ]


@pytest.mark.parametrize(
    "event",
    [
        ("SUMMARY:kosong",),
        ("DTSTART:20261202T090000",),
        ("DTSTART:20261202T090000", "DTEND:20261202T080000"),
        ("DTSTART:not a date", "DTEND:20261202T080000"),
        (*NINE, "RRULE:FREQ=YEARLY;XX=4"),
        (*NINE, "RRULE:BYDAY=MO"),
    ],
)
def test_an_appointment_that_is_unclear_is_counted_and_the_others_are_read(event):
    good = ("DTSTART:20261203T090000", "DTEND:20261203T100000")
    assert read(calendar(event, good)) == (["03 Dec 09.00 to 03 Dec 10.00"], {"unclear": 1})


def test_lines_may_be_folded_and_end_as_they_like():
    data = calendar(("DTSTART:202612\r\n 02T090000", "DTEND:20261202T1\r\n\t00000"))
    for ending in (b"\n", b"\r"):
        assert read(data.replace(b"\r\n", ending))[0] == ["02 Dec 09.00 to 02 Dec 10.00"]


def test_nothing_but_when_reaches_the_parser():
    kept = outside._kept_lines((FILES / "google.ics").read_bytes())
    assert not [line for line in kept if "enari" in line and not line.startswith("UID:")]
    assert {line.split(":")[0].split(";")[0] for line in kept} <= outside.SAID["VEVENT"] | outside.SAID["VTIMEZONE"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        b"SUMMARY:x\r\n" + calendar(NINE),
        calendar(NINE).removesuffix(b"END:VCALENDAR\r\n"),
        calendar(NINE).replace(b"END:VEVENT", b"END:VTODO"),
        calendar(NINE).replace(b"VERSION", b"\0"),
        calendar(NINE).decode().encode("utf-16"),
        calendar((*NINE, "SUMMARY:\N{LATIN SMALL LETTER E WITH ACUTE}")).decode().encode("latin-1"),
    ],
)
def test_what_is_no_calendar_is_refused(data):
    assert refused(data) == "not_a_calendar"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "freq=minutely;count=3",
        "FREQ=SECONDLY;UNTIL=20270101",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9",
        "FREQ=WEEKLY;BYHOUR=8,9;BYMINUTE=0,10,20,30,40",
        "FREQ=SOMETIMES",
    ],
)
def test_rules_of_an_hour_or_faster_are_refused(rule):
    assert refused(calendar((*NINE, f"RRULE:{rule}"))) == "too_often"


def test_a_zone_may_not_be_a_bomb_either():
    zone = "BEGIN:VTIMEZONE\r\nTZID:x\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
    assert refused(calendar(NINE, extra=f"{zone}END:STANDARD\r\nEND:VTIMEZONE\r\n")) == "too_often"


def test_a_rule_of_a_few_times_a_day_is_somebodys_day():
    times, _left_out = read(calendar((*NINE, "RRULE:FREQ=DAILY;COUNT=2;BYHOUR=9,13")))
    assert times == ["02 Dec 09.00 to 02 Dec 10.00", "02 Dec 13.00 to 02 Dec 14.00"]


def test_absurd_numbers_are_refused():
    assert read(calendar(*[NINE] * outside.MOST_EVENTS))[0] == ["02 Dec 09.00 to 02 Dec 10.00"]
    assert refused(calendar(*[NINE] * (outside.MOST_EVENTS + 1))) == "many_events"
    dates = ",".join(["20261203T090000"] * (outside.MOST_DATES + 1))
    assert refused(calendar((*NINE, f"RDATE:{dates}"))) == "many_dates"
    assert refused(calendar((*NINE, f"EXDATE:{dates}"))) == "many_dates"
    daily = (*NINE, "RRULE:FREQ=DAILY")
    assert refused(calendar(*[daily] * 200)) == "many_times"


def test_nesting_is_bounded():
    deep = "BEGIN:X\r\n" * outside.DEEPEST + "END:X\r\n" * outside.DEEPEST
    assert refused(calendar(NINE, extra=deep)) == "too_deep"
    inside = "BEGIN:X\r\n" * (outside.DEEPEST - 1) + "END:X\r\n" * (outside.DEEPEST - 1)
    assert read(calendar(NINE, extra=inside))[0] == ["02 Dec 09.00 to 02 Dec 10.00"]
