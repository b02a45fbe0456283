"""The map's rules: every province once, what counts where, and what is missing in which words' place."""

import pytest

from cms.places import PROVINCES
from directory.rules.atlas import (
    BANDS,
    COLUMNS,
    FIRST_ROW,
    NATIONWIDE,
    ROWS,
    TILES,
    Half,
    Level,
    Tally,
    coverage,
)

KINDS = ("c4", "d3", "d7", "c8")


def tally(*bands):
    return Tally(max(bands), bands)


def counted(*rows, kinds=KINDS):
    return coverage(rows, kinds)


# --- the drawing ---


def test_every_province_has_a_square_and_no_two_share_one():
    assert set(TILES) == set(PROVINCES)
    assert len(set(TILES.values())) == 38


def test_squares_stay_on_their_half():
    for place in TILES.values():
        assert 0 <= place.column < COLUMNS
        assert FIRST_ROW[place.half] <= place.row < FIRST_ROW[place.half] + ROWS[place.half]


@pytest.mark.parametrize("half", Half)
def test_no_outer_row_or_column_is_empty(half):
    here = [place for place in TILES.values() if place.half == half]
    rows, columns = {place.row for place in here}, {place.column for place in here}
    assert (min(rows), max(rows)) == (FIRST_ROW[half], FIRST_ROW[half] + ROWS[half] - 1)
    assert columns == set(range(COLUMNS))


@pytest.mark.parametrize(
    ("west", "east"),
    [
        ("ID-AC", "ID-SU"),
        ("ID-BT", "ID-JB"),
        ("ID-JI", "ID-BA"),
        ("ID-KB", "ID-KI"),
        ("ID-ST", "ID-MU"),
        ("ID-PD", "ID-PA"),
    ],
)
def test_west_is_left(west, east):
    across = {Half.WEST: 0, Half.EAST: COLUMNS}
    one, two = TILES[west], TILES[east]
    assert (across[one.half] + one.column, one.row) <= (across[two.half] + two.column, two.row)


@pytest.mark.parametrize(
    ("north", "south"),
    [("ID-AC", "ID-LA"), ("ID-KU", "ID-KS"), ("ID-JT", "ID-YO"), ("ID-SA", "ID-SN"), ("ID-PA", "ID-PS")],
)
def test_north_is_up(north, south):
    assert TILES[north].row < TILES[south].row


def test_the_bands_are_every_childs_age_once():
    ages = [age for band in BANDS for age in range(band.youngest, band.oldest + 1)]
    assert ages == list(range(18))


# --- counting ---


def test_what_is_for_all_of_indonesia_counts_in_every_province():
    there = counted((NATIONWIDE, "d7", tally(2, 2, 2)), ("ID-JB", "d7", tally(1, 1, 1)))
    assert there.of("ID-JB", "d7").total == 3
    assert there.own("ID-JB", "d7").total == 1
    assert there.of("ID-PA", "d7").total == 2
    assert {there.of(province).total for province in PROVINCES} == {2, 3}


def test_all_kinds_together_are_their_sum():
    there = counted(("ID-JB", "c4", tally(1, 2, 3)), ("ID-JB", "c8", tally(0, 1, 1)), ("ID-JB", "", tally(1, 1, 1)))
    assert there.of("ID-JB") == Tally(5, (2, 4, 5))
    assert there.of("ID-BA") == Tally()


def test_rows_of_the_same_place_and_kind_are_added_and_an_unknown_province_is_left_out():
    there = counted(("ID-JB", "c4", tally(1, 1, 1)), ("ID-JB", "c4", tally(2, 0, 0)), ("ID-XX", "c4", tally(9, 9, 9)))
    assert there.of("ID-JB", "c4") == Tally(3, (3, 1, 1))
    assert sum(there.own(province).total for province in [*PROVINCES, "ID-XX", NATIONWIDE]) == 3


# --- how much ---


@pytest.mark.parametrize(
    ("bands", "level"),
    [((0, 0, 0), Level.NONE), ((0, 0, 1), Level.SOME), ((1, 1, 0), Level.SOME), ((1, 2, 1), Level.ALL)],
)
def test_one_kind_is_there_for_no_age_some_or_every_age(bands, level):
    assert counted(("ID-JB", "d3", tally(*bands))).level("ID-JB", "d3") == level


@pytest.mark.parametrize(
    ("kinds", "level"), [(0, Level.NONE), (1, Level.SOME), (2, Level.MOST), (3, Level.MOST), (4, Level.ALL)]
)
def test_all_kinds_are_there_not_at_all_fewer_than_half_more_or_each(kinds, level):
    there = counted(*[("ID-JB", kind, tally(1, 1, 1)) for kind in KINDS[:kinds]])
    assert there.level("ID-JB") == level
    assert there.missing("ID-JB") == list(KINDS[kinds:])


def test_a_kind_without_a_word_fills_no_gap():
    assert counted(("ID-JB", "", tally(3, 3, 3))).level("ID-JB") == Level.NONE


def test_without_any_kinds_nothing_is_claimed():
    assert counted(kinds=()).level("ID-JB") == Level.NONE


# --- gaps ---


def test_a_gap_names_the_provinces_without_anything_and_those_without_a_band():
    there = counted(("ID-JB", "d3", tally(0, 1, 1)), ("ID-BA", "d3", tally(1, 1, 1)), ("ID-PA", "d3", tally(1, 0, 0)))
    gap = there.gap("d3")
    assert len(gap.nowhere) == 35
    assert not {"ID-JB", "ID-BA", "ID-PA"} & set(gap.nowhere)
    assert gap.by_band == (("ID-JB",), ("ID-PA",), ("ID-PA",))
    assert gap
    assert not gap.everywhere


def test_a_listing_for_all_of_indonesia_fills_the_gap_everywhere_for_its_ages_only():
    gap = counted((NATIONWIDE, "d3", tally(0, 1, 1))).gap("d3")
    assert gap.nowhere == ()
    assert gap.by_band == (tuple(PROVINCES), (), ())
    assert not counted((NATIONWIDE, "d3", tally(1, 1, 1))).gap("d3")


def test_what_is_nowhere_says_so():
    gap = counted().gap("d3")
    assert gap.everywhere
    assert gap.nowhere == tuple(PROVINCES)
    assert gap.by_band == ((), (), ())


def test_the_widest_gap_comes_first_and_no_gap_is_left_out():
    there = counted(
        (NATIONWIDE, "d7", tally(1, 1, 1)),
        (NATIONWIDE, "c4", tally(0, 1, 1)),
        ("ID-JB", "d3", tally(1, 1, 1)),
    )
    assert [gap.kind for gap in there.gaps()] == ["c8", "d3", "c4"]
