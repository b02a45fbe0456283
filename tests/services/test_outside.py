"""Busy times from outside: read in a process that is killed if need be, shown, kept, subtracted, replaced, removed."""

import io
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import expanding, hours, outside
from services.actions.occupancy import take
from services.models import Availability, Occupancy, OutsideBusy, OutsideCalendar
from services.rules.hours import Block
from tests import factories
from tests.entering import enter
from tests.house.canaries import Canary
from tests.house.test_canaries import dump
from tests.services.pages import Page
from tests.services.rules.test_outside import FILES, calendar

EIGHT_TO_FOUR = [Block(day, datetime(2026, 1, 1, 8).time(), datetime(2026, 1, 1, 16).time()) for day in range(7)]  # noqa: DTZ001 -- hours of a wall clock
# Each of these costs seconds, for no year has such a day: a full file of them would take hours.
BOMB = calendar(
    *[("DTSTART:20200101T000000", "DTEND:20200101T010000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")] * 1000
)


def at(moment):
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def file_of(*spans):
    return calendar(*[(f"DTSTART:{at(low)}", f"DTEND:{at(high)}") for low, high in spans])


@pytest.fixture
def eka(cast):
    """The psychologist's own row, with hours on every day; who is signed in is she."""
    own = cast.psychologist.resource
    with acting_as(cast.psychologist):
        hours.set_hours(resource=own, blocks=EIGHT_TO_FOUR, by=cast.psychologist, now=factories.now())
        yield SimpleNamespace(user=cast.psychologist, row=own)


@pytest.fixture
def ten():
    return factories.workday(days=5, hour=10)


def read(eka, data, *, keep=False):
    draft = outside.read_calendar(resource=eka.row, data=data, by=eka.user, now=factories.now())
    if keep:
        outside.keep_calendar(resource=eka.row, calendar=draft.pk, by=eka.user, now=factories.now())
    return draft


def free_at(row, moment):
    return Availability.objects.filter(resource=row, span__contains=moment).exists()


def verbs(user):
    return list(AuditEvent.objects.filter(actor=user).order_by("at").values_list("verb", flat=True))


# --- the process ------------------------------------------------------------------------------------------------------


def expand(data, **limits):
    return expanding.expand(data, zone="Asia/Jakarta", start=1_796_000_000, end=1_806_000_000, **limits)


def test_the_process_says_when_and_what_was_left_out():
    answer = expand(calendar(("DTSTART:20261202T020000Z", "DTEND:20261202T030000Z"), ("SUMMARY:x",)))
    assert answer == expanding.Answer("", ((1_796_176_800, 1_796_180_400),), {"unclear": 1})
    assert expand(b"x") == expanding.Answer("not_a_calendar", (), {})


def test_a_bomb_is_killed():
    began = time.monotonic()
    with pytest.raises(expanding.TooMuch):
        expand(BOMB, seconds=2)
    assert time.monotonic() - began < 4
    assert not [
        file
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if _read(file).split(b"\0")[2:3] == [expanding.__file__.encode()]
    ]


def _read(file):
    try:
        return file.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_a_process_without_enough_memory_is_ended():
    full = calendar(*[("DTSTART:20261202T020000Z", "DTEND:20261202T030000Z")] * 5000)
    assert expand(full).spans == ((1_796_176_800, 1_796_180_400),)
    with pytest.raises(expanding.TooMuch):
        expand(full, memory=24 * 1024 * 1024)


def test_a_full_file_is_read_within_the_time_there_is():
    spans = [(datetime(2026, 12, 1 + n % 28, n % 24, n % 60, tzinfo=UTC),) * 2 for n in range(5000)]
    assert expand(file_of(*[(low, low + timedelta(minutes=20)) for low, _high in spans])).spans


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_a_draft_changes_nothing_and_what_is_kept_is_not_offered(eka, ten):
    draft = read(eka, file_of((ten, ten + timedelta(hours=1))))
    assert draft.kept_at is None
    assert free_at(eka.row, ten)
    outside.keep_calendar(resource=eka.row, calendar=draft.pk, by=eka.user, now=factories.now())
    assert not free_at(eka.row, ten)
    assert free_at(eka.row, ten - timedelta(minutes=1))
    assert free_at(eka.row, ten + timedelta(hours=1))
    assert verbs(eka.user)[-2:] == ["outside.read", "outside.kept"]


def test_it_still_counts_after_the_nightly_run(eka, ten):
    read(eka, file_of((ten, ten + timedelta(hours=1))), keep=True)
    with acting_as(None):
        call_command("materialise_hours", stdout=io.StringIO())
    assert not free_at(eka.row, ten)


def test_a_newer_file_takes_the_place_of_the_former(eka, ten):
    first = read(eka, file_of((ten, ten + timedelta(hours=1))), keep=True)
    read(eka, file_of((ten + timedelta(hours=2), ten + timedelta(hours=3))), keep=True)
    assert not OutsideCalendar.objects.filter(pk=first.pk).exists()
    assert free_at(eka.row, ten)
    assert not free_at(eka.row, ten + timedelta(hours=2))


def test_a_newer_draft_takes_the_place_of_the_former_and_the_old_one_cannot_be_kept(eka, ten):
    first = read(eka, file_of((ten, ten + timedelta(hours=1))))
    read(eka, file_of((ten, ten + timedelta(hours=2))))
    assert OutsideCalendar.objects.count() == 1
    with pytest.raises(Objected) as refusal:
        outside.keep_calendar(resource=eka.row, calendar=first.pk, by=eka.user, now=factories.now())
    assert refusal.value.keys == ("outside_draft_gone",)


def test_what_is_removed_gives_the_hours_back(eka, ten):
    kept = read(eka, file_of((ten, ten + timedelta(hours=1))), keep=True)
    outside.remove_calendar(resource=eka.row, calendar=kept.pk, by=eka.user, now=factories.now())
    assert free_at(eka.row, ten)
    assert not OutsideBusy.objects.exists()


def test_what_has_passed_and_what_nobody_kept_is_forgotten(eka, ten):
    read(eka, file_of((ten, ten + timedelta(hours=1)), (ten + timedelta(days=1), ten + timedelta(days=1, hours=1))),
         keep=True)  # fmt: skip
    assert outside.forget_outside(by=None, now=ten) == 0
    assert outside.forget_outside(by=None, now=ten + timedelta(hours=1)) == 1
    draft = read(eka, file_of((ten, ten + timedelta(hours=1))))
    outside.forget_outside(by=None, now=draft.at + timedelta(days=1))
    assert OutsideCalendar.objects.get().kept_at


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"BEGIN:VCALENDAR", "outside_not_a_calendar"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 9, "outside_too_deep"),
        (calendar(("DTSTART:20261202T090000", "DURATION:PT1H", "RRULE:FREQ=HOURLY")), "outside_too_often"),
        (calendar(*[("DTSTART:20261202T090000",)] * 5001), "outside_many_events"),
        (calendar(("DTSTART:20261202T090000", "EXDATE:" + "20261202T090000," * 5001)), "outside_many_dates"),
        (calendar(*[("DTSTART:20261101T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY")] * 300), "outside_many_times"),
        (BOMB, "outside_too_much"),
    ],
)
def test_a_file_that_is_refused_leaves_what_was_kept(eka, ten, data, key):
    read(eka, file_of((ten, ten + timedelta(hours=1))), keep=True)
    with pytest.raises(Objected) as refusal:
        read(eka, data)
    assert refusal.value.keys == (key,)
    assert not OutsideCalendar.objects.drafts().exists()
    assert not free_at(eka.row, ten)


# --- the database is the last judge -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE services_outsidecalendar SET until = since", "outside_calendar_covers_some_time"),
        (("INSERT INTO services_outsidecalendar (resource_id, since, until, left_out, by_id, at, kept_at) SELECT"
         " resource_id, since, until, left_out, by_id, at, kept_at FROM services_outsidecalendar"),
         "outside_one_kept_calendar_per_resource"),
        (("INSERT INTO services_outsidebusy (calendar_id, resource_id, span)"
         " SELECT calendar_id, resource_id, span FROM services_outsidebusy"), "outside_busy_never_twice"),
        ("UPDATE services_outsidebusy SET span = 'empty'", "outside_busy_lasts_some_time"),
        ("UPDATE services_outsidebusy SET resource_id = (SELECT max(id) FROM services_resource WHERE id <> resource_id)",
         "outside_busy_is_its_calendars_resources"),
    ],
)  # fmt: skip
def test_what_can_not_be_in_the_database(eka, ten, statement, constraint):
    read(eka, file_of((ten, ten + timedelta(hours=1))), keep=True)
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_there_is_one_draft_at_a_time(eka, ten):
    read(eka, file_of((ten, ten + timedelta(hours=1))))
    with pytest.raises(DatabaseError, match="outside_one_draft_per_resource"), transaction.atomic():
        draft = OutsideCalendar.objects.get()
        OutsideCalendar.objects.create(
            resource=eka.row, since=draft.since, until=draft.until, by=eka.user, at=factories.now()
        )


# --- on screen --------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, cast):
    """The page of the psychologist's own row, and `send(data)` as her browser does."""
    enter(client, cast.psychologist)
    own = cast.psychologist.resource
    with acting_as(cast.psychologist):
        hours.set_hours(resource=own, blocks=EIGHT_TO_FOUR, by=cast.psychologist, now=factories.now())
    address = reverse("services:resource_outside", args=[own.pk])

    def send(data, name="kalender.ics"):
        file = io.BytesIO(data)
        file.name = name
        return client.post(address, {"file": file})

    return SimpleNamespace(client=client, address=address, send=send, row=own, see=lambda: Page(client.get(address)))


def test_a_file_is_read_shown_kept_and_removed(page, ten):
    assert page.send(file_of((ten, ten + timedelta(hours=1)))).status_code == 302
    preview = page.see()
    assert "1 waktu sibuk" in preview.main
    assert f"{ten.astimezone(factories.JAKARTA):%H.%M} WIB" in preview.main
    draft = OutsideCalendar.objects.get()
    keep = reverse("services:outside_keep", args=[page.row.pk, draft.pk])
    assert page.client.post(keep).status_code == 302
    assert "Tersimpan: 1 waktu sibuk" in page.see().main
    assert not free_at(page.row, ten)
    again = page.client.post(keep)
    assert again.status_code == 409
    assert "sudah tidak menunggu" in Page(again).main
    assert page.client.post(reverse("services:outside_remove", args=[page.row.pk, draft.pk])).status_code == 302
    assert free_at(page.row, ten)


def test_the_preview_says_what_was_left_out_and_why(page, ten):
    free = (f"DTSTART:{at(ten)}", "DURATION:PT1H", "TRANSP:TRANSPARENT")
    nowhere = ("DTSTART;TZID=Tanah/Antah:20261202T090000", "DURATION:PT1H")
    page.send(calendar(free, free, nowhere))
    main = page.see().main
    assert "Tidak ditemukan waktu sibuk" in main
    assert "2 waktu yang bertanda bebas" in main
    assert "1 acara dengan zona waktu yang tidak dikenal" in main


def test_what_is_booked_at_the_same_time_is_shown_and_stays(page, ten, cast):
    span = (ten, ten + timedelta(hours=1))
    take(wanted={page.row.pk: span}, now=factories.now())
    page.send(file_of(span))
    assert "Terpakai pada waktu yang sama" in page.see().main
    draft = OutsideCalendar.objects.get()
    page.client.post(reverse("services:outside_keep", args=[page.row.pk, draft.pk]))
    assert "Terpakai pada waktu yang sama" in page.see().main
    assert list(Occupancy.objects.filter(live=True).values_list("span__startswith", flat=True)) == [span[0]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "kosong"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "bukan berkas kalender"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * (5 * 1024 * 1024), "lebih besar dari 5 MB"),
        (b"BEGIN:VCALENDAR\r\n", "bukan kalender, atau terpotong"),
        (BOMB, "terlalu lama"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(page, data, words):
    began = time.monotonic()
    answer = page.send(data)
    assert answer.status_code == 200
    assert words in " ".join(Page(answer).errors())
    assert time.monotonic() - began < expanding.SECONDS + 5
    assert not OutsideCalendar.objects.exists()


def test_without_a_file_it_says_so(page):
    answer = page.client.post(page.address)
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]


def test_nobody_reads_files_all_day(page):
    answers = {page.client.post(page.address).status_code for _time in range(20)}
    assert answers == {200}
    assert page.client.post(page.address).status_code == 429


def test_the_page_costs_the_same_whatever_was_read(page, ten, django_assert_max_num_queries):
    costs = []
    for count in (1, 30):
        page.send(file_of(*[(ten + timedelta(days=n), ten + timedelta(days=n, hours=1)) for n in range(count)]))
        page.client.get(page.address)
        with django_assert_max_num_queries(60) as queries:
            page.client.get(page.address)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_another_agencys_row_is_not_there(client, cast, ten):
    enter(client, cast.keeper)
    other = cast.investigator.resource
    assert client.get(reverse("services:resource_outside", args=[other.pk])).status_code == 404


# --- nothing but when -------------------------------------------------------------------------------------------------


def test_no_word_of_a_calendar_is_kept_or_logged(own_database, owner):
    """Everything commits; looked through as tests/house/test_canaries.py does."""
    from tests.cast import gather

    with transaction.atomic():
        cast = gather()
    console = next(h for h in logging.getLogger("django").handlers if type(h) is logging.StreamHandler)
    log = io.StringIO()
    before = console.setStream(log)
    server_log = settings.TEST_POSTGRES / "log"
    began = server_log.stat().st_size
    client = Client()
    enter(client, cast.psychologist)
    row = cast.psychologist.resource
    address = reverse("services:resource_outside", args=[row.pk])
    seen = []
    for name in ("google", "outlook", "apple"):
        file = io.BytesIO((FILES / f"{name}.ics").read_bytes())
        file.name = "Kenari 9914.ics"
        assert client.post(address, {"file": file}).status_code == 302
        seen.append(client.get(address))
        with transaction.atomic():
            draft = OutsideCalendar.objects.drafts().get()
        assert client.post(reverse("services:outside_keep", args=[row.pk, draft.pk])).status_code == 302
        seen.append(client.get(address))
    broken = io.BytesIO((FILES / "google.ics").read_bytes()[:-20])
    broken.name = "Kenari 9914.ics"
    seen.append(client.post(address, {"file": broken}))
    console.setStream(before)
    places = {
        "application log": log.getvalue(),
        "PostgreSQL log": server_log.read_bytes()[began:].decode("utf-8", "replace"),
        "pages": " ".join(answer.content.decode() for answer in seen),
        **dict(dump(owner)),
    }
    words = [form for word in ("9914", "KENARI0", "Kenari", "kenari") for form in Canary("", "", word).written]
    assert {place for place, text in places.items() if any(word in text for word in words)} == set()
    assert "services_outsidebusy.span" in places
