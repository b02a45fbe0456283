"""The rules of a listing, without a database."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cms.wording import rule_words
from directory.models.kinds import ServiceKind
from directory.rules import listings as rules
from directory.rules.listings import Area, Hours, Listing, Opening, Phone, SpecialDay, listing_objections, opening

TODAY = date(2026, 11, 23)
WIB = ZoneInfo("Asia/Jakarta")
GOOD = Listing(
    name="Konseling",
    kind="c4",
    is_service=True,
    minimum_age=6,
    maximum_age=17,
    checked_on=TODAY,
    checked_by="reviewer",
    texts={"description": "Ada yang mendengarkan."},
    phones=(Phone(short_code="129"), Phone(number="+622100000001", whatsapp=True, extension="7")),
    hours=(Hours(1, time(8), time(16)), Hours(2, all_day=True)),
    areas=(Area(nationwide=True), Area("ID-JB", "Kota Bandung")),
)


def keys(listing):
    return [objection.key for objection in listing_objections(listing, today=TODAY)]


def test_a_good_listing_has_no_objection():
    assert listing_objections(GOOD, today=TODAY) == []


OBJECTIONABLE = [
    ({"name": " "}, ["name_missing"]),
    ({"kind": ""}, ["kind_missing"]),
    ({"texts": {"description": " "}}, ["description_missing"]),
    ({"reachable": False}, ["contact_missing"]),
    ({"minimum_age": -1}, ["age_out_of_range"]),
    ({"maximum_age": 121}, ["age_out_of_range"]),
    ({"minimum_age": 18}, ["ages_reversed"]),
    ({"checked_by": ""}, ["check_incomplete"]),
    ({"checked_on": None}, ["check_incomplete"]),
    ({"checked_on": date(2026, 11, 24)}, ["check_in_the_future"]),
    ({"texts": {"description": "x" * 2001}}, ["text_too_long"]),
    ({"phones": [Phone()]}, ["phone_not_one_number"]),
    ({"phones": [Phone("+622100000001", "129")]}, ["phone_not_one_number"]),
    ({"phones": [Phone("+62", valid=False)]}, ["phone_not_valid"]),
    ({"phones": [Phone(short_code="12")]}, ["short_code_not_valid"]),
    ({"phones": [Phone(short_code="129", whatsapp=True)]}, ["whatsapp_needs_a_whole_number"]),
    ({"phones": [Phone(short_code="129", extension="1")]}, ["extension_not_valid"]),
    ({"hours": [Hours(8, all_day=True)]}, ["weekday_not_valid"]),
    ({"hours": [Hours(1, time(8))]}, ["hours_incomplete"]),
    ({"hours": [Hours(1, time(8), time(9), all_day=True)]}, ["hours_incomplete"]),
    ({"hours": [Hours(1, time(8), time(8))]}, ["hours_empty"]),
    (
        {"hours": [Hours(1, all_day=True, valid_from=TODAY, valid_to=date(2026, 1, 1))]},
        ["hours_valid_dates_reversed"],
    ),
    ({"hours": [Hours(1, all_day=True)] * 2}, ["hours_twice"]),
    ({"areas": [Area()]}, ["area_nationwide_or_one_province"]),
    ({"areas": [Area("ID-JB", nationwide=True)]}, ["area_nationwide_or_one_province"]),
    ({"areas": [Area(district="Kota Contoh", nationwide=True)]}, ["district_needs_a_province"]),
    ({"areas": [Area("ID-JB")] * 2}, ["area_twice"]),
    ({"areas": [Area("ID-JB", "Kota Contoh")]}, ["district_not_known"]),
    ({"areas": [Area("ID-JT", "Kota Bandung")]}, ["district_not_known"]),
    ({"special_days": [SpecialDay(TODAY)]}, ["hours_incomplete"]),
    ({"special_days": [SpecialDay(TODAY, opens=time(8))]}, ["hours_incomplete"]),
    ({"special_days": [SpecialDay(TODAY, opens=time(8), closes=time(8))]}, ["hours_empty"]),
    ({"special_days": [SpecialDay(TODAY, closed=True, all_day=True)]}, ["special_day_closed_and_open"]),
    ({"special_days": [SpecialDay(TODAY, closed=True, opens=time(8))]}, ["special_day_closed_and_open"]),
    ({"special_days": [SpecialDay(TODAY, all_day=True)] * 2}, ["special_day_twice"]),
    ({"special_days": [SpecialDay(TODAY, closed=True), SpecialDay(TODAY, all_day=True)]}, ["special_day_twice"]),
    ({"responds_within": 24 * 92 + 1}, ["answer_too_late"]),
    ({"responds_within": -1}, ["answer_too_late"]),
    ({"checked_on": None, "checked_by": "", "checked_how": "call"}, ["check_incomplete"]),
]


@pytest.mark.parametrize(("change", "expected"), OBJECTIONABLE)
def test_each_fault_has_its_objection(change, expected):
    assert keys(replace(GOOD, **change)) == expected


def test_every_objection_has_words_in_both_languages():
    found = {key for _change, expected in OBJECTIONABLE for key in expected}
    spoken = rule_words()
    for key in found | {"shelter_has_address", "shelter_place_in_words", "listing_of_somebody_else", "field_not_yours"}:
        assert set(spoken[key]["what"]) == {"id", "en"}


@pytest.mark.parametrize("place", ["street", "city", "postal_code"])
@pytest.mark.parametrize("shelter", [{"kind": ServiceKind.SHELTER}, {"hidden_place": True}])
def test_a_shelter_has_no_address(place, shelter):
    assert keys(replace(GOOD, **shelter, **{place: "x"})) == ["shelter_has_address"]
    assert keys(replace(GOOD, **{place: "x"})) == []


TELLING = [
    "Kami di Jl. Melati 5.", "Jalan Melati", "jalan 17", "JALAN MELATI", "Gang Buntu", "gg. mawar", "RT 05/RW 03",
    "rt.5", "https://goo.gl/maps/abc", "maps.app.goo.gl/x", "-6.9175, 107.6191", "12 Rose Street",
]  # fmt: skip
HARMLESS = [
    "Ada jalan keluar.", "Anda tidak berjalan sendiri.", "Telepon 129, siang dan malam.", "Untuk anak 6 sampai 17 tahun.",
    "Gangguan tidur", "sort 3", "on the street",
]  # fmt: skip


@pytest.mark.parametrize("text", TELLING)
def test_a_text_of_a_shelter_names_no_place(text):
    assert keys(replace(GOOD, kind="c8", texts={"description": text})) == ["shelter_place_in_words"]
    assert keys(replace(GOOD, texts={"description": text})) == []


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_passes(text):
    assert keys(replace(GOOD, kind="c8", texts={"description": text})) == []


def at(day, hour, minute=0):
    """A moment in the week of Monday 23 November 2026, on Jakarta's clock."""
    return datetime(2026, 11, 22 + day, hour, minute, tzinfo=WIB)


OFFICE = [Hours(day, time(8), time(16)) for day in range(1, 6)]
ALWAYS = [Hours(day, all_day=True) for day in range(1, 8)]


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        ([], at(1, 9), None),
        (OFFICE, at(1, 8), Opening(open=True, until=at(1, 16))),
        (OFFICE, at(1, 7, 59), Opening(open=False, next=at(1, 8))),
        (OFFICE, at(1, 16), Opening(open=False, next=at(2, 8))),
        (OFFICE, at(5, 17), Opening(open=False, next=at(8, 8))),
        (ALWAYS, at(7, 23, 59), Opening(open=True, always=True)),
        ([Hours(1, time(20), time(6))], at(2, 5), Opening(open=True, until=at(2, 6))),
        ([Hours(1, time(20), time(6))], at(2, 6), Opening(open=False, next=at(8, 20))),
        ([Hours(1, time(8), time(12)), Hours(1, time(12), time(16))], at(1, 9), Opening(open=True, until=at(1, 16))),
        ([Hours(1, time(8), time(12)), Hours(1, time(13), time(16))], at(1, 12), Opening(open=False, next=at(1, 13))),
        ([Hours(1, all_day=True), Hours(2, time(0), time(6))], at(1, 9), Opening(open=True, until=at(2, 6))),
        ([Hours(1, time(8), time(16), valid_to=date(2026, 11, 22))], at(1, 9), Opening(open=False)),
        ([Hours(1, time(8), time(16), valid_from=date(2026, 11, 23))], at(1, 9), Opening(open=True, until=at(1, 16))),
        ([Hours(1, time(8), time(16), valid_from=date(2026, 11, 24))], at(1, 9), Opening(open=False, next=at(8, 8))),
    ],
)
def test_open_now(hours, moment, expected):
    assert opening(hours, moment) == expected


MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("special_days", "moment", "expected"),
    [
        ([SpecialDay(MONDAY, closed=True)], at(1, 9), Opening(open=False, next=at(2, 8))),
        ([SpecialDay(MONDAY, opens=time(13), closes=time(15))], at(1, 9), Opening(open=False, next=at(1, 13))),
        ([SpecialDay(MONDAY, opens=time(13), closes=time(15))], at(1, 14), Opening(open=True, until=at(1, 15))),
        ([SpecialDay(MONDAY, opens=time(20), closes=time(2))], at(2, 1), Opening(open=True, until=at(2, 2))),
        ([SpecialDay(date(2026, 11, 29), all_day=True)], at(7, 3), Opening(open=True, until=at(8, 0))),
        ([SpecialDay(date(2026, 11, 24), closed=True)], at(1, 17), Opening(open=False, next=at(3, 8))),
    ],
)
def test_a_special_day_stands_above_the_hours_of_its_weekday(special_days, moment, expected):
    assert opening(OFFICE, moment, special_days) == expected


def test_a_special_day_alone_says_nothing_about_other_days():
    christmas = [SpecialDay(date(2026, 12, 25), closed=True)]
    assert opening([], at(1, 9), christmas) is None
    assert opening([], datetime(2026, 12, 25, 9, tzinfo=WIB), christmas) == Opening(open=False)


def test_rules_need_no_django():
    code = "import sys, directory.rules.listings; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_shelters_code_is_the_one_of_the_kinds():
    assert rules.SHELTER == ServiceKind.SHELTER
