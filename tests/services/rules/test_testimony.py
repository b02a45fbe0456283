import pytest

from services.rules.testimony import AgainPlan, Entry, again_objections, covered, entry_objections, times_told

HASH = "0" * 64


def test_only_told_and_recorded_is_covered():
    outcomes = ["told_recorded", "told_not_recorded", "asked_not_told", "stopped", "not_asked"]
    assert covered(enumerate(outcomes)) == {0}


@pytest.mark.parametrize(
    ("entry", "keys"),
    [
        (Entry(1, "stopped"), set()),
        (Entry(1, "told_recorded", 5, "S-1", HASH), set()),
        (Entry(1, "told_recorded", None, "S-1", HASH), {"recording_reference_missing"}),
        (Entry(1, "told_recorded", 5, "  ", HASH), {"recording_reference_missing"}),
        (Entry(1, "told_recorded", 5, "S-1", "abc"), {"recording_hash_malformed"}),
        (Entry(1, "told_recorded", 5, "S-1", HASH + "\n"), {"recording_hash_malformed"}),
        (Entry(1, "nonsense"), {"outcome_missing"}),
        (Entry(2, "stopped"), {"outcome_missing"}),
    ],
)
def test_entries(entry, keys):
    assert {o.key for o in entry_objections([entry], [1])} == keys


def again(kind="supplementary", topics=(1,), outcomes=None, *, held=True, view="yes", **plan):
    wish = AgainPlan(**{"kind": kind, "topics": frozenset(topics), "reason": "Belum ditanyakan.", **plan})
    found = again_objections(wish, outcomes or {}, held=held, child_view=view)
    return {(o.key, o.warning) for o in found}


def test_what_is_not_told_may_be_asked_for():
    assert again() == set()
    assert again(outcomes={1: frozenset({"stopped"})}) == set()


def test_what_is_told_and_recorded_may_not():
    outcomes = {1: frozenset({"stopped", "told_recorded"})}
    assert again(outcomes=outcomes) == {("topic_already_told", False)}
    order = {"court": 1, "ordered_on": object(), "order_number": "1/Pid"}
    assert again("court_ordered", outcomes=outcomes, **order) == {("topic_already_told", True)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"topics": ()}, {("nothing_left_to_ask", False)}),
        ({"held": False}, {("interview_not_held_yet", False)}),
        ({"reason": " "}, {("reason_missing", False)}),
        ({"view": "no"}, {("child_said_no", False)}),
        ({"kind": "court_ordered", "order_number": "1"}, {("court_reference_missing", False)}),
        ({"kind": "court_ordered", "order_number": "1", "court": 3}, {("court_reference_missing", False)}),
        ({"kind": "court_ordered", "court": 3, "ordered_on": object()}, {("court_number_missing", False)}),
        (
            {"kind": "court_ordered", "court": 3, "ordered_on": object(), "order_number": "1", "view": "no"},
            {("child_said_no", True)},
        ),
        ({"kind": "continuation"}, {("not_interrupted", False)}),
        ({"kind": "continuation", "outcomes": {1: frozenset({"asked_not_told"})}}, {("not_interrupted", False)}),
        ({"kind": "continuation", "outcomes": {1: frozenset({"told_not_recorded"})}}, set()),
    ],
)
def test_asking_again(facts, expected):
    assert again(**facts) == expected


def test_times_told():
    assert times_told(3, 1) == 4
