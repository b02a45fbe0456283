"""The provinces and their districts: as the decree counts them, and as people write them."""

from collections import Counter

import pytest

from cms.places import DISTRICT_CODES, DISTRICTS, PROVINCES, district_named, districts_of


def test_there_are_38_provinces_with_514_districts():
    ranks = Counter(name.split()[0] for name, _province in DISTRICTS.values())
    assert (len(PROVINCES), len(DISTRICTS), ranks) == (38, 514, Counter(Kabupaten=416, Kota=98))
    assert {province for _name, province in DISTRICTS.values()} == set(PROVINCES)
    assert all(districts_of(province) for province in PROVINCES)
    assert len(DISTRICT_CODES) == 514  # no province has a name twice


@pytest.mark.parametrize(
    ("text", "province", "expected"),
    [
        ("KAB. BANDUNG", "", ("Kabupaten Bandung", "ID-JB")),
        ("kota  bandung", "", ("Kota Bandung", "ID-JB")),
        ("Kota Adm. Jakarta Timur", "", ("Kota Jakarta Timur", "ID-JK")),
        ("bau-bau", "", ("Kota Bau Bau", "ID-SG")),
        ("Kotabaru", "", ("Kabupaten Kotabaru", "ID-KS")),
        ("PADANG", "", ("Kota Padang", "ID-SB")),
        ("Manggarai", "ID-NT", ("Kabupaten Manggarai", "ID-NT")),
        ("Bandung", "", None),  # the city or the regency
        ("Kota Bandung", "ID-JT", None),
        ("Kota Contoh", "", None),
        ("", "", None),
        ("Kota", "", None),
    ],
)
def test_a_district_is_found_by_what_people_write(text, province, expected):
    assert district_named(text, province) == expected


def test_every_district_finds_itself():
    assert [key for key in DISTRICT_CODES if district_named(key[1], key[0]) != (key[1], key[0])] == []
