"""The second step in a real browser: a passkey made and used, an app set up, and how the pages look."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import expect

from cms.accounts.factors import factors_of
from tests import factories
from tests.cast import PASSWORD
from tests.cms.accounts.test_second_step import fits_now
from tests.entering import digits
from tests.journeys.test_pages import SMALL_AND_LARGE, faults, looked_at, overflow

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLUGGED_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(site):
    """Passkeys belong to a name, never to a number."""
    return site.replace("127.0.0.1", "localhost")


@pytest.fixture
def newcomer(site):
    with transaction.atomic():
        person = factories.member("Baru", factories.agency("Rumah"), "case_manager")
        factors_of(person.pk).delete()
    return person


def type_password(visitor, person):
    visitor.open("/account/login/")
    visitor.page.fill("input[name=login]", person.email)
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.press("Sign in")


def plug_in(visitor):
    """A virtual authenticator, as Chromium's own developer tools make one. Returns (session, its id)."""
    tools = visitor.page.context.new_cdp_session(visitor.page)
    tools.send("WebAuthn.enable")
    added = tools.send("WebAuthn.addVirtualAuthenticator", {"options": PLUGGED_IN})
    return tools, added["authenticatorId"]


def use_passkey(visitor, english):
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name=visitor.words(english)).click()


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_passkey_is_made_and_opens_the_door(visit, newcomer, language):
    person = visit(language)
    type_password(person, newcomer)
    tools, key = plug_in(person)
    person.follow("Use a passkey instead")
    person.page.fill("input[name=name]", "Laptop")
    use_passkey(person, "Make the passkey")
    assert person.path == "/account/steps/codes/"
    assert person.page.locator(".codes code").count() == 10
    person.follow("I have written them down")
    assert person.path == "/cases/"
    person.press("Sign out")
    type_password(person, newcomer)
    use_passkey(person, "Use your passkey")
    assert person.path == "/cases/"
    person.open("/account/steps/passkey/")
    assert person.path == "/account/steps/passkey/"  # a moment ago is fresh enough
    tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


def test_a_passkey_that_is_not_used_leaves_another_way(visit, newcomer):
    """Unplugged, or not unlocked: said calmly, and the digits still fit."""
    person = visit("id")
    type_password(person, newcomer)
    tools, key = plug_in(person)
    person.follow("Use a passkey instead")
    use_passkey(person, "Make the passkey")
    code = person.page.locator(".codes code").first.inner_text()
    person.open("/account/logout/")
    person.page.locator("main").get_by_role("button").click()
    type_password(person, newcomer)
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    tools.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    person.page.get_by_role("button", name=person.words("Use your passkey")).click()
    expect(person.page.locator("[data-passkey-failed]")).to_be_visible()
    person.page.fill("input[name=code]", code)
    person.press("Sign in")
    assert person.path == "/cases/"


def test_sign_in_takes_one_extra_screen(visit, cast):
    person = visit("id")
    type_password(person, cast.social_worker)
    assert person.path == "/account/step/"
    person.page.fill("input[name=code]", digits(cast.social_worker))
    person.press("Sign in")
    assert person.path == "/cases/"


@SMALL_AND_LARGE
def test_pages_of_making_one(visit, newcomer, width, scheme):
    person = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    type_password(person, newcomer)
    wrong = {person.path: faults(person.page) + ["too wide"] * (overflow(person.page) > 0)}
    wrong |= looked_at(person, ["/account/steps/passkey/", "/account/steps/app/"])
    person.page.locator("summary").click()
    secret = re.sub(r"\s", "", person.page.inner_text(".secret"))
    person.page.fill("input[name=code]", fits_now(secret))
    person.press("Done, switch it on")
    wrong[person.path] = faults(person.page) + ["too wide"] * (overflow(person.page) > 0)
    wrong |= looked_at(person, ["/account/steps/", "/account/sessions/", "/account/steps/codes/new/",
                                "/account/step/again/", "/account/returned/", "/account/password/change/"])  # fmt: skip
    assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_second_screen_says_no_calmly(visit, cast, language):
    person = visit(language, viewport={"width": 320, "height": 720})
    type_password(person, cast.social_worker)
    person.page.fill("input[name=code]", "12")
    person.press("Sign in")
    assert person.sees("This code does not fit. The digits change every half minute; please type the ones shown now.")
    assert [*faults(person.page), *["too wide"] * (overflow(person.page) > 0)] == []
