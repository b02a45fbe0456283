"""A page whose session ends says so before, keeps what was typed, covers itself, and opens again for the same person."""

import pytest
from playwright.sync_api import expect

from cms.accounts import wall
from tests.cast import PASSWORD
from tests.entering import digits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def short(monkeypatch):
    """`short(idle, warning)`: both in seconds, from the next request on."""

    def set_to(idle, warning):
        monkeypatch.setattr(wall, "IDLE", idle)
        monkeypatch.setattr(wall, "WARNING", warning)
        monkeypatch.setattr(wall, "STEP", 0)

    return set_to


def note(page):
    return page.locator("[name=code]")


def sign_in_elsewhere(worker, person, short):
    """In a second tab of the same browser, with a longer session from then on; the first one is over for the server too."""
    tab = worker.page.context.new_page()
    tab.goto(worker.address("/account/login/?next=/account/returned/"))
    expect(tab.locator("input[name=login]")).to_be_visible()
    short(900, 3)
    tab.fill("input[name=login]", person.email)
    tab.fill("input[name=password]", PASSWORD)
    tab.press("input[name=password]", "Enter")
    tab.fill("input[name=code]", digits(person))
    tab.press("input[name=code]", "Enter")
    tab.wait_for_url("**/account/returned/")
    return tab


def test_a_warning_and_staying(visit, cast, short):
    worker = visit("id").sign_in(cast.social_worker)
    short(12, 9)
    worker.open("/cases/new/")
    expect(worker.page.locator("[data-session-warning]")).to_be_hidden()
    expect(worker.page.locator("[data-session-warning]")).to_be_visible(timeout=8000)
    short(900, 9)
    worker.page.click("[data-session-stay]")
    expect(worker.page.locator("[data-session-warning]")).to_be_hidden()
    expect(worker.page.locator("main")).to_be_visible()


def test_what_was_typed_survives_the_end(visit, cast, short):
    worker = visit("id").sign_in(cast.social_worker)
    short(5, 3)
    worker.open("/cases/")
    field = note(worker.page)
    field.fill("K-0000-0000")
    over = worker.page.locator("[data-session-over]")
    expect(over).to_be_visible(timeout=12000)
    expect(worker.page.locator("main")).to_be_hidden()
    tab = sign_in_elsewhere(worker, cast.social_worker, short)
    tab.close()
    worker.page.bring_to_front()
    expect(worker.page.locator("main")).to_be_visible(timeout=8000)
    assert field.input_value() == "K-0000-0000"
    kept = worker.page.evaluate("[localStorage.length, sessionStorage.length]")
    assert kept == [0, 0]
    with worker.page.expect_navigation():
        field.press("Enter")
    assert worker.page.locator("#form-errors").count() == 1  # it was taken, and looked at


def test_for_somebody_else_the_page_is_gone(visit, cast, short):
    worker = visit("id").sign_in(cast.social_worker)
    short(5, 3)
    worker.open("/cases/new/")
    expect(worker.page.locator("[data-session-over]")).to_be_visible(timeout=12000)
    sign_in_elsewhere(worker, cast.keeper, short).close()
    worker.page.bring_to_front()
    worker.page.wait_for_url(f"{worker.site}/", timeout=8000)
