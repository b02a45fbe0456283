"""Every version has an address of its own, and two of them can be compared, in both languages."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from cms.models import ProtocolPage, ProtocolVersion, Source

ADDRESS, ENGLISH = "/protokol/wawancara-bersama/", "/en/protocols/joint-interview/"


def ruling():
    return ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code="id")


def change(**values):
    page = ruling()
    for name, value in values.items():
        setattr(page, name, value)
    page.save_revision().publish()


def read(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


@pytest.fixture
def three(db):
    """Three versions: another clock and intro in the second, another step in the third."""
    change(
        clock_days=10, intro="Anak bercerita satu kali kepada satu orang yang terlatih.", what_changed="Lebih cepat."
    )
    page = ruling()
    step = page.steps[0].value
    step["form"] = "Formulir rujukan"
    change(steps=[("step", step)], what_changed="Satu langkah saja.")
    assert ProtocolVersion.objects.of("wawancara-bersama").count() == 3


def said(html, tag):
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return [unescape(re.sub(r'<span class="vh">.*?</span>', "", part)) for part in found]


def test_the_list_names_every_version_with_its_day_and_what_changed(three, client):
    html = read(client, f"{ADDRESS}versi/")
    assert re.findall(r">Versi (\d)</a>", html) == ["3", "2", "1"]
    for words in ("Satu langkah saja.", "Lebih cepat.", "Versi pertama.", "Berlaku sejak", "sudah diganti"):
        assert words in html
    assert f'href="{ADDRESS}versi/3/beda/2/"' in html
    assert "<title>Sekali</title>" in html


def test_one_version_is_shown_as_it_was_published(three, client):
    first, last = read(client, f"{ADDRESS}versi/1/"), read(client, f"{ADDRESS}versi/3/")
    assert len(re.findall(r'id="langkah-\d"', first)) == 9
    assert len(re.findall(r'id="langkah-\d"', last)) == 1
    assert "paling lama 14 hari" in first
    assert "paling lama 10 hari" in last
    assert "Formulir rujukan" in last
    assert "Formulir rujukan" not in first


def test_the_difference_marks_words_and_says_so_to_ears(three, client):
    html = read(client, f"{ADDRESS}versi/2/beda/1/")
    assert "10" in said(html, "ins")
    assert "14" in said(html, "del")
    assert "yang" in said(html, "ins")
    assert '<span class="vh">ditambahkan: </span>10' in html
    assert '<span class="vh">dihapus: </span>14' in html
    assert "Langkah demi langkah" not in html


def test_the_difference_of_a_removed_step_shows_all_its_words(three, client):
    html = read(client, f"{ADDRESS}versi/3/beda/1/")
    gone = " ".join(said(html, "del"))
    assert "Aman lebih dulu" in gone
    assert "Formulir rujukan" in said(html, "ins")
    assert "Catatan penerimaan laporan" in said(html, "del")


def test_english_readers_see_the_indonesian_text_and_are_told_so(three, client):
    html = read(client, f"{ENGLISH}versions/2/difference/1/")
    assert "The text is compared in Indonesian, which rules." in html
    assert '<span class="vh">added: </span>10' in html
    assert "at most" in html
    one = read(client, f"{ENGLISH}versions/1/")
    assert "This is the Indonesian text, which rules." in one
    assert "at most 14 days" in one
    assert "Yang bisa diharapkan anak" in one
    assert f'href="{ENGLISH}versions/3/difference/2/"' in read(client, f"{ENGLISH}versions/")


@pytest.mark.parametrize(
    "path",
    ["versi/9/", "versi/0/", "versi/1/beda/2/", "versi/2/beda/2/", "versi/2/beda/9/", "versi/x/", "versi/1/beda/"],
)
def test_what_never_was_has_no_address(three, client, path):
    read(client, ADDRESS + path, status=404)


def test_a_copy_shows_no_version_of_its_original(three, client):
    copied = ruling().copy(update_attrs={"slug": "salinan", "title": "Salinan"})
    read(client, f"{copied.url}versi/1/", status=404)
    assert "Belum ada versi yang terbit." in read(client, f"{copied.url}versi/")


def test_a_withdrawn_page_takes_its_versions_off_the_site(three, client):
    ruling().unpublish()
    for path in ("", "versi/", "versi/1/", "versi/2/beda/1/"):
        read(client, ADDRESS + path, status=404)


def test_a_restricted_page_keeps_its_versions_too(three, client):
    from wagtail.models import PageViewRestriction

    PageViewRestriction.objects.create(page=ruling().page_ptr, restriction_type=PageViewRestriction.LOGIN)
    for path in ("", "versi/1/"):
        assert client.get(ADDRESS + path).status_code == 302


def test_nobody_is_named(three, client, django_user_model):
    person = django_user_model.objects.create_superuser("kanari@example.org", "x" * 12, first_name="KanariNama")
    page = ruling()
    page.clock_days = 9
    page.save_revision(user=person).publish(user=person)
    for path in ("versi/", "versi/4/", "versi/4/beda/3/"):
        html = read(client, ADDRESS + path)
        assert "KanariNama" not in html
        assert "kanari@" not in html


def test_a_version_stored_before_there_were_forms_and_links_still_opens(three, client):
    """Old rows lack what is younger, and may have blocks that are gone."""
    first = ProtocolVersion.objects.get(code="wawancara-bersama", number=1)
    text = {**first.text, "steps": [{"type": "gone", "value": "x"}, {"type": "step", "value": {"title": "Tua"}}]}
    old = ProtocolVersion(code=first.code, number=9, title="Tua", text=text, page_id=first.page_id)
    page = ruling()
    assert ("steps", ["Tua"]) in page.prose_lines(old)
    empty = ProtocolVersion(code=first.code, number=9, title="Tua", text={}, page_id=first.page_id)
    assert page.prose_lines(empty)[1:] == [(name, []) for name, _lines in page.prose_lines(empty)[1:]]


def test_a_version_without_limits_says_no_number(three, client):
    version = ProtocolVersion.objects.get(code="wawancara-bersama", number=1)
    assert version.limits
    html = read(client, f"{ADDRESS}versi/1/")
    assert html.count("<table") == 3


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("address", [ADDRESS, ENGLISH])
def test_a_protocol_costs_few_questions_however_long_it_is(db, client, address):
    few = queries(client, address)
    page = ruling()
    steps = [("step", block.value) for block in page.steps] * 3
    for days in (11, 12, 13):
        change(clock_days=days, steps=steps)
    assert queries(client, address) == few
    assert few <= 12 + 2  # two of them savepoints


@pytest.mark.parametrize("path", ["versi/", "versi/2/", "versi/2/beda/1/"])
def test_versions_cost_few_questions_however_many_there_are(three, client, path):
    few = queries(client, ADDRESS + path)
    for days in (11, 12, 13):
        change(clock_days=days)
    assert queries(client, ADDRESS + path) == few
    assert few <= 12 + 2


def test_the_law_links_to_where_it_can_be_read_and_names_nobody_on_the_way(db, client):
    Source.objects.filter(key="TPKS-22").update(url="https://peraturan.example/tpks")
    html = read(client, ADDRESS)
    assert '<a href="https://peraturan.example/tpks" rel="noreferrer">' in html
    assert html.count("Tempat membaca") == 1
    assert '<a href="https://doi.org/10.1016/j.chiabu.2007.04.007" rel="noreferrer">' in html


def test_each_step_can_be_linked_to(db, client):
    html = read(client, ADDRESS)
    for number in range(1, 10):
        assert f'id="langkah-{number}"' in html
        assert f'href="#langkah-{number}">Tautan ke langkah {number}</a>' in html


def test_what_was_judged_is_said_to_be_a_judgement(db, client):
    html = read(client, ADDRESS)
    assert "Yang kami nilai sendiri" in html
    assert "Anak tahu hari, lama, jeda, dan siapa yang hadir. Pendamping, 24 jam sebelumnya." in html
    assert "10 menit sebelum akhir" in html


def test_the_page_tree_is_as_it_was(three):
    assert Page.find_problems() == ([], [], [], [], [])
