"""Somebody wants a shelter's address. It is planted in every column and text, past every rule, and asked for on every way out."""

import json

import pytest
from django.db import transaction

from directory.hsds import feed
from directory.models import ProviderPage, ServicePage
from tests.directory import factories, listed
from tests.directory.test_hsds_records import every_record


def plant(model, page, **columns):
    """Write past every rule and form; only what the database itself refuses is switched off, by its owner."""
    model.objects.filter(pk=page.pk).update(**columns)


CONSTRAINTS = (
    "ALTER TABLE directory_servicepage DROP CONSTRAINT shelter_has_no_address",
    "ALTER TABLE directory_providerpage DROP CONSTRAINT provider_that_is_a_shelter_has_no_address",
)


@pytest.fixture
def planted(own_database, owner):
    """Shelters whose address stands in the database in every column and text, against all that forbids it."""
    for drop in CONSTRAINTS:
        owner.execute(drop)
    with transaction.atomic():
        open_provider = factories.provider("UPTD", street="Jalan Terbuka 1", city="Kota Bandung")
        shelter = factories.service(
            open_provider, "Tempat tinggal", kind="c8", phones=[{"short_code": "129"}],
            special_days=[{"day": "2026-12-25", "closed": True}],
        )  # fmt: skip
        hidden = factories.provider("Yayasan Teduh", hidden_place=True, province="ID-SN")
        under_hidden = factories.service(hidden, "Tempat aman", kind="c8")
        counselling = factories.service(hidden, "Konseling")
        for page in (shelter, under_hidden):
            texts = dict.fromkeys([*ServicePage.text_fields, "title", "title_en", "alternate_name"], listed.SECRET)
            texts |= {"alert": listed.SECRET, "website": "https://maps.app/RahasiaSekali77"}
            plant(ServicePage, page, street=listed.SECRET, city="Kota Rahasia", postal_code="77777", **texts)
            page.phones.update(description=listed.SECRET, description_en=listed.SECRET)
            page.special_days.update(note=listed.SECRET, note_en=listed.SECRET)
        plant(ServicePage, counselling, description=listed.SECRET)
        texts = dict.fromkeys(["title", "title_en", "alternate_name", "description", "description_en"], listed.SECRET)
        plant(ProviderPage, hidden, street=listed.SECRET, city="Kota Rahasia", postal_code="77777", **texts)
        hidden.phones.update(description=listed.SECRET, description_en=listed.SECRET)
    return open_provider, shelter, hidden, under_hidden, counselling


def test_a_shelters_address_is_in_no_record(planted):
    everything = json.dumps(list(every_record()))
    assert "Rahasia" not in everything
    assert "77777" not in everything
    assert "Jalan Terbuka 1" in everything  # the provider's own office is no secret
    assert not feed.placed().exists()
