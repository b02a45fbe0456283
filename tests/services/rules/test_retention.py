"""When the period of a case ends, what keeps it open, and what the file of periods may say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.wording import load
from services.rules import retention
from services.rules.retention import after_months, case_due_on, closing_objections, line, line_of, lines, read

JAYAPURA = ZoneInfo("Asia/Jayapura")
CASE = line("case")
ENTRY = {
    "models": ["x.y"],
    "name": {"id": "a", "en": "b"},
    "purpose": {"id": "a", "en": "b"},
    "starts": {"id": "a", "en": "b"},
    "how": "daily",
    "days": 3,
}
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def due(closed, opened, age_months, zone=UTC, kept=CASE):
    return case_due_on(kept, closed_at=closed, opened_at=opened, age_months=age_months, zone=zone)


def test_a_case_is_due_five_years_after_it_was_closed():
    assert due(datetime(2030, 5, 6, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC), 17 * 12) == date(2035, 5, 6)


def test_but_not_before_the_child_is_twenty_one():
    assert due(datetime(2027, 5, 6, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC), 4 * 12 + 3) == date(2043, 8, 24)


def test_the_day_is_that_of_the_childs_place():
    closed = datetime(2030, 5, 6, 20, 0, tzinfo=UTC)  # already the seventh in Jayapura
    assert due(closed, datetime(2029, 1, 1, tzinfo=UTC), 17 * 12, JAYAPURA) == date(2035, 5, 7)


@given(DAYS, st.integers(-400, 400))
def test_months_go_forth_and_back(day, months):
    there = after_months(day, months)
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
    back = after_months(there, -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back <= day


def test_the_last_of_a_month_stays_in_the_month():
    assert after_months(date(2028, 2, 29), 60) == date(2033, 2, 28)
    assert after_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert after_months(date(2026, 1, 31), -1) == date(2025, 12, 31)


@given(DAYS, st.integers(0, 215), st.integers(0, 4000))
def test_nobody_is_erased_before_they_are_surely_twenty_one(opened, age_months, open_for):
    """Whatever day the child was born on, the age in whole months being what it was."""
    opened_at = datetime(opened.year, opened.month, opened.day, tzinfo=UTC)
    end = due(opened_at + timedelta(days=open_for), opened_at, age_months)
    youngest = after_months(opened, -age_months)
    assert end >= after_months(youngest, 21 * 12)
    assert end >= after_months(opened + timedelta(days=open_for), 60)


@given(DAYS, DAYS, st.integers(0, 215))
def test_closing_later_never_erases_earlier(one, other, age_months):
    opened = datetime(1989, 1, 1, tzinfo=UTC)
    first, second = sorted(datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (one, other))
    assert due(first, opened, age_months) <= due(second, opened, age_months)


NOTHING = {"closed": False, "ahead": False, "unwritten": False, "asked": False}


@pytest.mark.parametrize(
    ("fact", "key"),
    [
        ("closed", "case_closed_already"),
        ("ahead", "closing_interview_ahead"),
        ("unwritten", "closing_outcomes_missing"),
        ("asked", "closing_request_open"),
    ],
)
def test_what_keeps_a_case_open(fact, key):
    assert closing_objections(**NOTHING) == []
    assert [one.key for one in closing_objections(**NOTHING | {fact: True})] == [key]


def test_everything_is_said_at_once():
    assert len(closing_objections(**dict.fromkeys(NOTHING, True))) == 4


# --- the file ---------------------------------------------------------------------------------------------------------


def test_every_source_has_a_name():
    assert {source for one in lines() for source in one.sources} <= set(load("sources"))


def test_no_model_has_two_lines():
    named = [label for one in lines() for label in one.models]
    assert len(named) == len(set(named))


def test_a_model_is_found_by_name_before_its_app():
    assert line_of("wagtailcore.revision").key == "drafts"
    assert line_of("wagtailcore.workflow").key == "editing"
    assert line_of("nobody.knows") is None


def test_what_goes_with_the_case_or_while_used_has_no_period_of_its_own():
    for one in lines():
        assert bool(one.years or one.days or one.hours) == (one.how in {"daily", "by_itself"}), one.key


@pytest.mark.parametrize(
    "change",
    [
        {"how": "sometimes"},
        {"how": "with_case"},
        {"days": 0},
        {"years": 2},
        {"models": []},
        {"name": {"id": "a", "en": " "}},
        {"purpose": {"id": "a"}},
        {"unknown": 1},
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(change):
    assert read("x", ENTRY).days == 3
    with pytest.raises(retention.Malformed, match=r"^x: "):
        read("x", ENTRY | change)


def test_a_line_without_models_is_refused():
    with pytest.raises(retention.Malformed):
        read("x", {name: value for name, value in ENTRY.items() if name != "models"})


def test_another_period_is_obeyed():
    shorter = replace(CASE, years=1, not_before_age=0)
    assert due(datetime(2030, 2, 28, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC), 5, kept=shorter) == date(
        2031, 2, 28
    )
