"""The pages of an upload: who gets in, what the preview says, and that looking and pressing do what they say."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.database.context import acting_as
from directory.actions import sheets as actions
from directory.forms import sheets as forms
from directory.models import ProviderPage, ServicePage, Sheet, SheetRow
from directory.rules import sheet_files
from directory.rules.sheet_columns import TEMPLATE
from tests.directory import factories
from tests.directory.sheets import as_csv, as_xlsx, checked, office, real, saved
from tests.entering import enter

pytestmark = pytest.mark.django_db
UPLOAD = "/provider/upload/"


@pytest.fixture
def reviewer():
    return factories.reviewer()


@pytest.fixture
def editor(reviewer):
    person = factories.user("penyunting")
    factories.provider("UPTD PPA Kabupaten Garut", by=reviewer, editors=[person])
    return person


@pytest.fixture
def inside(client, reviewer):
    """The reviewer's browser."""
    enter(client, reviewer)
    return client


def send(client, data, name="daftar.csv"):
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data)}, secure=True)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def own(person):
    with acting_as(person):
        return Sheet.objects.get()


def address(sheet, name="sheet_detail"):
    return reverse(f"directory:{name}", args=[sheet.identifier])


def prepared(person, rows):
    with acting_as(person):
        return checked(rows, person)


# --- who ---


def test_the_way_in_is_shut_to_strangers(client):
    assert client.get(UPLOAD, secure=True).status_code == 302
    enter(client, factories.user("orang"))
    for name in ("sheet_upload", "sheet_template", "sheet_export"):
        assert client.get(reverse(f"directory:{name}"), secure=True).status_code == 403
    assert send(client, as_csv([office()])).status_code == 403


def test_another_s_file_does_not_exist(client, reviewer, editor):
    sheet = prepared(reviewer, [office("Rahasia Sekali")])
    enter(client, editor)
    for name in ("sheet_detail", "sheet_faults"):
        assert client.get(address(sheet, name), secure=True).status_code == 404
    for name in ("sheet_save", "sheet_forget"):
        assert client.post(address(sheet, name), secure=True).status_code == 404
        assert client.get(address(sheet, name), secure=True).status_code == 405
    assert "1 baris" not in text(client.get(UPLOAD, secure=True))


def test_nothing_of_it_is_kept_by_a_browser(inside, reviewer):
    sheet = prepared(reviewer, [office()])
    for path in (UPLOAD, address(sheet), address(sheet, "sheet_faults")):
        assert inside.get(path, secure=True)["Cache-Control"] == "no-store, private"


def test_the_admin_s_menu_leads_reviewers_there_and_a_provider_s_people_not(client, reviewer, editor):
    enter(client, reviewer)
    assert b"/provider/upload/" in client.get("/admin/", secure=True).content
    enter(client, editor)
    assert b"/provider/upload/" not in client.get("/admin/", secure=True).content


# --- sending ---


def test_from_the_file_to_drafts(inside, reviewer):
    answer = inside.get(UPLOAD, secure=True)
    assert "Unggah lembar kerja" in text(answer)
    answer = send(inside, as_csv([office(), office("Kedua", telepon="714951")]))
    sheet = own(reviewer)
    assert (answer.status_code, answer["Location"]) == (302, address(sheet))
    seen = text(inside.get(address(sheet), secure=True))
    assert "Semua 2" in seen
    assert "Kolom D (telepon): “714951” bukan nomor telepon yang lengkap." in seen
    assert "1 baris tidak ikut disimpan" in seen
    assert "Simpan sebagai draf untuk ditinjau" in seen
    assert not ProviderPage.objects.exists()
    answer = inside.post(address(sheet, "sheet_save"), secure=True)
    assert answer["Location"] == address(sheet)
    seen = text(inside.get(address(sheet), secure=True))
    assert "Draf menunggu peninjau" in seen
    assert [page.title for page in ProviderPage.objects.all()] == ["UPTD PPA Kabupaten Garut"]
    assert not ServicePage.objects.listed().exists()
    assert "Kedua" in text(inside.get(address(sheet), {"f": "faulty"}, secure=True))
    assert "tersimpan" in text(inside.get(UPLOAD, secure=True))


def test_a_workbook_too(inside, reviewer):
    send(inside, as_xlsx([office()]), "daftar.xlsx")
    inside.get(address(own(reviewer)), secure=True)
    assert own(reviewer).state == "ready"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n", "Ini bukan lembar kerja."), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "terkunci atau berformat lama"),
        (b"a,b\n1,2\n", "Nama kolom dalam berkas ini tidak dikenali."), (b"", "kosong"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_answered_in_a_sentence(inside, data, words):
    answer = send(inside, data)
    assert answer.status_code == 200
    assert words in text(answer)


def test_long_work_shows_how_far_it_is_and_goes_on_by_itself(inside, reviewer, monkeypatch):
    monkeypatch.setattr(actions, "CHECKED", 2)
    monkeypatch.setattr(actions, "WRITTEN", 2)
    send(inside, as_csv([office(f"Lembaga {letter}") for letter in "ABC"]))
    sheet = own(reviewer)
    answer = inside.get(address(sheet), secure=True)
    assert b'http-equiv="refresh"' in answer.content
    assert "2 dari 3 baris" in text(answer)
    assert b'http-equiv="refresh"' not in inside.get(address(sheet), secure=True).content
    inside.post(address(sheet, "sheet_save"), secure=True)
    assert "Berkas Anda sedang disimpan" in text(inside.get(address(sheet), secure=True))
    assert "Tersimpan untuk ditinjau" in text(inside.get(address(sheet), secure=True))
    assert ProviderPage.objects.count() == 3


def test_saving_what_is_still_checked_is_refused_in_words(inside, reviewer):
    with acting_as(reviewer):
        sheet = actions.receive_sheet(data=as_csv([office()]), by=reviewer, now=actions.timezone.now())
    answer = inside.post(address(sheet, "sheet_save"), secure=True)
    assert answer.status_code == 409
    assert "Berkas ini masih diperiksa." in text(answer)


def test_forgetting(inside, reviewer):
    sheet = prepared(reviewer, [office()])
    assert inside.post(address(sheet, "sheet_forget"), secure=True)["Location"] == UPLOAD
    with acting_as(reviewer):
        assert not SheetRow.objects.exists()
    assert inside.get(address(sheet), secure=True).status_code == 404


# --- the preview ---


def test_the_preview_says_what_was_and_what_will_be(client, reviewer, editor):
    provider = ProviderPage.objects.get()
    factories.service(provider, "Konseling", kind="c4", description="Lama <b>.", price="f")
    sheet = prepared(editor, [office(nama_layanan="Konseling", jenis_bantuan="c3", layanan="Baru.", telepon="021 29681560; 0857 7001 0048 (WA)",
                                     jam_layanan="Senin-Jumat 08.00-16.00", biaya="hapus", lain="x")])  # fmt: skip
    enter(client, editor)
    seen = text(client.get(address(sheet), {"f": "changed"}, secure=True))
    assert "Lama &lt;b&gt;. → Baru." in seen
    assert "Konseling dan pendampingan jiwa" in seen or "→ Layanan kesehatan" in seen or "kesehatan" in seen
    assert "(021) 29681560; 0857-7001-0048 (WhatsApp)" in seen
    assert "Senin–Jumat 08.00–16.00" in seen
    assert "Kabupaten Garut, Jawa Barat" in seen or "Indonesia" in seen
    assert "1 kolom tidak dibaca" in seen
    with override("en"):
        english = text(client.get(address(sheet), secure=True))
    assert "What changes" in english


def test_filters_pages_and_strange_filters(inside, reviewer):
    sheet = prepared(reviewer, [office(f"Lembaga {number}") for number in range(30)])
    assert text(inside.get(address(sheet), {"page": "2"}, secure=True)).count("Baris ") == 5 + 1
    assert "Tidak ada baris seperti itu" in text(inside.get(address(sheet), {"f": "faulty"}, secure=True))
    assert inside.get(address(sheet), {"f": "'; --", "page": "x"}, secure=True).status_code == 200


@pytest.mark.parametrize("name", ["sheet_detail", "sheet_faults"])
def test_as_many_queries_for_three_rows_as_for_one(inside, reviewer, name):
    def count(names):
        sheet = prepared(reviewer, [office(f"Lembaga {name}", telepon="714951", situs="aplikasi") for name in names])
        with CaptureQueriesContext(connection) as queries:
            assert inside.get(address(sheet, name), secure=True).status_code == 200
        return len(queries)

    assert count("A") == count("ABC")


def test_the_faults_as_a_file_that_no_spreadsheet_computes(inside, reviewer):
    sheet = prepared(reviewer, [office(telepon="=1+1 lihat", situs="aplikasi")])
    answer = inside.get(address(sheet, "sheet_faults"), secure=True)
    told = answer.content.decode("utf-8-sig")
    assert answer["Content-Disposition"].startswith("attachment")
    assert told.splitlines()[0] == "baris,kolom,jenis catatan,apa,yang perlu dilakukan"
    assert "2,D (telepon),kesalahan,Tidak ada nomor dalam “=1+1 lihat”.," in told
    assert "2,F (situs),perhatikan," in told
    assert not re.search(r"(^|,)[=+@-]", told, re.MULTILINE)


def test_every_row_of_the_real_file_says_what_is_wrong_by_row_and_column(inside, reviewer):
    sheet = prepared(reviewer, real())
    told = inside.get(address(sheet, "sheet_faults"), secure=True).content.decode("utf-8-sig")
    with acting_as(reviewer):
        faulty = list(sheet.rows.filter(fate="faulty").values_list("number", flat=True))
    for number in faulty:
        lines = [line for line in told.splitlines() if line.startswith(f"{number},") and ",kesalahan," in line]
        assert lines, number
        assert all(re.match(r"\d+,[A-N] \([a-z_]+\),", line) for line in lines)


# --- files to begin with ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_is_read_back_and_saves_nothing_of_itself(inside, reviewer, kind):
    answer = inside.get("/provider/upload/template/", {"f": kind}, secure=True)
    data = b"".join(answer.streaming_content)
    assert f"sekali-contoh.{kind}" in answer["Content-Disposition"]
    columns, rows = sheet_files.read(data)
    assert [one.name for one in columns] == list(TEMPLATE)
    assert list(rows) == []
    assert "Berkas ini tidak berisi satu baris pun." in text(send(inside, data))


def test_the_template_explains_every_column_and_lists_what_to_choose(inside):
    from openpyxl import load_workbook

    assert set(forms.EXPLAINED) == set(TEMPLATE)
    answer = inside.get("/provider/upload/template/", {"f": "xlsx"}, secure=True)
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["Layanan", "Cara mengisi", "Pilihan"]
    assert book["Pilihan"].max_row == 515
    assert {row[0].value for row in book["Cara mengisi"].iter_rows()} >= set(TEMPLATE)


def test_one_s_own_listings_and_nobody_else_s(client, reviewer, editor):
    factories.service(ProviderPage.objects.get(), "Konseling")
    factories.service(factories.provider("Lembaga Lain", by=reviewer), "Layanan Lain")
    enter(client, editor)
    for kind in ("csv", "xlsx"):
        data = b"".join(client.get("/provider/upload/own/", {"f": kind}, secure=True).streaming_content)
        rows = list(sheet_files.read(data)[1])
        assert [row[1][1] for row in rows] == ["UPTD PPA Kabupaten Garut"]
        assert b"Lain" not in data


def test_a_list_that_is_too_long_for_a_file_says_where_it_ends(client, reviewer, editor, monkeypatch):
    monkeypatch.setattr(forms, "MOST_ROWS", 1)
    for name in ("Satu", "Dua"):
        factories.service(ProviderPage.objects.get(), name)
    enter(client, editor)
    told = b"".join(client.get("/provider/upload/own/", secure=True).streaming_content).decode("utf-8-sig")
    assert "# Daftar berhenti di sini" in told.splitlines()[-1]
    assert len(list(sheet_files.read(told.encode())[1])) == 1


def test_saving_the_real_file_publishes_nothing(reviewer, client):
    with acting_as(reviewer):
        saved(real(), reviewer)
    assert ProviderPage.objects.count() == 32
    for page in ("/info/", "/en/info/"):
        assert b"UPTD" not in client.get(page, secure=True).content
