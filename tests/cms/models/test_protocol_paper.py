"""A protocol as a PDF file: whole, tagged, in its language, with its version on every page, and nothing fetched for it."""

import re
import zlib

import pytest
from django.core.cache import caches
from django.test import RequestFactory
from django.utils.translation import override

from cms import paper
from cms.models import ProtocolPage
from cms.models.paper_pages import kept

ADDRESS, ENGLISH = "/protokol/wawancara-bersama/pdf/", "/en/protocols/joint-interview/pdf/"


@pytest.fixture(autouse=True)
def _nothing_kept():
    caches["files"].clear()


def page(language="id"):
    return ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code=language)


def opened(document):
    """Everything a PDF file says, with its streams unpacked."""
    found = [document]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


@pytest.mark.parametrize(("address", "language"), [(ADDRESS, b"id"), (ENGLISH, b"en")])
def test_it_is_a_tagged_document_in_its_language(db, client, address, language):
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'inline; filename="sekali.pdf"'
    assert not answer.cookies
    said = opened(answer.content)
    assert b"/Lang (" + language in said
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"/Title", b"pdfuaid"):
        assert mark in said
    assert len(re.findall(rb"/Type /Page\b(?!s)", said)) >= 4


def words_below(markup):
    """What stands at the foot of each page."""
    from weasyprint import CSS, HTML

    sheets = [CSS(string=(paper.STYLES / f"{name}.css").read_text()) for name in ("paper", "protocol-paper")]
    feet = []
    for sheet in HTML(string=markup).render(stylesheets=sheets).pages:
        boxes = [box for box in sheet._page_box.all_children() if getattr(box, "at_keyword", "")]
        texts = [part.text for box in boxes for part in box.descendants() if hasattr(part, "text")]
        feet.append(" ".join("".join(texts).split()))
    return feet


def test_version_day_and_number_stand_on_every_page(db):
    request = RequestFactory().get(ADDRESS)
    feet = words_below(page().markup(request))
    assert len(feet) >= 4
    for number, foot in enumerate(feet, start=1):
        assert "Versi 1, berlaku sejak" in foot
        assert foot.replace(" ", "").endswith(f"Halaman{number}dari{len(feet)}")


def test_the_code_leads_back_and_its_address_stands_in_words(db):
    from cms.squares import squares

    markup = page().markup(RequestFactory().get(ADDRESS))
    assert ">http://testserver/protokol/wawancara-bersama/<" in markup
    assert squares("http://testserver/protokol/wawancara-bersama/")[1] in markup
    with override("en"):
        assert "Page <span" in page("en").markup(RequestFactory().get(ENGLISH))


def test_nothing_is_fetched(db, monkeypatch):
    import socket

    def no_network(*_anything):
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    away = "<p><img src='https://a.example/x.png'><img src='file:///etc/hostname'></p>"
    document = paper.as_pdf(f"<!DOCTYPE html><html lang='id'><title>x</title><body>{away}</body></html>", "paper")
    assert document.startswith(b"%PDF")
    assert b"/Image" not in opened(document)


def test_the_same_is_set_once_and_another_text_anew(db, client, monkeypatch):
    made = []
    real = paper.as_pdf
    monkeypatch.setattr("cms.models.paper_pages.as_pdf", lambda *said: made.append(1) or real(*said))
    for _time in range(3):
        assert client.get(ADDRESS).status_code == 200
    assert len(made) == 1
    draft = page()
    draft.clock_days = 9
    draft.save_revision().publish()
    client.get(ADDRESS)
    assert len(made) == 2
    client.get(ENGLISH)
    assert len(made) == 3


def test_another_host_gets_its_own_address(db, client, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    assert client.get(ADDRESS).content != client.get(ADDRESS, headers={"host": "other.example"}).content


@pytest.mark.usefixtures("without_pango")
def test_without_pango_a_page_says_what_to_do(db, client):
    answer = client.get(ADDRESS)
    assert answer.status_code == 503
    html = answer.content.decode()
    assert "libpango-1.0-0" in html
    assert 'href="/protokol/wawancara-bersama/"' in html
    with pytest.raises(paper.CannotBeSet):
        kept("<html lang='id'><title>x</title></html>")


def test_a_page_that_is_withdrawn_or_restricted_has_no_paper(db, client):
    from wagtail.models import PageViewRestriction

    PageViewRestriction.objects.create(page=page().page_ptr, restriction_type=PageViewRestriction.LOGIN)
    assert client.get(ADDRESS).status_code == 302
    page().unpublish()
    assert client.get(ADDRESS).status_code == 404


def test_what_is_still_to_come_is_not_printed_as_if_it_ruled(db, client):
    draft = page()
    draft.effective_from, draft.title, draft.clock_days = "2099-01-01", "Judul yang akan datang", 3
    draft.save_revision().publish()
    html = client.get("/protokol/wawancara-bersama/").content.decode()
    markup = page().markup(RequestFactory().get(ADDRESS))
    for said in (html, markup):
        assert "Judul yang akan datang" not in said
        assert "Wawancara bersama terekam" in said
        assert "Versi 2 berlaku mulai Kam, 1 Jan 2099" in said
        assert "paling lama 14 hari" in said
    assert 'href="/protokol/wawancara-bersama/versi/2/beda/1/"' in html
    assert "Judul yang akan datang" in client.get("/protokol/wawancara-bersama/versi/2/").content.decode()
