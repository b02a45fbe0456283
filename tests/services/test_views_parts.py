"""Several sessions on the pages: found, booked, shown wherever the hour is, held one after the other, stopped."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.database.context import acting_as
from services.models import Interview, InterviewPart
from tests import factories
from tests.entering import enter
from tests.services.pages import Page
from tests.services.test_parts import hours_pass


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def links(page):
    return {link["href"] for link in page.soup.select("main a[href]")}


@pytest.fixture
def booked(manager, world):
    """The fresh case's interview in three sessions, booked as the page offers it first."""
    address = at("interview_book", world.fresh.code)
    page = Page(manager.get(address, {"parts": 3}))
    response = manager.post(f"{address}?parts=3", page.typed())
    assert response.status_code == 302, Page(response).main
    with acting_as(world.cast.social_worker):
        return Interview.objects.get(case=world.fresh.case)


def sessions(world, interview):
    with acting_as(world.cast.social_worker):
        return list(interview.parts.order_by("number").values_list("number", "state"))


def pass_hours(world, interview, number):
    with acting_as(world.cast.social_worker):
        hours_pass(interview, number)


def test_each_time_offered_names_every_session_on_days_of_their_own(manager, world):
    page = Page(manager.get(at("interview_book", world.fresh.code), {"parts": 4}))
    offered = page.soup.select(".slot")
    assert offered
    for slot in offered:
        hours = [slot.select_one(".slot-when").text, *(item.text for item in slot.select(".slot-later li"))]
        assert len(hours) == len({re.match(r"\D*\d+ \w+", hour).group() for hour in hours}) == 4


def test_one_session_stays_what_it_was(manager, world):
    address = at("interview_book", world.fresh.code)
    page = Page(manager.get(address))
    assert not page.soup.select(".slot-later")
    assert Page(manager.get(address, {"parts": 1})).soup.select(".slot-when")[0] == page.soup.select(".slot-when")[0]
    manager.post(address, page.typed())
    with acting_as(world.cast.social_worker):
        assert not InterviewPart.objects.exists()


@pytest.mark.parametrize("asked", ["9", "0", "-1", "x", "2.5"])
def test_a_number_of_sessions_that_is_none_is_said_beside_the_field(manager, world, asked):
    page = Page(manager.get(at("interview_book", world.fresh.code), {"parts": asked}))
    assert page.soup.select(".has-error [name=parts]"), page.main
    assert not page.soup.select(".slot-later")


def test_where_nobody_can_meet_so_often_the_page_says_what_to_try(manager, world):
    with acting_as(world.cast.social_worker):
        from services.models import Availability

        later = factories.workday().replace(hour=0)
        Availability.objects.filter(resource=world.cast.companion.resource, span__startswith__gt=later).exclude(
            span__contains=factories.workday()).delete()  # fmt: skip
    page = Page(manager.get(at("interview_book", world.fresh.code), {"parts": 8}))
    assert "Orang yang sama tidak bisa bertemu 8 kali di ruang yang sama" in page.main
    assert "Coba lebih sedikit sesi" in page.main


def test_an_interview_that_follows_another_has_one_session(manager, world):
    page = Page(manager.get(at("asking_book", world.told.code, world.told.asking.pk), {"parts": 3}))
    assert not page.soup.select("[name=parts]")
    assert not page.soup.select(".slot-later")


def test_the_pages_show_the_session_that_is_next(manager, world, booked):
    detail = at("interview_detail", world.fresh.code, booked.pk)
    page = Page(manager.get(detail))
    assert "Satu wawancara dalam 3 sesi" in page.main
    assert at("interview_move", world.fresh.code, booked.pk) not in links(page)
    assert at("interview_cancel", world.fresh.code, booked.pk) in links(page)
    pass_hours(world, booked, 1)
    assert "Apakah sesi 1 dari 3 berlangsung?" in Page(manager.get(detail)).main
    hold = at("interview_hold", world.fresh.code, booked.pk)
    assert not Page(manager.get(hold)).soup.select("[name=stop]")
    assert manager.post(hold)["Location"] == detail
    assert sessions(world, booked) == [(1, "held"), (2, "planned"), (3, "planned")]
    page = Page(manager.get(detail))
    assert "Berikutnya sesi 2 dari 3" in page.main
    assert at("interview_cancel", world.fresh.code, booked.pk) not in links(page)
    case_page = Page(manager.get(at("case_detail", world.fresh.code)))
    with acting_as(world.cast.social_worker):
        from cms.templatetags.sekali import span

        due = Interview.objects.get(pk=booked.pk).due
        assert due.number == 2
        assert span(due.starts, due.ends, booked.zone) in case_page.soup.select_one(".next").text


def test_it_stops_when_the_child_wants_no_more_and_outcomes_are_next(manager, world, booked):
    pass_hours(world, booked, 1)
    hold = at("interview_hold", world.fresh.code, booked.pk)
    refused = manager.post(hold, {"stop": "yes"})
    assert refused.status_code == 409
    assert "Belum ada sesi yang berlangsung" in Page(refused).main
    manager.post(hold)
    early = manager.post(hold)
    assert early.status_code == 409
    assert "Jam sesi 2 belum tiba" in Page(early).main
    stopped = manager.post(hold, {"stop": "yes"})
    assert stopped["Location"] == at("outcome_record", world.fresh.code, booked.pk)
    assert sessions(world, booked) == [(1, "held"), (2, "dropped"), (3, "dropped")]


def test_the_page_that_moves_says_why_not(manager, world, booked):
    page = Page(manager.get(at("interview_move", world.fresh.code, booked.pk)))
    assert "tidak bisa dipindahkan sebagian" in page.main
    assert not page.soup.select("form#move")


@pytest.mark.parametrize("who", ["interviewer", "companion"])
def test_whoever_is_invited_sees_every_session_and_finds_each_in_their_agenda(client, world, booked, who):
    person = getattr(world.cast, who)
    enter(client, person)
    row = next(
        row for row in Page(client.get(at("invitation_list"))).soup.select("main .people > li") if "3 sesi" in row.text
    )
    assert len(re.findall(r"\d\d\.\d\d", row.select_one("strong").text)) == 6  # from and until, three times
    entries = Page(client.get(at("agenda"))).soup.select("main .people > li strong")
    days = {re.match(r"\D*\d+ \w+", entry.text.strip()).group() for entry in entries}
    assert len(days) >= 3


def test_the_case_page_costs_the_same_with_sessions(manager, world, booked):
    """Two more interviews in sessions would be two more cases; one of three and one of eight sessions cost the same."""
    address = at("case_detail", world.fresh.code)
    manager.get(address)
    with CaptureQueriesContext(
        connection,
    ) as three:
        manager.get(address)
    with acting_as(world.cast.social_worker):
        last = booked.parts.order_by("-number").first()
        for number in range(4, 9):
            InterviewPart.objects.create(case=world.fresh.case, interview=booked, number=number,
                                         span=factories.span(last.starts + factories.timedelta(days=number)))  # fmt: skip
    with CaptureQueriesContext(connection) as eight:
        manager.get(address)
    assert len(eight) == len(three)
