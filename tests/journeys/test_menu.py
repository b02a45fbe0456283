"""The head of the closed side: one or two lines at every width, and every entry within reach, without script too."""

import pytest

pytestmark = pytest.mark.browser

FINGER = 44  # pixels, both ways
LINES = {320: 100, 360: 100, 768: 100, 1000: 64, 1150: 64, 1279: 64, 1280: 64}  # width: the highest head, in pixels


@pytest.fixture
def worker(visit, cast):
    return visit("id").sign_in(cast.social_worker)


def height(visitor, width):
    visitor.page.set_viewport_size({"width": width, "height": 640})
    return visitor.page.locator(".bar").bounding_box()["height"]


def test_the_head_takes_few_lines_at_every_width(worker):
    heights = {width: height(worker, width) for width in LINES}
    assert {width: found for width, found in heights.items() if found > LINES[width]} == {}
    for width in LINES:
        worker.page.set_viewport_size({"width": width, "height": 640})
        assert worker.page.evaluate("document.documentElement.scrollWidth") <= width


def test_wide_enough_there_is_no_menu_but_its_entries(worker):
    worker.page.set_viewport_size({"width": 1280, "height": 640})
    assert not worker.page.get_by_role("button", name="Menu").is_visible()
    assert worker.page.locator(".bar-nav a").first.is_visible()


@pytest.mark.parametrize("width", [360, 1024])
def test_without_script_the_menu_opens_closes_and_leads_there(visit, cast, width):
    person = visit("id", java_script_enabled=False).sign_in(cast.social_worker)
    person.page.set_viewport_size({"width": width, "height": 640})
    entries, menu = person.page.locator(".bar-nav a"), person.page.get_by_role("button", name="Menu")
    assert not entries.first.is_visible()
    menu.press("Enter")
    boxes = [entry.bounding_box() for entry in entries.all()]
    assert len(boxes) >= 6
    assert min(box["height"] for box in [menu.bounding_box(), *boxes]) >= FINGER
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    person.page.keyboard.press("Escape")
    assert not entries.first.is_visible()
    menu.click()
    person.follow("Calendar")
    assert person.path == "/calendar/"
