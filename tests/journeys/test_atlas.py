"""The map under somebody's fingers, and what is taken along, in a real browser: no fault of axe's, no sideways scroll."""

import re

import pytest
from django.db import transaction

from directory import demo
from directory.models import ServicePage
from tests.cast import PASSWORD
from tests.journeys.test_pages import SMALL_AND_LARGE, faults, looked_at, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def paths(site):
    """Every page of the map and of what is taken along, with the demonstration's listings."""
    with transaction.atomic():
        demo.load(password=PASSWORD)
    card = f"/info/s/{ServicePage.objects.live().first().identifier}/card/"
    return ["/info/map/", "/info/map/?n=d3", "/info/print/", "/info/print/?p=JB", "/info/cards/?p=JB", card]


@SMALL_AND_LARGE
def test_pages(visit, paths, width, scheme):
    reader = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    assert looked_at(reader, paths) == {}


def test_no_width_scrolls_sideways(visit, paths):
    assert too_wide(visit("id"), paths) == {}


def test_a_square_is_reached_and_followed_by_keyboard_and_says_its_number(visit, paths):
    reader = visit("en")
    reader.open("/info/map/")
    square = reader.page.get_by_role("link", name="Jawa Barat: 6 services", exact=True)
    reader.page.get_by_label("Which help?").focus()
    for _ in range(40):
        reader.page.keyboard.press("Tab")
        if square.evaluate("node => node === document.activeElement"):
            break
    ring = square.locator(".tile-ring").evaluate("node => getComputedStyle(node).stroke")
    other = reader.page.locator(".tile .tile-ring").first.evaluate("node => getComputedStyle(node).stroke")
    assert (ring != "none", other) == (True, "none")
    with reader.page.expect_navigation():
        reader.page.keyboard.press("Enter")
    assert reader.path == "/info/"
    assert reader.page.url.endswith("?p=JB")


def test_squares_can_be_told_apart_in_chosen_colours(visit, paths):
    reader = visit("en", forced_colors="active")
    reader.open("/info/map/?n=d7")
    words, box = (reader.page.locator(f".tile {part}").first for part in (".tile-count", ".tile-box"))
    fills = [one.evaluate("node => getComputedStyle(node).fill") for one in (words, box)]
    assert fills[0] != fills[1]


def test_a_file_opens_from_a_disk_and_asks_nobody(visit, paths, tmp_path):
    reader = visit("id")
    reader.open("/info/print/?p=JB")
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name=reader.words("Save as one file")).click()
    assert download.value.suggested_filename == "info-JB.html"
    kept = tmp_path / "info-JB.html"
    download.value.save_as(kept)
    elsewhere, asked = reader.page.context.browser.new_page(), []  # another window: this one may open the site only
    elsewhere.on("request", lambda request: asked.append(request.url))
    elsewhere.goto(kept.as_uri())
    assert asked == [kept.as_uri()]
    assert faults(elsewhere) == []
    assert re.search(r"tel:129", elsewhere.content())
    elsewhere.close()
