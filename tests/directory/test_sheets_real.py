"""The file of 48 public offices as messy as districts send them: what is taken from every row, judged by eye.

Test input only; nothing of it is shown to anybody or kept.
"""

import pytest
from django.utils import timezone

from cms.database.context import acting_as
from directory.actions import sheets as actions
from directory.models import ProviderPage, ServicePage
from tests.directory import factories
from tests.directory.sheets import checked, done, faults, real, warnings

pytestmark = pytest.mark.django_db

NO_WAY_TO_REACH = ("contact_missing", "telepon")
SHELTER = ("sheet_shelter_beside_address", "alamat")
TWO_PLACES = ("sheet_district_two", "kabupaten_kota")
NO_MAIL = ("sheet_email_not_valid", "email")
# By row number, read from the file: 16 rows that cannot be taken as they are.
FAULTY = {
    7: {("sheet_number_missing", "whatsapp"), NO_WAY_TO_REACH},  # "lihat akun Instagram …"
    8: {SHELTER},  # penampungan sementara beside a street
    10: {NO_WAY_TO_REACH},
    11: {SHELTER},
    15: {TWO_PLACES, NO_WAY_TO_REACH},  # Sukabumi: a city and a regency
    18: {NO_WAY_TO_REACH},
    19: {NO_MAIL},  # [email protected]
    28: {NO_MAIL},
    33: {NO_WAY_TO_REACH},
    35: {NO_WAY_TO_REACH},
    37: {NO_WAY_TO_REACH},
    40: {NO_MAIL},
    41: {NO_WAY_TO_REACH},
    42: {TWO_PLACES},  # Kupang
    44: {("text_too_long", "alamat"), NO_WAY_TO_REACH},  # ten offices in one cell
    45: {NO_WAY_TO_REACH},
}
# The same office under several names, or with the same number: (row, by what, the earlier row).
SAME = {
    16: ("sheet_likely_same_row", 9),  # LPSK
    23: ("sheet_same_number_row", 14),  # UPT PPPA DKI Jakarta
    29: ("sheet_same_number_row", 20),  # Balikpapan
    39: ("sheet_likely_same_row", 3),  # Makassar
    49: ("sheet_same_number_row", 26),  # Aceh
}


@pytest.fixture
def sheet():
    reviewer = factories.reviewer()
    with acting_as(reviewer):
        found = checked(real(), reviewer)
        found.reviewer = reviewer
        yield found


def test_every_row_is_clean_or_says_what_is_wrong_and_where(sheet):
    rows = {row.number: row for row in sheet.rows.all()}
    assert sorted(rows) == list(range(2, 50))
    assert {number: faults(row) for number, row in rows.items() if faults(row)} == FAULTY
    assert {number for number, row in rows.items() if row.fate == "new"} == set(rows) - set(FAULTY)
    assert [row[2] for row in sheet.columns] == [
        "nama_lembaga", "jenis", "provinsi", "kabupaten_kota", "alamat", "telepon", "whatsapp", "email", "situs", "jam_layanan",
        "layanan", "syarat", "biaya", "waktu_penyelesaian", "", "",
    ]  # fmt: skip


def test_offices_under_several_names_are_warned_of(sheet):
    for number, (key, earlier) in SAME.items():
        (said,) = [one for one in sheet.rows.get(number=number).remarks if one["key"] == key]
        assert said["values"] == {"row": earlier}


@pytest.mark.parametrize(
    ("number", "numbers"),
    [
        (14, ["112", "+6281317617622"]),  # the same number twice in a cell
        (16, ["+622129681560", "148", "+6285770010048"]),  # the fax left out
        (22, ["+6287883370496", "+6281284030288", "+6287882325820", "+6281315598563", "112"]),
        (26, ["+628116808875", "+628116899129"]),
        (32, ["+62227230875", "129", "112", "+6283821105222"]),
        (34, ["112", "+628111186598", "+6281394458266"]),
        (48, ["+6281243441300", "+6281244022004", "+6282292222267"]),
    ],
)
def test_several_numbers_in_a_cell(sheet, number, numbers):
    changes = {field: after for whose, field, _before, after in sheet.rows.get(number=number).changes if not whose}
    assert [one["number"] or one["short_code"] for one in changes["phones"]] == numbers


@pytest.mark.parametrize(
    ("number", "province", "city"),
    [
        (5, "ID-SB", "Kota Padang"), (12, "ID-JI", "Kota Surabaya"), (13, "ID-JA", "Kota Jambi"), (29, "ID-KI", "Kota Balikpapan"),
        (36, "ID-SU", "Kota Medan"), (43, "ID-KR", "Kabupaten Natuna"), (46, "ID-YO", "Kota Yogyakarta"), (49, "ID-AC", None),
    ],
)  # fmt: skip
def test_places_however_they_are_written(sheet, number, province, city):
    changes = {field: after for whose, field, _before, after in sheet.rows.get(number=number).changes if not whose}
    assert (changes.get("province"), changes.get("city")) == (province, city)


def test_hours_as_prose(sheet):
    def hours(number):
        found = {(one["weekday"], one["opens"], one["closes"], one["all_day"])
                 for _whose, field, _before, after in sheet.rows.get(number=number).changes if field == "schedules" for one in after}  # fmt: skip
        return len(found)

    assert {number: hours(number) for number in (34, 38, 43, 48)} == {34: 7, 38: 7, 43: 7, 48: 0}
    said = ("sheet_hours_as_words", "jam_layanan")
    assert {row.number for row in sheet.rows.all() if said in warnings(row)} == {3, 7, 14, 17, 41, 48}


def test_the_sound_offices_are_saved_as_drafts_and_the_rest_stays_out(sheet):
    actions.save_sheet(sheet=sheet, by=sheet.reviewer, now=timezone.now())
    done(type(sheet).objects.get(), sheet.reviewer)
    assert (ProviderPage.objects.count(), ServicePage.objects.count()) == (32, 24)
    assert not ProviderPage.objects.live().exists()
    assert sheet.rows.filter(saved=False).count() == len(FAULTY)
    again = checked(real(), sheet.reviewer)
    assert {row.fate for row in again.rows.all()} == {"unchanged", "faulty"}
