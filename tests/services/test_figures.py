"""Figures over all cases: right, for coordinators only, and never so small that they point to a child."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from cms.database.context import acting_as
from services.models import Interview, PriorTelling
from services.models.figures import told_figures
from services.rules.figures import Group
from tests import factories
from tests.entering import enter
from tests.services.pages import Page

ADDRESS = "services:told_overview"


@pytest.fixture
def chief(cast):
    return factories.member("Lina", cast.police, "coordinator")


def cases_told(cast, how_often):
    """A case for each number: told so often elsewhere."""
    with acting_as(cast.social_worker):
        for times in how_often:
            case = factories.open_case(cast)
            for _telling in range(times):
                PriorTelling.objects.create(
                    case=case, listener="police", told_on=case.reported_on, by=cast.social_worker, at=factories.now()
                )


def figures(person):
    with acting_as(person):
        return told_figures()


def test_small_groups_are_hidden_before_they_leave_the_database(cast, chief):
    cases_told(cast, [0] * 4 + [1] * 5 + [2] * 6 + [3, 4, 9, 3, 3])
    found = figures(chief)
    assert found["told"] == [Group(0, None), Group(1, 5), Group(2, 6), Group(3, 5)]
    assert found["avoided"] == [Group(0, 20), Group(1, None), Group(2, None), Group(3, None)]
    with acting_as(chief), connection.cursor() as cursor:
        cursor.execute("SELECT min(cases) FROM sekali_told_figures()")
        assert cursor.fetchone() == (5,)
        cursor.execute("SELECT count(*) FROM services_case")
        assert cursor.fetchone() == (0,)


def test_held_interviews_count_and_booked_ones_do_not(world):
    chief = factories.member("Lina", world.cast.police, "coordinator")
    cases_told(world.cast, [1] * 4)  # with the one whose interview was held, five
    assert figures(chief)["told"][1] == Group(1, 5)
    with acting_as(world.cast.social_worker):
        assert Interview.objects.filter(state="booked").exists()


def test_askings_avoided_are_counted_per_case(world):
    from services.actions import accesses

    cast, chief = world.cast, factories.member("Lina", world.cast.police, "coordinator")
    cases_told(cast, [0] * 8)
    before = figures(chief)["avoided"][0].cases
    facts = {"testimony": world.told.entry, "agency": cast.prosecution, "purpose": "prosecution", "by": cast.prosecutor}
    with acting_as(cast.prosecutor):
        access = accesses.request_record(case=world.told.case, **facts, now=factories.now())
    assert figures(chief)["avoided"][0].cases == before
    with acting_as(cast.investigator):
        until = localdate(factories.now(), factories.JAKARTA)
        accesses.grant(access=access, until=until, instructions="Datang.", by=cast.investigator, now=factories.now())
    assert figures(chief)["avoided"][0].cases == before - 1


def test_nobody_but_a_coordinator_is_told(cast):
    cases_told(cast, [1] * 6)
    for person in (cast.social_worker, cast.investigator, cast.keeper, cast.outsider, None):
        assert figures(person) == {}


def test_the_page_draws_and_lists_and_names_no_case(cast, chief):
    cases_told(cast, [1] * 7 + [0])
    client = Client()
    enter(client, chief)
    page = Page(client.get(reverse(ADDRESS)))
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
            for row in page.soup.select("#told-table tbody tr")]  # fmt: skip
    hidden = rows[0][1]
    assert rows[1] == ["1", "7"]
    assert hidden in {"kurang dari 5", "fewer than 5"}
    assert len(page.soup.select("svg.bars rect")) == 8
    assert "K-" not in page.main
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(ADDRESS))
    cases_told(cast, [2] * 6)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(ADDRESS))
    assert len(few) == len(many)
