"""3×24 hours are hours, whatever the clock on the wall does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.clocks import LENGTH, three_days

START = datetime(2026, 12, 30, 22, 15, tzinfo=UTC)
ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC",
                                                     "Europe/Berlin", "America/New_York")])  # fmt: skip
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("hours", "state"), [(0, "running"), (47.9, "running"), (48, "soon"), (72, "soon"), (72.01, "late"), (900, "late")]
)
def test_the_clock_runs_is_soon_over_and_is_late(hours, state):
    assert three_days(START, START + timedelta(hours=hours)).state == state


@pytest.mark.parametrize(("hours", "state"), [(1, "met"), (72, "met"), (72.01, "met_late")])
def test_what_was_met_stays_so(hours, state):
    clock = three_days(START, START + timedelta(days=400), START + timedelta(hours=hours))
    assert clock.state == state
    assert clock.left == timedelta(0)


@given(MOMENTS, MOMENTS, ZONES, ZONES)
def test_zones_change_nothing(starts, now, one, other):
    here, there = three_days(starts.astimezone(one), now), three_days(starts, now.astimezone(other))
    assert (here.due.astimezone(UTC), here.state, here.left, here.percent) == (
        there.due.astimezone(UTC), there.state, there.left, there.percent)  # fmt: skip
    assert here.due.astimezone(UTC) - starts == LENGTH


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=10)), st.timedeltas(timedelta(0), timedelta(days=10)))
def test_time_only_makes_it_later(starts, one, other):
    order = ["running", "soon", "late"]
    earlier, later = (three_days(starts, starts + gone) for gone in sorted([one, other]))
    assert order.index(earlier.state) <= order.index(later.state)
    assert 0 <= earlier.percent <= later.percent <= 100
    assert earlier.left >= later.left >= timedelta(0)
