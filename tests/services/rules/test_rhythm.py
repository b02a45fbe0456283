"""The hours of children that a house keeps: avoided or warned of, by age, weekday and period."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.limits import AgeBand, ProtocolLimits, Weights
from services.rules import rhythm
from services.rules.ranking import weighed
from services.rules.search import answer, board_for
from services.rules.slots import CALENDAR, Candidate, ChildHours, Seat, Wish

MONDAY = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # 07.00 WIB
SCHOOL = ChildHours("school", "Sekolah dasar", frozenset({0, 1, 2, 3, 4}), time(7), time(12), from_years=7, to_years=12)
LIMITS = ProtocolLimits((AgeBand(0, 17, 20, 60, "T", time(7), time(17), "T", 30, 5, "T"),), (), 7, "T", 1, "T")


def wish(*calendar, **changes):
    facts = {"minutes": 60, "zone": "Asia/Jakarta", "not_before": MONDAY, "windows": (2,), "age_months": 100}
    return Wish(seats=(Seat("companion", (Candidate(1),)),), calendar=calendar, **{**facts, **changes})


def search(asked, *hours):
    board = board_for(asked)
    board.add({1: [int(hour * 60) for pair in hours for hour in pair]}, 2)
    return answer(board)


def starts(found):
    return [f"{moment:%d %H.%M}" for moment in found.starts()]


def test_hours_to_be_avoided_offer_nothing_and_say_so_elsewhere():
    asked = wish(replace(SCHOOL, avoid=True), within=frozenset({CALENDAR}))
    found = search(asked, (10, 13.5))
    assert starts(found) == ["30 12.00", "30 12.15", "30 12.30"]
    assert "outside_childs_hours" in [r.key for r in found.slots[0].reasons]


def test_nobody_is_said_to_be_busy_when_it_is_the_hours_that_stand_in_the_way():
    found = search(wish(replace(SCHOOL, avoid=True), within=frozenset({CALENDAR})), (10, 11))
    assert [(b.kind, b.seats, f"{b.opens:%H.%M}") for b in found.blockers if b.opens] == [
        ("in_the_way", ("companion",), "12.00"),
        ("hours", (), "10.00"),
    ]
    assert "never_free" not in [b.kind for b in found.blockers]


def test_whoever_looks_further_is_warned_of_them():
    found = search(wish(replace(SCHOOL, avoid=True)), (10, 11))
    (warning,) = found.slots[0].warnings
    assert (warning.key, warning.values["name"]) == ("in_childs_hours", "Sekolah dasar")
    assert found.slots[0].burden == Weights().childs_hours


def test_hours_that_only_warn_stand_last():
    found = search(wish(SCHOOL, within=frozenset({CALENDAR})), (11, 13))
    assert [f"{slot.start:%H.%M}" for slot in found.slots] == ["12.00", "11.00"]


@pytest.mark.parametrize("age", [6 * 12, 13 * 12])
def test_they_hold_for_their_ages_only(age):
    assert starts(search(wish(replace(SCHOOL, avoid=True), within=frozenset({CALENDAR}), age_months=age), (10, 11)))


def test_a_dated_period_holds_in_its_days_only():
    exam = replace(SCHOOL, first=date(2026, 12, 1), last=date(2026, 12, 1), avoid=True)
    assert starts(search(wish(exam, within=frozenset({CALENDAR})), (10, 11), (34, 35))) == ["30 10.00"]


hour = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@given(
    hour, hour, st.integers(5, 180), st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 9), st.integers(0, 9)
)
def test_the_mask_says_what_meeting_says(one, other, minutes, weekdays, first, last):
    """A start is disturbed exactly if the interview from it reaches into the hours; those past midnight set aside."""
    if one >= other or first > last:
        return
    day = date(2026, 11, 30)
    hours = replace(
        SCHOOL, starts=one, ends=other, weekdays=weekdays,
        first=day + timedelta(days=first), last=day + timedelta(days=last),
    )  # fmt: skip
    asked = wish(hours, minutes=minutes)
    mask = rhythm.disturbed(asked, 10, avoided=False)
    for number in range(10 * 96):
        begins = asked.moment(number)
        ends = begins + timedelta(minutes=minutes)
        if ends.date() == begins.date():
            assert bool(mask >> number & 1) == rhythm.met(hours, begins, ends), begins


def test_what_keeps_hours_from_being_kept():
    def keys(**changes):
        return [o.key for o in rhythm.hours_objections(replace(SCHOOL, **changes))]

    assert keys() == []
    assert keys(weekdays=frozenset()) == ["rhythm_without_days"]
    assert keys(ends=time(7)) == ["rhythm_ends_before_it_starts"]
    assert keys(first=date(2026, 12, 2), last=date(2026, 12, 1)) == ["rhythm_last_day_before_first"]
    assert keys(from_years=13) == ["rhythm_ages_reversed"]
    assert keys(to_years=18) == ["rhythm_ages_reversed"]


# --- weights ------------------------------------------------------------------------------------------------------------


def test_the_protocols_weights_decide_the_order():
    def first(**weights):
        asked = wish(SCHOOL, limits=replace(LIMITS, weights=Weights(**weights)))
        return f"{search(asked, (11, 12), (37, 38)).slots[0].start:%d}"

    assert (first(childs_hours=8), first(childs_hours=0.5)) == ("01", "30")


def test_only_what_can_count_is_shown_and_the_heaviest_first():
    assert weighed(wish()) == []
    asked = wish(SCHOOL, limits=LIMITS, prefers=frozenset({"morning"}), district="Kota A")
    assert weighed(asked) == [
        ("hour_unsuitable", 10.0), ("childs_hours", 8.0), ("farther", 3.0), ("preference_unmet", 2.0),
        ("same_province", 1.0), ("neighbouring", 0.5),
    ]  # fmt: skip


def test_a_room_with_what_the_child_needs_comes_first():
    rooms = Seat(
        "room", (Candidate(1, "Melati", venue=1), Candidate(2, "Mawar", venue=2, features=frozenset({"quiet"})))
    )
    asked = replace(wish(wants=frozenset({"quiet"})), seats=(rooms,))
    board = board_for(asked)
    board.add({1: [540, 600], 2: [600, 660]}, 2)
    first, second = answer(board).slots
    assert (first.picks["room"], second.picks["room"]) == (2, 1)
    assert ("room_has" in [r.key for r in first.reasons], [r.key for r in second.warnings]) == (True, ["room_lacks"])
    assert second.burden == Weights().equipment_missing
