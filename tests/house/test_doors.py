"""Everybody at every address: what is answered is declared once (doors.txt), its headers are there, nothing is changed by
looking, and no form goes without its token.
"""

import io
from contextlib import contextmanager
from copy import copy

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image as Picture
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, Locale, Site, Task, Workflow

from cms.accounts.models import Membership, User
from cms.models import Source, Topic, Wording
from directory.actions import update_listing
from directory.actions.standards import assess_itself
from directory.models import Criterion, Standard, Synonyms
from tests import factories
from tests.cast import PASSWORD
from tests.directory import factories as listings
from tests.entering import enter
from tests.house.doors import ELSEWHERE, PEOPLE, SENT, TABLE, Things, declared, doors, line, nameless, routes, shown
from tests.services import test_views_matrix

# Signing out ends the walk for whoever walks.
NOT_WALKED = {"/account/logout/", "/admin/logout/"}

# Who looked, and that they did; and what a screen of the admin keeps so that the next one is quicker or two people do
# not write at once: thumbnails, and who is editing.
KEPT_BY_LOOKING = {"audit_auditevent", "django_session", "wagtailimages_rendition", "wagtailadmin_editingsession"}
# What Wagtail makes for the person who looks, the first time: an empty profile, and whether to write about comments.
KEPT_HERE = {
    "/admin/account/": {"wagtailusers_userprofile"},
    "/admin/pages/%(page_id)s/edit/": {"wagtailcore_pagesubscription"},
    "/admin/pages/%(page_id)s/revisions/%(revision_id)s/revert/": {"wagtailcore_pagesubscription"},
}


@pytest.fixture
def things(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    me, other = listings.user("saya"), listings.user("mereka")
    mine = _listing("Penyedia Saya", me)
    theirs = _listing("Penyedia Mereka", other)
    agency = factories.agency("UPTD PPA Contoh")
    worker = factories.member("Sari", agency, "case_manager")
    boss = User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos")
    picture = io.BytesIO()
    Picture.new("RGB", (30, 20)).save(picture, "PNG")
    found = Things(
        mine=mine,
        theirs=theirs,
        image=Image.objects.create(title="Gambar", file=ContentFile(picture.getvalue(), "a.png"), file_size=1),
        document=Document.objects.create(title="Berkas", file=ContentFile(b"%PDF-1.4\n%%EOF\n", "a.pdf"), file_size=1),
        person=other,
        group=Group.objects.order_by("pk").first(),
        site=Site.objects.get(),
        locale=Locale.objects.get(language_code="en"),
        collection=Collection.objects.get().add_child(name="Lain"),
        workflow=Workflow.objects.first(),
        task=Task.objects.first(),
        redirect=Redirect.objects.create(old_path="/lama", redirect_link="/info/"),
        topic=Topic.objects.first(),
        synonyms=Synonyms.objects.first(),
        wording=Wording.objects.first(),
        source=Source.objects.first(),
        agency=agency,
        membership=Membership.objects.get(user=worker),
        standard=Standard.objects.get(),
    )
    reviewer = User.objects.get(first_name="peninjau")
    stranger = factories.user("Orang Luar")
    found.people = dict(zip(PEOPLE, (None, stranger, worker, me, reviewer, boss), strict=True))
    return found


def _listing(title, editor):
    """A published service with a draft in review, and something said of a standard."""
    provider = listings.provider(title, editors=[editor])
    assess_itself(
        provider=provider,
        criterion=Criterion.objects.first(),
        met="yes",
        evidence="Ada.",
        by=editor,
        now=timezone.now(),
    )
    page = listings.service(provider, f"Layanan {title}")
    update_listing(page=page, changes={"hours_note": "Sabtu juga"}, by=editor, now=timezone.now())
    page.refresh_from_db()
    state = page.current_workflow_state
    page.asked = {
        "revision_id": page.latest_revision_id,
        "workflow_state_id": state.pk,
        "task_state_id": state.current_task_state_id,
    }
    return page


@contextmanager
def undone():
    """Whatever happens inside is undone, so that every visit finds the house as the first one did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written():
    """{table: rows written in this transaction so far}, kept by PostgreSQL itself, undone ones included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def visit(client, method, address):
    with undone():
        answer = getattr(client, method)(address, secure=True)
        if answer.streaming:
            b"".join(answer.streaming_content)
        return answer


def client_of(things, person):
    client = Client(raise_request_exception=False)
    if things.people[person] is not None:
        enter(client, things.people[person])
    return client


def walk(things, person, method="get"):
    """(address template, [(address, answer)], the tables that were written to) for this person."""
    client = client_of(things, person)
    signed_in = copy(client.cookies)
    before = written()
    for path, (name, parameters) in doors().items():
        if path in NOT_WALKED:
            continue
        answers = []
        for address in things.addresses(path, name, parameters):
            client.cookies = copy(signed_in)  # what an answer did to the session was undone
            answers.append((address, visit(client, method, address)))
        after = written()
        tables = {table for table, count in after.items() if count != before.get(table, 0)}
        before = after
        yield path, answers, tables - KEPT_BY_LOOKING - KEPT_HERE.get(path, set())


def headers_missing(person, address, answer):
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    }
    if person != "nobody":
        wanted |= {"Cache-Control": "no-store, private", "Referrer-Policy": "same-origin"}
    missing = [name for name, value in wanted.items() if answer.get(name) != value]
    policy = answer.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "script-src 'unsafe" in policy or "'unsafe-eval'" in policy:
        missing.append("Content-Security-Policy")
    if answer.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        missing.append("Referrer-Policy")
    return [(address, answer.status_code, name) for name in missing]


def test_everybody_at_every_address(things, settings):
    """What is answered, under which headers, and that looking changes nothing."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000, True
    settings.SECURE_HSTS_PRELOAD = True
    found, bare, changed = {}, [], {}
    for person in PEOPLE:
        for path, answers, tables in walk(things, person):
            found.setdefault(path, {})[person] = shown([answer.status_code for _address, answer in answers])
            bare += [lack for address, answer in answers for lack in headers_missing(person, address, answer)]
            if tables:
                changed[person, path] = tables
    table = declared()
    wrong = [line(path, answers) for path, answers in found.items() if table.get(path) != answers]
    assert wrong == [], "these lines of tests/house/doors.txt are not what is answered"
    assert (bare, changed) == ([], {})
    assert not [path for path, answers in found.items() if "500" in str(answers)]


def test_every_address_is_declared_and_nothing_else():
    real = set(doors()) - NOT_WALKED
    for file in (TABLE, SENT):
        table = declared(file)
        lacking = [line(path, dict.fromkeys(PEOPLE, "?")) for path in sorted(real - set(table))]
        assert (lacking, sorted(set(table) - real)) == ([], []), f"add these lines to {file.name}, with the answers"


def test_addresses_of_other_tables_are_declared_there():
    theirs = {name for name, _path, _parameters in routes() if name.startswith(ELSEWHERE)}
    assert theirs == {f"services:{name}" for name in test_views_matrix.EXPECTED}


def test_every_address_has_a_name():
    """So that no list of names leaves one out; but for Wagtail's picture of a missing page, and its catch-all."""
    assert list(nameless()) == ["test404/", "^.*/$"]


@pytest.mark.prove
@pytest.mark.parametrize("person", ["nobody", "worker", "editor", "boss"])
def test_asking_for_the_head_changes_nothing_either(things, person):
    assert {path: tables for path, _answers, tables in walk(things, person, "head") if tables} == {}


REFUSALS = {403, 404, 405}
FRONT = ("/admin/", "/en/admin/")  # where the admin sends whoever has no business at an address


def is_refused(answer):
    there = answer.get("Location", "")
    away = there in FRONT or there.startswith("/account/")
    return answer.status_code in REFUSALS or (away and "/admin/" in answer.wsgi_request.path)


# Wagtail 7.4 stumbles over forms that its own screens never send: without the field they always carry. The error page
# says nothing, and nothing is changed.
STUMBLES = {
    "/admin/choose-external-link/",
    "/admin/pages/%(page_id)s/copy/",
    "/admin/snippets/choose/cms/source/create/",
    "/admin/snippets/choose/cms/topic/create/",
    "/admin/snippets/choose/cms/wording/create/",
    "/admin/snippets/choose/directory/synonyms/create/",
    "/admin/snippets/choose/directory/standard/create/",
}


@pytest.mark.parametrize("person", PEOPLE)
def test_an_empty_form_is_answered_as_declared_and_a_refused_one_changes_nothing(things, person):
    """A form with its token: refused at every address that does not open, the whole admin among them."""
    looked_at, table, wrong, open_to_forms, changed = declared(), declared(SENT), {}, {}, {}
    for path, answers, tables in walk(things, person, "post"):
        found = shown([answer.status_code for _address, answer in answers])
        stumbled = "500" in found
        if table.get(path, {}).get(person) != found or (stumbled and path not in STUMBLES):
            wrong[path] = found
        refused = all(is_refused(answer) or to_the_door(answer) for _address, answer in answers)
        looking = set(looked_at[path][person].split("/"))
        shut = looking <= {"403", "404"} or (path.startswith("/admin/") and not looking & {"200", "405"})
        if shut and not refused and found != looked_at[path][person]:  # some only lead elsewhere, whatever is sent
            open_to_forms[path] = found
        if (refused or stumbled) and tables:
            changed[path] = tables
    assert (wrong, open_to_forms, changed) == ({}, {}, {}), "tests/house/doors_sent.txt against what is answered"


def to_the_door(answer):
    return answer.get("Location", "").startswith("/account/login/")


# No form goes without its token, but for what readers and programs send without a cookie: it reads, and changes nothing.
WITHOUT_TOKEN = {"/info/": 302, "/find/": 302} | {
    path: 415
    for path in doors()
    if path.startswith("/api/hsds/") and "%" not in path and declared(SENT)[path]["nobody"] == "415"
}


@pytest.mark.parametrize("person", ["nobody", "boss"])
def test_no_form_goes_without_its_token(things, person):
    let_through = {}
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if things.people[person] is not None:
        enter(strict, things.people[person])
    for path, (name, parameters) in doors().items():
        address = things.addresses(path, name, parameters)[0]
        for method in ("post", "put", "patch", "delete"):
            answer = visit(strict, method, address)
            if answer.status_code not in {403, 404, 405} and not to_the_door(answer):
                let_through[path] = answer.status_code
    assert let_through == WITHOUT_TOKEN
