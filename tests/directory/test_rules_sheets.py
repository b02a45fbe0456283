"""A row as a district writes it is read as it is meant, or said not to be; nothing that is typed makes reading fail."""

import contextlib
import io
import zipfile
from datetime import date, time

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.wording import rule_words
from directory.models import ProviderPage, ServiceKind, ServicePage
from directory.rules import listings as rules
from directory.rules import sheet_cells as cells
from directory.rules import sheet_changes, sheet_columns, sheet_files, sheet_rows, sheets
from directory.rules.sheet_likeness import Offices
from tests.directory.sheets import as_csv, as_xlsx, office

TODAY = date(2026, 11, 29)
KINDS = sheets.Kinds(
    {code: code for code in ServiceKind.values} | {"konseling": "c4", "tempat tinggal yang aman": "c8"},
    {code: f"Jenis {code}" for code in ServiceKind.values},
)


def tell(**row):
    return sheets.tell(office(**row), KINDS)


def keys(told, *, warning=False):
    return {(remark.key, remark.field) for remark in told.remarks if remark.warning == warning}


# --- cells ---


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("Sumbar", "ID-SB"), ("SUMATERA BARAT", "ID-SB"), ("Sumatra Utara (Sumut)", "ID-SU"), ("ID-JB", "ID-JB"),
        ("Provinsi DKI Jakarta", "ID-JK"), ("Nusa Tenggara Timur (NTT)", "ID-NT"), ("  jatim ", "ID-JI"), ("Atlantis", None),
        ("", None),
    ],
)  # fmt: skip
def test_provinces_by_name_and_short_form(told, code):
    assert cells.province(told) == code


@pytest.mark.parametrize(
    ("told", "within", "found"),
    [
        ("PADANG", "", ("Kota Padang", "ID-SB")), ("Jaktim", "ID-JK", ("Kota Jakarta Timur", "ID-JK")),
        ("Pemerintah Kota Balikpapan", "", ("Kota Balikpapan", "ID-KI")), ("Pemkot Yogya", "", ("Kota Yogyakarta", "ID-YO")),
        ("Pemkab Garut", "", ("Kabupaten Garut", "ID-JB")), ("Kab Bandung", "", ("Kabupaten Bandung", "ID-JB")),
        ("Konawe Utara (Konut)", "ID-SG", ("Kabupaten Konawe Utara", "ID-SG")), ("BANDUNG", "ID-JB", None),
        ("Kota Palu", "ID-JB", None), ("Atlantis", "", None),
    ],
)  # fmt: skip
def test_districts_but_never_a_guess_between_two(told, within, found):
    assert cells.district(told, within) == found


def test_a_bare_name_says_what_it_may_mean():
    assert cells.districts_called("BANDUNG") == ["Kabupaten Bandung", "Kota Bandung"]
    assert cells.districts_called("Bandung", "ID-BA") == []


@pytest.mark.parametrize(
    ("name", "code", "whole"),
    [
        ("UPTD PPA Sumbar", "ID-SB", True), ("DP3A Provinsi Aceh", "ID-AC", True), ("UPTD PPA Kota Jambi", "ID-JA", False),
        ("UPTD PPA Garut", "ID-JB", False), ("RSUD Kabupaten Bengkulu Utara", "ID-BE", False),
    ],
)  # fmt: skip
def test_an_office_of_a_province_is_told_by_its_name(name, code, whole):
    assert cells.serves_a_province(name, code) == whole


def test_several_numbers_in_a_cell():
    found = cells.phones("0813-176-176-22 ; 081317617622 / Puspaga 0812 8403 0288 atau SAPA 129")
    assert [(one.get("number"), one.get("short_code"), one["description"]) for one in found.numbers] == [
        ("+6281317617622", None, ""),
        ("+6281284030288", None, "Puspaga"),
        (None, "129", "SAPA"),
    ]


def test_a_number_that_is_none_is_wrong_as_printed_and_a_fax_is_no_telephone():
    found = cells.phones("2931755, 714951, fax (021) 29681551, 0811 6808 875 0811 6899 129")
    assert found.wrong == ["714951", "0811 6808 875 0811 6899 129"] or found.wrong[0] == "2931755"
    assert "714951" in found.wrong  # six digits that begin with no 1 are no short code
    assert found.faxes == ["021) 29681551"]


def test_whatsapp_is_said_by_the_column_or_beside_the_number():
    assert cells.phones("WA 0895 3487 71070").numbers[0]["whatsapp"]
    assert cells.phones("0813-3330-1219", whatsapp=True).numbers[0]["whatsapp"]
    assert not cells.phones("0813-3330-1219").numbers[0]["whatsapp"]
    both = cells.joined(cells.phones("0813-3330-1219").numbers, cells.phones("081333301219", whatsapp=True).numbers)
    assert [one["whatsapp"] for one in both] == [True]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("bpp@lpsk.go.id dan lpsk_ri@lpsk.go.id", ["bpp@lpsk.go.id", "lpsk_ri@lpsk.go.id"]),
        ("[email" + chr(160) + "protected]", []), ("[email protected]", []), ("halo@contoh", []),
    ],
)  # fmt: skip
def test_mail(told, found):
    assert cells.mails(told) == found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("www.lpsk.go.id", (["https://www.lpsk.go.id"], "")),
        ("https://dp3ap2kb.surakarta.go.id ; aplikasi SOLO", (["https://dp3ap2kb.surakarta.go.id"], "aplikasi SOLO")),
        ("s.id/6Tsdx ; Instagram: @Komnas", (["https://s.id/6Tsdx"], "Instagram: @Komnas")),
        ("LAKSA ; @p2tp2a.kota.tangerang", ([], "LAKSA ; @p2tp2a.kota.tangerang")),
        ("halo@contoh.example", ([], "halo@contoh.example")),
    ],
)
def test_addresses_of_the_web_but_no_handles(told, found):
    assert cells.webs(told) == found


OFFICE = [(day, False, time(8), time(16)) for day in range(1, 6)]
ALWAYS = [(day, True, None, None) for day in range(1, 8)]


@pytest.mark.parametrize(
    ("told", "found", "rest"),
    [
        ("Senin–Jumat 08.00–16.00", OFFICE, ""),
        ("hari kerja: Senin – Jumat pukul 08:00-16:00 WIB", OFFICE, ""),
        ("senin sampai jumat dari jam 08.00 WIB sampai dengan jam 16.00 WIB, online 24 jam", OFFICE, "online 24 jam"),
        ("Senin-Jumat 8 - 16; hotline 24 jam", OFFICE, "hotline 24 jam"),
        ("Jum'at s/d Minggu 20.00-24.00", [(day, False, time(20), time(0)) for day in (5, 6, 7)], ""),
        ("Senin, Rabu & Jumat 08.00-16.00", [(day, False, time(8), time(16)) for day in (1, 3, 5)], ""),
        ("Minggu-Senin 08.00-16.00", [(day, False, time(8), time(16)) for day in (1, 7)], ""),
        ("setiap hari 08.00-16.00", [(day, False, time(8), time(16)) for day in range(1, 8)], ""),
        ("24 jam", ALWAYS, ""), ("selama 24 jam", ALWAYS, ""), ("24 jam selama tujuh hari", ALWAYS, ""),
        ("hotline 24 jam", [], "hotline 24 jam"), ("hari kerja", [], "hari kerja"),
        ("Senin-Jumat 08.00-16.00 WITA", [], "Senin-Jumat 08.00-16.00 WITA"),
        ("Senin-Jumat 08.00-08.00", [], "Senin-Jumat 08.00-08.00"), ("Senin-Jumat 25.00-26.00", [], "Senin-Jumat 25.00-26.00"),
        ("Senin 24.30-25.00", [], "Senin 24.30-25.00"), ("İstanbul", [], "İstanbul"),
    ],
)  # fmt: skip
def test_hours_that_are_said_plainly_and_words_for_the_rest(told, found, rest):
    schedules, words = cells.hours(told, "WIB")
    assert [(one["weekday"], one["all_day"], one["opens"], one["closes"]) for one in schedules] == found
    assert words == rest


def test_hours_on_the_clock_of_the_place():
    assert len(cells.hours("Senin-Jumat 08.00-16.00 WITA", "WITA")[0]) == 5
    assert cells.hours("Senin-Jumat 08.00-16.00 WIT")[0] == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("pendampingan psikologis dan hukum", ["c6", "c4"]), ("penampungan sementara", ["c8"]), ("mediasi", []),
        ("Alur Pelayanan Mediko Legal", ["d2"]), ("penjangkauan korban", ["c1"]), ("advoasi terhadap korban", ["c6"]),
        ("pengelolaan kasus", ["c10"]), ("hotline", ["d7"]),
    ],
)  # fmt: skip
def test_kinds_of_help_by_their_words(told, found):
    assert cells.kinds(told) == found


def test_every_kind_that_words_give_exists():
    assert {*cells.KIND_WORDS, *cells.TYPE_WORDS} <= set(ServiceKind.values)
    assert sheets.SHELTER == ServiceKind.SHELTER
    assert cells.kind_of_type("UPTD PPA") == "c1"
    assert cells.kind_of_type("Dinas") == ""


@pytest.mark.parametrize(("told", "found"), [("12", 12), ("12.0", 12), ("6 tahun", 6), ("enam", None), ("1200", None)])
def test_ages(told, found):
    assert cells.age(told) == found


# --- columns and files ---


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Nama Instansi", "nama_lembaga"), ("LEMBAGA", "nama_lembaga"), ("No. Telp (kantor)", "telepon"), ("Kab/Kota", "kabupaten_kota"),
        ("\ufeffnama_lembaga", "nama_lembaga"), ("E-mail", "email"), ("Jenis Pelayanan", "jenis_bantuan"), ("Wibble", ""),
    ],
)  # fmt: skip
def test_columns_by_the_names_that_senders_give(header, name):
    assert sheet_columns.understood([header])[0].name == name


def test_no_name_of_a_column_means_two():
    names = [sheet_columns.plain(alias) for name, its in sheet_columns.COLUMNS.items() for alias in (name, *its)]
    assert len(set(names)) == len(names)


def test_of_two_columns_that_mean_the_same_one_is_read_and_numbers_are_joined():
    columns = sheet_columns.understood(["Nama", "Instansi", "Telp", "HP", "No", ""])
    assert [(one.letter, one.name) for one in columns] == [("A", "nama_lembaga"), ("B", ""), ("C", "telepon"), ("D", "telepon"), ("E", "")]  # fmt: skip
    assert columns[4].not_kept
    assert not columns[1].not_kept
    row = sheet_columns.by_name(columns, ["UPTD", "x", "129", "021 29681560", "1"])
    assert row == {"nama_lembaga": "UPTD", "telepon": "129; 021 29681560"}


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_letters(place, name):
    assert sheet_columns.letter(place) == name


TABLE = 'nama_lembaga;provinsi;layanan\r\nUPTD é – “A”;Jabar;konseling; b\r\n;;\r\n# catatan;;\r\nKedua;Bali;"a\nb"\r\n'
READ = [(2, ["UPTD é – “A”", "Jabar", "konseling", "b"]), (5, ["Kedua", "Bali", "a\nb"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_any_encoding_and_separator(encoding, separator):
    text = TABLE.replace("konseling; b", "konseling; b").replace(";", separator)
    columns, rows = sheet_files.read(text.encode(encoding))
    assert [one.name for one in columns] == ["nama_lembaga", "provinsi", "layanan"]
    assert list(rows) == READ


def test_what_excel_writes_above_a_file_and_a_title_above_the_names():
    columns, rows = sheet_files.read(b"sep=|\nDaftar lembaga\nnama lembaga|telp\nA|129\n")
    assert [one.letter for one in columns] == ["A", "B"]
    assert list(rows) == [(4, ["A", "129"])]


def test_a_workbook_says_the_same_as_text():
    rows = [office(telepon="129"), office("Kedua", layanan="=1+1", syarat="@x", biaya="-5")]
    told = [list(sheet_files.read(data)[1]) for data in (as_csv(rows), as_xlsx(rows))]
    assert told[0] == told[1]
    assert told[0][1][1][4] == "=1+1"
    assert sheet_files.read(as_csv(rows))[0] == sheet_files.read(as_xlsx(rows))[0]


def workbook(*rows, formula=None):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Kosong"
    sheet = book.create_sheet("Isi")
    for row in rows:
        sheet.append(row)
    if formula:
        sheet["B3"] = formula
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_numbers_days_and_hours_of_a_workbook_as_people_read_them():
    data = workbook(
        ["nama", "telp", "usia dari", "catatan"], ["A", 129.0, 6, date(2026, 1, 2)], ["B", 1.5, True, time(8)]
    )
    columns, rows = sheet_files.read(data)
    assert [one.name for one in columns] == ["nama_lembaga", "telepon", "usia_dari", ""]
    assert list(rows) == [(2, ["A", "129", "6", "2026-01-02"]), (3, ["B", "1.5", "ya", "08.00"])]


def test_a_formula_is_the_value_it_last_had_and_never_computed():
    data = workbook(["nama", "telp"], ["A", "129"], ["B", ""], formula='=HYPERLINK("http://x.example")')
    assert list(sheet_files.read(data)[1]) == [(2, ["A", "129"]), (3, ["B"])]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "sheet_no_columns"), (b"halo\ndunia", "sheet_no_columns"), (b"\xff\xfea", "sheet_broken"), (b"\x81\x8d", "sheet_broken"),
        (b"PK\x03\x04rusak", "sheet_broken"), (workbook(["a", "b"]), "sheet_no_columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data, key):
    with pytest.raises(sheet_files.Unreadable) as refusal:
        list(sheet_files.read(data)[1])
    assert refusal.value.key == key


def test_a_cell_that_does_not_end_breaks_no_more_than_the_file():
    columns, rows = sheet_files.read(b'nama,telp\nA,"' + b"x" * 200_000)
    with pytest.raises(sheet_files.Unreadable):
        list(rows)
    assert len(columns) == 2


def test_a_row_more_than_fit(monkeypatch):
    monkeypatch.setattr(sheet_files, "MOST_ROWS", 2)
    monkeypatch.setattr(sheet_files, "MOST_EMPTY", 3)
    assert len(list(sheet_files.read(b"nama,telp\n" + b"A,129\n" * 2)[1])) == 2
    with pytest.raises(sheet_files.Unreadable):
        list(sheet_files.read(b"nama,telp\n" + b"A,129\n" * 3)[1])
    assert list(sheet_files.read(b"nama,telp\n" + b",\n" * 4 + b"A,129\n")[1]) == []


def test_a_broken_sheet_inside_a_sound_workbook():
    data = io.BytesIO(workbook(["nama", "telp"], ["A", "129"]))
    out = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(part, text[: len(text) // 2] if "sheet2" in part.filename else text)
    with pytest.raises(sheet_files.Unreadable):
        list(sheet_files.read(out.getvalue())[1])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_is_inert(kind):
    out = io.BytesIO()
    sheet_files.write(out, kind, [("A", [["nama", "telp"], ["=1+1", "+62 21\x00"]]), ("B", [["x"]])])
    assert list(sheet_files.read(out.getvalue())[1]) == [(2, ["=1+1", "+62 21"])]
    if kind == "csv":
        assert b"'=1+1,'+62" in out.getvalue()


# --- rows ---


def test_a_district_s_row_becomes_an_office_and_a_service_of_each_kind():
    told = tell(
        layanan="pengaduan;konseling dan pendampingan hukum;mediasi", jam_layanan="24 jam", biaya="secara gratis"
    )
    assert (told.name, told.place) == ("UPTD PPA Kabupaten Garut", ("ID-JB", "Kabupaten Garut"))
    assert told.fields["city"] == "Kabupaten Garut"
    assert {one.fields["kind"]: one.fields["description"] for one in told.services} == {
        "c1": "pengaduan; mediasi",
        "c6": "konseling dan pendampingan hukum",
        "c4": "konseling dan pendampingan hukum",
    }
    assert all(one.fields["price"] == "f" and len(one.fields["schedules"]) == 7 for one in told.services)
    assert told.services[0].fields["areas"] == [sheets.area("ID-JB", "Kabupaten Garut")]
    assert keys(told) == set()
    assert keys(told, warning=True) == {("sheet_words_without_kind", "layanan")}


def test_a_row_of_the_template_is_one_service():
    told = tell(jenis_bantuan="Konseling", nama_layanan="Ruang Tenang", layanan="Kami mendengarkan; pelan-pelan.",
                usia_dari="6", usia_sampai="17 tahun", daerah_layanan="Indonesia; Bali; Kota Bandung, Jawa Barat; Kota Palu")  # fmt: skip
    (one,) = told.services
    assert (one.title, one.fields["kind"], one.fields["description"]) == (
        "Ruang Tenang",
        "c4",
        "Kami mendengarkan; pelan-pelan.",
    )
    assert (one.fields["minimum_age"], one.fields["maximum_age"]) == (6, 17)
    assert one.fields["areas"] == [
        sheets.area(nationwide=True), sheets.area("ID-BA"), sheets.area("ID-JB", "Kota Bandung"), sheets.area("ID-ST", "Kota Palu")]  # fmt: skip
    assert told.remarks == ()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"nama_lembaga": " "}, ("name_missing", "nama_lembaga")),
        ({"provinsi": "Atlantis"}, ("sheet_province_unknown", "provinsi")),
        ({"kabupaten_kota": "Atlantis"}, ("sheet_district_unknown", "kabupaten_kota")),
        ({"kabupaten_kota": "Bandung"}, ("sheet_district_two", "kabupaten_kota")),
        ({"kabupaten_kota": "Kota Palu"}, ("sheet_district_elsewhere", "kabupaten_kota")),
        ({"telepon": "12345"}, None),
        ({"telepon": "714951"}, ("sheet_phone_not_valid", "telepon")),
        ({"telepon": "lihat Instagram"}, ("sheet_number_missing", "telepon")),
        ({"whatsapp": "129"}, ("whatsapp_needs_a_whole_number", "whatsapp")),
        ({"email": "[email protected]"}, ("sheet_email_not_valid", "email")),
        ({"layanan": "mediasi"}, ("sheet_kind_unknown", "layanan")),
        ({"jenis_bantuan": "sulap"}, ("sheet_kind_unknown", "jenis_bantuan")),
        ({"usia_dari": "enam"}, ("sheet_age_not_valid", "usia_dari")),
        ({"daerah_layanan": "Atlantis"}, ("sheet_area_unknown", "daerah_layanan")),
        ({"daerah_layanan": "Kota Palu, Bali"}, ("sheet_area_unknown", "daerah_layanan")),
    ],
)
def test_faults_name_their_column(row, fault):
    assert keys(tell(**row)) == ({fault} if fault else set())
    assert all(str(remark.values.get("text", "")) in str(row) for remark in tell(**row).remarks)


@pytest.mark.parametrize(
    ("row", "warning"),
    [
        ({"telepon": "fax (021) 29681551; 129"}, ("sheet_fax_left_out", "telepon")),
        ({"telepon": "129, pesan singkat"}, ("sheet_words_left_out", "telepon")),
        ({"email": "a@b.example, c@d.example"}, ("sheet_one_email_kept", "email")),
        ({"situs": "aplikasi Sapa"}, ("sheet_web_left_out", "situs")),
        ({"jam_layanan": "hari kerja"}, ("sheet_hours_as_words", "jam_layanan")),
        ({"jenis": "UPTD PPA", "layanan": "mediasi"}, ("sheet_kind_from_type", "layanan")),
        ({"jenis_bantuan": "bantuan hukum"}, ("sheet_kind_from_words", "jenis_bantuan")),
        ({"layanan": ""}, ("sheet_no_service", "layanan")),
        ({"layanan": "", "biaya": "gratis"}, ("sheet_no_service_but_facts", "layanan")),
        ({"provinsi": "", "kabupaten_kota": ""}, ("sheet_area_missing", "daerah_layanan")),
        ({"provinsi": "", "kabupaten_kota": "Jakarta"}, ("sheet_district_is_a_province", "kabupaten_kota")),
        ({"nama_lembaga": "Rumah Aman Melati"}, ("sheet_taken_as_shelter", "nama_lembaga")),
    ],
)
def test_what_is_left_out_or_guessed_is_said(row, warning):
    told = tell(**row)
    assert keys(told) == set()
    assert warning in keys(told, warning=True)


@pytest.mark.parametrize("told", ["-", "–", "tidak ada", ""])
def test_a_dash_is_no_number(told):
    assert "phones" not in tell(telepon=told).fields
    assert keys(tell(telepon=told)) == set()


def test_the_word_that_erases():
    told = tell(
        telepon="hapus",
        email="Hapus",
        situs="hapus",
        alamat="hapus",
        syarat="hapus",
        jam_layanan="hapus",
        usia_dari="hapus",
    )
    assert {name: told.fields[name] for name in ("phones", "email", "website", "street")} == {
        "phones": [], "email": "", "website": "", "street": ""}  # fmt: skip
    fields = told.services[0].fields
    assert (fields["requirements"], fields["schedules"], fields["hours_note"], fields["minimum_age"]) == (
        "",
        [],
        "",
        None,
    )


# --- shelters ---


@pytest.mark.parametrize(
    "row",
    [
        {"nama_lembaga": "Rumah Aman Melati", "alamat": "Jalan Mawar 3"},
        {"layanan": "konseling;penampungan sementara", "alamat": "Jalan Mawar 3"},
        {"layanan": "shelter", "kode_pos": "40111"},
        {"jenis_bantuan": "c8", "alamat": "x"},
        {"jenis_bantuan": "Tempat tinggal yang aman", "alamat": "x"},
        {"jenis": "RPSA", "alamat": "x"},
        {"layanan": "rumah perlindungan di Jalan Mawar 3"},
        {"nama_lembaga": "Rumah Aman Jl. Mawar", "layanan": ""},
        {"jenis_bantuan": "c8", "telepon": "129 (Gang Mawar 3)"},
    ],
)
def test_a_shelter_beside_a_place_is_refused_whole(row):
    assert keys(tell(**row)) & {
        (key, field)
        for key in ("sheet_shelter_beside_address", "shelter_place_in_words")
        for field in (*sheet_columns.TEMPLATE,)
    }


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_kind_of_shelters_is_known_by_its_name_in_both_languages(language):
    with override(language):
        assert sheets.name_key(str(ServiceKind.SHELTER.label)) in sheets.SHELTER_KIND


def test_a_shelter_without_a_place_has_no_city_either():
    told = tell(nama_lembaga="Rumah Aman Melati", layanan="penampungan")
    assert told.fields["hidden_place"]
    assert not {"city", "street", "postal_code"} & set(told.fields)
    assert told.services[0].fields["areas"] == [sheets.area("ID-JB", "Kabupaten Garut")]


def test_an_office_that_is_known_as_a_shelter_is_one_whatever_it_is_called():
    assert sheets.place_objections({"nama_lembaga": "Melati", "alamat": "x"}, secret=True)
    assert sheets.place_objections({"nama_lembaga": "Melati", "alamat": "x"}) == []


def test_a_service_that_only_mentions_a_shelter_is_none():
    assert keys(tell(jenis_bantuan="konseling", layanan="Kami merujuk ke rumah aman.", alamat="Jalan Mawar 3")) == set()


# --- changes ---


def test_the_texts_of_a_listing_are_those_of_the_pages():
    assert set(sheet_changes.TEXTS) == set(ServicePage.text_fields)
    assert set(sheet_changes.PROVIDER_TEXTS) == set(ProviderPage.text_fields)


def test_only_what_the_row_speaks_of_is_compared():
    held = {"title": "A", "email": "a@b.example", "phones": [{"number": "(021) 29681560", "description_en": "desk", "whatsapp": False}],
            "schedules": [{"weekday": 1, "all_day": False, "opens": "08:00:00", "closes": "16:00:00"}]}  # fmt: skip
    assert sheet_changes.changes(held, {"title": "A", "phones": cells.phones("021 29681560").numbers}) == []
    assert sheet_changes.changes(held, {"schedules": cells.hours("Senin 08.00-16.00")[0]}) == []
    (change,) = sheet_changes.changes(held, {"phones": cells.phones("021 29681560; 129").numbers})
    assert [one["description_en"] for one in change.after] == ["desk", ""]
    assert sheet_changes.changes(held, {"email": "", "title": " A\r\n"})[0].field == "email"
    assert sheet_changes.changes({"hidden_place": True}, {"hidden_place": True}) == []


def test_the_rules_are_asked_of_the_listing_as_it_would_be():
    provider = {"title": "A", "phones": [{"short_code": "129"}]}
    service = {"title": "B", "kind": "c8", "description": "Di Jalan Mawar 3", "street": "x", "minimum_age": 9, "maximum_age": 3,
               "special_days": [{"note": "Gang Mawar 3"}]}  # fmt: skip
    found = {(one.key, one.field) for one in sheet_changes.objections(service, provider=provider, today=TODAY)}
    assert found == {
        ("shelter_has_address", "alamat"), ("shelter_place_in_words", "layanan"), ("ages_reversed", "usia_sampai"), ("shelter_place_in_words", "telepon"),
    }  # fmt: skip
    assert (
        sheet_changes.objections(
            {"title": "B", "kind": "c4", "description": "x"}, provider={"title": "A"}, today=TODAY
        )[0].field
        == "telepon"
    )
    assert [one.key for one in sheet_changes.objections({"title": "x" * 256}, provider=None, today=TODAY)] == [
        "text_too_long"
    ]
    broken = {"title": "A", "phones": [{"number": "abc"}, {"number": "12"}]}
    assert {one.key for one in sheet_changes.objections(broken, provider=None, today=TODAY)} == {"phone_not_valid"}


# --- back to rows ---


def test_hours_and_areas_are_written_as_they_are_read():
    for told in ("Senin–Jumat 08.00–16.00", "24 jam", "Senin, Rabu 08.00-12.00; Sabtu 09.00-12.00", "Minggu 24 jam"):
        schedules, _words = cells.hours(told)
        again, words = cells.hours(sheet_rows.shown_hours(schedules))
        assert (sorted(map(str, again)), words) == (sorted(map(str, schedules)), "")
    assert (
        sheet_rows.shown_areas([sheets.area("ID-JB", "Kota Bandung"), sheets.area(nationwide=True)])
        == "Kota Bandung, Jawa Barat; Indonesia"
    )


def row_of(provider, service=None):
    cells_ = sheet_rows.row_of(
        {"identifier": "1", "title": "A", **provider}, service and {"identifier": "2", **service}, {"c8": "c8"}
    )
    return dict(zip(sheet_columns.TEMPLATE, cells_, strict=True))


def test_a_shelter_s_row_has_no_address_whatever_its_provider_has():
    provider = {"street": "Jalan Mawar 3", "postal_code": "40111", "province": "ID-JB", "city": "Kota Bandung"}
    assert row_of(provider)["alamat"] == "Jalan Mawar 3"
    for service in ({"kind": "c8"}, {"title": "Rumah aman"}):
        assert [row_of(provider, service)[name] for name in sheet_columns.PLACE] == ["", ""]
    assert row_of(provider | {"hidden_place": True})["alamat"] == ""


def test_what_would_be_read_otherwise_is_left_out():
    dated = [{"weekday": 1, "opens": "08:00:00", "closes": "16:00:00", "valid_from": "2026-01-01"}]
    assert row_of({}, {"schedules": dated})["jam_layanan"] == ""
    assert row_of({"province": "ID-JB", "city": "Bandung"})["kabupaten_kota"] == ""
    assert (
        row_of({"phones": [{"number": "+4930123456", "whatsapp": True}, {"number": "x"}]})["whatsapp"]
        == "+49 30 123456"
    )


# --- likely doubles ---


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (
            "UPTD PPA Kota Bandung",
            "Unit Pelaksana Teknis Daerah Perlindungan Perempuan dan Anak (UPTD PPA) Kota Bandung",
            True,
        ),
        ("kantor LPSK", "Lembaga Perlindungan Saksi dan Korban (LPSK)", True),
        ("UPTD PPA Kota Bandung", "UPTD PPA Kabupaten Bandung", False),
        ("UPTD PPA Kota Bandung", "Dinas Sosial Kota Bandung", False),
        ("Pos Pengaduan Melati 1", "Pos Pengaduan Melati 2", False),
        ("Dinas PPPA", "UPTD PPA", False),
    ],
)
def test_likely_the_same_office(one, other, alike):
    offices = Offices()
    offices.add("here", other, ("", ""))
    assert (offices.like(one, ("", "")) == "here") == alike


def test_offices_of_two_places_are_two_and_a_long_list_is_not_compared_whole():
    offices = Offices()
    offices.add("here", "UPTD PPA Melati", ("ID-JB", "Kota Bandung"))
    assert offices.like("UPTD PPA Melati", ("ID-BA", "")) is None
    assert offices.like("UPTD PPA Melati", ("ID-JB", "")) == "here"
    for number in range(300):
        offices.add(number, f"Melati lain{chr(97 + number % 26)}", ("ID-JB", ""))
    assert offices.like("Melati putih", ("ID-JB", "")) is None


# --- nothing that is typed makes reading fail ---

TYPED = st.text(max_size=60) | st.text("0123456789 +-()./,;:@wibjamsenin", max_size=60)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*sheet_columns.TEMPLATE, "sumber"]), TYPED))
def test_any_row_is_read(row):
    told = sheets.tell(row, KINDS)
    words = rule_words()
    assert all(remark.key in words for remark in told.remarks)
    for fields, provider in [(told.fields, None), *((one.fields, told.fields) for one in told.services)]:
        sheet_changes.changes({}, fields)
        assert all(
            one.key in words
            for one in sheet_changes.objections(sheet_changes.merged({}, fields), provider=provider, today=TODAY)
        )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"nama,telp\n{text}".encode()))
def test_any_file_is_read_or_refused(data):
    with contextlib.suppress(sheet_files.Unreadable):
        _columns, rows = sheet_files.read(data)
        assert all(len(cells_) <= sheet_columns.MOST_COLUMNS for _number, cells_ in rows)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TYPED)
def test_a_row_that_names_a_shelter_never_keeps_an_address(words):
    told = sheets.tell({"nama_lembaga": f"Rumah Aman {words}", "alamat": "Jalan Mawar 3"}, KINDS)
    assert told.faulty
    assert rules.SHELTER == "c8"
