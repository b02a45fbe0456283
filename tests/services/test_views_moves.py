"""The page that moves an interview: what it offers, does, refuses and keeps, and in how few steps."""

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.database.context import acting_as
from services.actions.occupancy import take
from services.forms.interviews import SLOT_SALT
from services.models import Interview, Qualification
from tests import factories
from tests.entering import enter
from tests.services.pages import Page


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


def at(name, *args):
    return reverse(f"services:{name}", args=args)


@pytest.fixture
def ahead(manager, world):
    """The fresh case with its interview booked for days to come, and the address that moves it."""
    book = at("interview_book", world.fresh.code)
    manager.post(book, Page(manager.get(book)).typed())
    interview = now_at(world)
    return type("Ahead", (), {"address": at("interview_move", world.fresh.code, interview.pk), "interview": interview})


def now_at(world):
    with acting_as(world.cast.social_worker):
        return Interview.objects.get(case=world.fresh.case)


def test_from_the_case_page_in_three_steps(manager, world, ahead):
    """Open the page, choose a time, confirm; and cancelling takes two."""
    case_page = Page(manager.get(at("case_detail", world.fresh.code)))
    links = [a["href"] for a in case_page.soup.select(".next a")]
    assert ahead.address in links
    assert at("interview_cancel", world.fresh.code, ahead.interview.pk) in links
    page = Page(manager.get(ahead.address))
    second = page.soup.select("input[name=slot]")[1]["value"]
    response = manager.post(ahead.address, page.typed() | {"slot": second})
    assert response["Location"] == at("interview_detail", world.fresh.code, ahead.interview.pk)
    assert now_at(world).span != ahead.interview.span


def test_the_first_time_offered_moves_it_and_keeps_everybody(manager, world, ahead):
    page = Page(manager.get(ahead.address))
    assert "textarea" not in page.soup.find("main").decode()  # nobody is asked why
    words = signing.loads(page.typed()["slot"], salt=f"{SLOT_SALT}.{world.fresh.case.pk}")
    with acting_as(world.cast.social_worker):
        before = set(ahead.interview.participants.values_list("role", "resource", "presence"))
    assert manager.post(ahead.address, page.typed()).status_code == 302
    moved = now_at(world)
    assert moved.starts.isoformat() == parsed(words["start"])
    with acting_as(world.cast.social_worker):
        assert set(moved.participants.values_list("role", "resource", "presence")) == before


def parsed(text):
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def test_where_it_is_now_is_not_offered(manager, world, ahead):
    page = Page(manager.get(ahead.address))
    offered = [signing.loads(radio["value"], salt=f"{SLOT_SALT}.{world.fresh.case.pk}")["start"]
               for radio in page.soup.select("input[name=slot]")]  # fmt: skip
    assert offered
    assert ahead.interview.starts.isoformat() not in {parsed(start) for start in offered}


def test_the_same_form_sent_twice_moves_once_and_leads_to_it(manager, world, ahead):
    sent = Page(manager.get(ahead.address)).typed()
    first, again = manager.post(ahead.address, sent), manager.post(ahead.address, sent)
    assert (first.status_code, again.status_code, first["Location"]) == (302, 302, again["Location"])
    with acting_as(world.cast.social_worker):
        assert now_at(world).moves.count() == 1


def test_a_time_that_somebody_else_has_just_taken_is_refused_with_the_next_ones(manager, world, ahead):
    from datetime import datetime, timedelta

    sent = Page(manager.get(ahead.address)).typed()
    words = signing.loads(sent["slot"], salt=f"{SLOT_SALT}.{world.fresh.case.pk}")
    start = datetime.fromisoformat(words["start"])
    take(wanted=[(world.fresh.case.child_resource_id, (start, start + timedelta(minutes=50)))], now=factories.now())
    response = manager.post(ahead.address, sent)
    page = Page(response)
    assert response.status_code == 409
    assert page.errors()
    assert page.typed()["slot"] != sent["slot"]
    assert now_at(world).span == ahead.interview.span


@pytest.mark.parametrize("changed", [{"slot": ""}, {"slot": "x"}, {"key": "stale"}, {"key": ""}])
def test_a_forged_or_stale_form_moves_nothing(manager, world, ahead, changed):
    response = manager.post(ahead.address, Page(manager.get(ahead.address)).typed() | changed)
    assert (response.status_code, bool(Page(response).errors())) == (200, True)
    assert now_at(world).span == ahead.interview.span


def test_a_slot_offered_for_another_case_moves_nothing(manager, world, ahead):
    sent = Page(manager.get(ahead.address)).typed()
    words = signing.loads(sent["slot"], salt=f"{SLOT_SALT}.{world.fresh.case.pk}")
    sent["slot"] = signing.dumps(words, salt=f"{SLOT_SALT}.{world.told.case.pk}", compress=True)
    assert Page(manager.post(ahead.address, sent)).errors()
    assert now_at(world).span == ahead.interview.span


def test_what_has_begun_offers_no_times(manager, world):
    page = Page(manager.get(at("interview_move", world.booked.code, world.booked.interview.pk)))
    assert page.soup.select("input[name=slot]") == []
    assert page.soup.select(".slots") == []


def test_when_there_is_no_other_time_the_page_says_what_stands_in_the_way(manager, world, ahead):
    Qualification.objects.filter(kind="forensic").delete()
    page = Page(manager.get(ahead.address))
    assert page.soup.select("#blockers-title")
    assert now_at(world).span == ahead.interview.span


@pytest.mark.parametrize("query", [{"since": "2020-01-01"}, {"since": "x"}, {"on": "9999-12-31"}, {"on": "x"}])
def test_any_search_is_answered(manager, ahead, query):
    assert manager.get(ahead.address, query).status_code == 200


def test_it_costs_the_same_for_one_room_and_three(manager, world, ahead):
    few = queries(manager, ahead.address)
    for number in range(2):
        room = factories.room(world.things["room"].venue, f"Lagi {number}", child_friendly=True)
        factories.works(room)
    assert queries(manager, ahead.address) == few


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
