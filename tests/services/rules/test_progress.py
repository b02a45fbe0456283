from dataclasses import replace

import pytest

from services.rules.progress import STEPS, Progress, next_step, steps

DONE = Progress(legal_basis=True, child_heard=True, court_asked=True, needs_filed=True, ready=True)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"missing_roles": ("companion",)}, "team"),
        ({"legal_basis": False}, "basis"),
        ({"consent_needed": True}, "consent"),
        ({"child_heard": False}, "view"),
        ({"court_asked": False}, "court"),
        ({"needs_filed": False}, "needs"),
        ({"ready": False}, "readiness"),
        ({}, "book"),
        ({"booked": True}, "wait"),
        ({"booked": True, "begun": True}, "hold"),
        ({"held": True}, "outcomes"),
        ({"held": True, "outcomes": True}, "told"),
        ({"held": True, "outcomes": True, "wished": True}, "approve"),
        ({"held": True, "outcomes": True, "wished": True, "approved": True}, "book_again"),
        ({"held": True, "wished": True}, "outcomes"),
        ({"booked": True, "wished": True, "approved": True}, "wait"),
        ({"proposed": True, "wished": True}, "answers"),
        ({"missing_roles": ("companion",), "wished": True, "approved": True}, "book_again"),
        ({"booked": True, "unable": ("interviewer",), "wished": True}, "substitute"),
    ],
)
def test_one_step_at_a_time(changes, step):
    assert next_step(replace(DONE, **changes)) == step


def test_steps_are_in_order_and_say_what_is_done():
    assert [key for key, _done in steps(DONE)] == list(STEPS)
    assert [key for key, done in steps(DONE) if not done] == ["book", "hold", "outcomes"]
