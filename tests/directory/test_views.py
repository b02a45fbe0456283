"""The public directory: what it shows, what it hides, and what a wrong address gets."""

import uuid

import pytest
from django.urls import reverse

from tests.directory import factories

pytestmark = pytest.mark.django_db


def page(client, name, *args, **query):
    return client.get(reverse(f"directory:{name}", args=args), query)


def test_the_list_shows_a_service_with_its_number_hours_and_place(client):
    service = factories.service(
        factories.provider(),
        schedules=[{"weekday": day, "all_day": True} for day in range(1, 8)],
        areas=[{"province": "ID-JB", "district": "Kota Contoh"}],
        minimum_age=6,
        maximum_age=17,
    )
    html = page(client, "service_list").content.decode()
    assert 'href="tel:+622100000001"' in html
    assert service.title in html
    assert "Kota Contoh, Jawa Barat" in html


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(client, django_assert_num_queries, rows):
    for number in range(rows):
        factories.service(factories.provider(f"Penyedia {number}"))
    page(client, "service_list")
    with django_assert_num_queries(11):
        page(client, "service_list")


def test_an_unknown_listing_is_not_found(client):
    assert page(client, "service_detail", uuid.uuid4()).status_code == 404
