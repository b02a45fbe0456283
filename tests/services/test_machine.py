"""The whole machine: random agencies, answers, hours and failures, and the promises of booking.md after every step."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.rules.states import EVENTS
from tests.services.machine import Booking
from tests.services.machine_world import world

STEPS = 50


def run(cast, things, examples, **how):
    Booking.world = world(cast, things)
    Booking.steps = 0
    Booking.done.clear()
    chosen = settings(max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck), **how)  # fmt: skip
    run_state_machine_as_test(Booking, settings=chosen)
    return Booking.steps


def test_a_few_hundred_steps_break_no_promise(cast, things):
    assert run(cast, things, 7, derandomize=True) >= 300


@pytest.mark.prove
def test_ten_thousand_steps_break_no_promise_and_everything_happens(cast, things):
    assert run(cast, things, 240) >= 10_000
    happened = {event for event, how in Booking.done if how == "done" and Booking.done[event, how]}
    assert {*EVENTS, "stood", "again", "asked again", "crash"} - happened == set()
