"""An editor at work in a real browser, under the admin's strict policy: previews in three widths, checks, reports."""

import pytest
from django.db import transaction
from django.urls import reverse

from cms.accounts.factors import give_totp
from cms.accounts.models import User
from cms.models import GuidePage, HomePage
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser
LAW = "<p>Menurut Pasal 54 kamu boleh ditemani. Ada asesmen.</p>"


@pytest.fixture
def desk(visit, site):
    def sit(language):
        with transaction.atomic():
            boss = User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos")
            give_totp(boss)
            home = HomePage.objects.get(locale__language_code="id")
            guide = home.add_child(instance=GuidePage(title="Panduan", slug="panduan", body=[("text", LAW)]))
            guide.save_revision(user=boss)
        person = visit(language, viewport={"width": 1600, "height": 1000}).sign_in(boss)
        person.page.goto(f"{person.site}{reverse('wagtailadmin_pages:edit', args=[guide.pk])}")
        return person, guide

    return sit


def test_a_page_is_previewed_in_three_widths(desk):
    person, _guide = desk("id")
    page = person.page
    page.click("[data-side-panel-toggle=preview]")
    frame = page.frame_locator("#w-preview-iframe, [data-w-preview-target=iframe]").first
    frame.locator("h1", has_text="Panduan").wait_for()
    widths = []
    for label in ("As on a telephone", "As on a tablet", "As on a wide screen"):
        page.get_by_role("radio", name=person.words(label)).check(force=True)
        widths.append(frame.locator("html").evaluate("() => window.innerWidth"))
    assert widths == [360, 768, 1280]


def test_the_checks_say_what_is_missing_and_publishing_says_it_too(desk):
    person, guide = desk("id")
    page = person.page
    page.click("[data-side-panel-toggle=checks]")
    found = page.locator("[data-findings]")
    found.wait_for()
    told = found.inner_text()
    assert person.words("A law without its source") in told
    assert person.words("keeps it from being published") in told
    assert "melihat apa yang dibutuhkan" in told
    page.click("footer [data-w-dropdown-target=toggle]")
    with page.expect_navigation():
        page.click("[name=action-publish]")
    assert "disebut tanpa sumbernya" in page.inner_text("body")
    guide.refresh_from_db()
    assert guide.live_revision is None


def test_the_reports_open_and_name_the_page(desk):
    person, _guide = desk("id")
    for name, words in (("content_report", "A law without its source"), ("link_report", "Links that leave this site")):
        person.page.goto(f"{person.site}{reverse(name)}")
        assert person.words(words) in person.page.inner_text("body")
