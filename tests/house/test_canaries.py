"""What is said of a child stays in the one place it was written to: planted texts are looked for everywhere else.

Here everything commits. Looked through: the application's log, PostgreSQL's log, the mail, sessions as they decode, cookies,
every cache, kept and static files, pages that were only opened, and a dump of every table (the one that the cache keeps
included) with each value as text and as bytes. What a browser keeps is looked through in tests/journeys/test_traces.py.
"""

import io
import logging
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache, caches
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cms.accounts.attempts import SHARED
from cms.accounts.models import Agency
from cms.database.context import acting_as
from services.actions.accesses import request_record
from services.models import Availability, Interview, Resource
from tests import factories
from tests.cast import gather, rooms
from tests.entering import enter
from tests.house.canaries import CANARIES, ways_to_write
from tests.services import conftest as moments
from tests.services.pages import Page

FORMS = list(dict.fromkeys(canary.form for canary in CANARIES))
CHOICES = [("contact_channel", "call"), ("kind", "simfoni"), ("child_friendly", "on")]
# What stands in a form besides its canaries, where the first of everything would not do.
BESIDES = {
    "services:interview_again": {"kind": "court_ordered", "ordered_on": "2026-11-01"},
    "services:access_decide": {"answer": "granted"},
    "services:rhythm_list": {"weekdays": "0", "starts": "07:00", "ends": "12:00"},
}


@pytest.fixture
def house(own_database, settings, tmp_path):
    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "media", tmp_path / "static"
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        work_day_and_night()
        with acting_as(cast.social_worker):
            case, told = (moments._prepared(cast) for _both in range(2))
            moments._tell(told, cast, things)
        with acting_as(cast.prosecutor):
            asked = request_record(case=told.case, testimony=told.entry, agency=cast.prosecution, purpose="prosecution",
                                   by=cast.prosecutor, now=factories.now())  # fmt: skip
        factories.agency("Pengadilan Negeri Contoh", "court")
    console = next(h for h in logging.getLogger("django").handlers if type(h) is logging.StreamHandler)
    log = io.StringIO()
    before = console.setStream(log)
    server_log = settings.TEST_POSTGRES / "log"
    house = SimpleNamespace(cast=cast, case=case.case, told=told.case, things=things, log=log, server_log=server_log)
    house.seen, house.canaries, house.asked = [], list(CANARIES), asked
    house.log_began = server_log.stat().st_size
    house.clients = {
        who: Client(raise_request_exception=False)
        for who in ("social_worker", "investigator", "keeper", "other_worker")
    }
    for who, client in house.clients.items():
        enter(client, getattr(cast, who))
    cache.clear()
    yield house
    cache.clear()
    console.setStream(before)


def work_day_and_night():
    """Everybody and everything, so that no working hours begin when an interview does."""
    begins = factories.now() - timedelta(days=2)
    for resource in Resource.objects.bookable():
        Availability.objects.create(resource=resource, span=(begins, begins + timedelta(days=40)))


def address_of(house, form):
    """Who fills a form, and where it is; the social worker on the case where nothing else is said."""
    house_pk, told = house.cast.house.pk, house.told.code
    elsewhere = {
        "services:resource_create": ("keeper", ["room"]),
        "services:venue_create": ("keeper", []),
        "services:resource_directions": ("keeper", [house.things["room"].pk]),
        "services:rhythm_list": ("keeper", [house_pk]),
        "services:travel_edit": ("keeper", [house_pk]),
        "services:interview_again": ("social_worker", [told]),
        "services:access_decide": ("investigator", [told, house.asked.pk]),
    }
    who, args = elsewhere.get(form, ("social_worker", [house.case.code]))
    return who, reverse(form, args=args)


def plant(house, form):
    """Fill the form as a person does: what it shows, what must be chosen, and the canaries."""
    who, address = address_of(house, form)
    page = Page(house.clients[who].get(address))
    field = next(canary.field for canary in CANARIES if canary.form == form)
    told = page.typed(holding=field) | {
        canary.field: canary.text for canary in CANARIES if canary.form == form and canary.text
    }
    main = page.soup.find("main")
    for control in main.find_all("select"):
        options = [option.get("value") for option in control.find_all("option") if option.get("value")]
        if not told.get(control.get("name")) and options:
            told[control["name"]] = options[0]
    offered = {(control.get("name"), control.get("value", "on")) for control in main.find_all("input")}
    told |= {name: value for name, value in CHOICES if (name, value) in offered and not told.get(name)}
    for radio in main.select("input[type=radio]"):
        told.setdefault(radio["name"], radio["value"])
    for topic in main.select("input[type=checkbox][name=topics]"):
        told["topics"] = topic["value"]  # the last one: the first were told already
    answer = house.clients[who].post(address, told | BESIDES.get(form, {}))
    assert answer.status_code == 302, (form, Page(answer).errors())
    if form == "services:interview_book":
        house.canaries = [hour_of(house, told["slot"], one) if one.form == form else one for one in house.canaries]


def hour_of(house, slot, canary):
    """The canary of the hour that was chosen: when it begins, however it is written, and what the form said of it."""
    return replace(canary, text=slot, also=ways_to_write(interview_of(house).starts, house.case.zone))


def interview_of(house):
    with transaction.atomic(), acting_as(house.cast.social_worker):
        return Interview.objects.get(case=house.case)


def use(house):
    """Open what is there, be refused, fail."""
    code, room = house.case.code, house.things["room"].pk
    paths = ["/cases/", f"/cases/{code}/", f"/cases/{code}/identity/", f"/cases/{code}/identity/edit/", "/resources/"]
    paths += [
        f"/cases/{house.told.code}/",
        f"/cases/{house.told.code}/again/",
        f"/cases/{house.told.code}/access/{house.asked.pk}/",
        f"/cases/{code}/interviews/{interview_of(house).pk}/",
        "/cases/emergencies/",
    ]
    paths += [f"/resources/{room}/", f"/resources/{room}/hours/", f"/resources/{room}/directions/", "/breaches/"]
    for who, client in house.clients.items():
        for path in paths:
            house.seen.append((f"{path} as {who}", client.get(path)))
        for canary in CANARIES:
            client.get(f"/cases/{canary.text}/")
            client.get("/info/", {"q": canary.text})
            client.post("/info/", {"q": canary.text})
            client.post("/cases/find/", {"code": canary.text})
            client.post(reverse("account_login"), {"login": canary.text, "password": canary.text})
    house.clients["other_worker"].post(
        reverse("services:identity_edit", args=[code]), {canary.field: canary.text for canary in CANARIES}
    )


def cached():
    """Everything that a cache of this process keeps; what SharedAttempts keeps for others stands in the dump."""
    return " ".join(f"{key} {one.get(key.split(':', 2)[-1])}" for one in caches.all() for key in [*one._cache])


def dump(owner):
    """(table.column, text of the value) of every row there is."""
    tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        for column, value in owner.execute(
            f'SELECT pair.key, pair.value FROM "{table}" AS it, jsonb_each_text(to_jsonb(it)) AS pair'
        ).fetchall():
            if value:
                yield f"{table}.{column}", value


def on_a_page(canary, path, answer):
    """Does this page show what it may not? A stranger's page nothing at all, no page what is only shown on asking."""
    words = " ".join(answer.content.decode().split())
    mine = canary.pages and not path.endswith("other_worker")
    return not mine and any(form in words for form in canary.written)


def sweep(house, owner):
    """Every place in which a canary stands and may not, as (place, canary)."""
    values = list(dump(owner))
    places = {
        "application log": house.log.getvalue(),
        "PostgreSQL log": house.server_log.read_bytes()[house.log_began :].decode("utf-8", "replace"),
        "mail": " ".join(message.subject + message.body + str(message.to) for message in mail.outbox),
        "sessions": " ".join(str(session.get_decoded()) for session in Session.objects.all()),
        "cookies": " ".join(str(client.cookies) for client in house.clients.values()),
        "cache": cached(),
    }
    found = set()
    for canary in house.canaries:
        hits = {place for place, text in places.items() if any(form in text for form in canary.written)}
        hits |= {column for column, value in values if any(form in value for form in canary.written)}
        hits |= {path for path, answer in house.seen if on_a_page(canary, path, answer)}
        for folder in (settings.MEDIA_ROOT, settings.STATIC_ROOT, settings.BASE_DIR / "cms" / "static"):
            files = (file for file in folder.rglob("*") if file.is_file())
            hits |= {folder.name for file in files if canary.text and canary.text.encode() in file.read_bytes()}
        found |= {(place, canary.field) for place in hits - set(canary.plain_in)}
    return found


def test_nothing_of_the_child_is_found_where_it_was_not_put(house, owner):
    for form in sorted(FORMS, key=lambda form: form != "services:venue_create"):
        plant(house, form)
    use(house)
    assert sweep(house, owner) == set()
    # and it was planted: what may be read is there
    values = list(dump(owner))
    for canary in house.canaries:
        for column in canary.plain_in:
            assert [value for name, value in values if name == column and any(form in value for form in canary.written)]
    assert {name for name, _value in values} >= {
        "services_childidentity.called_name", "services_childidentity.nik", "services_venuedirections.text"
    }  # fmt: skip


def test_the_sweep_finds_what_leaks(house, owner):
    text = CANARIES[0].text
    with transaction.atomic():
        Agency.objects.create(name=text, kind="other", province="ID-JB", district="Kota Contoh")
    session = house.clients["keeper"].session
    session["left"] = text
    session.save()
    logging.getLogger("django").warning("said %s", text)
    mail.send_mail("x", text, "a@b.example", ["c@d.example"])
    owner.execute("DO $$ BEGIN RAISE WARNING '%', 'said " + text + "'; END $$")
    house.clients["keeper"].cookies["left"] = text
    cache.set("left", text)
    cache.set(f"{SHARED}:left", text)
    for folder in (settings.MEDIA_ROOT, settings.STATIC_ROOT):
        folder.mkdir()
        (folder / "left.txt").write_text(text)
    house.seen.append(("/left/ as social_worker", HttpResponse(text)))
    assert {place for place, _field in sweep(house, owner)} == {
        "application log", "PostgreSQL log", "mail", "sessions", "cookies", "cache", "media", "static",
        "accounts_agency.name", "accounts_attempt.value", "/left/ as social_worker",
    }  # fmt: skip


def test_an_hour_is_found_however_it_is_written_and_a_strangers_page_shows_none(house, owner):
    plant(house, "services:interview_book")
    assert sweep(house, owner) == set()
    hour = next(one for one in house.canaries if one.form == "services:interview_book")
    assert len(hour.also) == 9
    for way in (hour.text, *hour.also):
        house.seen.append((f"{way} as other_worker", HttpResponse(f"said\n {way.replace(' ', '  ')} here")))
        house.seen.append((f"{way} as social_worker", HttpResponse(way)))
    found = sweep(house, owner)
    assert found == {(f"{way} as other_worker", "slot") for way in (hour.text, *hour.also)}
    cache.set("left", hour.also[0])
    assert sweep(house, owner) - found == {("cache", "slot")}
