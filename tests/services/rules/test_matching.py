"""Who suits the child, and what is said for and against them."""

from datetime import date

import pytest

from services.rules.matching import Suitor, Wanted, order, suits, words

DAY = date(2026, 3, 2)
COMPANION = Wanted("companion", DAY, "su", "F")
INTERPRETER = Wanted("interpreter", DAY, "ins")


def said(suitor, wanted):
    return [(word.key, word.good) for word in words(suitor, wanted)]


@pytest.mark.parametrize(
    ("suitor", "expected"),
    [
        (Suitor(1, "F", frozenset({"su"}), {"companion": DAY}), [("trained", True), ("speaks", True), ("sex_as_wished", True)]),
        (Suitor(1, "F", frozenset(), {"companion": date(2026, 3, 1)}), [("training_ended", False), ("sex_as_wished", True)]),
        (Suitor(1, "M"), [("untrained", False), ("sex_not_as_wished", False)]),
        (Suitor(1, "F", trained={"companion": DAY}, conflicted=True), [("conflicted", False), ("trained", True), ("sex_as_wished", True)]),
        (Suitor(1, "F", trained={"companion": DAY}, free=False), [("not_free", False), ("trained", True), ("sex_as_wished", True)]),
        (Suitor(1, "F", trained={"companion": DAY}, free=True), [("free", True), ("trained", True), ("sex_as_wished", True)]),
    ],
)  # fmt: skip
def test_companions(suitor, expected):
    assert said(suitor, COMPANION) == expected


@pytest.mark.parametrize(("languages", "key"), [({"ins"}, "speaks"), ({"id"}, "speaks_not"), (set(), "speaks_not")])
def test_an_interpreter_without_the_language_is_none(languages, key):
    suitor = Suitor(1, languages=frozenset(languages))
    assert [word for word, _good in said(suitor, INTERPRETER)] == [key]
    assert suits(suitor, INTERPRETER) == (key == "speaks")


def test_who_has_nothing_against_them_comes_first_and_then_who_has_most_for_them():
    plain = Suitor(1, "F", frozenset(), {"companion": DAY})
    speaking = Suitor(2, "F", frozenset({"su"}), {"companion": DAY})
    conflicted = Suitor(3, "F", frozenset({"su"}), {"companion": DAY}, conflicted=True)
    ordered = sorted([conflicted, plain, speaking], key=lambda one: order(one, COMPANION))
    assert [one.resource for one in ordered] == [2, 1, 3]
