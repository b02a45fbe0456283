"""A protocol that booking does not read may have no limits at all; the one that booking reads may not."""

import dataclasses

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms import foundation, wording
from cms.accounts.models import Role
from cms.limits import BOOKING_READS, ProtocolLimits
from cms.models import HomePage, ProtocolIndexPage, ProtocolPage, ProtocolVersion
from cms.models.limits import LIMIT_FIELDS
from services.actions import plans


def joint():
    return ProtocolPage.objects.get(code=BOOKING_READS, locale__language_code="id")


def guiding(code="kunjungan", **values):
    """A protocol of steps and law alone, published."""
    index = ProtocolIndexPage.objects.get(locale__language_code="id")
    page = ProtocolPage(title=code.title(), slug=code, live=False, code=code, steps=joint().steps, **values)
    index.add_child(instance=page)
    page.save_revision().publish()
    return page


def test_a_protocol_without_any_limit_is_published(db, client):
    guiding()
    version = ProtocolVersion.objects.in_force("kunjungan", timezone.now())
    assert (version.number, version.limits, version.protocol_limits()) == (1, {}, None)
    html = client.get("/protokol/kunjungan/").content.decode()
    assert 'id="langkah-9"' in html
    assert "<table" not in html
    assert 'id="batas"' not in html


def test_publishing_it_again_unchanged_writes_no_version(db):
    guiding().save_revision().publish()
    assert ProtocolVersion.objects.of("kunjungan").count() == 1


@pytest.mark.parametrize(
    "some", [{"clock_days": 3}, {"blind": True}, {"pause_minutes": 5}, {"parts_source": "X"}, {"clock_source": "X"}]
)
def test_some_limits_are_not_enough(db, some):
    with pytest.raises(ValidationError) as refused:
        guiding(**some)
    assert any("peran" in said for said in refused.value.messages)
    assert not ProtocolVersion.objects.of("kunjungan").exists()


def test_the_protocol_that_booking_reads_cannot_lose_its_limits(db):
    page = joint()
    for name in ("bands", "roles", "weights", "reasons_for", "preparation"):
        setattr(page, name, [])
    for name in ("clock_source", "sessions_source", "pause_source", "parts_source"):
        setattr(page, name, "")
    for name in ("clock_days", "sessions_a_day", "pause_minutes", "parts_most", "parts_days_apart"):
        setattr(page, name, None)
    assert not page.has_limits
    with pytest.raises(ValidationError) as refused:
        page.save_revision().publish()
    assert refused.value.messages == [
        "Pemesanan membaca batas protokol ini, dan batasnya kosong. Isi kelompok umur, peran, dan batas waktunya."
    ]
    assert plans.limits_of(plans.protocol_in_force(timezone.now())).clock_days == 14


def test_the_hours_of_waiting_need_a_source(db):
    page = joint()
    page.hold_source = " "
    with pytest.raises(ValidationError) as refused:
        page.save_revision().publish()
    assert refused.value.messages == ["Lama tunggu jawaban belum punya sumber. Tulis dari mana angka itu berasal."]


def test_a_pause_that_fills_an_interview_is_refused(db):
    limits = joint().given_limits()
    assert limits.faults(Role.values) == []
    longer = dataclasses.replace(limits, pause_minutes=30)
    assert [fault.key for fault in longer.faults(Role.values)] == ["limits_pause_malformed"]


def test_what_was_stored_before_holds_had_a_source_reads_as_our_own_number():
    stored = {
        "bands": [],
        "roles": [],
        "clock_days": 1,
        "clock_source": "e",
        "sessions_a_day": 1,
        "sessions_source": "f",
    }
    limits = ProtocolLimits.from_json(stored)
    assert limits.hold_source == "HOLD-OWN"
    assert "hold_source" not in limits.to_json()
    other = dataclasses.replace(limits, hold_source="X")
    assert ProtocolLimits.from_json(other.to_json()) == other


def test_every_limit_names_its_source():
    """Whoever adds a number to the limits gives it a source, or says here that it is a judgement."""
    judged = {"weights", "reasons_for", "preparation", "blind"}
    sourced = {"bands": "length_source", "roles": "source"}
    names = {field.name for field in dataclasses.fields(ProtocolLimits)}
    numbers = {name for name in names if not name.endswith("_source")} - judged - set(sourced)
    stem = {"clock_days": "clock", "sessions_a_day": "sessions", "hold_hours": "hold", "pause_minutes": "pause",
            "parts_most": "parts", "parts_days_apart": "parts"}  # fmt: skip
    assert {f"{stem[name]}_source" for name in numbers} <= names


def test_seeds_are_laid_one_by_one_and_only_where_unknown(db):
    home = HomePage.objects.get(locale__language_code="id")
    seed = {name: part for name, part in wording.load(BOOKING_READS).items() if name not in LIMIT_FIELDS}
    other = {**seed, "code": "kunjungan", "slug": {"id": "kunjungan", "en": "visit"}}
    foundation.publish_protocol(home, other)
    pages = ProtocolPage.objects.filter(code="kunjungan")
    assert {page.locale.language_code: page.slug for page in pages} == {"id": "kunjungan", "en": "visit"}
    assert ProtocolIndexPage.objects.count() == 2
    assert not ProtocolVersion.objects.get(code="kunjungan").limits
    with CaptureQueriesContext(connection) as asked:
        foundation.publish_protocols()
    assert not [query for query in asked if query["sql"].startswith(("INSERT", "UPDATE"))]
