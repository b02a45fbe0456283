"""What the map counts: listed, working services for children, each once, by the area it is for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Status
from directory.models.coverage import coverage_now
from directory.rules.atlas import Tally
from tests.directory import factories

pytestmark = pytest.mark.django_db
JB = [{"province": "ID-JB"}]


@pytest.fixture
def provider():
    return factories.provider()


def test_a_service_counts_in_its_provinces(provider):
    factories.service(provider, areas=[{"province": "ID-JB"}, {"province": "ID-BT"}])
    there = coverage_now()
    assert [there.of(place, "c4").total for place in ("ID-JB", "ID-BT", "ID-JT")] == [1, 1, 0]


def test_several_districts_of_a_province_are_one_service(provider):
    districts = ["Kota Bandung", "Kabupaten Bandung", "Kota Cimahi"]
    factories.service(provider, areas=[{"province": "ID-JB", "district": name} for name in districts])
    assert coverage_now().of("ID-JB") == Tally(1, (1, 1, 1))


def test_nationwide_counts_everywhere_and_once_even_where_a_province_is_named_too(provider):
    factories.service(provider, areas=[{"nationwide": True}, {"province": "ID-JB"}])
    there = coverage_now()
    assert (there.of("ID-JB").total, there.of("ID-PA").total, there.own("ID-JB").total) == (1, 1, 0)


@pytest.mark.parametrize(
    ("ages", "bands"),
    [
        ((None, None), (1, 1, 1)),
        ((None, 5), (1, 0, 0)),
        ((None, 6), (1, 1, 0)),
        ((5, 6), (1, 1, 0)),
        ((6, 12), (0, 1, 0)),
        ((13, None), (0, 0, 1)),
        ((17, 60), (0, 0, 1)),
        ((0, 120), (1, 1, 1)),
    ],
)
def test_ages_fall_into_their_bands(provider, ages, bands):
    factories.service(provider, minimum_age=ages[0], maximum_age=ages[1], areas=JB)
    assert coverage_now().of("ID-JB") == Tally(1, bands)


def test_what_is_for_adults_only_fills_no_gap(provider):
    factories.service(provider, minimum_age=18, areas=JB)
    assert coverage_now().of("ID-JB") == Tally()


@pytest.mark.parametrize("status", [Status.INACTIVE, Status.CLOSED, Status.DEFUNCT])
def test_what_does_not_work_now_fills_no_gap(provider, status):
    factories.service(provider, status=status, areas=JB)
    assert coverage_now().of("ID-JB") == Tally()


def test_drafts_and_services_of_unpublished_providers_are_not_counted(provider):
    factories.service(provider, areas=JB, live=False)
    factories.service(factories.provider("Belum terbit", live=False), areas=JB)
    assert coverage_now().of("ID-JB") == Tally()


def test_a_service_that_names_no_area_counts_nowhere(provider):
    factories.service(provider, areas=[])
    there = coverage_now()
    assert there.counted == {}


def test_a_shelter_counts_by_its_area_and_not_by_its_providers_office(provider):
    factories.service(provider, "Tempat aman", kind="c8", areas=[{"province": "ID-BA"}])
    there = coverage_now()
    assert (there.of("ID-BA", "c8").total, there.of("ID-JB", "c8").total) == (1, 0)


def test_counting_costs_the_same_however_much_there_is(provider):
    costs = []
    for number in range(3):
        factories.service(provider, f"Layanan {number}", kind=f"c{number + 1}", areas=JB)
        coverage_now()
        with CaptureQueriesContext(connection) as captured:
            coverage_now()
        costs.append(len(captured))
    assert costs[0] == costs[2] <= 3
