"""What editors are told, what is refused, and what follows by itself: findings, schedules, old addresses, links, drafts."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image as Picture
from wagtail.contrib.redirects.models import Redirect
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, PageViewRestriction
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms.accounts.models import User
from cms.findings import findings, parts, refusals
from cms.links import report
from cms.models import CardsPage, GuidePage, HomePage, ProtocolIndexPage, ProtocolPage, ProtocolVersion
from cms.previews import WIDTHS
from directory.models import ProviderPage, ServicePage
from tests import factories
from tests.cast import PASSWORD
from tests.directory import factories as directory
from tests.entering import enter

pytestmark = pytest.mark.django_db
LONG = " ".join(["kata"] * 21) + "."


@pytest.fixture
def home():
    return HomePage.objects.get(locale__language_code="id")


@pytest.fixture
def boss():
    return User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos")


@pytest.fixture
def desk(boss):
    client = Client(SERVER_NAME="localhost")
    enter(client, boss)
    return client


@pytest.fixture
def reader():
    return Client(SERVER_NAME="localhost")


def guide(home, *body, slug="panduan", **facts):
    page = home.add_child(instance=GuidePage(title="Panduan", slug=slug, body=list(body), **facts))
    page.save_revision().publish()
    return page


def text(html):
    return ("text", html)


def kinds(page):
    return {finding.kind for finding in findings(page)}


def picture():
    made = io.BytesIO()
    Picture.new("RGB", (40, 30), "teal").save(made, "PNG")
    return get_image_model().objects.create(title="Jendela", file=ContentFile(made.getvalue(), "a.png"))


# --- what is found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ([text("<p>Kamu boleh berhenti.</p>")], set()),
        ([text(f"<p>{LONG}</p>")], {"sentence"}),
        ([text("<p>Ada asesmen.</p>")], {"jargon"}),
        ([text("<p>Menurut Pasal 54 kamu boleh ditemani.</p>")], {"source"}),
        ([text("<p>Menurut Pasal 54 kamu ditemani. Periksa naskah resmi.</p>")], set()),
        (
            [
                text("<p>Menurut Pasal 54 kamu boleh ditemani.</p>"),
                ("law", {"source": "TPKS-54", "law": "UU 12/2022", "article": "Pasal 54", "note": "Pendamping."}),
            ],
            set(),
        ),
        ([("note", {"heading": "Tenang", "text": f"<p>{LONG}</p>"})], {"sentence"}),
        ([("step", {"title": "Satu", "text": "<p>Ya.</p>", "expect": LONG})], {"sentence"}),
    ],
)
def test_each_finding_has_its_cause(home, body, found):
    page = guide(home, *body)
    assert kinds(page) - {"translation"} == found
    assert {one.kind for one in refusals(page)} == found & {"source", "picture"}


def test_a_picture_without_its_words_is_found_and_one_with_them_is_not(home):
    image = picture()
    page = guide(home, ("picture", {"image": image, "alternative": ""}))
    assert {one.kind for one in refusals(page)} == {"picture"}
    said = GuidePage(title="a", locale=page.locale, body=[("picture", {"image": image, "alternative": "Jendela"})])
    assert refusals(said) == []


def test_a_page_without_the_other_language_is_found_until_that_is_published(home):
    page = guide(home, text("<p>Halo.</p>"))
    assert "translation" in kinds(page)
    other = page.copy_for_translation(Locale.objects.get(language_code="en"))
    assert "translation" in kinds(page)
    other.save_revision().publish()
    assert "translation" not in kinds(page)


def test_what_a_new_site_is_given_is_never_refused():
    pages = Page.objects.filter(content_type__app_label="cms").specific()
    assert {str(page): refusals(page) for page in pages if refusals(page)} == {}
    assert sum(1 for page in pages for _part in parts(page)) > 50


# --- what is refused ---------------------------------------------------------------------------------------------------


def posted(page, body, **more):
    values = {
        "title": page.title,
        "slug": page.slug,
        "intro": page.intro,
        "audience": "",
        "body": streamfield(body),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 0},
    }
    return nested_form_data(values | more)


def test_a_law_without_a_source_is_kept_as_a_draft_and_not_published(desk, home):
    page = guide(home, text("<p>Halo.</p>"))
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    body = [("text", rich_text("<p>Menurut Pasal 54 kamu boleh ditemani.</p>"))]
    with translation.override("id"):
        refused = desk.post(address, posted(page, body) | {"action-publish": "1"})
    assert refused.status_code == 200
    assert "disebut tanpa sumbernya" in refused.content.decode()
    assert "Pasal 54" not in str(GuidePage.objects.get(pk=page.pk).body)
    saved = desk.post(address, posted(page, body))
    assert saved.status_code == 302
    assert "Pasal 54" in str(GuidePage.objects.get(pk=page.pk).get_latest_revision_as_object().body)
    plain = [("text", rich_text(f"<p>{LONG}</p>"))]  # a warning forbids nothing
    assert desk.post(address, posted(page, plain) | {"action-publish": "1"}).status_code == 302
    assert "kata kata" in str(GuidePage.objects.get(pk=page.pk).body)


def test_the_editor_shows_the_findings_of_what_was_last_saved(desk, home):
    page = guide(home, text("<p>Halo.</p>"))
    page.body = [text("<p>Ada asesmen.</p>")]
    page.save_revision()
    shown = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "data-findings" in shown
    assert "melihat apa yang dibutuhkan" in shown


def test_the_report_lists_each_page_with_its_findings_and_is_for_those_who_write(desk, home):
    page = guide(home, text(f"<p>{LONG}</p>"))
    with CaptureQueriesContext(connection):
        shown = desk.get(reverse("content_report"))
    assert shown.status_code == 200
    assert f"/pages/{page.pk}/edit/" in shown.content.decode()
    outsider = Client(SERVER_NAME="localhost")
    enter(outsider, factories.user("Orang Luar"))
    for name in ("content_report", "link_report"):
        assert outsider.get(reverse(name)).status_code in {302, 403, 404}
        assert Client(SERVER_NAME="localhost").get(reverse(name)).status_code == 302


# --- links -------------------------------------------------------------------------------------------------------------


def test_the_links_of_the_pages_are_read_and_nothing_is_fetched(desk, home):
    there = guide(home, ("law", {"source": "TPKS-54", "law": "UU 12/2022", "article": "54", "note": "Ya."}), slug="ada")
    gone, hidden = guide(home, slug="hilang"), guide(home, slug="sembunyi")
    links = [
        f'<a linktype="page" id="{there.pk}">a</a>',
        f'<a linktype="page" id="{gone.pk}">b</a>',
        f'<a linktype="page" id="{hidden.pk}">c</a>',
        '<a href="https://contoh.example/x">d</a>',
        '<a href="/ada/#tidak-ada">e</a>',
        '<a href="#main">f</a>',
        '<a href="tel:129">g</a>',
    ]
    page = guide(home, text(f"<p>{' '.join(links)}</p>"), slug="tautan")
    gone.delete()
    hidden.unpublish()
    broken, external = report([GuidePage.objects.get(pk=page.pk)])
    assert [link.target for link in broken] == [
        f"#{gone.pk or links[1].split(chr(34))[3]}",
        "Panduan",
        "/ada/#tidak-ada",
    ]
    assert len({link.why for link in broken}) == 3
    assert [link.target for link in external] == ["https://contoh.example/x"]
    shown = desk.get(reverse("link_report")).content.decode()
    assert "https://contoh.example/x" in shown
    assert "/ada/#tidak-ada" in shown


def test_no_link_of_a_new_site_is_broken():
    pages = Page.objects.live().filter(content_type__app_label="cms").specific()
    assert [(str(link.page), link.target) for link in report(pages)[0]] == []


# --- old addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id", "en"])
def test_an_old_address_leads_to_the_page_in_its_language(reader, language, django_capture_on_commit_callbacks):
    page = guide(HomePage.objects.get(locale__language_code=language), slug="lama")
    old = page.url
    page.slug = "baru"
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    page = GuidePage.objects.get(pk=page.pk)
    answer = reader.get(old)
    assert (answer.status_code, answer["Location"]) == (301, page.url)
    assert "no-store" in answer["Cache-Control"]
    assert reader.get(old + "?x=1")["Location"] == page.url
    shelf = guide(HomePage.objects.get(locale__language_code=language), slug="rak")
    with django_capture_on_commit_callbacks(execute=True):
        page.move(shelf, pos="first-child")
    moved = Page.objects.get(pk=page.pk).url
    assert reader.get(page.url)["Location"] == moved
    assert reader.get(old)["Location"] == moved
    assert reader.get(moved).status_code == 200


@pytest.mark.parametrize(
    "link", ["https://penipu.example/", "//penipu.example/", "/\\penipu.example", "javascript:alert(1)"]
)
def test_an_old_address_never_leaves_the_site(reader, link):
    Redirect.objects.create(old_path="/lama", redirect_link=link)
    answer = reader.get("/lama/")
    assert answer.status_code in {400, 404} or answer["Location"] == "/%5Cpenipu.example"  # an address of this site


def test_a_redirect_costs_nothing_where_a_page_is_found_or_something_closed_was_asked_for(reader, desk, home):
    Redirect.objects.create(old_path="/cases/K-2222-2222", redirect_link="/")
    page = guide(home, text("<p>Halo.</p>"))

    def asked(client, path):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        return answer.status_code, [query["sql"] for query in queries if "redirects_redirect" in query["sql"]]

    assert asked(reader, page.url) == (200, [])
    assert asked(desk, "/cases/K-2222-2222/") == (404, [])
    assert asked(reader, "/info/p/00000000-0000-4000-8000-000000000000/") == (404, [])
    status, queries = asked(reader, "/tidak-ada/")
    assert (status, 1 <= len(queries) <= 2) == (404, True)


# --- on time -----------------------------------------------------------------------------------------------------------


def ago(minutes=1):
    return timezone.now() - timedelta(minutes=minutes)


def on_time(page, *, live_at=None, **changes):
    """As the editor's dialogue leaves it: a revision that is approved for an hour, which then has come."""
    for name, value in changes.items():
        setattr(page, name, value)
    page.go_live_at = live_at or timezone.now() + timedelta(hours=1)
    revision = page.save_revision()
    revision.publish()
    revision.refresh_from_db()
    assert revision.approved_go_live_at is not None
    type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=ago())
    content = dict(revision.content)
    content["go_live_at"] = ago().isoformat()
    type(revision).objects.filter(pk=revision.pk).update(content=content)


def test_a_guide_and_a_listing_are_published_and_taken_down_on_time(reader, home):
    page = guide(home, text("<p>Sebelum.</p>"))
    on_time(page, body=[text("<p>Sesudah.</p>")])
    service = directory.service(directory.provider())
    on_time(service, description="Kini ada malam hari.")
    assert "Sesudah" not in reader.get(page.url).content.decode()
    call_command("publish_scheduled")
    assert "Sesudah" in reader.get(page.url).content.decode()
    assert ServicePage.objects.get(pk=service.pk).description == "Kini ada malam hari."
    assert "malam hari" in reader.get(f"/info/s/{service.identifier}/").content.decode()
    Page.objects.filter(pk=page.pk).update(expire_at=ago())
    call_command("publish_scheduled")
    assert reader.get(page.url).status_code == 404


def test_a_protocol_that_is_published_on_time_has_its_version(home):
    page = ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code="id")
    before = ProtocolVersion.objects.of(page.code).first().number
    on_time(page, what_changed="Satu hal.")
    assert ProtocolVersion.objects.of(page.code).first().number == before
    call_command("publish_scheduled")
    newest = ProtocolVersion.objects.of(page.code).first()
    assert (newest.number, newest.text["what_changed"]) == (before + 1, "Satu hal.")


def test_what_cannot_be_published_holds_up_nothing_else(home):
    page = guide(home, text("<p>Sebelum.</p>"))
    protocol = ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code="id")
    on_time(protocol, clock_days=1000)
    on_time(page, body=[text("<p>Sesudah.</p>")])
    said = io.StringIO()
    call_command("publish_scheduled", stderr=said)
    assert said.getvalue() in {"", f"page {protocol.pk} was not changed: ValidationError\n"}
    assert "Sesudah" in str(GuidePage.objects.get(pk=page.pk).body)


# --- previews and translations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [HomePage, GuidePage, CardsPage, ProtocolIndexPage, ProtocolPage, ProviderPage, ServicePage]
)
def test_every_page_is_previewed_in_three_widths_a_telephone_first(model):
    page = model()
    assert [size["device_width"] for size in page.preview_sizes] == [360, 768, 1280]
    assert page.default_preview_size == "phone"


def test_the_widths_are_named_in_both_languages():
    for size in WIDTHS:
        names = []
        for language in ("id", "en"):
            with translation.override(language):
                names.append(str(size["label"]))
        assert len(set(names)) == 2


def test_a_translation_begins_as_a_draft(desk, reader, home):
    page = guide(home, text("<p>Halo.</p>"), slug="salinan")
    english = Locale.objects.get(language_code="en")
    address = reverse("simple_translation:submit_page_translation", args=[page.pk])
    answer = desk.post(address, {"locales": [english.pk]})
    assert answer.status_code == 302
    copy = page.get_translation(english).specific
    assert (copy.live, copy.has_unpublished_changes, copy.alias_of_id) == (False, True, None)
    assert reader.get("/en/salinan/").status_code == 404
    assert "translation" in kinds(page)
    guide(home, slug="tanpa")  # nothing is mirrored by itself
    assert not Page.objects.filter(slug="tanpa", locale=english).exists()


def test_an_editor_who_may_not_translate_is_refused(home):
    page = guide(home)
    client = Client(SERVER_NAME="localhost")
    person = factories.user("Orang Lain")
    person.user_permissions.add(Permission.objects.get(codename="access_admin"))
    enter(client, person)
    english = Locale.objects.get(language_code="en")
    address = reverse("simple_translation:submit_page_translation", args=[page.pk])
    assert client.post(address, {"locales": [english.pk]}).status_code in {302, 403, 404}
    assert not page.has_translation(english)


def test_a_private_page_has_no_old_address_that_shows_it(reader, home, django_capture_on_commit_callbacks):
    page = guide(home, slug="dulu")
    old = page.url
    page.slug = "nanti"
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert reader.get(old, follow=True).redirect_chain[-1][0].startswith("/account/login/")
