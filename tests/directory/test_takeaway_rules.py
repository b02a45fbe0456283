"""What is taken along: its order, what fits, what is left out, and a code that cameras can read."""

import re

import pytest
import segno

from cms.squares import squares
from directory.rules.takeaway import (
    ALL_OF_INDONESIA,
    WHOLE_PROVINCE,
    Group,
    Outline,
    by_district,
    fitting,
    groups_of,
    in_order,
    left_out,
    missing_kinds,
)

KINDS = ("c1", "c4", "c8", "d3", "d7")


def one(key, kind="c4", title="", **facts):
    return Outline(key=key, kind=kind, title=title or f"Layanan {key}", **facts)


def keys(outlines):
    return [outline.key for outline in outlines]


def test_helplines_come_first_then_kind_by_kind_and_what_has_no_kind_last():
    given = [one(1, ""), one(2, "d3"), one(3, "c1"), one(4, "d7"), one(5, "c4")]
    assert keys(in_order(given, KINDS)) == [4, 3, 5, 2, 1]


def test_of_a_kind_what_works_and_is_near_comes_first_then_the_name():
    given = [
        one(1, title="b", nationwide=True),
        one(2, title="a", working=False),
        one(3, title="B"),
        one(4, title="a"),
        one(5, title="a"),
    ]
    assert keys(in_order(given, KINDS)) == [4, 5, 3, 1, 2]
    assert keys(in_order(given[::-1], KINDS)) == [4, 5, 3, 1, 2]


@pytest.mark.parametrize(
    ("outline", "groups"),
    [
        (one(1), [WHOLE_PROVINCE]),
        (one(1, nationwide=True), [ALL_OF_INDONESIA]),
        (one(1, districts=("Kota B", "Kota A", "Kota B")), [Group(1, "Kota A"), Group(1, "Kota B")]),
        (one(1, "c8", districts=("Kota A",)), [WHOLE_PROVINCE]),
        (one(1, "c8", nationwide=True), [ALL_OF_INDONESIA]),
    ],
)
def test_a_service_stands_under_its_districts_and_a_shelter_never(outline, groups):
    assert groups_of(outline) == groups


def test_on_paper_the_whole_province_comes_first_and_all_of_indonesia_last():
    given = [one(1, nationwide=True), one(2, districts=("Kota B", "Kota A")), one(3, "d3"), one(4)]
    placed = [(group.district or group.rank, outline.key) for group, outline in by_district(given, KINDS)]
    assert placed == [(0, 4), (0, 3), ("Kota A", 2), ("Kota B", 2), (2, 1)]


def test_missing_is_what_nobody_offers_to_a_child_now():
    given = [
        one(1, "c1"),
        one(2, "c4", working=False),
        one(3, "c8", minimum_age=18),
        one(4, "d3", maximum_age=5),
        one(5, "d7", minimum_age=17, maximum_age=30),
    ]
    assert missing_kinds(given, KINDS) == ["c4", "c8"]
    assert missing_kinds([], KINDS) == list(KINDS)


@pytest.mark.parametrize(
    ("room", "taken"), [(0, ""), (4, ""), (5, "a"), (6, "a"), (9, "a"), (10, "ab"), (11, "abc"), (99, "abc")]
)
def test_what_fits_is_taken_until_the_first_that_does_not(room, taken):
    assert "".join(fitting([("a", 5), ("b", 5), ("c", 1)], room)) == taken


def test_a_small_piece_after_a_large_one_is_left_out_too():
    assert list(fitting([("a", 5), ("large", 50), ("small", 1)], 20)) == ["a"]


def test_what_is_left_out_is_told_by_kind():
    given = in_order([one(1, "d7"), one(2, "c1"), one(3, "c4"), one(4, "c4"), one(5, "d3")], KINDS)
    assert left_out(given, 2) == [("c4", 2), ("d3", 1)]
    assert left_out(given, 5) == []


def drawn(address):
    """The dark modules of the path, as a set of (column, row)."""
    _across, path = squares(address)
    dark = set()
    for column, row, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path):
        assert length == back
        dark |= {(int(column) + step, int(row)) for step in range(int(length))}
    assert re.sub(r"M\d+ \d+h\d+v1h-\d+z", "", path) == ""
    return dark


@pytest.mark.parametrize(
    "address", ["http://localhost/info/s/x/", "https://sekali.example.org/en/info/s/" + "0" * 36 + "/"]
)
def test_the_code_is_drawn_module_by_module_with_its_quiet_margin(address):
    rows = segno.make(address, error="m", micro=False).matrix
    assert drawn(address) == {
        (column + 4, line + 4) for line, row in enumerate(rows) for column, dark in enumerate(row) if dark
    }
    across, _path = squares(address)
    assert across == len(rows) + 8
