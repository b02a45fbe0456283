"""The cards of an interview day: what a booking fills in, and where it goes."""

from types import SimpleNamespace

import pytest

from services.rules.days import DayCard, DayFacts, arranged, told

GENERAL = (
    "house",
    "companion",
    "room",
    "talk",
    "path",
    "chair",
    "hand",
    "pause",
    "cup",
    "watchers",
    "recorder",
    "door",
)


def general(*drawings):
    return [SimpleNamespace(drawing=drawing) for drawing in drawings or GENERAL]


def keys(**facts):
    return [card.key for card in told(DayFacts(**facts))]


def laid(facts, *drawings):
    """The day as words: a key where the booking filled a card in, else the drawing."""
    cards = arranged(general(*drawings), told(facts))
    return [card.key if isinstance(card, DayCard) else card.drawing for card in cards]


def test_a_plain_booking_replaces_what_it_knows_better_and_adds_nothing():
    facts = DayFacts(companion="in_room", next_door=("investigator",), breaks=1)
    assert laid(facts) == ["house", "companion_in_room", "room", "talk", "path", "chair", "hand", "breaks", "cup",
                           "watched_next_door", "recorder", "door"]  # fmt: skip


def test_everything_at_once_stands_in_the_order_of_the_day():
    facts = DayFacts(
        companion="observing",
        interpreter=True,
        in_room=("lawyer",),
        next_door=("case_manager",),
        by_video=("prosecutor",),
        breaks=2,
        sessions=3,
        features=frozenset({"step_free", "quiet", "hearing_loop"}),
    )
    assert laid(facts) == ["house", "several_days", "step_free", "companion_next_door", "room", "quiet", "hearing_loop",
                           "also_in_room", "talk", "translated", "path", "chair", "hand", "breaks_each_day", "cup",
                           "watched_from_both", "recorder", "door"]  # fmt: skip


def test_what_a_child_may_do_is_there_even_without_a_general_page():
    cards = arranged([], told(DayFacts()))
    assert [card.key for card in cards] == ["may_not_know", "may_stop", "break_when_asked", "watched_by_nobody"]


def test_it_is_not_said_twice_where_the_general_page_says_it():
    assert {"may_not_know", "may_stop"}.isdisjoint(laid(DayFacts()))
    assert "may_stop" in laid(DayFacts(), "house", "chair", "door")


def test_a_card_without_its_place_stands_before_the_end():
    assert laid(DayFacts(companion="in_room"), "house", "chair", "hand", "door") == [
        "house", "chair", "hand", "companion_in_room", "break_when_asked", "watched_by_nobody", "door"]  # fmt: skip


@pytest.mark.parametrize(
    ("presence", "key"),
    [
        ("in_room", "companion_in_room"),
        ("observing", "companion_next_door"),
        ("remote", "companion_by_video"),
    ],
)
def test_where_the_companion_is(presence, key):
    assert key in keys(companion=presence)


def test_an_unknown_companion_leaves_the_general_card():
    assert "companion" in laid(DayFacts())


@pytest.mark.parametrize(
    ("next_door", "by_video", "key"),
    [
        ((), (), "watched_by_nobody"),
        (("investigator",), (), "watched_next_door"),
        ((), ("prosecutor",), "watched_by_video"),
        (("investigator",), ("prosecutor",), "watched_from_both"),
    ],
)
def test_who_listens_and_from_where(next_door, by_video, key):
    (card,) = [card for card in told(DayFacts(next_door=next_door, by_video=by_video)) if card.drawing == "watchers"]
    assert (card.key, card.roles, card.more) == (key, next_door, by_video)


def test_breaks_are_counted_and_never_timed():
    (card,) = [card for card in told(DayFacts(breaks=2)) if card.drawing == "pause"]
    assert (card.key, card.number) == ("breaks", 2)
    assert "break_when_asked" in keys(breaks=0)
    assert "breaks_each_day" in keys(breaks=1, sessions=2)


def test_where_editors_wrote_one_card_it_is_the_first():
    assert laid(DayFacts(), "house")[0] == "house"


def test_an_unknown_feature_says_nothing():
    assert keys(features=frozenset({"sauna"})) == keys()


def test_pictures_of_the_editors_keep_their_place():
    assert laid(DayFacts(), "house", "", "door")[:2] == ["house", ""]
