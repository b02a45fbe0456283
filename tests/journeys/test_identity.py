"""Write down who a child is, be shown some of it for a reason, and leave nothing of it in the browser."""

import contextlib
import os
from pathlib import Path

import pytest
from playwright.sync_api import Error

from tests.journeys.test_pages import faults, overflow

NAME, NUMBER = "Kenari Uji", "0812 7777 0000"


@pytest.mark.parametrize(("language", "scheme"), [("id", "light"), ("en", "dark")])
def test_who_a_child_is(visit, ready, language, scheme):
    worker = visit(language, viewport={"width": 320, "height": 720}, color_scheme=scheme)
    worker.sign_in(ready.cast.social_worker)
    worker.open(ready.path)
    worker.follow("Write down who the child is")
    page = worker.page
    page.fill("[name=called_name]", NAME)
    page.fill("[name=contact_number]", NUMBER)
    worker.press("Seal and save")  # refused: who, and how, are missing
    assert page.input_value("[name=called_name]") == NAME
    assert page.input_value("[name=contact_number]") == NUMBER
    look(page, "refused")
    page.fill("[name=contact_who]", "Nenek")
    page.select_option("[name=contact_channel]", "call")
    worker.press("Seal and save")
    assert worker.path == ready.path
    assert NAME not in page.content()
    look(page, "case")
    worker.follow("Show something, for a reason")
    look(page, "asked")
    worker.choose("facts", "called_name")
    worker.choose("facts", "contact")
    worker.choose("reason", "reach")
    worker.press("Show")
    assert NAME in page.content()
    assert NUMBER in page.content()
    assert NAME not in page.title()
    look(page, "shown")
    worker.follow("Done")
    assert NAME not in page.content()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    assert NAME not in kept
    with contextlib.suppress(Error):  # Chromium has nothing to show: it would have to send the form again
        page.go_back()
    page.wait_for_timeout(500)
    assert NAME not in page.content()
    worker.open(f"{ready.path}identity/edit/")
    assert page.input_value("[name=called_name]") == ""
    look(page, "again")


def look(page, name):
    """No fault, nothing wider than a small telephone; a picture when SEKALI's makers want to look."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert faults(page) == []
    assert overflow(page) <= 0, name
