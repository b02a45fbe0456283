"""A real Chromium in front of a real server on loopback, over a database in which everything commits.

Every page is watched: a console error, a page error, a violated content policy, a request to anybody else, a broken
part of a page or an answer of 500 fails the test, whatever else it looks for. A missing browser fails it too.
"""

import logging
import os
from urllib.parse import urlsplit

import pytest
from django.db import connections, transaction
from django.test.testcases import LiveServerThread

from cms.database.context import acting_as
from tests import install
from tests.cast import gather, rooms
from tests.journeys.visitor import Visitor

QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-quic", "--disable-sync",
         "--no-first-run", "--no-default-browser-check"]  # fmt: skip
# Chromium's own notice of an answer that was not 200; the answers themselves are watched instead.
STATUS_NOTICE = "Failed to load resource"
SPY = """document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))"""


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import Error, sync_playwright

    path = install.browser()
    if path is None:
        pytest.fail("no Chromium here; `python -m tests.install` finds or fetches one", pytrace=False)
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code from here on. For that
    # it keeps connections of its own; the one from before comes to light again in forked processes, and must be closed.
    connections.close_all()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        try:
            # Playwright switches the back-forward cache off; people have it on, and Back is one of the promises.
            browser = playwright.chromium.launch(
                executable_path=path, args=arguments, ignore_default_args=["--disable-back-forward-cache"]
            )
        except Error as error:
            pytest.fail(f"Chromium does not start: {error.message.splitlines()[0]}", pytrace=False)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(chromium, own_database):
    """The address of the site, served from threads with connections of their own. Yields `http://127.0.0.1:port`."""
    logging.getLogger("django.server").setLevel(logging.CRITICAL)  # a closed tab is no fault
    server = LiveServerThread("127.0.0.1", static_handler=lambda handler: handler)  # WhiteNoise serves, as in earnest
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


class Watch:
    """What went wrong on any page of a browser context, in words."""

    def __init__(self, context, site):
        self.site, self.troubles = site, []
        context.expose_binding("reportViolation", lambda _source, said: self.troubles.append(f"policy: {said}"))
        context.add_init_script(SPY)
        context.on("console", self.console)
        context.on("weberror", lambda error: self.troubles.append(f"page: {error.error}"))
        context.on("request", self.request)
        context.on("response", self.response)

    def console(self, message):
        if message.type == "error" and not message.text.startswith(STATUS_NOTICE):
            self.troubles.append(f"console: {message.text}")

    def request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.site:
            self.troubles.append(f"foreign: {request.url}")

    def response(self, response):
        part_of_a_page = not response.request.is_navigation_request()
        if response.status >= 500 or (part_of_a_page and response.status >= 400):
            self.troubles.append(f"status {response.status}: {response.url}")


class Blind(list):
    """For tests that plant a fault on purpose: nothing is noted."""

    def append(self, trouble):
        """Let it pass."""


@pytest.fixture
def visit(chromium, site):
    """`visit(language, **context)` is one person with a browser of their own, nothing shared; it is being watched."""
    watches, contexts = [], []

    def come(language="id", **options):
        context = chromium.new_context(locale={"id": "id-ID", "en": "en-GB"}[language], **options)
        context.set_default_timeout(10_000)
        watches.append(Watch(context, site))
        contexts.append(context)
        visitor = Visitor(context.new_page(), site, language)
        visitor.watch = watches[-1]
        return visitor

    yield come
    for context in contexts:
        context.close()
    assert [trouble for watch in watches for trouble in watch.troubles] == []


@pytest.fixture
def cast(site):
    """The cast, committed, with a house whose rooms and people keep working hours."""
    with transaction.atomic():
        cast = gather()
        cast.things = rooms(cast)
        open_the_house(cast)
    return cast


def open_the_house(cast):
    """Everybody and everything works daily from eight to five, authored as people author it."""
    from datetime import time

    from services.actions.hours import set_hours
    from services.models import Resource
    from services.rules.hours import Block
    from tests import factories

    week = [Block(day, time(8), time(17)) for day in range(7)]
    for resource in Resource.objects.bookable():
        set_hours(resource=resource, blocks=week, by=cast.keeper, now=factories.now())


@pytest.fixture
def ready(cast):
    """A committed case that only waits to be booked, with two needs of the police."""
    from types import SimpleNamespace

    from tests import factories
    from tests.services.conftest import record_preparation

    with transaction.atomic(), acting_as(cast.social_worker):
        case = factories.open_case(cast)
        factories.add_team(case, cast)
        record_preparation(case, cast)
        needs = [factories.need(case, cast, number) for number in (0, 1)]
    return SimpleNamespace(case=case, cast=cast, needs=needs, path=f"/cases/{case.code}/")


def asked_again(ready, owner):
    """The joint interview held, its ledger written, a supplementary one approved and booked. All of it committed."""
    import uuid
    from types import SimpleNamespace

    from services.actions import accesses, interviews, testimony
    from services.models import CaseMember, ChildView
    from services.rules.testimony import AgainPlan, Entry
    from tests import factories
    from tests.services.conftest import plan_for

    cast, case = ready.cast, ready.case
    by, now = {"case": case, "by": cast.social_worker}, factories.now
    with transaction.atomic(), acting_as(cast.social_worker):
        plan = plan_for(cast, cast.things, needs=frozenset(need.pk for need in ready.needs))
        interview = interviews.book_interview(plan=plan, now=now(), key=uuid.uuid4(), **by)
    let_time_pass(owner, interview)
    with transaction.atomic(), acting_as(cast.social_worker):
        interviews.hold_interview(interview=interview, now=now(), **by)
        kept = (cast.police.pk, "SEGEL-7731-UJI", "ab" * 32)
        told, stopped = (need.topic_id for need in ready.needs)
        entries = [Entry(told, "told_recorded", *kept), Entry(stopped, "stopped")]
        (entry, _) = testimony.record_outcomes(interview=interview, entries=entries, now=now(), **by)
        wish = AgainPlan("supplementary", frozenset([stopped]), "Berkas belum lengkap.")
        asking = testimony.ask_again(plan=wish, agency=cast.house, now=now(), **by)
        testimony.approve(asking=asking, role="case_manager", now=now(), **by)
        with acting_as(cast.psychologist):
            testimony.approve(case=case, asking=asking, role="psychologist", by=cast.psychologist, now=now())
        ChildView.objects.create(means="talk", answer="yes", at=now(), **by)
        second = plan_for(cast, cast.things, kind="supplementary", asking=asking.pk)
        booked = interviews.book_interview(plan=second, now=now(), key=uuid.uuid4(), **by)
        member = CaseMember.objects.get(case=case, role="psychologist")
    with transaction.atomic(), acting_as(cast.prosecutor):
        access = accesses.request_record(
            case=case, testimony=entry, agency=cast.prosecution, purpose="prosecution", by=cast.prosecutor, now=now()
        )
    return SimpleNamespace(interview=interview, entry=entry, asking=asking, booked=booked, member=member, access=access)


def let_time_pass(owner, interview):
    """Nobody may say of an interview to come that it was held, and no test can wait for days.

    So the owner of the tables, who alone could, moves the interview and whatever it occupies two weeks back.
    """
    back = "span = tstzrange(lower(span) - interval '14 days', upper(span) - interval '14 days')"
    bookings = "SELECT occupancy_id FROM services_booking WHERE interview_id = %s"
    owner.execute(f"UPDATE services_occupancy SET {back} WHERE id IN ({bookings})", [interview.pk])
    owner.execute(f"UPDATE services_interview SET {back} WHERE id = %s", [interview.pk])
