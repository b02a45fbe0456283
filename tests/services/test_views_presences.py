"""Keeping child and suspect apart, on the page: what is written, refused, kept and shown to whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.database.context import acting_as
from services.models import VenuePresence
from tests import factories
from tests.entering import enter
from tests.services import corpus
from tests.services.pages import Page

DAY = factories.workday().date()


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def address(world):
    return reverse("services:presence_list", args=[world.fresh.code])


def sent(world, **changes):
    return {"venue": str(world.things["room"].venue_id), "first": DAY.isoformat(), "last": ""} | changes


def rows(world):
    with acting_as(world.cast.social_worker):
        return list(VenuePresence.objects.standing().of_suspects().filter(case=world.fresh.case))


def test_a_day_is_recorded_and_shown_and_called_off(manager, world, address):
    assert manager.post(address, sent(world)).status_code == 302
    (row,) = rows(world)
    assert (row.days.lower, row.last) == (DAY, DAY)
    assert str(world.things["room"].venue) in Page(manager.get(address)).main
    assert manager.post(reverse("services:presence_end", args=[world.fresh.code, row.pk])).status_code == 302
    assert rows(world) == []
    again = manager.post(reverse("services:presence_end", args=[world.fresh.code, row.pk]))
    assert again.status_code == 409
    assert Page(again).errors()


def test_several_days_are_one_row(manager, world, address):
    manager.post(address, sent(world, last=(DAY + timedelta(days=2)).isoformat()))
    assert rows(world)[0].last == DAY + timedelta(days=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"venue": ""}, {"venue": "0"}, {"venue": corpus.NUL}, {"first": ""}, {"first": "2020-01-01"},
        {"last": "2020-01-01"}, {"last": "2099-01-01"},
        *({"first": day} for day in corpus.IMPOSSIBLE_DAYS), *({"last": day} for day in corpus.IMPOSSIBLE_DAYS),
    ],
    ids=str,
)  # fmt: skip
def test_a_faulty_day_gets_a_sentence_and_comes_back(manager, world, address, changes):
    given = sent(world, **changes)
    page = Page(manager.post(address, given))
    assert page.errors()
    assert {name: page.typed()[name] for name in ("first", "last")} == {name: given[name] for name in ("first", "last")}
    assert rows(world) == []


def test_a_venue_of_another_province_is_not_offered(manager, world, address):
    far = factories.venue(world.cast.house, province="ID-PA")
    assert Page(manager.post(address, sent(world, venue=str(far.pk)))).errors()
    assert rows(world) == []


def test_a_day_on_which_the_child_is_there_is_refused_beside_the_venue(client, world):
    enter(client, world.cast.investigator)
    booked = world.booked.interview
    day = booked.starts.astimezone(world.booked.case.zone).date()
    with acting_as(world.cast.social_worker):
        factories.permit(world.booked.case, world.cast.social_worker)
    address = reverse("services:presence_list", args=[world.booked.code])
    page = Page(client.post(address, sent(world, first=day.isoformat(), last=DAY.isoformat())))
    assert any("wawancara dalam kasus ini" in words for words in page.errors())


def test_the_page_costs_the_same_with_one_row_and_three(manager, world, address):
    manager.post(address, sent(world))
    one = queries(manager, address)
    for number in (1, 2):
        manager.post(address, sent(world, first=(DAY + timedelta(days=number)).isoformat()))
    assert queries(manager, address) == one


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_way_to_it_is_shown_to_those_who_plan_only(client, world, address):
    for person, shown in ((world.cast.investigator, True), (world.cast.companion, False)):
        enter(client, person)
        page = client.get(reverse("services:case_detail", args=[world.fresh.code]))
        assert (address.encode() in page.content) == shown


def test_what_a_suspect_does_stands_on_no_other_page_of_the_case(manager, client, world, address):
    """Its day and venue are read on their own page only."""
    lonely = factories.venue(world.cast.house, "Gedung Lain")
    manager.post(address, sent(world, venue=str(lonely.pk)))
    for name in ("case_detail", "interview_book", "case_keeping"):
        assert "Gedung Lain" not in manager.get(reverse(f"services:{name}", args=[world.fresh.code])).content.decode()
