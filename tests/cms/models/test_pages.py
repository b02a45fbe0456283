"""The pages to read: guides with a path and the law, picture cards with a voice, the glossary, and the ways to them."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Locale, Page

from cms.accounts.models import User
from cms.blocks import CardBlock
from cms.models import CardsPage, GlossaryPage, GuidePage, HomePage, LaidPage
from cms.models.pages import readings
from tests.cast import PASSWORD
from tests.cms import voices
from tests.entering import enter

MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def shelf():
    return LaidPage.objects.get(key="baca").page.specific


def published(page, parent=None):
    (parent or shelf()).add_child(instance=page)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def read(client, page):
    response = client.get(page.url)
    assert response.status_code == 200
    return response.content.decode()


def queries(client, page):
    read(client, page)  # what is asked once a process: content types, site roots
    with CaptureQueriesContext(connection) as captured:
        read(client, page)
    return len([query for query in captured if query["sql"].startswith("SELECT")])


def drawing(number=1):
    file = ContentFile(b"", "a.png")
    Picture.new("RGB", (40, 30), (number, 9, 9)).save(file, "PNG")
    return Image.objects.create(title="Gambar", file=file, width=40, height=30, file_size=1)


def voice():
    return Document.objects.create(title="Suara", file=ContentFile(voices.mp3(), "suara.mp3"))


def step(title="Satu", **more):
    return "step", {"title": title, "text": "<p>Ada.</p>", **more}


def law(source="TPKS-26"):
    return "law", {"source": source, "law": "UU 12/2022 (TPKS)", "article": "pasal 26", "note": "Ada pendamping."}


def card(text="Ini rumahnya.", **more):
    return "card", {"drawing": "house", "image": None, "alternative": "", "text": text, "recording": None, **more}


# --- guides ---


def test_steps_that_follow_each_other_are_one_path_counted_through(db, client):
    body = [step("Satu"), step("Dua"), ("text", "<p>Jeda.</p>"), step("Tiga")]
    html = read(client, published(GuidePage(title="Jalan", slug="jalan", body=body)))
    assert re.findall(r'<ol class="path" start="(\d)">', html) == ["1", "3"]
    assert re.findall(r'<li class="path-step" id="langkah-(\d)">', html) == ["1", "2", "3"]
    assert re.findall(r'href="#langkah-(\d)">(\w+)', html) == [("1", "Satu"), ("2", "Dua"), ("3", "Tiga")]


def test_a_step_leads_to_the_law_it_rests_on_and_every_law_says_to_check_it(db, client):
    body = [step(sources="TPKS-26, PDP-1", who="Penyidik", by_when="besok", expect="Tenang."), law(), law(), law("")]
    html = read(client, published(GuidePage(title="Hukum", slug="hukum", body=body)))
    assert re.findall(r'<a href="#([A-Z0-9-]+)">([^<]+)', html) == [("TPKS-26", "UU 12/2022 (TPKS), pasal 26")]
    assert html.count('id="TPKS-26"') == 1  # named twice, addressed once
    assert html.count("Periksa naskah resmi.") == 3 + 1
    for words in ("Penyidik", "besok", "Tenang."):
        assert words in html


def test_a_picture_is_shown_with_its_words_in_the_size_made_at_publishing(db, client):
    body = [("picture", {"image": drawing(), "alternative": "Sebuah rumah"})]
    html = read(client, published(GuidePage(title="Gambar", slug="gambar", body=body)))
    assert re.search(r'<img src="/media/images/[^"]+" width="40" height="30" alt="Sebuah rumah"', html)
    with pytest.raises(ValidationError):
        GuidePage.body.field.stream_block.child_blocks["picture"].clean({"image": drawing(), "alternative": ""})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (GuidePage, "Belum ada tulisan di sini"),
        (CardsPage, "Belum ada gambar di sini"),
        (GlossaryPage, "Belum ada kata yang dijelaskan di sini"),
    ],
)
def test_an_empty_page_says_so_kindly(db, client, kind, words):
    html = read(client, published(kind(title="Kosong", slug="kosong")))
    assert words in html
    assert "<title>Sekali</title>" in html
    assert "<audio" not in html
    assert 'href="#kartu-1"' not in html


def test_a_shelf_leads_to_what_stands_on_it_in_both_languages(db, client):
    for page in shelf().get_translations(inclusive=True):
        html = read(client, page)
        links = re.findall(r'<a class="link-card" href="([^"]+)"', html)
        assert links == [child.url for child in page.get_children().live().in_menu()]
        assert len(links) >= 6


def test_links_lead_to_published_pages_and_leave_their_words_otherwise(db, client):
    hidden = published(GuidePage(title="Tersembunyi", slug="tersembunyi"))
    hidden.unpublish()
    texts = [f'<p><a id="{pk}" linktype="page">Baca {pk}</a></p>' for pk in (shelf().pk, hidden.pk, 999_999)]
    body = [("text", texts[0]), ("note", {"heading": "Ingat", "text": texts[1]}), step(text=texts[2])]
    html = read(client, published(GuidePage(title="Tautan", slug="tautan", body=body)))
    assert f'<a href="/baca/">Baca {shelf().pk}</a>' in html
    for pk in (hidden.pk, 999_999):
        assert f"<p>Baca {pk}</p>" in html
    assert "linktype" not in html


def test_an_address_leads_to_its_page_however_deep_and_to_no_draft(db, client):
    deep = published(GuidePage(title="Dalam", slug="dalam"), parent=published(GuidePage(title="Luar", slug="luar")))
    assert deep.url == "/baca/luar/dalam/"
    assert "<h1>Dalam</h1>" in read(client, deep)
    assert "<h1>Dalam</h1>" not in client.get("/en/baca/luar/dalam/").content.decode()
    deep.unpublish()
    assert [client.get(address).status_code for address in ("/baca/luar/dalam/", "/baca/x/dalam/", "/luar/dalam/")] == [
        404
    ] * 3


# --- cards ---


def test_each_card_has_an_address_and_leads_on_and_back(db, client):
    page = published(CardsPage(title="Kartu", slug="kartu", cards=[card(f"Kartu {n}.") for n in range(1, 4)]))
    html = read(client, page)
    assert re.findall(r'<li class="picture-card" id="kartu-(\d)">', html) == ["1", "2", "3"]
    assert re.findall(r'class="button[^"]*" href="#([a-z0-9-]+)"', html) == [
        "kartu-1", "kartu-2", "kartu-1", "kartu-3", "kartu-2", "selesai",
    ]  # fmt: skip
    assert "<audio" not in html
    assert 'id="selesai"' in html
    assert "media-src" not in client.get(page.url)["Content-Security-Policy"]


def test_a_card_needs_something_to_look_at_and_a_picture_its_words(db):
    block = CardBlock()
    for value, field in (({"drawing": ""}, "drawing"), ({"image": drawing(), "drawing": ""}, "alternative")):
        with pytest.raises(ValidationError) as refused:
            block.clean(block.normalize({**card()[1], **value}))
        assert set(refused.value.block_errors) == {field}
    block.clean(block.normalize({**card()[1], "image": drawing(), "drawing": "", "alternative": "Rumah"}))


# --- voices ---


def test_a_voice_is_heard_where_a_published_card_plays_it_and_nowhere_else(db, client):
    document = voice()
    address = f"/sound/{document.pk}/"
    assert client.get(address).status_code == 404
    page = published(CardsPage(title="Suara", slug="suara", cards=[card(recording=document)]))
    html = read(client, page)
    found = re.search(r"<audio[^>]*>", html)[0]
    assert 'preload="none"' in found
    assert "controls" in found
    assert f'src="{address}"' in found
    assert 'aria-label="Dengarkan: Ini rumahnya."' in found
    assert "autoplay" not in found
    assert "media-src 'self'" in client.get(page.url)["Content-Security-Policy"]
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "audio/mpeg", "no-store")
    assert answer.content == voices.FRAME * 40
    assert not answer.cookies
    assert "Suara" not in str(answer.headers)
    page.unpublish()
    assert client.get(address).status_code == 404


def test_a_voice_can_be_asked_for_in_parts(db, client):
    document = voice()
    published(CardsPage(title="Suara", slug="suara", cards=[card(recording=document)]))
    whole, address = voices.FRAME * 40, f"/sound/{document.pk}/"
    for asked, first, last in (
        ("bytes=0-1", 0, 1),
        ("bytes=100-", 100, len(whole) - 1),
        ("bytes=9-99999999", 9, len(whole) - 1),
    ):
        answer = client.get(address, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, whole[first : last + 1])
        assert answer["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
        assert answer["Content-Length"] == str(last - first + 1)
    for asked in ("bytes=99999999-", "lines=1-2", "bytes=1-2,5-6", "bytes=-5"):
        assert client.get(address, headers={"Range": asked}).status_code == 200
    assert client.post(address).status_code == 405


def test_neither_a_draft_nor_the_documents_own_door_lets_a_voice_out_but_to_an_editor(db, client):
    document = voice()
    page = published(CardsPage(title="Suara", slug="suara", cards=[card()]))
    page.cards = [card(recording=document)]
    page.save_revision()
    assert client.get(f"/sound/{document.pk}/").status_code == 404
    assert client.get(document.url, follow=True).status_code == 404
    enter(client, User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos"))
    assert client.get(document.url, follow=True).content == voices.FRAME * 40


def test_a_paper_is_no_voice(db, client):
    paper = Document.objects.create(title="Berkas", file=ContentFile(b"%PDF-1.4\n%%EOF\n", "a.pdf"))
    published(CardsPage(title="Suara", slug="suara", cards=[card(recording=paper)]))
    assert client.get(f"/sound/{paper.pk}/").status_code == 404
    assert client.get("/sound/999999/").status_code == 404


# --- glossary ---


def test_words_stand_by_the_alphabet_each_with_an_address_of_its_own(db, client):
    words = ["Sesi", "jaksa", "Anak", "Sesi", "…"]
    terms = [("term", {"term": word, "meaning": f"<p>Arti {word}.</p>"}) for word in words]
    page = published(GlossaryPage(title="Kata", slug="kata", terms=terms))
    assert [letter for letter, _words in page.by_letter()] == ["A", "J", "S", "…"]
    html = read(client, page)
    addresses = re.findall(r'<div id="([^"]+)">\s*<dt>', html)
    assert addresses == ["anak", "jaksa", "sesi", "sesi-", "kata"]
    assert len(addresses) == len(set(addresses))


# --- the ways to them ---


@pytest.mark.parametrize(
    ("address", "who", "told"),
    [
        ("/", ["Aku anak, 12 tahun", "Aku berumur 13–17", "Saya ibu, ayah", "Saya guru", "Saya petugas"], "/baca/d/"),
        (
            "/en/",
            ["I am a child, 12", "I am 13 to 17", "I am a mother", "I am a teacher", "I am an officer"],
            "/en/read/d/",
        ),
    ],
)
def test_the_front_page_leads_everybody_to_their_page(db, client, address, who, told):
    html = client.get(address).content.decode()
    ways = re.findall(r'<a class="link-card" href="([^"]+)">.*?<span>([^<]+)</span>', html, re.DOTALL)
    shelf_url = told[: -len("d/")]
    assert [words.startswith(start) for (_url, words), start in zip(ways[:5], who, strict=True)] == [True] * 5
    assert [url for url, _words in ways[5:]] == [shelf_url]
    assert [client.get(url).status_code for url, _words in ways] == [200] * 6
    assert f'href="{told}"' in html


def test_a_page_without_an_audience_or_in_another_language_is_not_offered(db, client):
    GuidePage.objects.update(audience="")
    CardsPage.objects.update(audience="")
    assert "link-card" not in client.get("/").content.decode()
    english = GuidePage.objects.filter(locale__language_code="en").first()
    english.audience = "parent"
    english.save()
    assert "link-card" not in client.get("/").content.decode()
    assert f'href="{english.url}"' in client.get("/en/").content.decode()


def test_one_query_knows_what_only_the_kinds_know(db, django_assert_num_queries):
    below = Page.objects.child_of(shelf())
    with django_assert_num_queries(1):
        told = {(page.slug, page.audience, bool(page.intro)) for page in readings(below)}
    assert {("a", "child", True), ("b", "teen", True), ("d", "told", True), ("e", "parent", True)} <= told


def test_addresses_and_tabs_say_nothing_of_what_is_read(db, client):
    for page in Page.objects.descendant_of(shelf(), inclusive=True).live():
        assert re.fullmatch(r"/baca/(?:[a-z]/)?", page.url), page.url
        assert "<title>Sekali</title>" in read(client, page)


# --- queries ---


def test_queries_do_not_grow_with_what_is_written(db, client):
    home = HomePage.objects.get(locale=Locale.objects.get(language_code="id"))
    link = f'<p><a linktype="page" id="{shelf().pk}">Baca</a></p>'

    def guide(number):
        body = [step(sources="TPKS-26"), ("text", "<p>Ada.</p>"), law()] * number
        return body + [("picture", {"image": drawing(n), "alternative": "Rumah"}) for n in range(number)]

    def cards(number):
        return [card(recording=voice(), image=drawing(n), alternative="Rumah") for n in range(number)]

    few = published(GuidePage(title="Sedikit", slug="sedikit", body=[*guide(1), ("text", link)]))
    many = published(GuidePage(title="Banyak", slug="banyak", body=[*guide(8), ("text", link)]))
    one = published(CardsPage(title="Satu", slug="satu", cards=cards(1)))
    twelve = published(CardsPage(title="Dua belas", slug="dua", cards=cards(12)))
    word = [("term", {"term": "Kata", "meaning": "<p>Arti.</p>"})]
    short = published(GlossaryPage(title="Pendek", slug="pendek", terms=word))
    long = published(GlossaryPage(title="Panjang", slug="panjang", terms=word * 60))
    counted = {page.slug: queries(client, page) for page in (few, many, one, twelve, short, long, shelf(), home)}
    for number in range(9):
        published(GuidePage(title=f"Anak {number}", slug=f"anak-{number}", show_in_menus=True, audience="teacher"))
    assert counted["sedikit"] == counted["banyak"]
    assert counted["satu"] == counted["dua"]
    assert counted["pendek"] == counted["panjang"]
    assert [queries(client, page) for page in (shelf(), home)] == [counted["baca"], counted[home.slug]]
    assert max(counted.values()) <= MOST_QUERIES, counted
