"""What a plan may become, and which series are refused: the rules alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from services.rules.recovery import (
    PLAN_STEPS,
    SESSION_STEPS,
    SeriesFacts,
    SeriesPlan,
    after,
    attendance_objections,
    handover_objections,
    moving_objections,
    path_of,
    review_objections,
    series_objections,
    step_objections,
)

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
FACTS = SeriesFacts(now=NOW, zone=ZoneInfo("Asia/Jakarta"), qualified_until=date(2027, 1, 1))
WEEKS = tuple(NOW + timedelta(weeks=n) for n in range(1, 5))
PLAN = SeriesPlan(1, 2, 60, 1, WEEKS)
REASONS = frozenset({"away"})


def keys(found):
    return [objection.key for objection in found]


def changed(one, **changes):
    return type(one)(**{**one.__dict__, **changes})


def test_a_series_without_fault_is_not_objected_to():
    assert series_objections(PLAN, FACTS) == []


@pytest.mark.parametrize(
    ("plan", "facts", "key"),
    [
        ({}, {"closed": True}, "recovery_case_closed"),
        ({}, {"has_plan": True}, "recovery_plan_exists"),
        ({"starts": ()}, {}, "recovery_sessions_out_of_range"),
        ({"minutes": 10}, {}, "recovery_length_out_of_range"),
        ({"minutes": 200}, {}, "recovery_length_out_of_range"),
        ({"starts": (NOW, *WEEKS)}, {}, "recovery_session_in_the_past"),
        ({"starts": (WEEKS[0], WEEKS[0] + timedelta(hours=2))}, {}, "recovery_two_sessions_a_day"),
        ({"starts": WEEKS[::-1]}, {}, "recovery_two_sessions_a_day"),
        ({}, {"works_on_case": True}, "recovery_therapist_on_the_other_side"),
        ({}, {"signs_in": False}, "recovery_therapist_without_account"),
        ({}, {"qualified_until": None}, "recovery_therapist_not_trained"),
        ({}, {"qualified_until": WEEKS[-1].date() - timedelta(days=1)}, "recovery_therapist_not_trained"),
        ({}, {"outside": True}, "recovery_outside_working_hours"),
    ],
)
def test_each_fault_has_its_rule(plan, facts, key):
    assert keys(series_objections(changed(PLAN, **plan), changed(FACTS, **facts))) == [key]


def test_training_counts_to_the_local_day():
    late = datetime(2026, 3, 9, 18, tzinfo=UTC)  # the tenth in Jakarta
    facts = changed(FACTS, qualified_until=date(2026, 3, 9))
    assert keys(series_objections(changed(PLAN, starts=(late,)), facts)) == ["recovery_therapist_not_trained"]


PLAN_MOVES = {("active", "pause"), ("active", "review"), ("active", "cancel"),
              ("paused", "resume"), ("paused", "review"), ("paused", "cancel")}  # fmt: skip


@pytest.mark.parametrize(("state", "step"), list(product(PLAN_STEPS, ("pause", "resume", "review", "cancel"))))
def test_every_step_of_a_plan_is_in_the_table_or_refused(state, step):
    assert (step_objections(state, step) == []) == ((state, step) in PLAN_MOVES)


@pytest.mark.parametrize(("state", "step"), list(product(SESSION_STEPS, ("came", "missed", "move", "leave_out"))))
def test_only_what_is_booked_changes(state, step):
    assert (after(SESSION_STEPS, state, step) is not None) == (state == "booked")


def test_attendance_and_moving_know_the_hour():
    assert attendance_objections("booked", "came", begun=True) == []
    assert keys(attendance_objections("booked", "came", begun=False)) == ["recovery_session_not_begun"]
    assert keys(attendance_objections("booked", "move", begun=True)) == ["recovery_session_not_booked"]
    assert keys(attendance_objections("missed", "came", begun=True)) == ["recovery_session_not_booked"]
    assert moving_objections("booked", "move", begun=False) == []
    assert keys(moving_objections("booked", "move", begun=True)) == ["recovery_session_begun"]
    assert keys(moving_objections("came", "move", begun=False)) == ["recovery_session_not_booked"]


def test_a_review_looks_back():
    assert review_objections("paused", ahead=0, unwritten=0) == []
    assert keys(review_objections("ended", ahead=1, unwritten=2)) == [
        "recovery_plan_not_so", "recovery_sessions_ahead", "recovery_attendance_missing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("same", "reason", "right"),
    [(True, "", True), (True, "away", False), (False, "", False), (False, "away", True), (False, "mood", False)],
)
def test_a_change_of_therapist_has_a_reason_of_the_list(same, reason, right):
    assert (handover_objections(same=same, reason=reason, reasons=REASONS) == []) == right


def test_the_next_session_is_lit():
    path = path_of([("came", 1), ("missed", 2), ("booked", 3), ("booked", 4)])
    assert [step.lit for step in path] == [False, False, True, False]
    assert not any(step.lit for step in path_of([("came", 1)]))
