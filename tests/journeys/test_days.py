"""The interview day in a browser: what staff print, and what a child sees who holds the device."""

import re
import uuid

import pytest
from django.db import transaction
from django.urls import reverse

from cms.database.context import acting_as
from services.actions import interviews
from tests import factories
from tests.directory import verified
from tests.journeys.test_pages import SMALL_AND_LARGE, faults, looked_at, overflow
from tests.services.conftest import plan_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = re.compile(rb"/Type\s*/Page\b")  # of a PDF


@pytest.fixture
def day(ready):
    """The address of the cards of an interview that is booked and still to come."""
    cast = ready.cast
    with transaction.atomic(), acting_as(cast.social_worker):
        plan = plan_for(cast, cast.things, needs=frozenset(need.pk for need in ready.needs))
        interview = interviews.book_interview(
            case=ready.case, plan=plan, by=cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )
    return reverse("services:interview_day", args=[ready.case.code, interview.pk])


def well(visitor):
    """Nothing for axe to object to, and nothing wider than the window."""
    return faults(visitor.page) + ["too wide"] * (overflow(visitor.page) > 0)


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_staff_come_from_the_interview_and_the_child_can_go_nowhere(visit, ready, day, width, scheme):
    worker = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    worker.sign_in(ready.cast.social_worker).open(day.removesuffix("day/"))
    worker.follow("My interview day (cards for the child)")
    assert worker.path == day
    assert well(worker) == []
    worker.press("Sign out and show")
    assert well(worker) == []
    page = worker.page
    assert page.title() == "Sekali"
    assert ready.case.code not in page.content()
    for _card in range(page.locator(".shown-card").count() - 1):
        here = page.locator(f"[id='{page.url.rpartition('#')[2] if '#' in page.url else '1'}']")
        here.get_by_role("link", name=worker.words("Next card")).click()
        page.wait_for_function("Math.abs(document.querySelector(':target').getBoundingClientRect().top) < 2")
    assert page.locator(".shown-card").last.is_visible()
    page.goto(worker.address(ready.path))
    assert worker.path == "/account/login/"


def test_back_from_the_cards_shows_nothing_of_the_case(visit, ready, day):
    worker = visit("id").sign_in(ready.cast.social_worker)
    worker.open(ready.path)
    worker.open(day)
    worker.press("Sign out and show")
    worker.page.go_back()
    assert ready.case.code not in worker.text()
    assert worker.path.startswith("/account/login/")


def test_one_card_comes_out_on_each_sheet_and_nothing_else(visit, ready, day):
    worker = visit("id").sign_in(ready.cast.social_worker)
    worker.open(day)
    cards = worker.page.locator(".day-cards > li").count()
    assert cards >= 10
    assert len(PAGE.findall(worker.page.pdf(format="A4"))) == cards
    worker.page.emulate_media(media="print")
    assert ready.case.code not in worker.text()
    assert worker.words("My interview day") not in worker.text()
    worker.page.emulate_media(media="null")  # as it is: a PDF is paper
    worker.press("Sign out and show")
    assert len(PAGE.findall(worker.page.pdf(format="A5"))) == cards


@SMALL_AND_LARGE
def test_the_page_of_a_standard(visit, site, width, scheme):
    with transaction.atomic():
        standard = verified.binding()[0].standard
    reader = visit("id", viewport={"width": width, "height": 720}, color_scheme=scheme)
    assert looked_at(reader, ["/info/k/", reverse("directory:standard_detail", args=[standard.pk])]) == {}
