"""Weekly hours on the clocks of WIB, WITA and WIT, as pure arithmetic."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.hours import (
    Block,
    Weekly,
    block_objections,
    grouped,
    laid_out,
    occurrences,
    united,
    weekdays_of,
    without,
    written,
)

WIB, WITA, WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
MONDAY = date(2026, 11, 30)


def moment(day, hour, zone=WIB, minute=0):
    return datetime(2026, 11, 30, hour, minute, tzinfo=zone) + timedelta(days=day)


def weekly(*weekdays, **changes):
    facts = {"weekdays": frozenset(weekdays), "first": MONDAY, "starts": time(8), "minutes": 60}
    return Weekly(**{**facts, **changes})


def shown(spans, zone):
    return [f"{low.astimezone(zone):%a %H.%M}-{high.astimezone(zone):%H.%M}" for low, high in spans]


@pytest.mark.parametrize("zone", [WIB, WITA, WIT])
def test_a_weekday_is_the_places_own(zone):
    """At 8 on Monday in Jayapura it is still Sunday in UTC."""
    found = occurrences(weekly(0, 4), zone, moment(0, 0, zone), moment(14, 0, zone))
    assert shown(found, zone) == ["Mon 08.00-09.00", "Fri 08.00-09.00"] * 2
    assert all(low.tzinfo is UTC for low, _high in found)


def test_an_occurrence_that_began_before_the_window_is_found():
    night = weekly(6, starts=time(22), minutes=180, first=date(2026, 11, 22))
    found = occurrences(night, WIB, moment(0, 0), moment(1, 0))
    assert shown(found, WIB) == ["Sun 22.00-01.00"]


def test_nothing_before_it_begins_nor_after_it_ends():
    short = weekly(0, 1, 2, first=date(2026, 12, 1), until=moment(8, 8))
    found = occurrences(short, WIB, moment(-7, 0), moment(30, 0))
    assert [low.astimezone(WIB).day for low, _high in found] == [1, 2, 7]


def test_called_off_is_absent_and_moved_is_where_it_went():
    changes = {
        moment(0, 8): None,
        moment(1, 8): (moment(1, 13), moment(1, 14)),
        moment(70, 8): (moment(2, 6), moment(2, 7)),
        moment(71, 8): None,
    }
    found = occurrences(weekly(0, 1, 2, changes=changes), WIB, moment(0, 0), moment(3, 0))
    assert shown(found, WIB) == ["Tue 13.00-14.00", "Wed 06.00-07.00", "Wed 08.00-09.00"]


def test_leave_and_holidays_are_cut_out_in_local_days():
    working = [(moment(day, 8, WIT), moment(day, 16, WIT)) for day in range(3)]
    found = laid_out(
        working,
        away=[(moment(0, 10, WIT), moment(0, 12, WIT))],
        holidays=[MONDAY + timedelta(days=1)],
        zone=WIT,
        start=moment(0, 9, WIT),
        end=moment(2, 12, WIT),
    )
    assert shown(found, WIT) == ["Mon 09.00-10.00", "Mon 12.00-16.00", "Wed 08.00-12.00"]


def test_what_touches_is_one_stretch():
    spans = [(moment(0, 9), moment(0, 10)), (moment(0, 8), moment(0, 9)), (moment(0, 12), moment(0, 12))]
    assert united(spans) == [(moment(0, 8), moment(0, 10))]


def test_weekdays_are_written_in_letters_and_read_back():
    assert written({4, 0}) == "byweekday:MO,FR"
    assert weekdays_of("byweekday:MO,FR") == {0, 4}
    assert weekdays_of("byweekday:SU;") == {6}
    for other in ("", "byweekday:0,4", "byweekday:MO;interval:2", "byweekday:XX", "count:3"):
        assert weekdays_of(other) is None


def test_the_same_hours_are_one_recurrence():
    week = [Block(1, time(8), time(12)), Block(0, time(8), time(12)), Block(0, time(13), time(15))]
    assert grouped(week) == {(time(8), time(12)): {0, 1}, (time(13), time(15)): {0}}


def test_a_week_with_slips_is_refused_beside_the_day():
    week = [
        Block(0, time(12), time(8)),
        Block(1, time(8), time(12)),
        Block(1, time(11), time(13)),
        Block(2, time(8), time(8, 10)),
        Block(3, time(8), time(12)),
        Block(3, time(12), time(13)),
        Block(4, time(9), time(9)),
    ]
    assert [(o.key, o.field) for o in block_objections(week)] == [
        ("hours_end_before_start", "day_0"),
        ("hours_too_short", "day_2"),
        ("hours_end_before_start", "day_4"),
        ("hours_overlap", "day_1"),
    ]


minutes = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=6)


def spans_of(pairs):
    return [(moment(0, 0) + timedelta(minutes=a), moment(0, 0) + timedelta(minutes=a + b)) for a, b in pairs]


def walked(spans):
    start = moment(0, 0)
    return {
        m
        for low, high in spans
        for m in range((low - start) // timedelta(minutes=1), (high - start) // timedelta(minutes=1))
    }


@given(minutes, minutes)
def test_cutting_out_is_minute_by_minute_subtraction(working, away):
    left = without(united(spans_of(working)), united(spans_of(away)))
    assert walked(left) == walked(spans_of(working)) - walked(spans_of(away))
    assert all(one[1] < other[0] for one, other in pairwise(united(left)))
    assert all(low < high for low, high in left)
