"""Wagtail's admin in a real browser under a content policy without inline scripts: every screen our people use.

`visit` fails a test on any violated policy, page error, console error, foreign request or broken part of a page
(tests/journeys/conftest.py), so these tests only have to go everywhere and use what is there.
"""

import io
import re
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import Resolver404, resolve, reverse
from PIL import Image as Picture
from playwright.sync_api import Error

from cms.accounts.factors import give_totp
from cms.accounts.models import User
from cms.models import GuidePage, HomePage
from directory import demo
from directory.models import ServicePage
from tests.cast import PASSWORD
from tests.directory.test_isolation import admin_routes

pytestmark = pytest.mark.browser

# Leaving, and what answers with a file or a fragment instead of a screen.
PARTS = re.compile(r"logout|login|results|chooser|choose_|wagtailadmin_api|javascript_catalog|sprite|serve|tag_autocomplete"
                   r"|ping|release|dismiss|preview_on|password_reset|generate_|tag-autocomplete")  # fmt: skip


@pytest.fixture
def house(site):
    """The demonstration's directory, a guide, an image and a document; and somebody who may do everything."""
    with transaction.atomic():
        people = demo.load(password=PASSWORD)
        boss = User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos")
        home = HomePage.objects.get(locale__language_code="id")
        guide = home.add_child(instance=GuidePage(title="Panduan", slug="panduan", owner=boss))
        guide.save_revision(user=boss).publish()
        guide.title = "Panduan yang diubah"
        guide.save_revision(user=boss)
        put_files(boss)
        for person in (boss, *people.values()):
            give_totp(person)
    return {"boss": boss, "guide": guide, **people}


def put_files(person):
    from wagtail.documents import get_document_model
    from wagtail.images import get_image_model

    get_image_model().objects.create(
        title="Gambar", file=ContentFile(tiny_picture(), "gambar.png"), uploaded_by_user=person
    )
    get_document_model().objects.create(
        title="Berkas", file=ContentFile(b"%PDF-1.4\n%%EOF\n", "berkas.pdf"), uploaded_by_user=person
    )


def tiny_picture():
    picture = io.BytesIO()
    Picture.new("RGB", (40, 30), "teal").save(picture, "PNG")
    return picture.getvalue()


def screens_from(visitor, most=200):
    """Open every screen of the admin that has an address of its own or that a link leads to, one of each kind.

    Returns {kind: (status, path)}.
    """
    waiting = ["/admin/", *(path for _name, path, parameters in admin_routes() if not parameters)]
    opened = {}
    while waiting and len(opened) < most:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind is None or kind in opened:
            continue
        try:
            opened[kind] = visitor.page.goto(f"{visitor.site}{path}", wait_until="load").status, path
        except Error as error:  # an answer without a page: 405, or a file
            if "RESPONSE_CODE_FAILURE" not in error.message and "ownload" not in error.message:
                raise
            opened[kind] = None, path
            continue
        waiting += visitor.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    return opened


def kind_of(href):
    """The view behind a link of the admin, with what it is about, or None for any other link."""
    parts = urlsplit(href)
    if parts.netloc or parts.scheme or not parts.path.startswith("/admin/"):
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    if not match.view_name or not match.func.__module__ or PARTS.search(match.view_name):
        return None
    about = [str(value) for name, value in match.kwargs.items() if name in {"app_label", "model_name"}]
    return " ".join([match.view_name, *about])


MUST = {
    "wagtailadmin_pages:edit", "wagtailadmin_pages:history", "wagtailadmin_pages:revisions_compare",
    "wagtailadmin_reports:site_history", "wagtailadmin_reports:workflow", "wagtailadmin_workflows:edit",
    "wagtailadmin_account", "wagtaildocs:edit", "wagtailimages:edit", "wagtailimages:add_multiple",
    "wagtailsnippets_cms_wording:edit", "wagtailusers_groups:edit", "wagtailusers_users:edit", "membership:add",
    "agency:add", "wagtailsites:edit", "wagtailredirects:add", "wagtailadmin_collections:add",
}  # fmt: skip


@pytest.mark.prove
def test_who_may_do_everything_opens_every_screen(visit, house):
    boss = visit("en").sign_in(house["boss"])
    opened = screens_from(boss)
    assert len(opened) > 80
    assert set(opened) >= MUST


# --- using what is there ----------------------------------------------------------------------------------------------


def edit(visitor, page):
    visitor.page.goto(f"{visitor.site}{reverse('wagtailadmin_pages:edit', args=[page.pk])}")
    return visitor.page


def settled(page):
    page.wait_for_load_state("networkidle")
    return page


def save(page):
    with page.expect_navigation():
        page.locator("footer .action-save").click()
    return settled(page)


def test_a_provider_adds_a_number_and_an_hour(visit, house):
    """Inline rows, those that are there and new ones, each with its own clock and calendar; the preview; saving."""
    desk = visit("en").sign_in(house["editor"])
    page = edit(desk, ServicePage.objects.get(title="Ruang wawancara anak"))
    page.click("#id_schedules-ADD")
    fresh = int(page.input_value("#id_schedules-TOTAL_FORMS")) - 1
    page.select_option(f"#id_schedules-{fresh}-weekday", index=2)
    page.fill(f"#id_schedules-{fresh}-opens", "09:00")
    page.fill(f"#id_schedules-{fresh}-closes", "10:00")
    page.click(f"#id_schedules-{fresh}-valid_from")
    # The clocks of the fields before have hidden calendars of their own.
    page.locator(".xdsoft_date:not(.xdsoft_disabled):visible").nth(10).click()
    assert page.input_value(f"#id_schedules-{fresh}-valid_from")
    page.click("#id_schedules-0-opens")
    page.wait_for_selector(".xdsoft_datetimepicker:visible .xdsoft_time >> nth=10", state="attached")
    page.keyboard.press("Escape")
    page.click("#id_phones-ADD")
    number = int(page.input_value("#id_phones-TOTAL_FORMS")) - 1
    page.fill(f"#id_phones-{number}-number", "021 0000 0002")
    page.click("[data-side-panel-toggle=preview]")
    page.wait_for_selector("iframe[src*=preview]", state="attached")
    settled(page)
    page.click("[data-side-panel-toggle=preview]")
    save(page)
    assert page.locator(".messages .success").count() == 1, page.inner_text("body")


def test_a_reviewer_compares_and_publishes(visit, house):
    desk = visit("en").sign_in(house["reviewer"])
    service = ServicePage.objects.get(title="Konseling anak dan keluarga")
    address = reverse("wagtailadmin_pages:revisions_compare", args=[service.pk, "live", "latest"])
    desk.page.goto(f"{desk.site}{address}")
    assert "Sabtu pagi" in settled(desk.page).inner_text("body")
    page = edit(desk, service)
    page.click("footer [data-w-dropdown-target=toggle]")
    with page.expect_navigation():
        page.click("[data-workflow-action-name=approve]:not([data-launch-modal])")
    settled(page)
    service.refresh_from_db()
    assert "Sabtu pagi" in service.hours_note


def test_an_editor_writes_with_blocks_links_and_a_date(visit, house):
    """A block put in, rich text with a link from the page chooser, and the calendar of the publishing dialogue."""
    desk = visit("en").sign_in(house["boss"])
    page = edit(desk, house["guide"])
    page.locator(".c-sf-add-button").first.click()
    page.get_by_role("option", name=re.compile("^ *(Text|teks)", re.IGNORECASE)).first.click()
    text = page.locator(".Draftail-Editor [contenteditable=true]").first
    text.click()
    page.keyboard.type("Kamu tidak sendirian.")
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+K")
    page.locator(".modal-body .choose-page").first.click()
    page.wait_for_selector(".modal", state="hidden")
    assert page.locator(".Draftail-Editor .TooltipEntity").count() == 1
    page.click("[data-side-panel-toggle=status]")
    page.click("[data-a11y-dialog-show=schedule-publishing-dialog]")
    page.click("#id_go_live_at")
    page.wait_for_selector(".xdsoft_datetimepicker:visible")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("#schedule-publishing-dialog", state="hidden")
    save(page)
    house["guide"].refresh_from_db()
    draft = house["guide"].get_latest_revision_as_object()
    assert "Kamu tidak sendirian." in str(draft.body)
    assert "linktype" in str(draft.body.raw_data[0])


def test_tasks_people_and_pictures_are_chosen_in_their_windows(visit, house):
    desk = visit("en").sign_in(house["boss"])
    page = desk.page
    page.goto(f"{desk.site}{reverse('wagtailadmin_workflows:add')}")
    page.click("#id_workflow_tasks-ADD")
    page.click("#id_workflow_tasks-0-task-chooser [data-chooser-action-choose]")
    page.locator(".modal-body [role=tab]").last.click()
    page.locator(".modal-body .task-choice").first.click()
    page.wait_for_selector(".modal", state="hidden")
    assert page.input_value("#id_workflow_tasks-0-task")
    page.goto(f"{desk.site}{reverse('wagtailredirects:add')}")
    page.locator("[data-chooser-action-choose]").first.click()
    page.locator(".modal-body .choose-page").first.click()
    page.wait_for_selector(".modal", state="hidden")
    page.goto(f"{desk.site}{reverse('membership:add')}")
    page.click("#id_starts")
    page.wait_for_selector(".xdsoft_datetimepicker:visible")
    page.goto(f"{desk.site}{reverse('wagtailimages:add')}")
    picture = {"name": "a.png", "mimeType": "image/png", "buffer": tiny_picture()}
    page.set_input_files("input[type=file]", picture)
    page.fill("#id_title", "Jendela")
    with page.expect_navigation():
        page.locator("form [type=submit]").last.click()
    page.goto(f"{desk.site}{reverse('wagtailimages:add_multiple')}")
    page.set_input_files("input[type=file]", {**picture, "name": "b.png"})
    page.wait_for_selector("#upload-list .upload-complete", state="attached")
    page.set_input_files("input[type=file]", {"name": "c.png", "mimeType": "image/png", "buffer": b"<svg></svg>"})
    page.wait_for_selector("#upload-list >> text=WebP", state="attached")
