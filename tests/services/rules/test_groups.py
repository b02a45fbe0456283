"""Who may meet in a group, and which of its sessions a child can come to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.groups import (
    ChildsDays,
    GroupPlan,
    JoiningFacts,
    calling_off_objections,
    clashes_of,
    fits_age,
    group_objections,
    joining_objections,
)
from services.rules.recovery import SeriesFacts, SeriesPlan

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
STARTS = tuple(datetime(2026, 3, 5, 14, tzinfo=JAKARTA) + timedelta(weeks=n) for n in range(4))
PLAN = GroupPlan("art", "id", 6, SeriesPlan(1, 2, 60, 1, STARTS), 8, 12)
FACTS = SeriesFacts(now=NOW, zone=JAKARTA, qualified_until=date(2027, 1, 1))
MEETINGS = {n: (start, start + timedelta(hours=1)) for n, start in enumerate(STARTS, start=1)}
JOINING = JoiningFacts(years=9, years_from=8, years_to=12, ahead={1, 2, 3, 4}, clashing={3})


def keys(objections):
    return [one.key for one in objections]


def test_a_group_that_is_right():
    assert group_objections(PLAN, FACTS) == []
    assert group_objections(replace(PLAN, years_from=None, years_to=None), FACTS) == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"capacity": 1}, "group_size"),
        ({"capacity": 21}, "group_size"),
        ({"years_from": None}, "group_ages"),
        ({"years_to": None}, "group_ages"),
        ({"years_from": 13}, "group_ages"),
        ({"years_to": 18}, "group_ages"),
    ],
)
def test_a_group_of_an_impossible_shape(change, key):
    assert keys(group_objections(replace(PLAN, **change), FACTS)) == [key]


def test_the_rules_of_a_series_hold_for_a_group():
    assert keys(group_objections(PLAN, replace(FACTS, qualified_until=date(2026, 3, 20)))) == [
        "recovery_therapist_not_trained"
    ]


@pytest.mark.parametrize(
    ("child", "clashes"),
    [
        (ChildsDays(), {}),
        (ChildsDays(busy=[(STARTS[1] + timedelta(minutes=59), STARTS[1] + timedelta(hours=2))]), {2: "child_busy"}),
        (ChildsDays(busy=[(STARTS[1] + timedelta(hours=1), STARTS[1] + timedelta(hours=2))]), {}),
        (ChildsDays(days={STARTS[0].date()}), {1: "session_that_day"}),
        (ChildsDays(apart=[(STARTS[3].date(), STARTS[3].date() + timedelta(days=1))]), {4: "apart"}),
        (ChildsDays(apart=[(date(2026, 1, 1), STARTS[0].date())]), {}),
    ],
)
def test_why_a_child_cannot_come(child, clashes):
    assert clashes_of(MEETINGS, child, JAKARTA) == clashes


def test_the_day_is_the_places_own():
    """Late on UTC's Wednesday is Thursday morning in Jakarta."""
    early = datetime(2026, 3, 4, 23, tzinfo=UTC)
    assert clashes_of({1: (early, early + timedelta(hours=1))}, ChildsDays(days={date(2026, 3, 5)}), JAKARTA) == {
        1: "session_that_day"
    }


@given(busy=st.lists(st.integers(-200, 200), max_size=8))
def test_what_does_not_clash_never_overlaps(busy):
    """However the child's hours lie: a session that is offered overlaps none of them, and one that is not overlaps some."""
    taken = [(STARTS[0] + timedelta(minutes=m), STARTS[0] + timedelta(minutes=m + 45)) for m in busy]
    clashes = clashes_of(MEETINGS, ChildsDays(busy=taken), JAKARTA)
    for number, (start, end) in MEETINGS.items():
        assert (number in clashes) == any(max(start, low) < min(end, high) for low, high in taken)


def test_who_joins_for_sessions_that_work():
    assert joining_objections({1, 2, 4}, JOINING) == []


@pytest.mark.parametrize(
    ("sessions", "change", "key"),
    [
        (set(), {}, "group_no_session"),
        ({1, 9}, {}, "group_changed"),
        ({1, 3}, {}, "group_sessions_clash"),
        ({1}, {"closed": True}, "recovery_case_closed"),
        ({1}, {"in_progress": False}, "group_needs_a_plan"),
        ({1}, {"ended": True}, "group_ended"),
        ({1}, {"leader_works_on_case": True}, "group_leader_on_the_other_side"),
        ({1}, {"years": 7}, "group_other_age"),
        ({1}, {"years": 13}, "group_other_age"),
    ],
)
def test_who_does_not_join(sessions, change, key):
    assert keys(joining_objections(sessions, replace(JOINING, **change))) == [key]


def test_ages_include_both_ends_and_none_is_any():
    assert [years for years in range(18) if fits_age(years, 8, 10)] == [8, 9, 10]
    assert all(fits_age(years, None, None) for years in range(18))


def test_what_is_to_come_is_called_off_once():
    assert calling_off_objections(cancelled=False, begun=False) == []
    assert keys(calling_off_objections(cancelled=True, begun=False)) == ["group_called_off_already"]
    assert keys(calling_off_objections(cancelled=False, begun=True)) == ["group_session_begun"]
