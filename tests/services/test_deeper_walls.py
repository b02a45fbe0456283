"""What a forgotten filter or a wrong statement of the application's still cannot do, tried in raw SQL as the application.

The cases here are visible to whoever tries: these are walls inside the case, not around it.
"""

import uuid

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from cms.database import grants
from cms.database.context import acting_as
from services.actions import interviews, occupancy
from services.models import Booking, Case, CaseMember, Occupancy
from tests import factories
from tests.databases import as_owner
from tests.services.conftest import let_time_pass

SERVICES = apps.get_app_config("services")


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused(statement, *values, match):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        run(statement, *values)
        run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def booked(ready):
    ready.interview = interviews.book_interview(
        case=ready.case, plan=ready.plan(), by=ready.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )
    return ready


# --- every table of a case has its walls, whoever adds it -------------------------------------------------------------
CASE_MODELS = [model for model in SERVICES.get_models()
               if any(field.name == "case" for field in model._meta.concrete_fields)]  # fmt: skip


# What the application cannot change at all: functions write it, or background jobs, or it may add a row and no more.
OUT_OF_REACH = {*SERVICES.written_by_functions, *SERVICES.written_by_jobs, *SERVICES.finished_by_jobs}
# Their one change adds an end (a letter's: that it was sent), and a trigger holds the rest as it was.
ENDED_ONCE = {"legalhold", "subjectrequest", "reminder", "venuepresence"}


@pytest.mark.parametrize("model", CASE_MODELS, ids=lambda model: model._meta.model_name)
def test_a_table_of_a_case_only_grows_or_remembers(db, model):
    name = model._meta.model_name
    if name in {*SERVICES.erasable_history, *OUT_OF_REACH, *ENDED_ONCE}:
        return
    assert (name in SERVICES.append_only) != (f"{name}former" in SERVICES.erasable_history), name
    if name not in SERVICES.append_only:
        assert name in SERVICES.never_deleted
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'pgtrigger%%'"
                " AND tgenabled = 'O'",
                [model._meta.db_table],
            )
            assert cursor.fetchone()[0] == 2


@pytest.mark.parametrize("table", sorted(grants.tables()))
def test_a_table_without_a_declared_owner_of_its_rows_is_found(db, table):
    """Tables of the closed side without row security are named here, with the reason."""
    config, _name = grants.tables()[table]
    open_to_booking = {
        "services_occupancy": "names no case; every search must see it",
        "services_resource": "rooms and people of every agency are searched",
        "services_venue": "code names only",
        "services_availability": "when rooms and people work",
        "services_leave": "as above",
        "services_outsidecalendar": "as above; laid out at night, when nobody is signed in",
        "services_outsidebusy": "as above",
        "services_qualification": "as above",
        "services_rhythm": "when children of an age are at school, asleep or at prayer; names nobody",
        "services_travel": "districts and minutes of a house; names nobody",
    }
    if config.label not in {"services", "audit"} or table in open_to_booking:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone() == (True, True), f"{table} holds rows that anybody may read"


# --- nobody signs for another -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("services_legalbasis", {"ground": "guardian"}),
        ("services_consent", {"giver": "mother", "giver_is_suspect": False, "answer": "yes"}),
        ("services_childview", {"means": "talk", "answer": "yes"}),
        ("services_priortelling", {"listener": "police", "told_on": "2026-01-02", "recorded": False}),
    ],
)
def test_a_record_is_signed_by_who_writes_it(case, cast, table, columns):
    facts = columns | {"case_id": case.pk, "at": factories.now()}
    names, marks = ", ".join([*facts, "by_id"]), ", ".join(["%s"] * (len(facts) + 1))
    refused(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", *facts.values(), cast.psychologist.pk, match="in_own_name"
    )
    assert run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *facts.values(), cast.social_worker.pk) == 1


def test_an_approval_is_in_ones_own_name_and_in_a_role_one_holds(world, cast):
    approve = (
        "INSERT INTO services_approval (case_id, asking_id, by_id, role, at)"
        " SELECT case_id, id, %s, %s, now() FROM services_asking WHERE id = %s"
    )
    one = world.told
    with acting_as(cast.investigator):
        refused(approve, cast.psychologist.pk, "investigator", one.asking.pk, match="in_own_name")
        refused(approve, cast.investigator.pk, "psychologist", one.asking.pk, match="role_of_ones_own")
        assert run(approve, cast.investigator.pk, "investigator", one.asking.pk) == 1


def test_an_event_names_who_acted(case, cast):
    event = "INSERT INTO audit_auditevent (id, at, actor_id, verb, kind, key, detail) VALUES (%s, now(), %s, 'a.b', '', '', '{}')"
    refused(event, uuid.uuid4(), cast.psychologist.pk, match="in_own_name")
    assert run(event, uuid.uuid4(), cast.social_worker.pk) == 1


def test_what_was_recorded_is_neither_rewritten_nor_taken_away(ready):
    for name in SERVICES.append_only:
        for statement in ("DELETE FROM services_{}", "UPDATE services_{} SET id = id"):
            refused(statement.format(name), match="permission denied")


def test_what_belongs_to_a_case_is_not_deleted(booked):
    for name in (*SERVICES.never_deleted, "occupancy"):
        refused(f"DELETE FROM services_{name}", match="permission denied")


# --- rooms and people ------------------------------------------------------------------------------------------------
def test_occupancy_is_written_by_its_functions_only(booked):
    refused("UPDATE services_occupancy SET live = false", match="permission denied")
    refused("INSERT INTO services_occupancy (resource_id, span, live) SELECT resource_id, span, false"
            " FROM services_occupancy", match="permission denied")  # fmt: skip


def test_another_cases_room_is_not_freed_by_any_of_the_functions(booked):
    taken = list(Booking.objects.values_list("occupancy_id", "occupancy__resource", "occupancy__span"))
    ids = [row[0] for row in taken]
    with acting_as(booked.cast.other_worker):
        assert occupancy.release(Occupancy.objects.filter(pk__in=ids)) == 0
        with pytest.raises(occupancy.SlotTaken):
            occupancy.take(
                wanted=[(taken[0][1], (taken[0][2].lower, taken[0][2].upper))],
                now=factories.now(),
                instead_of=Occupancy.objects.filter(pk__in=ids),
            )
        with pytest.raises(occupancy.SlotTaken):
            occupancy.confirm(Occupancy.objects.filter(pk__in=ids), now=factories.now())
        refused("SELECT sekali_take_whatever(ARRAY[1]::bigint[], ARRAY[]::tstzrange[], now(), NULL, ARRAY[]::bigint[])",
                match="permission denied")  # fmt: skip
    assert Occupancy.objects.filter(pk__in=ids, live=True).count() == len(ids)
    assert occupancy.release(Occupancy.objects.filter(pk__in=ids)) == len(ids)


# --- what has its course ----------------------------------------------------------------------------------------------
def test_a_case_keeps_its_code_and_stays_with_its_agency(case, cast):
    refused("UPDATE services_case SET code = 'K-2222-2222'", match="keeps its code")
    refused("UPDATE services_case SET opened_at = now()", match="keeps its code")
    refused("UPDATE services_case SET manager_id = %s", cast.other_worker.pk, match="case manager of its agency")
    refused("UPDATE services_case SET manager_id = %s", cast.psychologist.pk, match="case manager of its agency")
    colleague = factories.member("Hana", cast.house, "case_manager")
    assert run("UPDATE services_case SET manager_id = %s", colleague.pk) == 1


def test_a_place_on_the_team_is_ended_and_not_changed(case, cast):
    of = "WHERE user_id = %s"
    refused(
        f"UPDATE services_casemember SET user_id = %s {of}", cast.outsider.pk, cast.prosecutor.pk, match="ended, not"
    )
    refused(f"UPDATE services_casemember SET role = 'psychologist' {of}", cast.prosecutor.pk, match="ended, not")
    assert run(f"UPDATE services_casemember SET ends = now() {of}", cast.prosecutor.pk) == 1
    refused(f"UPDATE services_casemember SET ends = NULL {of}", cast.prosecutor.pk, match="ended, not")


@pytest.mark.parametrize("role", ["companion", "interviewer", "case_manager", "interpreter"])
def test_the_suspected_parent_is_in_no_role(case, cast, role):
    with pytest.raises(DatabaseError, match="never_the_suspect"), transaction.atomic():
        CaseMember.objects.create(
            case=case, user=cast.keeper, agency=cast.house, role=role, starts=factories.now(), is_suspect_parent=True
        )


def test_an_interview_that_began_is_neither_moved_nor_cancelled(booked):
    let_time_pass(booked.interview, factories.long_ago())
    refused("UPDATE services_interview SET span = span + interval '1 day'", match="operator does not exist")
    refused("UPDATE services_interview SET span = tstzrange(now(), now() + interval '1 hour')", match="neither moved")
    refused("UPDATE services_interview SET state = 'cancelled', cancelled_at = now()", match="neither moved")


def test_an_interview_is_not_moved_out_of_what_is_booked_for_it(booked):
    later = "tstzrange(lower(span) + interval '1 day', upper(span) + interval '1 day')"
    refused(f"UPDATE services_interview SET span = {later}", match="moved out of what is booked")


# --- former states ----------------------------------------------------------------------------------------------------
def former(table, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}, changed_by, pgh_label FROM services_{table}former ORDER BY pgh_id")
        return cursor.fetchall()


def test_a_change_keeps_what_was_and_who_changed_it(case, cast):
    before = case.province
    Case.objects.filter(pk=case.pk).update(province="ID-BA")
    assert former("case", "province") == [(before, cast.social_worker.pk, "changed")]
    with acting_as(cast.other_worker):
        assert former("case", "province") == []


def test_former_states_cannot_be_silenced_written_or_deleted_by_the_application(case, cast):
    run("SELECT set_config('pgtrigger.ignore', '{changed_update,deleted_delete}', true)")
    Case.objects.filter(pk=case.pk).update(province="ID-BA")
    assert len(former("case", "province")) == 1
    for statement in ("DELETE FROM services_caseformer", "UPDATE services_caseformer SET province = 'ID-JB'",
                      "INSERT INTO services_caseformer (pgh_label) VALUES ('forged')"):  # fmt: skip
        refused(statement, match="permission denied")


def test_the_triggers_that_remember_run_as_the_owner(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE NOT prosecdef OR proconfig IS NULL) FROM pg_proc"
            " WHERE proname LIKE 'pgtrigger\\_%' AND prorettype = 'trigger'::regtype"
        )
        assert cursor.fetchone() == (2 * len(SERVICES.erasable_history), 0)


def test_what_the_owner_changes_is_remembered_too(case):
    as_owner("UPDATE services_case SET province = 'ID-BA' WHERE id = %s", case.pk)
    assert len(former("case", "province")) == 1
