"""One box finds protocols and guides: published ones, in the reader's language, by words that no address keeps."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale, PageViewRestriction
from wagtail.rich_text import RichText

from cms.models import GuidePage, HomePage, ProtocolPage

pytestmark = pytest.mark.django_db
FIND, IN_ENGLISH = "/find/", "/en/find/"


def guide(title, text, language="id", **values):
    home = HomePage.objects.get(locale__language_code=language)
    page = GuidePage(
        title=title,
        intro="",
        locale=Locale.objects.get(language_code=language),
        body=[("text", RichText(text))],
        **values,
    )
    return home.add_child(instance=page)


def found(client, words, address=FIND):
    answer = client.post(address, {"q": words})
    assert answer.status_code == 200
    return [page.title for page, _excerpt in answer.context["found"]], answer.content.decode()


def test_a_protocol_is_found_by_the_words_of_its_steps(client):
    titles, html = found(client, "seragam")
    assert "Wawancara bersama terekam" in titles
    assert "<mark>seragam</mark>" in html
    assert 'href="/protokol/wawancara-bersama/"' in html
    assert "<title>Sekali</title>" in html


def test_a_guide_is_found_by_its_body(client):
    guide("Untuk wali", "<p>Kanguru kecil melompat di halaman.</p>")
    titles, html = found(client, "kanguru")
    assert titles == ["Untuk wali"]
    assert "<mark>Kanguru</mark> kecil melompat" in html


def test_each_language_finds_its_own(client):
    guide("Kanguru", "<p>Kanguru.</p>")
    guide("Kangaroo", "<p>Kanguru, in English a kangaroo.</p>", "en")
    assert found(client, "kanguru")[0] == ["Kanguru"]
    assert found(client, "kanguru", IN_ENGLISH)[0] == ["Kangaroo"]
    assert "Recorded joint interview" in found(client, "uniform", IN_ENGLISH)[0]


def test_drafts_withdrawn_and_restricted_pages_are_not_found(client):
    guide("Konsep", "<p>Kanguru.</p>", live=False)
    shut = guide("Tertutup", "<p>Kanguru.</p>")
    below = GuidePage(title="Di bawahnya", body=[("text", RichText("<p>Kanguru.</p>"))], locale=shut.locale)
    shut.add_child(instance=below)
    PageViewRestriction.objects.create(page=shut.page_ptr, restriction_type=PageViewRestriction.LOGIN)
    open_one = guide("Terbuka", "<p>Kanguru.</p>")
    assert found(client, "kanguru")[0] == ["Terbuka"]
    open_one.unpublish()
    assert found(client, "kanguru")[0] == []


def test_a_draft_of_a_published_page_is_not_found(client):
    page = ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code="id")
    page.intro = "Kanguru rahasia."
    page.save_revision()
    assert found(client, "kanguru")[0] == []


def test_nothing_found_leads_to_people_who_answer(client):
    titles, html = found(client, "zzqxkanguru")
    assert titles == []
    for way in ('href="tel:129"', 'href="tel:110"', "Tampilkan semua protokol"):
        assert way in html


@pytest.mark.parametrize(("address", "listed"), [(FIND, "/protokol/"), (IN_ENGLISH, "/en/protocols/")])
def test_no_words_lead_to_the_list(client, address, listed):
    for answer in (
        client.get(address),
        client.post(address, {"q": "  "}),
        client.post(address),
        client.get(f"{address}?q=x"),
    ):
        assert (answer.status_code, answer["Location"]) == (302, listed)


def test_the_list_has_the_box_and_no_word_in_an_address(client):
    html = client.get("/protokol/").content.decode()
    assert 'method="post" action="/find/"' in html
    assert "q=kanguru" not in found(client, "kanguru")[1]


def test_it_needs_no_token_and_sets_no_cookie(client):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(FIND, {"q": "anak"})
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize(
    "words", ["' OR 1=1 --", "%%%", "a & | ! ( b", "\x00anak", "<script>alert(1)</script>", "x" * 5000, "🐨"]
)
def test_odd_words_do_no_harm(client, words):
    html = found(client, words)[1] if words.strip("\x00 ") else ""
    assert "<script>alert" not in html


def test_it_costs_the_same_for_one_and_for_many(client):
    guide("Satu", "<p>Kanguru.</p>")
    client.post(FIND, {"q": "kanguru"})
    with CaptureQueriesContext(connection) as one:
        client.post(FIND, {"q": "kanguru"})
    for number in range(4):
        guide(f"Lagi {number}", "<p>Kanguru.</p>")
    with CaptureQueriesContext(connection) as many:
        assert len(found(client, "kanguru")[0]) == 5
    assert len(one) == len(many)


def test_the_words_reach_no_log(client, caplog):
    found(client, "kanguru-yang-diketik")
    assert "kanguru-yang-diketik" not in caplog.text
