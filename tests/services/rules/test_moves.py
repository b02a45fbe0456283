"""What may become of a booked interview, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.rules.interviews import Attendee, InterviewPlan
from services.rules.moves import Standing, move_objections, moved

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
NINE = NOW + timedelta(days=2)
PLAN = InterviewPlan(
    starts=NINE,
    ends=NINE + timedelta(minutes=45),
    attendees=(Attendee(1, "interviewer"), Attendee(2, "companion"), Attendee(3, "investigator", "observing")),
    room=10,
    kit=11,
    observation_room=12,
    needs=frozenset({5}),
)
STANDING = Standing("booked", PLAN)
LATER = NINE + timedelta(days=1)


def keys(plan, standing=STANDING, now=NOW):
    return [objection.key for objection in move_objections(standing, plan, now)]


def test_it_lasts_as_long_with_the_same_roles_and_what_was_filed_since():
    plan = moved(STANDING, LATER, {"interviewer": 9, "room": 20, "child": 77}, needs=frozenset({6}))
    assert (plan.starts, plan.minutes, plan.room, plan.kit) == (LATER, 45, 20, 11)
    assert plan.attendees == (Attendee(9, "interviewer"), *PLAN.attendees[1:])
    assert plan.needs == {5, 6}
    assert keys(plan) == []


def test_of_two_in_one_role_both_stay():
    two = replace(PLAN, attendees=(*PLAN.attendees, Attendee(4, "companion")))
    plan = moved(Standing("booked", two), LATER, {"companion": 9}, needs=frozenset())
    assert {a.resource for a in plan.in_role("companion")} == {2, 4}


def test_no_observation_room_is_added_where_nobody_observed():
    plan = moved(Standing("booked", replace(PLAN, observation_room=None)), LATER, {"observation_room": 12},
                 needs=frozenset())  # fmt: skip
    assert plan.observation_room is None


@pytest.mark.parametrize("state", ["held", "cancelled"])
def test_only_what_is_booked_is_moved(state):
    assert keys(replace(PLAN, starts=LATER), Standing(state, PLAN)) == ["interview_not_booked"]


def test_an_interview_that_has_begun_is_not_moved():
    plan = moved(STANDING, LATER, {}, needs=frozenset())
    assert keys(plan, now=NINE) == ["interview_begun_not_moved"]
    assert keys(plan, now=NINE - timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"attendees": PLAN.attendees[1:]},
        {"attendees": (*PLAN.attendees[:2], Attendee(3, "investigator", "remote"))},
        {"ends": LATER + timedelta(minutes=60)},
        {"kind": "court_ordered"},
        {"asking": 4},
    ],
)
def test_nothing_but_time_place_and_people_changes(change):
    plan = replace(moved(STANDING, LATER, {}, needs=frozenset()), **change)
    assert keys(plan) == ["move_changes_the_team"]


def test_a_move_to_where_it_is_is_none():
    assert keys(moved(STANDING, NINE, {}, needs=frozenset())) == ["move_changes_nothing"]
    assert keys(moved(STANDING, NINE, {"room": 20}, needs=frozenset())) == []
