"""Several sessions of one interview, against an oracle that tries every combination of days."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules import starts
from services.rules.interviews import InterviewPlan
from services.rules.parts import TEAMS, days_after, in_parts, part_refusals, sessions_are_allowed, windows_for
from services.rules.search import board_for
from services.rules.slots import Candidate
from tests.services.rules.test_slots import LIMITS, MONDAY, seat, wish

DAY = starts.DAY


def mask(*found):
    return sum(1 << start for start in found)


# --- which days ------------------------------------------------------------------------------------------------------

days_and_hours = st.lists(st.tuples(st.integers(0, 7), st.integers(30, 40)), min_size=1, max_size=8, unique=True)


@given(days_and_hours, st.integers(2, 4), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_the_sessions_end_as_soon_as_any_choice_of_days_allows(chosen, parts, apart):
    """Every choice of days is tried; ours is none exactly where there is none, and ends on the soonest last day."""
    possible = mask(*(day * DAY + hour for day, hour in chosen))
    first = starts.first(possible)
    days = sorted({day for day, _hour in chosen})
    rest = [d for d in days if d > first // DAY]
    able = [
        (first // DAY, *others)
        for others in combinations(rest, parts - 1)
        if all(b - a >= apart for a, b in zip((first // DAY, *others), others, strict=False))
    ]
    found = days_after(first, possible, parts=parts, apart=apart)
    assert (found is None) == (not able)
    if found:
        on = [start // DAY for start in found]
        assert on[-1] == min(choice[-1] for choice in able)
        assert tuple(on) in able
        assert all(possible >> start & 1 for start in found)


def test_each_session_is_as_near_as_can_be_to_the_hour_of_the_first():
    possible = mask(36, DAY + 32, DAY + 37, DAY + 50, 2 * DAY + 20)
    assert days_after(36, possible, parts=3, apart=1) == (36, DAY + 37, 2 * DAY + 20)


def test_a_search_reads_as_many_days_as_the_sessions_need():
    assert windows_for(2, 1) == (42, 90)
    assert windows_for(8, 7) == (90,)
    assert windows_for(8, 30) == (90,)  # no more days are laid out


# --- which people ----------------------------------------------------------------------------------------------------


def board_of(asked, free, days=6):
    board = board_for(asked)
    board.add({r: [int(h * 60) for pair in spans for h in pair] for r, spans in free.items()}, days)
    return board


def on(*days, hour=9):
    return [(24 * day + hour, 24 * day + hour + 1) for day in days]


def shown(slots):
    return [(slot.picks, [f"{one:%d %H.%M}" for one in slot.sessions]) for slot in slots]


def test_the_same_person_comes_to_every_session_though_another_is_free_sooner():
    asked = wish(seat("interviewer", 1, 2), minutes=60)
    free = {1: on(0), 2: on(1, 2, 3)}
    found = in_parts(board_of(asked, free), parts=3, apart=1)
    assert shown(found) == [({"interviewer": 2}, ["01 09.00", "02 09.00", "03 09.00"])]
    assert not in_parts(board_of(asked, free), parts=4, apart=1)


def test_the_room_stays_and_days_apart_are_kept():
    room, other = Candidate(1, venue=10), Candidate(2, venue=20)
    asked = wish(seat("room", room, other), seat("companion", 3), minutes=60)
    free = {1: on(0, 1), 2: on(2, 3, 4), 3: on(0, 1, 2, 3, 4)}
    found = in_parts(board_of(asked, free), parts=2, apart=2)
    assert shown(found) == [({"room": 2, "companion": 3}, ["02 09.00", "04 09.00"])]


def test_times_that_overlap_are_offered_once_and_a_day_shows_all():
    asked = wish(seat("interviewer", 1, 2), minutes=30)
    free = {1: on(0, 1), 2: on(0, 1)}
    assert len(in_parts(board_of(asked, free), parts=2, apart=1)) == 2  # 9.00 and 9.30
    day = replace(asked, on=date(2026, 11, 30))
    assert [f"{slot.start:%H.%M}" for slot in in_parts(board_of(day, free), parts=2, apart=1)] == [
        "09.00", "09.15", "09.30"]  # fmt: skip


def test_no_more_teams_are_tried_than_said():
    many = wish(seat("interviewer", *range(1, 2 * TEAMS)), minutes=60)
    free = {TEAMS + 1: on(0, 1), TEAMS: on(2, 3)}
    assert [slot.picks for slot in in_parts(board_of(many, free), parts=2, apart=1)] == [{"interviewer": TEAMS}]


# --- what is refused -------------------------------------------------------------------------------------------------

ALLOWED = replace(LIMITS, parts_most=3, parts_days_apart=2, parts_source="NICHD-EXTENDED")


def said(plan, limits, days):
    facts = type("Facts", (), {"limits": limits, "session_days": days})
    return {objection.key for objection in sessions_are_allowed(plan, facts)}


@pytest.mark.parametrize(
    ("later", "kind", "limits", "keys"),
    [
        ((), "joint", LIMITS, set()),
        ((2,), "joint", ALLOWED, set()),
        ((2, 4), "joint", ALLOWED, set()),
        ((2, 4, 6), "joint", ALLOWED, {"parts_too_many"}),
        ((1,), "joint", ALLOWED, {"parts_too_close"}),
        ((2, 3), "joint", ALLOWED, {"parts_too_close"}),
        ((0,), "joint", replace(ALLOWED, parts_days_apart=0), {"parts_too_close"}),
        ((2, 1), "joint", replace(ALLOWED, parts_days_apart=0), {"parts_too_close"}),
        ((2,), "supplementary", ALLOWED, {"parts_of_the_first_only"}),
        ((2,), "joint", LIMITS, {"parts_too_many"}),
    ],
)
def test_sessions_are_as_many_and_as_far_apart_as_the_protocol_says(later, kind, limits, keys):
    moments = tuple(MONDAY + timedelta(days=day) for day in later)
    plan = InterviewPlan(MONDAY, MONDAY + timedelta(minutes=40), (), 1, 2, kind=kind, later=moments)
    assert said(plan, limits, tuple(one.date() for one in (MONDAY, *moments))) == keys


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({"held": 0, "begun": True, "stop": False}, []),
        ({"held": 1, "begun": False, "stop": False}, ["part_not_begun"]),
        ({"held": 0, "begun": True, "stop": True}, ["parts_none_held"]),
        ({"held": 1, "begun": False, "stop": True}, []),
        ({"held": 3, "begun": True, "stop": False}, ["interview_not_booked"]),
    ],
)
def test_sessions_are_held_in_order_and_a_stop_follows_one_that_was_held(facts, keys):
    assert [objection.key for objection in part_refusals(parts=3, **facts)] == keys
