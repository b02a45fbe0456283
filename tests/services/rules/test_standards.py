"""A house whose standard is not in force: what the rules say of a plan there, and what the search explains."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.rules.search import answer, board_for
from services.rules.slots import Candidate
from services.rules.venues import PlaceFacts
from services.wording import BLOCKERS, blocker_words
from tests.services.rules.test_interviews import DAY, FACTS, found
from tests.services.rules.test_slots import seat, wish

ONE = timedelta(days=1)
TODAY = FACTS.today
REFUSED, WARNED = ("provider_not_in_force", False), ("provider_not_in_force", True)


@pytest.mark.parametrize(
    ("plan", "place", "expected"),
    [
        ({}, {"closes_on": None}, set()),
        ({}, {"closes_on": DAY}, {REFUSED}),
        ({}, {"closes_on": TODAY}, {REFUSED}),
        ({}, {"closes_on": DAY + ONE}, {("provider_expires_soon", True)}),  # its last day counts
        ({}, {"closes_on": TODAY + 60 * ONE}, {("provider_expires_soon", True)}),
        ({}, {"closes_on": TODAY + 61 * ONE}, set()),
        ({}, {"closes_on": DAY, "stays": True}, {WARNED}),
        ({}, {"unassessed": True}, {("room_without_a_standard", True)}),
    ],
)
def test_what_the_rules_say(plan, place, expected):
    assert found(plan, {"place": PlaceFacts(**place)}) == expected


def test_what_a_court_orders_is_warned_about_and_not_blocked():
    said = found({"kind": "court_ordered"}, {"place": PlaceFacts(closes_on=DAY)})
    assert WARNED in said
    assert REFUSED not in said


# --- the search: the wish begins on a Monday, 30 November, and hours are counted from its midnight -------------------

ROOM = Candidate(1, venue=10, qualified_until=date(2026, 11, 30))
SHUT = replace(ROOM, qualified_until=date(2026, 11, 29))
OTHER = Candidate(3, venue=20)
KIT = Candidate(2)


def searched(free, *rooms):
    asked = wish(seat("room", *rooms), seat("kit", KIT), minutes=60)
    board = board_for(asked)
    minutes = {one: [edge * 60 for span in spans for edge in span] for one, spans in free.items()}
    board.add(minutes, 14)
    return answer(board)


def kinds(found_there):
    return [(blocker.kind, blocker.seats) for blocker in found_there.blockers]


def test_a_house_is_offered_until_its_last_day():
    offered = searched({1: [(9, 10), (33, 34)], 2: [(0, 300)]}, ROOM)
    assert [start.day for start in offered.starts()] == [30]


def test_a_house_that_is_closed_is_not_offered_and_that_is_said():
    offered = searched({1: [(33, 34)], 2: [(0, 300)]}, SHUT)
    assert offered.starts() == []
    (blocker,) = [one for one in offered.blockers if one.kind == "standard"]
    assert (blocker.seats, blocker.candidates, blocker.opens.day) == (("room",), 1, 1)
    assert "never_free" not in {kind for kind, _seats in kinds(offered)}
    assert blocker_words(blocker)
    assert "standard" in BLOCKERS


def test_that_a_closed_house_is_not_free_either_is_not_laid_to_its_standard():
    assert ("never_free", ("room",)) in kinds(searched({2: [(0, 300)]}, SHUT))
    assert "standard" not in {kind for kind, _seats in kinds(searched({2: [(0, 300)]}, SHUT))}


def test_a_closed_house_is_named_only_where_it_would_be_sooner():
    free = {2: [(0, 300)], 3: [(33, 34)]}
    assert "standard" not in {kind for kind, _ in kinds(searched({**free, 1: [(57, 58)]}, SHUT, OTHER))}
    assert "standard" not in {kind for kind, _ in kinds(searched({**free, 1: [(35, 36)]}, SHUT, OTHER))}
    assert "standard" in {kind for kind, _ in kinds(searched({**free, 1: [(9, 10)]}, SHUT, OTHER))}


def test_a_house_that_closes_after_the_days_that_are_searched_changes_nothing():
    far = replace(ROOM, qualified_until=date(2027, 11, 30))
    assert kinds(searched({2: [(0, 300)]}, far)) == kinds(
        searched({2: [(0, 300)]}, replace(ROOM, qualified_until=None))
    )
