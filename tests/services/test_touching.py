"""What a change of the protocol touches: counted for editors, who see no case; told to those who keep the case."""

import dataclasses
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse

from cms.database.context import acting_as
from cms.limits import BOOKING_READS
from cms.models import ProtocolPage, ProtocolVersion
from services.actions.interviews import book_interview
from services.actions.touching import newer_protocol, outside_newer
from services.models.touching import FIGURES, touched
from tests import factories
from tests.entering import enter
from tests.services.conftest import plan_for
from tests.services.pages import Page

SAID = {str(words): key for key, words in FIGURES.items()}


def page():
    return ProtocolPage.objects.get(code=BOOKING_READS, locale__language_code="id")


def publish(**values):
    draft = page()
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save_revision().publish()
    return ProtocolVersion.objects.of(BOOKING_READS).first()


def shorter():
    """Bands whose longest interview is a quarter of an hour."""
    bands = [("band", {**block.value, "shortest_minutes": 10, "longest_minutes": 15}) for block in page().bands]
    return {"bands": bands, "pause_minutes": None, "pause_source": ""}


def counts(person, limits):
    with acting_as(person):
        return {SAID[str(what)]: several for what, several in touched(limits.to_json(), factories.now())}


def limits():
    return page().given_limits()


@pytest.fixture
def editor(db, django_user_model):
    user = django_user_model.objects.create_user("tulis@example.org", "x" * 12, first_name="Tulis")
    user.groups.add(Group.objects.get(name="Editors"))
    return user


@pytest.fixture
def booked(world):
    """An interview of the fresh case, booked under the first version."""
    with acting_as(world.cast.social_worker):
        plan = plan_for(world.cast, world.things, needs=frozenset(need.pk for need in world.fresh.needs))
        return book_interview(
            case=world.fresh.case, plan=plan, by=world.cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )


def many_cases(cast, several, days_ago=0):
    with acting_as(cast.social_worker):
        for _number in range(several):
            case = factories.open_case(cast)
            type(case).objects.filter(pk=case.pk).update(reported_on=case.reported_on - timedelta(days=days_ago))


def test_small_groups_are_hidden_and_larger_ones_told_in_steps(cast, editor):
    many_cases(cast, 4)
    assert counts(editor, limits())["cases"] is None
    many_cases(cast, 4)
    found = counts(editor, limits())
    assert (found["cases"], found["late"], found["ahead"], found["outside"]) == (5, None, None, None)
    with acting_as(editor), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM services_case")
        assert cursor.fetchone() == (0,)


def test_one_more_or_less_tells_nobody_apart(cast, editor):
    """Whoever tries one limit after the other learns no single case: the answer moves in steps of five."""
    for days in range(12):
        many_cases(cast, 1, days_ago=days * 3)
    told = [counts(editor, dataclasses.replace(limits(), clock_days=days))["late"] for days in range(1, 40)]
    assert set(told) <= {None, 5, 10}
    assert told == sorted(told, key=lambda n: -(n or 0))


def test_a_shorter_clock_makes_more_late(cast, editor):
    many_cases(cast, 6, days_ago=10)
    assert counts(editor, limits())["late"] is None
    assert counts(editor, dataclasses.replace(limits(), clock_days=1))["late"] == 5


def test_nobody_who_is_not_signed_in_is_told(cast):
    many_cases(cast, 6)
    assert touched(limits().to_json(), factories.now()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"clock_days": 1},
        {"roles": "psychologist"},
        {"bands": {"longest_minutes": 30}},
        {"bands": {"shortest_minutes": 46, "longest_minutes": 60}},
        {"bands": {"latest": "08:30"}},
        {},
    ],
)
def test_the_count_and_the_rules_say_the_same(world, booked, change):
    """Of the one interview to come: the database's count, unhidden, is what the rules of booking object to."""
    from datetime import time

    from cms.limits import RequiredRole

    now = limits()
    if "clock_days" in change:
        now = dataclasses.replace(now, clock_days=change["clock_days"])
    if "roles" in change:
        now = dataclasses.replace(now, roles=(*now.roles, RequiredRole(change["roles"], ("in_room",), "x")))
    if "bands" in change:
        new = {
            name: time.fromisoformat(value) if name == "latest" else value for name, value in change["bands"].items()
        }
        now = dataclasses.replace(now, bands=tuple(dataclasses.replace(band, **new) for band in now.bands))
    ruling = ProtocolVersion(code=BOOKING_READS, number=2, limits=now.to_json())
    with acting_as(world.cast.social_worker):
        said = outside_newer(interview=booked, ruling=ruling, now=factories.now())
        counted = counted_exactly(now)
    assert bool(said) == bool(change)
    assert counted == (1 if change else 0)


def counted_exactly(limits):
    """The same function without the hiding, made for this test alone and gone with its transaction."""
    import json

    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'sekali_touched_by'")
        (body,) = cursor.fetchone()
        hidden = body.index("SELECT counted.figure")
        query = body[:hidden] + "SELECT n FROM counted WHERE figure = 'outside'"
        query = query.replace("limits ->", "%(limits)s::jsonb ->").replace("> moment", "> %(moment)s::timestamptz")
        query = query.replace("(moment AT", "(%(moment)s::timestamptz AT")
        cursor.execute(query, {"limits": json.dumps(limits.to_json()), "moment": factories.now()})
        return cursor.fetchone()[0]


def test_a_booked_interview_keeps_its_version_and_says_so(world, booked):
    with acting_as(world.cast.social_worker):
        assert newer_protocol(interview=booked, now=factories.now()) is None
    version = publish(**shorter())
    with acting_as(world.cast.social_worker):
        own = type(booked).objects.get(pk=booked.pk).protocol.number
    assert (own, version.number) == (1, 2)
    client = Client()
    enter(client, world.cast.social_worker)
    page = Page(client.get(booked.get_absolute_url()))
    assert "Wawancara ini dipesan di bawah versi 1 dan tetap memakainya. Versi 2 berlaku sejak" in page.main
    assert "Wawancara ini di luar versi baru." in page.main
    assert page.soup.select_one('a[href="/protokol/wawancara-bersama/versi/2/beda/1/"]')
    for address in (reverse("services:case_list"), reverse("services:case_detail", args=[world.fresh.code])):
        assert "protokol baru" in Page(client.get(address)).main


def test_what_lies_within_the_newer_version_is_told_so(world, booked):
    publish(sessions_a_day=2)
    client = Client()
    enter(client, world.cast.social_worker)
    assert "Wawancara ini juga sesuai dengan versi baru." in Page(client.get(booked.get_absolute_url())).main


def test_nothing_is_said_while_the_own_version_rules(world, booked):
    client = Client()
    enter(client, world.cast.social_worker)
    for address in (
        booked.get_absolute_url(),
        reverse("services:case_list"),
        reverse("services:case_detail", args=[world.fresh.code]),
    ):
        assert "protokol baru" not in Page(client.get(address)).main.lower()
    publish(clock_days=3, effective_from="2099-01-01")
    assert "protokol baru" not in Page(client.get(booked.get_absolute_url())).main.lower()


def test_the_editor_shows_what_a_draft_would_touch(world, booked, editor):
    many_cases(world.cast, 7, days_ago=9)
    draft = page()
    draft.clock_days = 2
    draft.save_revision(user=editor)
    client = Client()
    enter(client, editor)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "Yang akan tersentuh hari ini" in html or "What it would touch today" in html
    assert "<del>" in html
    assert world.fresh.code not in html
    assert "K-" not in html.split("Yang akan tersentuh")[-1].split("</table>")[0]


def test_a_draft_with_gaps_is_told_so_and_counts_nothing(editor):
    draft = page()
    draft.clock_source = ""
    draft.save_revision(user=editor)
    client = Client()
    enter(client, editor)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "Batasnya belum lengkap." in html or "The limits have gaps." in html
