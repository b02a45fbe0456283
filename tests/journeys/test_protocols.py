"""A protocol in a browser: read, linked to, compared, searched and printed, on a phone and a desk, by day and by night."""

import pytest
from django.db import transaction

from cms.models import ProtocolPage
from tests.journeys.test_pages import faults, overflow

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HERE = "/protokol/wawancara-bersama/"
EACH = pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])


@pytest.fixture
def second(site):
    """A second version with another clock and other words, and a third that waits for its day."""
    with transaction.atomic():
        for days, words, starts in ((10, "Anak bercerita satu kali saja.", None), (9, "Naskah nanti.", "2099-01-01")):
            page = ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code="id")
            page.clock_days, page.intro, page.effective_from = days, words, starts
            page.save_revision().publish()


@EACH
def test_every_page_of_a_protocol_is_sound(visit, second, width, scheme):
    reader = visit("id", viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in ("/protokol/", HERE, f"{HERE}versi/", f"{HERE}versi/1/", f"{HERE}versi/2/beda/1/", f"{HERE}versi/3/beda/2/",
                 "/en/protocols/joint-interview/versions/2/difference/1/"):  # fmt: skip
        assert reader.open(path).status == 200, path
        assert faults(reader.page) == [], path
        assert overflow(reader.page) <= 0, path


def test_a_step_is_linked_to_by_keyboard(visit, second):
    reader = visit("id", viewport={"width": 360, "height": 800})
    reader.open(HERE)
    link = reader.page.get_by_role("link", name="Tautan ke langkah 3")
    link.focus()
    reader.page.keyboard.press("Enter")
    assert reader.page.url.endswith("#langkah-3")
    assert reader.page.locator("#langkah-3").evaluate("element => element.matches(':target')")


@EACH
def test_the_search_finds_and_says_so_when_it_does_not(visit, second, width, scheme):
    reader = visit("id", viewport={"width": width, "height": 800}, color_scheme=scheme)
    reader.open("/protokol/")
    reader.page.get_by_label("Cari di protokol dan panduan").fill("seragam")
    reader.page.keyboard.press("Enter")
    reader.page.get_by_role("link", name="Wawancara bersama terekam").wait_for()
    assert reader.page.url.endswith("/find/")
    assert (faults(reader.page), max(0, overflow(reader.page))) == ([], 0)
    reader.page.get_by_label("Cari di protokol dan panduan").fill("zzqx")
    reader.page.keyboard.press("Enter")
    reader.page.get_by_role("link", name="Tampilkan semua protokol").wait_for()
    reader.page.locator(".empty").wait_for()
    assert (faults(reader.page), max(0, overflow(reader.page))) == ([], 0)


def test_on_paper_everything_is_open_and_nothing_is_in_the_way(visit, second):
    reader = visit("id", viewport={"width": 1280, "height": 900})
    reader.open(HERE)
    reader.page.emulate_media(media="print")
    shown = "element => element.getClientRects().length > 0"
    assert not reader.page.locator(".exit").first.evaluate(shown)
    assert not reader.page.locator(".step-link").first.evaluate(shown)
    assert reader.page.locator("[id='TPKS-22'] p").first.evaluate(shown)
    assert reader.page.get_by_text("Apakah versi ini masih berlaku").evaluate(shown)
    assert reader.page.pdf(format="A4").startswith(b"%PDF")
