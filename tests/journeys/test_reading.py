"""Reading as a child, a parent or an officer does: by finger, by keyboard, by ear, without scripts, and gone again at once."""

import re

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from wagtail.documents.models import Document

from cms.models import CardsPage, LaidPage
from tests.cms import voices
from tests.journeys.test_exit import Elsewhere, elsewhere  # noqa: F401 -- a fixture
from tests.journeys.test_pages import SMALL_AND_LARGE, looked_at

pytestmark = pytest.mark.browser

LETTERS = "abcdefghkps"
PATHS = {"id": ["/baca/", *(f"/baca/{letter}/" for letter in LETTERS)],
         "en": ["/read/", *(f"/read/{letter}/" for letter in LETTERS)]}  # fmt: skip


@SMALL_AND_LARGE
def test_every_page_to_read_is_whole_in_both_languages(visit, width, scheme):
    for language, paths in PATHS.items():
        reader = visit(language, viewport={"width": width, "height": 720}, color_scheme=scheme)
        assert looked_at(reader, paths) == {}


def test_from_the_front_page_everybody_finds_their_page(visit):
    for language in ("id", "en"):
        reader = visit(language)
        for words in ("I am a child, 12 or younger", "I am 13 to 17 years old", "I am a mother, father or guardian",
                      "I am a teacher", "I am an officer", "Every step, with who comes and when"):  # fmt: skip
            reader.open("/")
            reader.follow(words)
            assert re.fullmatch(r"/(?:baca|read)/[a-z]/", reader.path), words
            assert reader.page.title() == "Sekali"
            reader.follow("All pages to read")
            assert re.fullmatch(r"/(?:baca|read)/", reader.path)


def until(page, expression):
    """Wait until this is true; Playwright's own waiting would need the `eval` that the policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never came true: {expression}")


def seen(page):
    """The numbers of the cards that are whole in the window."""
    return page.evaluate("""[...document.querySelectorAll(".picture-card")].flatMap((card, at) => {
      const box = card.querySelector(".picture-card-text").getBoundingClientRect();
      return box.top >= 0 && box.bottom <= innerHeight ? [at + 1] : [];
    })""")


@pytest.mark.parametrize("scripts", [True, False])
def test_cards_are_read_one_at_a_time_by_keyboard_with_and_without_scripts(visit, scripts):
    child = visit("id", viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    child.open("/baca/a/")
    page = child.page
    page.get_by_role("link", name=child.words("Start")).focus()
    for number in range(1, 13):
        page.keyboard.press("Enter")
        page.wait_for_url(f"**#kartu-{number}")
        if scripts:
            until(page, f"document.querySelector('#kartu-{number}').getBoundingClientRect().top < 120")
            assert seen(page) == [number]
        page.keyboard.press("Tab")
        if number > 1:  # the way back comes first
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#selesai")
    assert page.get_by_role("heading", name=child.words("Do you want to talk to somebody?")).is_visible()


def test_whoever_leaves_from_the_middle_of_the_cards_cannot_be_brought_back_to_them(visit, elsewhere):  # noqa: F811
    child = visit()
    child.open("/info/")
    child.open("/baca/a/")
    for link in ("#kartu-1", "#kartu-2", "#kartu-3"):
        child.page.locator(f"a[href='{link}']").first.click()
        child.page.wait_for_url(f"**{link}")
    child.page.keyboard.press("Shift")
    child.page.keyboard.press("Shift")
    child.page.keyboard.press("Shift")
    child.page.wait_for_url(elsewhere.address)
    child.page.go_back(wait_until="commit")
    assert child.path == "/info/"
    child.watch.troubles = [said for said in child.watch.troubles if not said.startswith("foreign: http://127.0.0.2:")]


def test_a_card_with_a_voice_is_heard_and_one_without_has_no_dead_control(visit, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with transaction.atomic():
        document = Document.objects.create(title="Suara", file=ContentFile(voices.mp3(), "a.mp3"))
        cards = CardsPage.objects.get(pk=LaidPage.objects.get(key="anak-kecil").page_id)
        raw = [dict(block.value) for block in cards.cards]
        raw[1]["recording"] = document
        cards.cards = [("card", value) for value in raw]
        cards.save_revision().publish()
    child = visit()
    asked = []
    child.page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):  # fresh, and as it was kept
        child.open("/baca/a/")
        assert child.page.locator("audio").count() == 1
        name = child.words("Listen: %(text)s", text="Kalau ada orang yang menyakitimu, itu bukan salahmu.")
        sound = child.page.get_by_label(name)
        assert sound.evaluate("(audio) => [audio.controls, audio.autoplay, audio.preload]") == [True, False, "none"]
        assert not [url for url in asked if "/sound/" in url]  # nothing is fetched before somebody asks
    sound.evaluate("(audio) => audio.play()")
    until(child.page, "document.querySelector('audio').currentTime > 0.05")
    assert sound.evaluate("(audio) => audio.error") is None
    assert looked_at(child, ["/baca/a/"]) == {}


def test_the_law_of_a_step_and_a_word_of_the_glossary_have_addresses(visit):
    reader = visit()
    reader.open("/baca/d/")
    reader.page.locator("#langkah-3 a[href='#TPKS-26']").click()
    reader.page.wait_for_url("**#TPKS-26")
    assert reader.page.locator("#TPKS-26").is_visible()
    reader.open("/baca/h/#pendamping")
    assert reader.page.locator("#pendamping dfn").inner_text() == "Pendamping"


def test_on_paper_each_card_has_a_page_and_the_law_is_printed(visit, tmp_path):
    reader = visit()
    reader.open("/baca/a/")
    reader.page.emulate_media(media="print")
    sheets = len(re.findall(rb"/Type\s*/Page\b", reader.page.pdf(format="A5")))
    assert 12 <= sheets <= 14
    reader.open("/baca/d/")
    reader.page.emulate_media(media="print")
    assert reader.page.locator("#TPKS-26").is_visible()
    assert not reader.page.locator(".exit").is_visible()
