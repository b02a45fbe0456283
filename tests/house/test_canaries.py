"""What is said of a child stays in the one place it was written to: planted texts are looked for everywhere else.

Here everything commits. Looked through: the application's log, PostgreSQL's log, the mail, sessions as they decode, cookies,
kept files, pages that were only opened, and a dump of every table with each value as text and as bytes.
"""

import io
import logging
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cms.accounts.models import Agency
from cms.database.context import acting_as
from tests import factories
from tests.cast import gather, rooms
from tests.entering import enter
from tests.house.canaries import CANARIES
from tests.services.pages import Page

FORMS = list(dict.fromkeys(canary.form for canary in CANARIES))
CHOICES = {"contact_channel": "call", "kind": "simfoni", "child_friendly": "on", "weekdays": "0",
           "starts": "07:00", "ends": "12:00"}  # fmt: skip


@pytest.fixture
def house(own_database):
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        with acting_as(cast.social_worker):
            case = factories.open_case(cast)
            factories.add_team(case, cast)
    console = next(h for h in logging.getLogger("django").handlers if type(h) is logging.StreamHandler)
    log = io.StringIO()
    before = console.setStream(log)
    server_log = settings.TEST_POSTGRES / "log"
    house = SimpleNamespace(cast=cast, case=case, things=things, log=log, server_log=server_log, seen=[])
    house.log_began = server_log.stat().st_size
    house.clients = {who: Client(raise_request_exception=False) for who in ("social_worker", "keeper", "other_worker")}
    for who, client in house.clients.items():
        enter(client, getattr(cast, who))
    yield house
    console.setStream(before)


def address_of(house, form):
    if form == "services:resource_create":
        return "keeper", reverse(form, args=["room"])
    if form == "services:venue_create":
        return "keeper", reverse(form)
    if form in {"services:rhythm_list", "services:travel_edit"}:
        return "keeper", reverse(form, args=[house.cast.house.pk])
    return "social_worker", reverse(form, args=[house.case.code])


def plant(house, form):
    """Fill the form as a person does: what it shows, what must be chosen, and the canaries."""
    who, address = address_of(house, form)
    page = Page(house.clients[who].get(address))
    told = page.typed() | {canary.field: canary.text for canary in CANARIES if canary.form == form}
    main = page.soup.find("main")
    for control in main.find_all("select"):
        options = [option.get("value") for option in control.find_all("option") if option.get("value")]
        if not told.get(control.get("name")) and options:
            told[control["name"]] = options[0]
    names = {control.get("name") for control in main.find_all("input")}
    told |= {name: value for name, value in CHOICES.items() if name in names and not told.get(name)}
    for radio in main.select("input[type=radio]"):
        told.setdefault(radio["name"], radio["value"])
    answer = house.clients[who].post(address, told)
    assert answer.status_code == 302, (form, Page(answer).errors())


def use(house):
    """Open what is there, be refused, fail."""
    code = house.case.code
    paths = ["/cases/", f"/cases/{code}/", f"/cases/{code}/identity/", f"/cases/{code}/identity/edit/", "/resources/"]
    for client in house.clients.values():
        for path in paths:
            house.seen.append((path, client.get(path)))
        for canary in CANARIES:
            client.get(f"/cases/{canary.text}/")
            client.get("/info/", {"q": canary.text})
            client.post("/cases/find/", {"code": canary.text})
            client.post(reverse("account_login"), {"login": canary.text, "password": canary.text})
    house.clients["other_worker"].post(
        reverse("services:identity_edit", args=[code]), {canary.field: canary.text for canary in CANARIES}
    )


def forms_of(text):
    """How a text may stand in a dump: as it is, as bytes, and in parts of JSON."""
    return [text, text.encode().hex(), text.replace("/", "\\/")]


def dump(owner):
    """(table.column, text of the value) of every row there is."""
    tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        for column, value in owner.execute(
            f'SELECT pair.key, pair.value FROM "{table}" AS it, jsonb_each_text(to_jsonb(it)) AS pair'
        ).fetchall():
            if value:
                yield f"{table}.{column}", value


def sweep(house, owner):
    """Every place in which a canary stands and may not, as (place, canary)."""
    values = list(dump(owner))
    places = {
        "application log": house.log.getvalue(),
        "PostgreSQL log": house.server_log.read_bytes()[house.log_began :].decode("utf-8", "replace"),
        "mail": " ".join(message.subject + message.body + str(message.to) for message in mail.outbox),
        "sessions": " ".join(str(session.get_decoded()) for session in Session.objects.all()),
        "cookies": " ".join(str(client.cookies) for client in house.clients.values()),
    }
    found = set()
    for canary in CANARIES:
        hits = {place for place, text in places.items() if any(form in text for form in forms_of(canary.text))}
        hits |= {column for column, value in values if any(form in value for form in forms_of(canary.text))}
        hits |= {path for path, answer in house.seen if not canary.pages and canary.text.encode() in answer.content}
        for folder in (settings.MEDIA_ROOT, settings.BASE_DIR / "cms" / "static"):
            files = (file for file in folder.rglob("*") if file.is_file())
            hits |= {str(file) for file in files if canary.text.encode() in file.read_bytes()}
        found |= {(place, canary.field) for place in hits - set(canary.plain_in)}
    return found


def test_nothing_of_the_child_is_found_where_it_was_not_put(house, owner):
    for form in sorted(FORMS, key=lambda form: form != "services:venue_create"):
        plant(house, form)
    use(house)
    assert sweep(house, owner) == set()
    # and it was planted: what may be read is there
    values = list(dump(owner))
    for canary in CANARIES:
        for column in canary.plain_in:
            assert (column, canary.text) in values
    assert {name for name, _value in values} >= {f"services_childidentity.{name}" for name in ("called_name", "nik")}


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
    places = {place for place, _field in sweep(house, owner)}
    assert places == {"application log", "PostgreSQL log", "mail", "sessions", "cookies", "accounts_agency.name"}
