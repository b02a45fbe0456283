"""The public pages: what readers of a protocol see, in both languages."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.models import ProtocolIndexPage, ProtocolPage, ProtocolVersion

ADDRESS, ENGLISH = "/protokol/wawancara-bersama/", "/en/protocols/joint-interview/"


def page(language="id"):
    return ProtocolPage.objects.get(slug__in=["wawancara-bersama", "joint-interview"], locale__language_code=language)


def read(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (ADDRESS, ["Versi 1, berlaku sejak", "Yang bisa diharapkan anak", "Manajer kasus, penyidik", "20–50 menit"]),
        (
            ENGLISH,
            ["Version 1, in force since", "What the child can expect", "Case manager, investigator", "20–50 min"],
        ),
    ],
)
def test_readers_see_the_path_and_the_version(db, client, address, words):
    html = read(client, address)
    for word in words:
        assert word in html
    assert re.findall(r'<li class="path-step" id="(langkah-\d)"', html) == [f"langkah-{n}" for n in range(1, 10)]
    assert "<title>Sekali</title>" in html


@pytest.mark.parametrize(
    ("address", "caution"), [(ADDRESS, "Periksa naskah resmi."), (ENGLISH, "Check the official text.")]
)
def test_every_article_says_to_check_the_official_text(db, client, address, caution):
    html = read(client, address)
    assert html.count(caution) == len(page().legal_basis) == 9


def test_no_reader_gets_a_cookie_and_nothing_is_fetched_elsewhere(db, client):
    """What was read may be linked to; whoever follows such a link is not announced."""
    response = client.get(ADDRESS)
    assert not response.cookies
    html = response.content.decode()
    assert not re.findall(r'<(?!a\b)[^>]*(?:src|href)="(?:https?:)?//', html)
    away = re.findall(r'<a [^>]*href="https?://(?!wa\.me|www\.bmkg\.go\.id)[^>]*>', html)
    assert len(away) == 2
    assert all('rel="noreferrer"' in link for link in away)


def test_the_english_page_shows_the_limits_of_the_indonesian_one(db, client):
    english = page("en")
    english.clock_days = 77
    english.save_revision().publish()
    html = read(client, ENGLISH)
    assert "at most 14 days" in html
    assert "77" not in html


def test_a_version_to_come_is_announced(db, client):
    draft = page()
    draft.clock_days, draft.effective_from = 20, "2099-01-01"
    draft.save_revision().publish()
    html = read(client, ADDRESS)
    assert "Versi 1, berlaku sejak" in html
    assert "Versi 2 berlaku mulai Kam, 1 Jan 2099" in html


def test_a_copy_is_not_in_force(db, client):
    copied = page().copy(update_attrs={"slug": "salinan", "title": "Salinan"})
    html = read(client, copied.url)
    assert "Belum berlaku" in html
    assert "Angka pemandu perencanaan" not in html


def test_the_list_names_each_version(db, client):
    assert "Versi 1, berlaku sejak" in read(client, "/protokol/")
    assert "Version 1, in force since" in read(client, "/en/protocols/")


def test_an_empty_list_says_so(db, client):
    for shown in ProtocolPage.objects.live().filter(locale__language_code="id"):
        shown.unpublish()
    assert "Belum ada protokol yang terbit." in read(client, "/protokol/")


def another(code):
    index, first = ProtocolIndexPage.objects.get(locale__language_code="id"), page()
    added = ProtocolPage(title=code, slug=code, live=False, code=code)
    for name in ("bands", "roles", "clock_days", "clock_source", "sessions_a_day", "sessions_source"):
        setattr(added, name, getattr(first, name))
    index.add_child(instance=added)
    added.save_revision().publish()


def test_the_list_costs_the_same_for_one_and_for_three(db, client, django_assert_num_queries):
    client.get("/protokol/")  # Wagtail remembers the site's roots
    with CaptureQueriesContext(connection) as one:
        client.get("/protokol/")
    asked = len(one)
    before = ProtocolVersion.objects.count()
    for code in ("rujukan", "kunjungan"):
        another(code)
    assert ProtocolVersion.objects.count() == before + 2
    client.get("/protokol/")
    with django_assert_num_queries(asked):
        assert client.get("/protokol/").content.count(b"card-title") == before + 2


def test_readers_learn_of_sessions_on_several_days_only_where_the_protocol_has_them(db, client):
    ruling = page()
    ruling.parts_most = ruling.parts_days_apart = None
    ruling.parts_source = ""
    ruling.save_revision().publish()
    assert "Sesi dalam satu wawancara yang diperpanjang" not in read(client, ADDRESS)
    ruling.parts_most, ruling.parts_days_apart, ruling.parts_source = 4, 2, "NICHD-EXTENDED"
    ruling.save_revision().publish()
    html = read(client, ADDRESS)
    rows = re.findall(r'<th scope="row">([^<]*)</th>\s*<td data-label="Batas">([^<]*)</td>', html)
    assert rows[-2:] == [
        ("Sesi dalam satu wawancara yang diperpanjang", "paling banyak 4, masing-masing pada hari lain"),
        ("Hari dari satu sesi ke sesi berikutnya", "paling sedikit 2"),
    ]
    assert html.count("Wawancara forensik yang diperpanjang menurut NICHD") == 2
