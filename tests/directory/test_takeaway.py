"""Reads for what is taken along: only what is listed, in a fixed number of queries, with a digest that notices change."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Status
from directory.models.takeaway import outlines, whole
from tests.directory import factories

pytestmark = pytest.mark.django_db
JB = [{"province": "ID-JB"}]


@pytest.fixture
def provider():
    return factories.provider()


def found(province="ID-JB"):
    return {outline.title: outline for outline in outlines(province)[0]}


def digest(province="ID-JB"):
    return outlines(province)[1]


def test_a_provinces_own_and_nationwide_services_are_there_and_no_others(provider):
    factories.service(provider, "Di sini", areas=JB)
    factories.service(provider, "Di mana-mana")
    factories.service(provider, "Di tempat lain", areas=[{"province": "ID-PA"}])
    factories.service(provider, "Draf", areas=JB, live=False)
    factories.service(provider, "Bubar", areas=JB, status=Status.DEFUNCT)
    assert {title: one.nationwide for title, one in found().items()} == {"Di sini": False, "Di mana-mana": True}


def test_an_outline_says_districts_ages_and_whether_it_works(provider):
    here = [{"province": "ID-JB", "district": name} for name in ("Kota Bandung", "Kabupaten Bandung")]
    elsewhere = [{"province": "ID-BT", "district": "Kota Serang"}]
    factories.service(
        provider, "Satu", areas=here + elsewhere, status=Status.CLOSED, minimum_age=6, maximum_age=12, kind="d3"
    )
    one = found()["Satu"]
    assert one.districts == ("Kabupaten Bandung", "Kota Bandung")
    assert (one.working, one.kind, one.minimum_age, one.maximum_age) == (False, "d3", 6, 12)


def test_the_whole_province_is_more_than_its_districts(provider):
    factories.service(provider, "Satu", areas=[*JB, {"province": "ID-JB", "district": "Kota Bandung"}])
    assert found()["Satu"].districts == ()


def test_whole_keeps_the_order_and_leaves_out_what_is_not_listed_any_more(provider):
    pages = [factories.service(provider, name, areas=JB) for name in "abc"]
    listed = list(found().values())
    pages[1].unpublish()
    assert [service.title for service in whole(listed[::-1])] == ["c", "a"]


def test_the_digest_stays_while_nothing_changes(provider):
    factories.service(provider, areas=JB)
    assert digest() == digest()
    assert digest() != digest("ID-BT")


def _publish(page, **changes):
    for name, value in changes.items():
        setattr(page, name, value)
    page.save_revision().publish()


@pytest.mark.parametrize(
    "change",
    [
        lambda service, _provider: _publish(service, cost="Gratis"),
        lambda service, _provider: service.unpublish(),
        lambda service, _provider: _publish(service, checked_on=date(2026, 11, 12), checked_by="reviewer"),
        lambda service, _provider: (
            type(service).objects.filter(pk=service.pk).update(checked_on=date(2026, 11, 12), checked_by="provider")
        ),
        lambda service, _provider: service.areas.model.objects.update(district="Kota Bandung"),
        lambda _service, provider: _publish(provider, title="Nama baru"),
        lambda _service, provider: factories.service(provider, "Yang baru", areas=JB),
        lambda _service, provider: provider.unpublish(),
    ],
)
def test_the_digest_notices_every_change(provider, change):
    service = factories.service(provider, areas=JB)
    before = digest()
    provider.refresh_from_db()
    service.refresh_from_db()
    change(service, provider)
    assert digest() != before


def test_reading_costs_the_same_however_much_there_is(provider):
    costs = []
    for number in range(3):
        factories.service(provider, f"Layanan {number}", areas=JB)
        whole(outlines("ID-JB")[0])
        with CaptureQueriesContext(connection) as captured:
            whole(outlines("ID-JB")[0])
        costs.append(len(captured))
    assert costs[0] == costs[2] <= 16
