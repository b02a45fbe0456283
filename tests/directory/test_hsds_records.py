"""Listings as HSDS records: what the standard says of them, what of a listing is in them, and what never is."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.hsds import feed, records
from directory.models import ProviderPage
from directory.models.offers import attach_providers
from tests.directory import factories, listed
from tests.directory.hsds_schemas import VERSIONS, faults, here, strict

pytestmark = pytest.mark.django_db


def services():
    return attach_providers(feed.services().with_details())


def every_record():
    """`(schema, record)` of everything that goes out, in every form."""
    for page in services():
        yield "service", records.service(page, full=True)
        yield "service_list", records.service(page)
        if spot := records.service_at_location(page):
            yield "service_at_location", spot
            yield "service_at_location_list", records.service_at_location_listed(page)
    for provider in feed.providers().prefetch_related("phones"):
        yield "organization", records.organization(provider, full=True)
        yield "organization_list", records.organization(provider)
    yield from (("taxonomy", record) for record in records.taxonomies())
    yield from (("taxonomy_term", record) for record in records.taxonomy_terms())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_record_is_what_the_standard_says_and_nothing_more(version):
    listed.directory()
    found = list(every_record())
    assert {name for name, _record in found} == {
        "service", "service_list", "service_at_location", "service_at_location_list", "organization",
        "organization_list", "taxonomy", "taxonomy_term",
    }  # fmt: skip
    if here():
        assert [(name, fault) for name, record in found for fault in faults(record, name, version)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_judge_is_strict(version):
    """A field too many at any depth, an id that is none, a broken address: each is a fault."""
    listed.directory()
    record = next(record for name, record in every_record() if name == "service" and "service_at_locations" in record)
    if not here():
        return
    for spoil in (
        lambda one: one.update(extra=1),
        lambda one: one["service_at_locations"][0]["location"]["addresses"][0].update(extra=1),
        lambda one: one["attributes"][0]["taxonomy_term"].update(extra=1),
        lambda one: one["phones"][0].update(id="x"),
        lambda one: one.update(url="contoh.example/ä"),
        lambda one: one.update(last_modified="kemarin"),
        lambda one: one.pop("name"),
    ):
        spoiled = json.loads(json.dumps(record))
        spoil(spoiled)
        assert faults(spoiled, "service", version)
    assert strict({"properties": {"a": {"items": {"properties": {}}}}}) == {
        "properties": {"a": {"items": {"properties": {}, "additionalProperties": False}}},
        "additionalProperties": False,
    }


def empties(record):
    if isinstance(record, dict):
        for name, value in record.items():
            yield from ([name] if value in (None, []) else empties(value))
    elif isinstance(record, list):
        for one in record:
            yield from empties(one)


def test_nothing_is_told_as_null_and_no_id_stands_twice():
    listed.directory()
    found = list(every_record())
    assert [name for _schema, record in found for name in empties(record)] == []
    for name, record in found:
        for part in ("phones", "schedules", "service_areas", "languages", "attributes"):
            ids = [one["id"] for one in record.get(part, ())]
            assert len(ids) == len(set(ids)), (name, part)
    assert json.dumps(found)  # plain values only


def test_a_service_is_told_whole():
    page = listed.whole(factories.provider("UPTD", street="Jalan Contoh 1", city="Kota Bandung"))
    (page,) = services()
    record = records.service(page, full=True)
    assert (record["minimum_age"], record["wait_time"], record["assured_date"]) == (0, "0 jam", "2026-11-01")
    assert record["cost_options"] == [
        {"id": record["cost_options"][0]["id"], "option": "tidak dipungut biaya", "amount": 0, "currency": "IDR"}
    ]
    hours = [
        (one.get("byday"), one.get("opens_at"), one.get("closes_at"), one.get("dtstart")) for one in record["schedules"]
    ]
    assert hours == [
        ("MO,TU,WE,TH,FR", "08:00:00", "12:00:00", None),
        ("MO,TU,WE,TH,FR", "13:00:00", "16:30:00", None),
        ("SA", "00:00:00", "23:59:00", None),
        ("SU", "22:00:00", "02:00:00", None),
        (None, None, None, "2026-12-25"),
        (None, "09:00:00", "10:00:00", "2026-12-26"),
        (None, "11:00:00", "12:00:00", "2026-12-26"),
        (None, "00:00:00", "23:59:00", "2026-12-31"),
        (None, None, None, None),
    ]
    assert [area["extent"] for area in record["service_areas"]] == ["32.73", "ID-PA"]
    assert [(one["number"], one["type"], one.get("extension")) for one in record["phones"]] == [
        ("+622130000001", "voice", None),
        ("+628111129129", "whatsapp", None),
        ("+622130000001", "voice", 7),
        ("129", "voice", None),
    ]
    codes = [one["taxonomy_term"]["code"] for one in record["attributes"]]
    assert codes[:5] == ["c4", "gender-g", "price-f", "ease-wc", "ease-sl"]
    told = json.dumps(record, ensure_ascii=False)
    for text in [*listed.TEXTS.values(), *listed.ENGLISH.values(), "Counselling", "Ruang Dengar", "Call first."]:
        assert json.dumps(text, ensure_ascii=False)[1:-1] in told, text
    assert record["service_at_locations"][0]["location"]["addresses"][0]["address_1"] == "Jalan Contoh 1"


def test_ids_stay_and_a_place_leads_back_to_its_service():
    listed.directory()
    once = json.dumps(list(every_record()))
    assert json.dumps(list(every_record())) == once
    for page in feed.placed():
        assert records.turned(records.turned(page.identifier)) == page.identifier
        assert records.turned(page.identifier).version == page.identifier.version
        assert feed.spot(str(records.turned(page.identifier))).get() == page
    assert not feed.spot(str(uuid.uuid4())).exists()
    assert not feed.spot("bukan").exists()


def test_places_in_the_database_and_in_the_records_are_the_same():
    """`placed()` asks the database what `service_at_location` asks the page."""
    listed.directory()
    by_record = {page.pk for page in services() if records.service_at_location(page)}
    assert set(feed.placed().values_list("pk", flat=True)) == by_record
    assert len(by_record) == 3


# --- what never comes out ---


def test_nothing_that_is_not_listed():
    provider = factories.provider()
    factories.service(provider, "Belum terbit", live=False)
    factories.service(provider, "Sudah tidak ada", status="defunct")
    factories.service(factories.provider("Tersembunyi", live=False), "Yatim")
    assert [page.title for page in feed.services()] == []
    assert [page.title for page in feed.providers()] == [provider.title]


def test_a_secret_place_has_no_province_either():
    listed.directory()
    for page in services():
        record = records.service(page, full=True)
        codes = {one["taxonomy_term"]["code"] for one in record.get("attributes", ())}
        assert not (page.place_is_secret and codes & {"fact-province"})
    hidden = records.organization(ProviderPage.objects.get(hidden_place=True), full=True)
    assert "fact-province" not in {one["taxonomy_term"]["code"] for one in hidden["attributes"]}


# --- portions ---


@pytest.mark.parametrize("count", [1, 3])
def test_so_many_listings_cost_the_same_number_of_queries(count):
    provider = factories.provider(street="Jalan Contoh 1", city="Kota Bandung")
    for number in range(count):
        listed.whole(provider, title=f"Layanan {number}")
    with CaptureQueriesContext(connection) as queries:
        assert len([records.service(page, full=True) for page in services()]) == count
    assert len(queries) == 9


def test_portions_are_all_of_it_in_order_and_no_larger_than_asked():
    provider = factories.provider()
    pages = [factories.service(provider, f"Layanan {number}") for number in range(5)]
    found = list(feed.portions(feed.services(), size=2))
    assert [len(portion) for portion in found] == [2, 2, 1]
    assert [page.pk for portion in found for page in portion] == [page.pk for page in pages]
