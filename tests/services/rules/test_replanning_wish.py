"""What is asked of a plan, without a database: what is refused, and that a fingerprint is of everything and of no order."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.rules.replanning_wish import FREEZE, MOVE, Asked, Away, Marked, asked_objections

NOW = datetime(2030, 3, 4, 2, tzinfo=UTC)
DAY = NOW + timedelta(days=3)
LATER = DAY + timedelta(days=1)
AGENCIES = {1: 9, 2: 9, 3: 8}
AWAY = (Away(1, DAY, LATER), Away(2, DAY, LATER))
MARKS = (Marked(5, MOVE, DAY, LATER), Marked(6, FREEZE))
WISH = Asked(9, AWAY, MARKS)


def keys(asked):
    return [objection.key for objection in asked_objections(asked, AGENCIES, NOW)]


@pytest.mark.parametrize(
    ("asked", "objections"),
    [
        (WISH, []),
        (Asked(9, AWAY), []),
        (Asked(9, (), MARKS), []),
        (Asked(9), ["replanning_nothing_named"]),
        (Asked(9, (), MARKS[1:]), ["replanning_nothing_named"]),
        (Asked(9, (Away(1, LATER, DAY),)), ["replanning_period"]),
        (Asked(9, (Away(1, DAY, DAY),)), ["replanning_period"]),
        (Asked(9, (Away(1, NOW - timedelta(days=1), NOW),)), ["replanning_period"]),
        (Asked(9, (Away(1, NOW - timedelta(days=1), DAY),)), []),
        (Asked(9, (*AWAY, Away(3, DAY, LATER))), ["replanning_of_several_agencies"]),
        (Asked(9, (Away(4, DAY, LATER),)), ["replanning_of_several_agencies"]),
        (Asked(9, (*AWAY, AWAY[0])), ["replanning_away_twice"]),
        (Asked(9, AWAY, (*MARKS, Marked(5, FREEZE))), ["replanning_moved_and_frozen"]),
        (Asked(9, AWAY, (Marked(5, MOVE, LATER, DAY),)), ["replanning_period"]),
        (Asked(9, AWAY, (Marked(5, MOVE),)), ["replanning_period"]),
    ],
)
def test_what_is_refused(asked, objections):
    assert keys(asked) == objections


OTHERS = {
    "agency": replace(WISH, agency=8),
    "who is away": replace(WISH, away=(replace(AWAY[0], resource=3), AWAY[1])),
    "from when": replace(WISH, away=(replace(AWAY[0], start=NOW), AWAY[1])),
    "until when": replace(WISH, away=(replace(AWAY[0], end=DAY + timedelta(hours=1)), AWAY[1])),
    "one away fewer": replace(WISH, away=AWAY[:1]),
    "nobody marked": replace(WISH, marks=()),
    "which is marked": replace(WISH, marks=(replace(MARKS[0], interview=7), MARKS[1])),
    "frozen, not moved": replace(WISH, marks=(Marked(5, FREEZE), MARKS[1])),
    "moved from when": replace(WISH, marks=(replace(MARKS[0], start=NOW), MARKS[1])),
    "moved until when": replace(WISH, marks=(replace(MARKS[0], end=LATER + timedelta(days=1)), MARKS[1])),
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_wish_has_another_fingerprint(what):
    assert OTHERS[what].fingerprint != WISH.fingerprint


def test_no_field_is_left_out_of_the_fingerprint():
    """Whoever adds a field adds a line above."""
    assert [[field.name for field in fields(one)] for one in (Asked, Away, Marked)] == [
        ["agency", "away", "marks"], ["resource", "start", "end"], ["interview", "kind", "start", "end"],
    ]  # fmt: skip


def test_the_same_wish_in_another_order_and_on_another_clock_is_the_same():
    east = ZoneInfo("Asia/Jayapura")
    there = tuple(Away(one.resource, one.start.astimezone(east), one.end.astimezone(east)) for one in AWAY)
    again = Asked(9, there[::-1], MARKS[::-1])
    assert again.fingerprint == WISH.fingerprint
    assert len(WISH.fingerprint) == 64
