"""The way to a venue, and what is kept free around an interview: in bands, and never shown."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules import starts
from services.rules.search import answer, board_for
from services.rules.slots import Candidate, Seat, Wish
from services.rules.travel import BANDS, Buffer, Reach

MONDAY = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # 07.00 WIB
NEAR = Reach("Kota A", "ID-JB", frozenset({"Kab B"}), dict(zip(BANDS, (0, 15, 60, 120), strict=True)))


@pytest.mark.parametrize(
    ("district", "province", "band"),
    [
        ("Kota A", "ID-JB", "same_district"),
        ("Kab B", "ID-JB", "neighbouring"),
        ("Kab B", "ID-JT", "neighbouring"),
        ("Kab C", "ID-JB", "same_province"),
        ("Kota A", "ID-JT", "farther"),
        ("Kab C", "", "same_province"),
        ("", "ID-JB", ""),
    ],
)
def test_the_band_of_a_way(district, province, band):
    assert NEAR.band(district, province) == band
    assert NEAR.way(district, province) == (NEAR.minutes or {}).get(band, 0)


def test_a_house_that_says_nothing_keeps_nothing_free():
    assert Reach("Kota A", "ID-JB").way("Kab C", "ID-JB") == 0


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 300)), max_size=5),
    st.integers(15, 90), st.integers(0, 20), st.integers(0, 20), st.integers(0, 9),
)  # fmt: skip
def test_shrinking_is_the_same_as_asking_for_more_around(pairs, minutes, before, after, steps):
    flat = []
    for low, high in sorted((low * 3, low * 3 + length) for low, length in pairs):
        if flat and low <= flat[-1]:
            flat[-1] = max(flat[-1], high)
        else:
            flat += [low, high]
    more = steps * starts.STEP
    asked = starts.starts(flat, minutes, before + more, after + more)
    assert starts.shrunk(starts.starts(flat, minutes, before, after), steps) == asked


def wish(*seats, **changes):
    facts = {"minutes": 60, "zone": "Asia/Jakarta", "not_before": MONDAY, "windows": (2,)}
    return Wish(seats=seats, **{**facts, **changes})


def found(asked, free):
    board = board_for(asked)
    board.add({r: [int(hour * 60) for pair in spans for hour in pair] for r, spans in free.items()}, 2)
    return answer(board)


def hours(answered):
    return [f"{moment:%H.%M}" for moment in answered.starts()]


ROOM = Seat("room", (Candidate(10, "Melati", venue=1, district="Kota A", province="ID-JB"),))
FROM_C = Candidate(2, "Citra", district="Kab C", province="ID-JB")


def test_who_comes_from_far_needs_the_way_there_and_back():
    asked = wish(ROOM, Seat("prosecutor", (FROM_C,)), reaches={1: NEAR})
    free = {10: [(8, 16)], 2: [(8, 12)]}
    assert hours(found(asked, free)) == ["09.00", "09.15", "09.30", "09.45", "10.00"]
    assert [r.key for r in found(asked, free).slots[0].reasons][-1] == "kept_free_around"


def test_by_video_nobody_travels():
    asked = wish(ROOM, Seat("prosecutor", (FROM_C,), "remote"), reaches={1: NEAR})
    assert hours(found(asked, {10: [(8, 16)], 2: [(8, 9)]})) == ["08.00"]


def test_each_venue_has_its_own_way():
    far = Reach("Kab C", "ID-JB", frozenset(), NEAR.minutes)
    room = replace(ROOM, candidates=(*ROOM.candidates, Candidate(11, "Mawar", venue=2, district="Kab C")))
    asked = wish(room, Seat("prosecutor", (FROM_C,)), reaches={1: NEAR, 2: far})
    answered = found(asked, {10: [(8, 16)], 11: [(8, 16)], 2: [(9, 10)]})
    assert (hours(answered), answered.slots[0].picks["room"]) == (["09.00"], 11)


def test_a_room_is_prepared_and_cleaned():
    room = replace(ROOM, candidates=(replace(ROOM.candidates[0], own=Buffer(30, 15)),))
    assert hours(found(wish(room), {10: [(8, 10)]})) == ["08.30", "08.45"]


def test_what_is_cut_from_known_masks_follows_when_more_days_come_in():
    asked = wish(ROOM, Seat("prosecutor", (FROM_C,)), reaches={1: NEAR})
    board = board_for(asked)
    board.add({10: [1380, 1440], 2: [1320, 1440]}, 1)
    assert board.first() is None
    board.add({10: [1440, 1500], 2: [1440, 1560]}, 2)
    whole = board_for(asked)
    whole.add({10: [1380, 1500], 2: [1320, 1560]}, 2)
    assert board.possible() == whole.possible() != 0


def test_the_childs_way_ranks_and_is_said():
    near, far = (replace(ROOM.candidates[0], resource=n, venue=n, district=d) for n, d in ((1, "Kab B"), (2, "Kab C")))
    reaches = {
        1: replace(NEAR, district="Kab B", neighbours=frozenset({"Kota A"})),
        2: replace(NEAR, district="Kab C", neighbours=frozenset()),
    }
    asked = wish(Seat("room", (far, near)), reaches=reaches, district="Kota A", province="ID-JB")
    answered = found(asked, {1: [(8, 9)], 2: [(8, 9)]})
    (slot,) = answered.slots
    assert (slot.picks["room"], slot.burden) == (1, 0.5)
    assert [r.key for r in slot.reasons][-2:] == ["room_in_neighbouring", "childs_way"]
