"""Seeing the record instead of asking the child: who asks, who answers, for how long, and what the database refuses."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.timezone import localdate

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import accesses as actions
from services.models import Case, CaseMember, RecordAccess, Testimony
from services.models.sheets import sheet_of
from services.rules.accesses import TRANSITIONS
from tests import factories
from tests.databases import as_owner
from tests.services.test_corrections import damaged
from tests.themselves import Themselves

accesses = Themselves(actions)
HOW = "Buat janji dengan Unit PPA, bawa surat tugas."


def ask(told, entry=None, **changes):
    facts = {
        "case": told.case,
        "testimony": entry or told.entry,
        "agency": told.cast.prosecution,
        "purpose": "prosecution",
        "by": told.cast.prosecutor,
    }
    return accesses.request_record(**facts | changes, now=factories.now())


def today():
    return localdate(factories.now(), factories.JAKARTA)


def grant(told, access, by=None, **changes):
    facts = {"until": today() + timedelta(days=14), "instructions": HOW}
    return accesses.grant(access=access, **facts | changes, by=by or told.cast.investigator, now=factories.now())


def show(told, access, by=None):
    return accesses.show_reference(case=told.case, access=access, by=by or told.cast.prosecutor, now=factories.now())


def keys(call, *args, **facts):
    with pytest.raises(Objected) as refusal:
        call(*args, **facts)
    return set(refusal.value.keys)


def avoided(told):
    return sheet_of(told.case, factories.now()).avoided


# --- asking and answering ---------------------------------------------------------------------------------------------


def test_asked_twice_is_one_request_and_granted_it_is_one_asking_avoided(told):
    access = ask(told)
    assert (ask(told), avoided(told)) == (access, 0)
    grant(told, access)
    assert (ask(told), avoided(told)) == (access, 1)
    assert RecordAccess.objects.count() == 1


def test_there_is_no_record_of_what_was_not_recorded(told):
    assert keys(ask, told, told.stopped) == {"nothing_recorded"}


def test_nobody_asks_for_what_their_own_agency_keeps(told):
    mine = {"agency": told.cast.police, "by": told.cast.investigator}
    assert keys(ask, told, **mine) == {"record_is_yours"}


def test_nobody_asks_for_an_agency_they_do_not_work_for(told):
    assert keys(ask, told, agency=told.cast.house) == {"access_step_not_possible"}


def test_who_asked_does_not_answer(told):
    access, mine = ask(told), told.cast.prosecutor
    assert keys(grant, told, access, by=mine) == {"access_answered_by_another"}
    facts = {"access": access, "reason": "no_task", "now": factories.now()}
    assert keys(accesses.refuse, by=mine, **facts) == {"access_answered_by_another"}


def test_the_answer_says_until_when_and_how(told):
    access = ask(told)
    assert keys(grant, told, access, until=today() + timedelta(days=91)) == {"access_end_too_far"}
    assert keys(grant, told, access, instructions="https://contoh.example/1") == {"access_instructions_link"}
    granted = grant(told, access)
    assert (granted.state, granted.decided_by, granted.instructions) == ("granted", told.cast.investigator, HOW)
    event = AuditEvent.objects.get(verb="recordaccess.granted")
    assert (event.actor, event.case_id, event.detail) == (told.cast.investigator, told.case.pk, {})


def test_a_no_has_its_reason_and_avoids_nothing(told):
    access = ask(told)
    facts = {"access": access, "by": told.cast.investigator, "now": factories.now()}
    assert keys(accesses.refuse, reason="", **facts) == {"access_refusal_missing"}
    assert accesses.refuse(reason="order_needed", **facts).refusal == "order_needed"
    assert avoided(told) == 0
    assert ask(told).pk != access.pk


def test_every_showing_is_recorded_and_there_is_none_without_a_grant(told):
    access = ask(told)
    assert keys(show, told, access) == {"access_not_in_force"}
    grant(told, access)
    for times in (1, 2):
        assert show(told, access).reference == told.entry.reference
        assert AuditEvent.objects.filter(verb="recordaccess.revealed", actor=told.cast.prosecutor).count() == times


def test_it_ends_by_itself(told):
    access = grant(told, ask(told))
    as_owner(
        "UPDATE services_recordaccess SET until = until - 20, decided_at = decided_at - interval '20 days'"
        " WHERE id = %s", access.pk,
    )  # fmt: skip
    assert keys(show, told, access) == {"access_not_in_force"}
    assert RecordAccess.objects.get(pk=access.pk).standing(factories.now()) == "over"
    assert ask(told).pk != access.pk


def test_who_keeps_the_record_ends_it_early(told):
    access = grant(told, ask(told))
    accesses.end(access=access, by=told.cast.investigator, now=factories.now())
    assert keys(show, told, access) == {"access_not_in_force"}
    assert avoided(told) == 1


def test_a_grant_does_not_outlive_its_entry(told):
    access, waiting = grant(told, ask(told)), ask(told, agency=told.cast.house, by=told.cast.psychologist)
    damaged(told)
    assert keys(show, told, access) == {"entry_corrected"}
    assert keys(grant, told, waiting) == {"entry_corrected"}
    assert keys(ask, told) == {"entry_corrected"}


# --- the table of steps, by the actions and by the database -------------------------------------------------------------

FACTS = {
    "granted": {"decided_by", "decided_at", "until", "instructions"},
    "refused": {"decided_by", "decided_at", "refusal"},
    "withdrawn": {"ended_by", "ended_at"},
    "ended": {"ended_by", "ended_at"},
    "requested": set(),
}
EMPTY = {"decided_by": None, "decided_at": None, "until": None, "instructions": "", "refusal": "", "ended_by": None,
         "ended_at": None}  # fmt: skip


def to(told, access, state):
    """Bring a request to `state` by the actions."""
    facts = {"access": access, "by": told.cast.investigator, "now": factories.now()}
    if state == "granted":
        return grant(told, access)
    if state == "refused":
        return accesses.refuse(reason="no_task", **facts)
    if state == "withdrawn":
        return accesses.withdraw(**facts | {"by": told.cast.prosecutor})
    return accesses.end(**facts)


def reach(told, state):
    access = ask(told)
    for step in {"requested": [], "ended": ["granted", "ended"]}.get(state, [state]):
        access = to(told, access, step)
    return access


@pytest.mark.parametrize("state", sorted(TRANSITIONS))
def test_every_illegal_step_is_refused_by_action_and_database(told, state):
    access = reach(told, state)
    for target in sorted(set(TRANSITIONS) - {state, "requested"} - TRANSITIONS[state]):
        assert "access_step_not_possible" in keys(to, told, access, target), target
    for target in sorted(set(TRANSITIONS) - TRANSITIONS[state]):
        person = told.cast.prosecutor if target == "withdrawn" else told.cast.investigator
        values = {"decided_by": person, "decided_at": factories.now(), "until": today(), "instructions": HOW,
                  "refusal": "no_task", "ended_by": person, "ended_at": factories.now()}  # fmt: skip
        wanted = FACTS[target] | (FACTS["granted"] if target == "ended" else set())
        change = EMPTY | {name: values[name] for name in wanted} | {"purpose": "health", "state": target}
        with (
            acting_as(person),
            pytest.raises(DatabaseError, match="answered, withdrawn or ended"),
            transaction.atomic(),
        ):
            RecordAccess.objects.filter(pk=access.pk).update(**change)


def test_a_request_begins_as_one(told):
    facts = {"case": told.case, "testimony": told.entry, "agency": told.cast.prosecution, "by": told.cast.prosecutor,
             "at": factories.now()}  # fmt: skip
    answer = {"state": "granted", "decided_by": told.cast.investigator, "decided_at": factories.now(),
              "until": today(), "instructions": HOW}  # fmt: skip
    with acting_as(told.cast.prosecutor):
        for changes, match in (
            (answer, "begins as one"),
            ({"testimony": told.stopped}, "no record"),
            ({"agency": told.cast.police}, "no record"),  # its own
            ({"agency": told.cast.house}, "works for"),
            ({"by": told.cast.social_worker}, "in_own_name"),
        ):
            with pytest.raises(DatabaseError, match=match), transaction.atomic():
                RecordAccess.objects.create(**facts | changes)
        RecordAccess.objects.create(**facts)
        with pytest.raises(IntegrityError, match="recordaccess_one_open_request"), transaction.atomic():
            RecordAccess.objects.create(**facts)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"until": None}, "recordaccess_says_what_its_state_needs"),
        ({"instructions": ""}, "recordaccess_says_what_its_state_needs"),
        ({"refusal": "no_task"}, "recordaccess_says_what_its_state_needs"),
        ({"instructions": "http://contoh.example"}, "recordaccess_instructions_are_no_link"),
        ({"until": "2099-01-01"}, "recordaccess_at_most_ninety_days"),
        ({"testimony_id": 0}, "not changed"),
        ({"agency_id": 0}, "not changed"),
    ],
)
def test_an_answer_says_what_it_must_whatever_writes(told, change, match):
    access = ask(told)
    facts = {"state": "granted", "decided_by": told.cast.investigator, "decided_at": factories.now(),
             "until": today(), "instructions": HOW}  # fmt: skip
    with acting_as(told.cast.investigator), pytest.raises(DatabaseError, match=match), transaction.atomic():
        RecordAccess.objects.filter(pk=access.pk).update(**facts | change)


def answer_raw(access, person, **changes):
    facts = {"state": "granted", "decided_by": person, "decided_at": factories.now(), "until": today(),
             "instructions": HOW}  # fmt: skip
    with acting_as(person):
        return RecordAccess.objects.filter(pk=access.pk).update(**facts | changes)


def test_only_who_keeps_the_record_answers_in_their_own_name(told):
    access = ask(told)
    for person, changes in (
        (told.cast.social_worker, {}),
        (told.cast.companion, {}),
        (told.cast.psychologist, {"decided_by": told.cast.investigator}),
        (told.cast.investigator, {"decided_by": told.cast.social_worker}),
    ):
        with pytest.raises(DatabaseError, match="keeps the record answers"), transaction.atomic():
            answer_raw(access, person, **changes)
    with pytest.raises(IntegrityError, match="recordaccess_answered_by_another"), transaction.atomic():
        as_owner(
            "UPDATE services_recordaccess SET state = 'refused', refusal = 'no_task', decided_at = now(), decided_by_id = by_id"
        )
    assert answer_raw(access, told.cast.investigator) == 1


def test_who_did_not_ask_does_not_withdraw(told):
    access = ask(told)
    gone = {"state": "withdrawn", "ended_at": factories.now()}
    for person, signed in (
        (told.cast.investigator, told.cast.investigator),
        (told.cast.prosecutor, told.cast.companion),
    ):
        with acting_as(person), pytest.raises(DatabaseError, match="who asked withdraws"), transaction.atomic():
            RecordAccess.objects.filter(pk=access.pk).update(**gone, ended_by=signed)


def test_a_former_state_is_kept(told):
    access = grant(told, ask(told))
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, changed_by FROM services_recordaccessformer WHERE id = %s", [access.pk])
        assert cursor.fetchall() == [("requested", told.cast.investigator.pk)]


# --- the coordinator, where nobody of the keeping agency is on the case ----------------------------------------------------


@pytest.fixture
def chief(told):
    """The coordinator of the police, who is on no case."""
    return factories.member("Lina", told.cast.police, "coordinator")


def leave(told, person):
    CaseMember.objects.filter(case=told.case, user=person).update(ends=factories.now() - timedelta(seconds=30))


def test_the_coordinator_answers_only_where_nobody_else_can(told, chief):
    access = ask(told)
    with acting_as(chief):
        assert not RecordAccess.objects.in_custody().exists()
        assert not RecordAccess.objects.filter(pk=access.pk).exists()
    leave(told, told.cast.investigator)
    with acting_as(chief):
        assert list(RecordAccess.objects.in_custody()) == [access]
        assert list(Testimony.objects.all()) == [told.entry]
        assert not Case.objects.exists()
    assert accesses.show_own_reference(access=access, by=chief, now=factories.now()) == told.entry
    granted = grant(told, access, by=chief)
    assert (granted.state, granted.decided_by) == ("granted", chief)
    assert show(told, access).reference == told.entry.reference
    assert accesses.end(access=access, by=chief, now=factories.now()).state == "ended"


def test_the_coordinator_does_not_grant_what_was_corrected_out_of_their_sight(told, chief):
    access = ask(told)
    leave(told, told.cast.investigator)
    damaged(told)
    assert keys(grant, told, access, by=chief) == {"entry_corrected"}


def test_another_agencys_coordinator_sees_nothing(told):
    ask(told)
    leave(told, told.cast.investigator)
    other = factories.member("Mega", told.cast.house, "coordinator")
    with acting_as(other):
        assert (RecordAccess.objects.count(), Testimony.objects.count()) == (0, 0)
