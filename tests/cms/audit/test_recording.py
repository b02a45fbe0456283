"""What is recorded stays, says little, and stands or falls with what it tells of."""

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from cms.accounts.models import Agency
from cms.audit.models import AuditEvent
from cms.audit.recording import Refusal, action, record
from cms.database.context import acting_as
from tests import factories


@pytest.fixture
def sari(db):
    person = factories.user("Sari")
    with acting_as(person):
        yield person


def test_an_event_says_who_what_and_when(sari):
    now = factories.now()
    house = factories.agency("Rumah")
    event = record("agency.opened", by=sari, now=now, about=house, case_id=7, rooms=3)
    event.refresh_from_db()
    assert (event.actor, event.at, event.verb) == (sari, now, "agency.opened")
    assert (event.kind, event.key, event.case_id, event.detail) == ("agency", str(house.pk), 7, {"rooms": 3})


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_nobody_can_be_the_actor(sari, nobody):
    assert record("door.knocked", by=nobody, now=factories.now()).actor is None


@pytest.mark.parametrize("verb", ["opened", "case opened", "Case.opened", "case.", ".opened", "case.opened.twice", "",
                                  "case.opened; DROP TABLE", "kasus-dibuka"])  # fmt: skip
def test_a_verb_is_a_noun_a_dot_and_what_was_done(sari, verb):
    with pytest.raises(IntegrityError, match="audit_verb_is_noun_dot_past_tense"), transaction.atomic():
        record(verb, by=sari, now=factories.now())


@pytest.mark.parametrize("statement", ["UPDATE audit_auditevent SET verb = 'case.closed'", "DELETE FROM audit_auditevent",
                                       "TRUNCATE audit_auditevent"])  # fmt: skip
def test_the_application_has_no_right_to_change_what_is_recorded(sari, statement):
    record("door.knocked", by=sari, now=factories.now())
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditEvent.objects.all().delete()


@pytest.mark.parametrize("statement", ["UPDATE audit_auditevent SET verb = 'case.closed'", "DELETE FROM audit_auditevent",
                                       "TRUNCATE audit_auditevent"])  # fmt: skip
def test_a_trigger_refuses_the_owner_too(owner, statement):
    owner.execute("INSERT INTO audit_auditevent (id, at, verb, kind, key, detail)"
                  " VALUES (gen_random_uuid(), now(), 'door.knocked', '', '', '{}')")  # fmt: skip
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(statement)


# --- actions ----------------------------------------------------------------------------------------------------------

PLANTED = "Anak Rahasia 4471"


class NotThis(Refusal):
    keys = ("first_rule", "second_rule")


@action("house.refused")
def build(*, by, now, name=PLANTED, case=None, refuse=False, fail=None):
    house = factories.agency(name)
    record("house.built", by=by, now=now)
    if refuse:
        raise NotThis(name)
    if fail:
        fail()
    return house


def verbs():
    return sorted(AuditEvent.objects.exclude(verb="protocol.published").values_list("verb", flat=True))


def test_an_action_returns_what_it_made(sari):
    assert build(by=sari, now=factories.now()) == Agency.objects.get()
    assert verbs() == ["house.built"]


def test_a_refused_action_leaves_its_refusal_and_the_names_of_the_rules(sari):
    with pytest.raises(NotThis):
        build(by=sari, now=factories.now(), refuse=True, case=type("Case", (), {"pk": 12}))
    event = AuditEvent.objects.get(verb="house.refused")
    assert verbs() == ["house.refused"]
    assert not Agency.objects.exists()
    assert (event.detail, event.case_id, event.actor) == ({"rules": ["first_rule", "second_rule"]}, 12, sari)
    assert PLANTED not in str(vars(event))


def test_the_transaction_goes_on_after_a_refusal(sari):
    for _again in range(2):
        with pytest.raises(NotThis):
            build(by=sari, now=factories.now(), refuse=True)
    assert build(by=sari, now=factories.now())
    assert verbs() == ["house.built", "house.refused", "house.refused"]


def test_a_crash_leaves_nothing(sari):
    with pytest.raises(ZeroDivisionError):
        build(by=sari, now=factories.now(), fail=lambda: 1 / 0)
    assert (verbs(), Agency.objects.count()) == ([], 0)


def membership_of_nobody():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_membership (user_id, agency_id, role, starts) VALUES (0, 0, 'keeper', now())"
        )


def test_a_deferred_constraint_speaks_inside_the_action(sari):
    with pytest.raises(DatabaseError):
        build(by=sari, now=factories.now(), fail=membership_of_nobody)
    assert (verbs(), Agency.objects.count()) == ([], 0)


def test_after_an_action_constraints_are_deferred_again(sari):
    build(by=sari, now=factories.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        membership_of_nobody()
        connection.check_constraints()


def test_an_action_names_its_refusal():
    assert build.refused_as == "house.refused"


def test_an_action_takes_keywords_only(sari):
    with pytest.raises(TypeError):
        build(sari, factories.now())
