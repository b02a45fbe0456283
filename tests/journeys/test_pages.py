"""Every main page, closed and public, as a browser shows it: axe finds nothing, and nothing scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse

from cms.models import ProtocolPage
from directory import demo
from directory.models import ProviderPage, ServicePage
from tests import factories
from tests.cast import PASSWORD
from tests.journeys.conftest import Blind, asked_again

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"resultTypes": ["violations"], "runOnly": RULES}
PUBLIC = ["/", "/account/login/", "/account/password/reset/", "/info/", "/protokol/"]
NOWHERE = "/no-such-page/"
CLOSED = ["", "child/", "team/new/", "needs/new/", "records/basis/", "records/consent/", "records/view/",
          "records/readiness/", "records/telling/", "interviews/new/", "again/", "identity/", "identity/edit/",
          "identity/references/new/", "records/court/", "apart/", "tasks/new/"]  # fmt: skip


def faults(page):
    """What axe objects to, one line for each element."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{fault['id']}: {node['html'][:160]}" for fault in found for node in fault["nodes"]]


def overflow(page):
    """By how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def looked_at(visitor, paths):
    """{path: what is wrong with it}, empty when all is well."""
    troubles = {}
    for path in paths:
        answer = visitor.open(path)
        assert answer.status == (404 if path == NOWHERE else 200), (path, answer.status)
        wrong = faults(visitor.page)
        if (pixels := overflow(visitor.page)) > 0:
            wrong.append(f"{pixels} pixels too wide")
        if wrong:
            troubles[path] = wrong
    return troubles


SMALL_AND_LARGE = pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")]
)


@SMALL_AND_LARGE
def test_public_pages(visit, listings, width, scheme):
    reader = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    assert looked_at(reader, [*PUBLIC, *listings, NOWHERE]) == {}


def too_wide(visitor, paths):
    """{(path, width): pixels} for every width of a phone or a small tablet at which a page scrolls sideways."""
    found = {}
    for path in paths:
        visitor.open(path)
        for width in range(320, 800, 16):
            visitor.page.set_viewport_size({"width": width, "height": 720})
            if (pixels := overflow(visitor.page)) > 0:
                found[path, width] = pixels
    return found


def test_no_width_scrolls_sideways_in_public(visit, listings):
    """Between the widths at which the layout changes, too."""
    assert too_wide(visit("id"), ["/", *listings]) == {}


def test_no_width_scrolls_sideways_behind_the_door(visit, ready):
    worker = visit("id").sign_in(ready.cast.social_worker)
    assert too_wide(worker, ["/cases/", *(f"{ready.path}{path}" for path in ("", "interviews/new/", "again/"))]) == {}


@pytest.fixture
def listings(site):
    """The demonstration's listings and the protocol, by address: a provider, a service, the protocol in force."""
    with transaction.atomic():
        demo.load(password=PASSWORD)
    provider, service = ProviderPage.objects.live().first(), ServicePage.objects.live().first()
    protocol = ProtocolPage.objects.live().filter(locale__language_code="id").first()
    return [
        reverse("directory:provider_detail", args=[provider.identifier]),
        reverse("directory:service_detail", args=[service.identifier]),
        protocol.url,
    ]


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<img src='/static/cms/none.svg'>", "image-alt"),
        ("<p style='width: 900px'>wide</p>", "pixels too wide"),
        ("<button></button>", "button-name"),
    ],
)
def test_the_look_can_fail(visit, site, planted, found):
    reader = visit("id", viewport={"width": 320, "height": 720})
    reader.watch.troubles = Blind()
    reader.open("/")
    reader.page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', `{planted}`)")
    # An inline style would be refused by the policy; a script may set one.
    reader.page.evaluate(
        "document.querySelectorAll('main p').forEach((p) => { if (p.textContent === 'wide') p.style.width = '900px'; })"
    )
    wrong = [*faults(reader.page), *(["pixels too wide"] if overflow(reader.page) else [])]
    assert [line for line in wrong if found in line]


@SMALL_AND_LARGE
def test_closed_pages(visit, ready, width, scheme):
    worker = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    worker.sign_in(ready.cast.social_worker)
    assert looked_at(worker, ["/cases/", "/cases/new/", *(f"{ready.path}{path}" for path in CLOSED)]) == {}


@SMALL_AND_LARGE
def test_pages_of_a_held_interview(visit, ready, owner, width, scheme):
    held = asked_again(ready, owner)
    worker = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    worker.sign_in(ready.cast.social_worker)
    interview = f"interviews/{held.interview.pk}/"
    paths = ["", "again/", interview, f"{interview}outcomes/", f"again/{held.asking.pk}/"]
    second = f"interviews/{held.booked.pk}/"
    paths += [
        second,
        f"{second}sheet/",
        f"{second}topics/new/",
        f"{second}cancel/",
        f"{second}hold/",
        f"team/{held.member.pk}/end/",
    ]
    ledger = f"ledger/{held.entry.pk}/"
    paths += [f"{ledger}request/", f"{ledger}correct/", "ledger/document/", f"access/{held.access.pk}/"]
    assert looked_at(worker, ["/documents/check/", *(f"{ready.path}{path}" for path in paths)]) == {}
    police = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    police.sign_in(ready.cast.investigator)
    paths = ["", f"access/{held.access.pk}/", f"access/{held.access.pk}/answer/"]
    assert looked_at(police, [f"{ready.path}{path}" for path in paths]) == {}


@SMALL_AND_LARGE
def test_pages_of_a_coordinator(visit, ready, width, scheme):
    with transaction.atomic():
        chief = factories.member("Lina", ready.cast.police, "coordinator")
    visitor = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme).sign_in(chief)
    assert looked_at(visitor, ["/figures/told/", "/records/"]) == {}


@pytest.mark.parametrize("language", ["id", "en"])
def test_refusals(visit, ready, language):
    """The pages that say no: a form sent empty, a code with a typing error, another case's page."""
    worker = visit(language, viewport={"width": 320, "height": 720}).sign_in(ready.cast.social_worker)
    wrong = {}
    worker.open("/cases/")
    worker.page.fill("[name=code]", "K-0000-0000")
    worker.press("Go to the case")
    wrong["code"] = faults(worker.page) + ["too wide"] * (overflow(worker.page) > 0)
    worker.open(f"{ready.path}team/new/")
    worker.page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    worker.press("Add to the team")
    wrong["team"] = faults(worker.page) + ["too wide"] * (overflow(worker.page) > 0)
    worker.open(f"{ready.path}again/")
    worker.page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    worker.choose("kind", "supplementary")
    worker.choose("topics", factories.topic(5).pk)
    worker.page.fill("[name=reason]", "Satu alasan.")
    worker.press("Ask for approval")
    assert worker.page.locator(".objection").count() == 1
    wrong["again"] = faults(worker.page) + ["too wide"] * (overflow(worker.page) > 0)
    assert wrong == {"code": [], "team": [], "again": []}


def test_the_first_control_is_the_way_to_the_content(visit, ready):
    worker = visit().sign_in(ready.cast.social_worker)
    worker.open(ready.path)
    worker.page.keyboard.press("Tab")
    assert worker.page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_a_refused_form_takes_the_reader_to_what_is_wrong(visit, ready):
    worker = visit().sign_in(ready.cast.social_worker)
    worker.open(f"{ready.path}team/new/")
    worker.page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    worker.press("Add to the team")
    assert worker.page.evaluate("document.activeElement.id") == "form-errors"
