"""A provider's whole year in a browser: invited, filled in on a phone, reviewed, public, reminded, confirmed, reported, mended."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cms.accounts.factors import give_totp
from cms.accounts.models import User
from directory.models import Fault, ProviderPage, ServicePage
from tests.cast import PASSWORD
from tests.cms.accounts.test_second_step import fits_now
from tests.directory import factories
from tests.entering import letters

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
CLERK = "putu@contoh.example"


@pytest.fixture
def reviewer(site):
    with transaction.atomic():
        person = factories.reviewer()
        give_totp(person)
    return person


def read_letter(number):
    """The text of the newest letter, when there are so many."""
    sent = letters()
    assert len(sent) >= number, [letter.subject for letter in sent]
    return sent[-1].body


def comes_in(clerk):
    """From the letter to one's own pages: a password, a second step, and a yes."""
    link = re.search(r"http://\S+/reset/key/\S+", read_letter(1))[0]
    clerk.page.goto(link)
    for name in ("password1", "password2"):
        clerk.page.fill(f"input[name={name}]", PASSWORD)
    clerk.press("Save the new password")
    clerk.open("/account/login/")
    clerk.page.fill("input[name=login]", CLERK)
    clerk.page.fill("input[name=password]", PASSWORD)
    clerk.press("Sign in")
    clerk.page.locator("summary").click()
    clerk.page.fill("input[name=code]", fits_now(re.sub(r"\s", "", clerk.page.inner_text(".secret"))))
    clerk.press("Done, switch it on")
    clerk.follow("I have written them down")
    assert clerk.path == "/provider/"
    clerk.press("Yes, I will")


def kept_by_itself(clerk, name, words):
    """Type the last of it and wait until the page says what became of the draft; returns what it says."""
    with clerk.page.expect_response(lambda answer: answer.url.endswith("/draft/"), timeout=20_000) as answer:
        clerk.page.fill(f"[name={name}]", words)
    said = answer.value.json()["words"]
    clerk.page.wait_for_function("said => document.querySelector('[data-draft-words]').textContent === said", arg=said)
    return said


def fits(clerk):
    return clerk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def sends(clerk):
    clerk.press("Look over and send")
    assert clerk.path.endswith("/changes/"), clerk.text()
    assert fits(clerk)
    clerk.press("Send for review")
    assert clerk.sees("Sent. A reviewer looks at it; until then the public sees what it saw.")


def fills_the_provider(clerk):
    clerk.follow("Go on writing")
    assert fits(clerk)
    clerk.page.fill("[name=description]", "Kami mendampingi anak dan keluarganya.")
    clerk.page.fill("[name=phones-0-number]", "021 0000 0001")
    clerk.page.select_option("[name=province]", "ID-JB")
    assert clerk.words("Saved at %(time)s.", time="").strip(".") in kept_by_itself(clerk, "email", "belum jadi")
    with transaction.atomic():
        draft = ProviderPage.objects.get().get_latest_revision_as_object()
    assert (draft.description, draft.email) == ("Kami mendampingi anak dan keluarganya.", "")
    clerk.page.reload()
    assert clerk.value("description") == "Kami mendampingi anak dan keluarganya."
    sends(clerk)


def fills_a_service(clerk):
    clerk.follow("Add a service")
    clerk.page.fill("[name=title]", "Konseling anak")
    clerk.page.select_option("[name=kind]", "c8")
    clerk.press("Begin")
    assert "rumah aman" in kept_by_itself(clerk, "description", "Datang ke Jalan Mawar 7.").lower()
    clerk.page.select_option("[name=kind]", "c4")
    clerk.page.fill("[name=description]", "Seorang psikolog mendengarkan.")
    clerk.page.select_option("[name=areas-0-place]", "ID-JB")
    clerk.page.select_option("[name=schedules-0-weekday]", "1")
    clerk.page.fill("[name=schedules-0-opens]", "08:00")
    clerk.page.fill("[name=schedules-0-closes]", "15:00")
    clerk.press("The same from Monday to Friday")
    assert clerk.value("schedules-4-closes") == "15:00"
    sends(clerk)


def approves(desk, page):
    desk.page.goto(f"{desk.site}{reverse('wagtailadmin_pages:edit', args=[page.pk])}")
    desk.page.wait_for_load_state("networkidle")
    desk.page.click("footer [data-w-dropdown-target=toggle]")
    with desk.page.expect_navigation():
        desk.page.click("[data-workflow-action-name=approve]:not([data-launch-modal])")
    page.refresh_from_db()
    assert page.live


def test_a_providers_year(visit, reviewer):
    desk, clerk, reader = visit().sign_in(reviewer), visit(**PHONE), visit(**PHONE)
    desk.open("/provider/")
    desk.follow("Register a provider")
    for name, words in (("title", "UPTD PPA Contoh"), ("name", "Putu"), ("email", CLERK)):
        desk.page.fill(f"[name={name}]", words)
    desk.press("Register and invite")
    comes_in(clerk)
    fills_the_provider(clerk)
    fills_a_service(clerk)

    provider, service = ProviderPage.objects.get(), ServicePage.objects.get()
    assert reader.open(f"/info/s/{service.identifier}/").status == 404
    approves(desk, provider)
    approves(desk, service)
    reader.open(f"/info/s/{service.identifier}/")
    assert "Seorang psikolog mendengarkan." in reader.text()

    is_reminded_and_confirms(clerk, service)
    is_reported_and_mended(clerk, reader, desk, service)


def is_reminded_and_confirms(clerk, service):
    """Half a year later: no test can wait for it, so the day of the last check is moved."""
    long_ago = timezone.localdate() - timedelta(days=180)
    ServicePage.objects.filter(pk=service.pk).update(checked_on=long_ago, checked_by="provider", checked_how="form")
    call_command("remind_listings", site=clerk.site)
    letter = letters()[-1]
    assert letter.to == [CLERK]
    assert "Konseling" not in letter.subject + letter.body
    clerk.page.goto(re.search(r"http://\S+/provider/", letter.body)[0])
    assert clerk.sees("A new check is due.")
    with clerk.page.expect_navigation():
        clerk.page.locator(f"form[action$='{service.identifier}/'] button").click()
    service.refresh_from_db()
    assert (service.checked_on, service.checked_by) == (timezone.localdate(), "provider")


def is_reported_and_mended(clerk, reader, desk, service):
    reader.open(f"/info/s/{service.identifier}/")
    reader.follow("Something wrong here?")
    reader.press("The number does not work")
    clerk.open("/provider/")
    clerk.page.locator("main .notice a").click()
    assert clerk.sees("The number does not work")
    clerk.open(f"/provider/{service.identifier}/edit/")
    clerk.page.fill("[name=phones-0-number]", "021 0000 0002")
    sends(clerk)
    approves(desk, service)
    fault = Fault.objects.get()
    desk.open(f"/provider/reports/{fault.pk}/")
    desk.page.check("input[name=outcome][value=mended]")
    desk.press("Close the report")
    reader.open(f"/info/s/{service.identifier}/")
    assert "0000 0002" in reader.text().replace("00000002", "0000 0002")
    assert User.objects.get(email=CLERK).memberships.count() == 0
