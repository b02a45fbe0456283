"""Opening a case one is not on: an hour, to read, with a reason, in the open. Everything else about it is refused."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cms.accounts.models import Membership
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import emergencies as actions
from services.models import Case, EmergencyAccess, Interview
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.themselves import Themselves

emergencies = Themselves(actions)
REASON = "Polisi menelepon: anak pulang ke rumah terduga."
OPEN = "services:emergency_open"


@pytest.fixture
def boss(world):
    """The coordinator of the case's agency, who is not on the case."""
    return factories.member("Kiki", world.cast.house, "coordinator")


def open_it(world, by=None, code=None, **changes):
    facts = {
        "code": code or world.fresh.code,
        "reason": REASON,
        "typed": "f" * 32,
        "site": "https://sekali.example.org",
    }
    return emergencies.open_in_emergency(**facts | changes, by=by or world.cast.other_worker, now=factories.now())


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def signed_in(person):
    client = Client()
    enter(client, person)
    return client


def test_it_opens_the_case_for_an_hour_to_read(world, boss):
    helper = signed_in(world.cast.other_worker)
    address = at("case_detail", world.fresh.code)
    assert helper.get(address).status_code == 404
    answer = helper.post(reverse(OPEN), {"code": world.fresh.code, "reason": REASON})
    assert answer.url == address
    page = helper.get(address)
    assert page.status_code == 200
    assert "keadaan darurat" in page.content.decode()
    as_owner("UPDATE services_emergencyaccess SET at = at - interval '2 hours', until = until - interval '2 hours'")
    assert helper.get(address).status_code == 404


def test_whoever_reads_in_an_emergency_changes_nothing(world):
    cast, one = world.cast, world.fresh
    open_it(world)
    helper = signed_in(cast.other_worker)
    for name, args in (("child_edit", ()), ("member_add", ()), ("interview_book", ()), ("record_add", ("basis",)),
                       ("need_add", ()), ("interview_again", ())):  # fmt: skip
        assert helper.post(at(name, one.code, *args)).status_code == 403, name
    with acting_as(cast.other_worker):
        assert Case.objects.filter(pk=one.case.pk).update(province="ID-BA") == 0
        for statement in (
            "INSERT INTO services_childview (case_id, means, answer, by_id, at) VALUES (%s, 'talk', 'yes', %s, now())",
            (
                "INSERT INTO services_casemember (case_id, user_id, agency_id, role, is_suspect_parent, starts)"
                " SELECT %s, %s, agency_id, 'case_manager', false, now() FROM services_case LIMIT 1"
            ),
        ):
            with (
                pytest.raises(DatabaseError, match="row-level security"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement, [one.case.pk, cast.other_worker.pk])


def test_one_case_opened_is_one_case_seen(world):
    open_it(world)
    with acting_as(world.cast.other_worker):
        codes = set(Case.objects.values_list("code", flat=True))
        assert codes == {world.fresh.code, world.other.code}
        assert not Interview.objects.exists()  # the others' interviews


def test_the_team_sees_who_and_why_and_the_coordinator_is_told(world, boss, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        open_it(world)
    assert sorted(message.to[0] for message in mail.outbox) == sorted([boss.email, world.cast.social_worker.email])
    for message in mail.outbox:
        for secret in (world.fresh.code, REASON, "Gita", "darurat", "kasus", "emergency", "case"):
            assert secret not in message.subject + message.body
    page = signed_in(world.cast.social_worker).get(at("case_detail", world.fresh.code)).content.decode()
    assert REASON in page
    assert world.cast.other_worker.name in page
    client = signed_in(boss)
    assert reverse("services:emergency_list") in client.get(at("case_list")).content.decode()
    listed = client.get(at("emergency_list")).content.decode()
    assert REASON in listed
    assert client.get(at("case_detail", world.fresh.code)).status_code == 404  # told of it, and not let in by it
    access = EmergencyAccess.objects
    with acting_as(boss):
        pk = access.get().pk
    assert client.post(at("emergency_seen", pk)).status_code == 302
    assert reverse("services:emergency_list") not in client.get(at("case_list")).content.decode()
    with acting_as(boss):
        assert access.get().seen_by == boss
        assert AuditEvent.objects.filter(verb="emergency.seen").count() == 1


def test_a_mail_server_that_is_away_stops_nothing(world, boss, settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        assert open_it(world)


def test_opening_is_recorded_with_the_one_who_did_it(world):
    access = open_it(world)
    with acting_as(world.cast.social_worker):
        event = AuditEvent.objects.get(verb="emergency.opened")
    assert (event.actor, event.case_id, event.key) == (world.cast.other_worker, world.fresh.case.pk, str(access.pk))
    assert REASON not in str(event.detail)


@pytest.mark.parametrize("who", ["investigator", "prosecutor", "companion", "psychologist", "keeper", "outsider"])
def test_it_is_for_those_who_answer_for_cases(world, who):
    person = getattr(world.cast, who)
    assert signed_in(person).get(reverse(OPEN)).status_code == 403
    assert signed_in(person).post(reverse(OPEN), {"code": world.other.code, "reason": REASON}).status_code == 403
    assert open_it(world, by=person, code=world.other.code) is None  # the database says so too


def test_unknown_closed_and_distant_cases_are_answered_alike(world):
    helper = signed_in(world.cast.other_worker)
    as_owner("UPDATE services_case SET closed_at = now() WHERE code = %s", world.booked.code)
    as_owner("UPDATE services_case SET province = 'ID-PA' WHERE code = %s", world.told.code)
    pages = [helper.post(reverse(OPEN), {"code": code, "reason": REASON}).content.decode().replace(code, "CODE")
             for code in ("K-2222-2222", world.booked.code, world.told.code)]  # fmt: skip
    assert len({strip_token(page) for page in pages}) == 1
    assert not EmergencyAccess.objects.exists()
    with acting_as(world.cast.other_worker):
        hidden = AuditEvent.objects.filter(verb="emergency.hidden")
        assert hidden.count() == 3
        assert not any(world.told.code in str(event.detail) for event in hidden)


def strip_token(page):
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|data-left="[0-9]+"', "", page)


def test_three_attempts_a_day_found_or_not(world):
    open_it(world, code="K-2222-2222")
    open_it(world, code="K-2222-2222")
    assert open_it(world)
    with pytest.raises(Objected) as refusal:
        open_it(world, code=world.booked.code)
    assert refusal.value.keys == ("emergency_too_often",)
    page = signed_in(world.cast.other_worker).post(reverse(OPEN), {"code": world.booked.code, "reason": REASON})
    assert "110" in page.content.decode()
    assert REASON in page.content.decode()  # nothing typed is lost


def test_a_reason_is_needed(world):
    page = signed_in(world.cast.other_worker).post(reverse(OPEN), {"code": world.fresh.code, "reason": "  "})
    assert page.status_code == 200
    assert not EmergencyAccess.objects.exists()
    with pytest.raises(DatabaseError, match="emergency_has_its_reason"), transaction.atomic():
        open_it(world, reason="")


def test_nobody_makes_changes_or_takes_away_an_emergency_but_the_functions(world, boss):
    open_it(world)
    with acting_as(world.cast.other_worker), connection.cursor() as cursor:
        for statement in (
            "UPDATE services_emergencyaccess SET until = until + interval '9 hours'",
            "DELETE FROM services_emergencyaccess",
            "INSERT INTO services_emergencyaccess DEFAULT VALUES",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)
        cursor.execute(
            "SELECT opened FROM sekali_open_in_emergency(%s, 'x', now(), interval '9 days', 99)", [world.booked.code]
        )
        cursor.execute("SELECT max(until - at) <= interval '1 hour' FROM services_emergencyaccess")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT sekali_emergency_seen(id, now()) FROM services_emergencyaccess")
        assert {row[0] for row in cursor.fetchall()} == {0}  # not one's own


def test_an_account_or_membership_that_ended_ends_it(world):
    open_it(world)
    Membership.objects.filter(user=world.cast.other_worker).update(ends=factories.now() - timedelta(seconds=90))
    with acting_as(world.cast.other_worker):
        assert not Case.objects.exists()


def test_a_coordinator_of_another_agency_is_told_nothing(world):
    elsewhere = factories.member("Lina", world.cast.police, "coordinator")
    open_it(world)
    client = signed_in(elsewhere)
    assert REASON not in client.get(at("emergency_list")).content.decode()
    assert client.post(at("emergency_seen", EmergencyAccess.objects.count() + 1)).status_code == 404
    assert client.post(at("emergency_seen", 1)).status_code == 404
