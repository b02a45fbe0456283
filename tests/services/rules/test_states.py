"""The table of states by itself: complete, drawn as it is, and saying why not."""

import itertools

import pytest
from django.core.management import call_command

from cms.wording import rule_words
from services.models import State
from services.rules import states
from services.rules.states import EVENTS, NOTHING, STATES, TABLE

PAIRS = list(itertools.product(STATES, EVENTS))


def test_the_table_knows_every_state_that_the_database_knows():
    assert set(STATES) == {NOTHING, *State.values}


def test_every_event_has_somebody_who_may_and_is_used():
    assert set(states.CONDITIONS) == set(EVENTS) == {event for _state, event in TABLE}
    assert all(who for who, _when in states.CONDITIONS.values())


@pytest.mark.parametrize(("state", "event"), PAIRS)
@pytest.mark.parametrize("begun", [False, True])
def test_a_step_is_allowed_exactly_where_the_table_and_the_hour_allow_it(state, event, begun):
    _who, when = states.CONDITIONS[event]
    found = [objection.key for objection in states.objections(state, event, begun=begun)]
    if (state, event) not in TABLE:
        assert found == [states.REFUSALS.get(event, "interview_not_ahead")]
    elif when == states.EITHER or (when == states.AFTER) == begun:
        assert found == []
        assert states.after(state, event) == TABLE[state, event]
    else:
        assert len(found) == 1


def test_every_refusal_has_its_words():
    said = {
        objection.key
        for state, event in PAIRS
        for begun in (True, False)
        for objection in states.objections(state, event, begun=begun)
    }
    assert said <= set(rule_words())


def test_what_ended_leads_nowhere_but_to_a_new_one():
    assert {state: states.changes(state) for state in STATES} == {
        "nothing": frozenset(),
        "proposed": {"booked", "cancelled", "expired"},
        "booked": {"held", "cancelled"},
        "held": frozenset(),
        "cancelled": frozenset(),
        "expired": frozenset(),
    }


def test_nobody_acts_for_the_clock_the_quorum_or_the_one_who_was_asked():
    assert states.who("expire") == states.who("answer") == frozenset()
    assert states.who("confirm") == {"case_manager", "coordinator"}


def test_the_drawing_in_the_docs_is_current():
    call_command("states", check=True)


def test_a_drawing_that_is_not_current_is_found(tmp_path, monkeypatch):
    from django.core.management import CommandError

    from services.management.commands import states as command

    monkeypatch.setattr(command, "FILE", tmp_path / "states.md")
    with pytest.raises(CommandError, match="not current"):
        call_command("states", check=True)
    call_command("states")
    assert "[proposed]" in (tmp_path / "states.md").read_text()
    call_command("states", check=True)
