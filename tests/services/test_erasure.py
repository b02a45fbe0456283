"""What is due goes, all of it; what is held, open or young stays; and a restore does not bring it back."""

import io
import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from cms.database import embedded
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from services.models import Availability, Case, ChildIdentity, Leave, Occupancy
from tests import databases, factories
from tests.services.keeping import ask, close, erase, hold, ledger, raw_as, rows_of, tables_with, told_cases

OUTLIVES = {"audit_auditevent", "services_erasure", "encryption_datakey"}


@pytest.fixture
def house(own_database):
    made = told_cases("due", "other")
    close(made, made.due)
    return made


def planted(one, raw):
    """What only this case knows: its code, the key of its booking, its seal, and, sealed, who the child is."""
    with transaction.atomic(), acting_as(one.case.manager):
        identity = ChildIdentity.objects.create(case=one.case, called_name="Kenari", nik="3273010302170001")
        identity.called_name = "Kenari Kecil"
        identity.save()
    mark = "c0ffee" * 10 + "c0de"
    raw.execute("INSERT INTO services_identityindex VALUES (%s, 1, %s, '')", [identity.pk, mark])
    row = "SELECT called_name, wrapped FROM services_childidentity c JOIN encryption_datakey d ON d.case_id = c.case_id"
    sealed, wrapped = raw.execute(f"{row} WHERE uuid = %s", [identity.pk]).fetchone()
    booking = raw.execute("SELECT key::text, payload_hash FROM services_interview WHERE case_id = %s", [one.case.pk])
    return [one.code, *booking.fetchone(), str(identity.pk), sealed, wrapped, mark]


def test_nothing_of_an_erased_case_can_be_found(house, owner):
    marks = planted(house.due, owner)
    child = house.due.case.child_resource_id
    others = rows_of(owner, house.other.case.pk)
    assert {"services_testimony", "services_interview", "services_caseformer"} <= set(rows_of(owner, house.due.case.pk))
    assert len(tables_with(owner, *marks)) > 1
    said = erase()
    assert "1 of 1 closed cases are due; 0 are held" in said
    assert set(rows_of(owner, house.due.case.pk)) <= OUTLIVES
    assert tables_with(owner, *marks) == {}
    key = owner.execute("SELECT wrapped, destroyed_at FROM encryption_datakey WHERE case_id = %s", [house.due.case.pk])
    assert [(wrapped, gone is not None) for wrapped, gone in key.fetchall()] == [(None, True)]
    for table in ("services_occupancy", "services_resource", "services_availability"):
        column = "id" if table == "services_resource" else "resource_id"
        assert owner.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [child]).fetchone() == (0,)
    assert rows_of(owner, house.other.case.pk) == others
    loose = "SELECT count(*) FROM services_occupancy o WHERE NOT EXISTS (SELECT FROM services_booking WHERE occupancy_id = o.id)"
    assert owner.execute(loose).fetchone() == (0,)
    assert house.due.code not in said


def test_the_ledger_says_what_by_which_rule_and_how_much_but_not_whose(house, owner):
    erase()
    [(what, case_id, erased_at, reapplied_at, counts)] = ledger(owner)
    assert (what, case_id, reapplied_at) == ("case", house.due.case.pk, None)
    assert abs(erased_at - timezone.now()) < timedelta(minutes=5)
    assert counts["services_case"] == counts["services_interview"] == 1
    assert counts["services_testimony"] == 2
    row = owner.execute("SELECT part::text FROM services_erasure part").fetchone()[0]
    assert house.due.code not in row
    verbs = owner.execute("SELECT verb, actor_id, detail FROM audit_auditevent WHERE verb = 'case.erased'").fetchall()
    assert verbs == [("case.erased", None, {"rows": sum(counts.values()), "again": False})]


def test_a_dry_run_erases_nothing(house, owner):
    before = rows_of(owner, house.due.case.pk)
    said = erase(dry_run=True)
    assert f"case {house.due.case.pk}: due since" in said
    assert "Nothing was erased" in said
    assert rows_of(owner, house.due.case.pk) == before
    assert ledger(owner) == []


def test_what_is_held_asked_for_young_or_open_stays(own_database, owner):
    house = told_cases("held", "asked", "young", "recent", "open")
    for one, facts in ((house.held, {}), (house.asked, {}), (house.young, {"months_old": 60}),
                       (house.recent, {"years_ago": 4})):  # fmt: skip
        close(house, one, **facts)
    stop = hold(house, house.held)
    ask(house, house.asked)
    assert "0 of 4 closed cases are due; 2 are held" in erase()
    assert owner.execute("SELECT count(*) FROM services_case").fetchone() == (5,)
    worker = house.cast.social_worker
    with transaction.atomic(), acting_as(worker):
        from services.actions.retention import lift_hold

        lift_hold(case=house.held.case, hold=stop, by=worker, now=factories.now())
    assert "1 of 4 closed cases are due; 1 are held" in erase()
    assert set(rows_of(owner, house.held.case.pk)) <= OUTLIVES


@pytest.mark.parametrize("obstacle", ["open", "held", "asked", "reopened"])
def test_the_database_refuses_what_is_not_due_even_from_background_work(own_database, obstacle):
    house = told_cases("one")
    one = house.one
    if obstacle != "open":
        close(house, one)
    if obstacle == "held":
        hold(house, one)
    if obstacle == "asked":
        ask(house, one)
    if obstacle == "reopened":
        from services.actions.retention import reopen_case

        with transaction.atomic(), acting_as(house.cast.social_worker):
            reopen_case(case=one.case, reason="court", by=house.cast.social_worker, now=factories.now())
    with raw_as("sekali_jobs", own_database) as jobs, pytest.raises(psycopg.errors.RestrictViolation) as refused:
        jobs.execute(
            "SELECT sekali_erase_case(%s, encode(sha256(%s::bytea), 'hex'), 'case', NULL, now())",
            [one.case.pk, one.code.encode()],
        )
    assert refused.value.diag.constraint_name == "erasure_is_due"


def test_nobody_else_erases(house, own_database, owner):
    calls = ["sekali_closed_cases()", "sekali_tables_of_a_case()", "sekali_erase_loose_occupancy(now())",
             f"sekali_erase_case({house.due.case.pk}, 'x', 'case', NULL, now(), now())"]  # fmt: skip
    for role in ("sekali_app", "sekali_public"):
        with raw_as(role, own_database) as raw:
            for call in calls:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"SELECT * FROM {call}")
    growing = ("services_testimony", "services_approval", "services_closing", "services_legalbasis")
    for role in ("sekali_app", "sekali_jobs"):
        with raw_as(role, own_database) as raw:
            for table in growing:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"DELETE FROM {table}")
    for table in (*growing, "services_interview"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(f"DELETE FROM {table} WHERE case_id = %s", [house.due.case.pk])


def test_the_ledger_only_grows_and_only_by_erasing(house, own_database, owner):
    erase()
    insert = "INSERT INTO services_erasure (what, case_id, fingerprint, erased_at, counts) VALUES ('case', 1, %s, now(), '{}')"
    with raw_as("sekali_app", own_database) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(insert, ["a" * 64])
    with raw_as("sekali_jobs", own_database) as jobs:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            jobs.execute(insert, ["a" * 64])
        for change in ("UPDATE services_erasure SET what = 'x'", "DELETE FROM services_erasure"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                jobs.execute(change)
    for change in (
        "UPDATE services_erasure SET what = 'x'",
        "DELETE FROM services_erasure",
        "TRUNCATE services_erasure",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(change)


def test_every_table_that_points_at_a_case_is_swept(own_database, owner):
    """A new table whose column is called otherwise would survive: there is none."""
    found = owner.execute(
        "SELECT conrelid::regclass::text, attname FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f' AND confrelid = 'services_case'::regclass AND cardinality(conkey) = 1"
    ).fetchall()
    swept = set(owner.execute("SELECT place, named FROM sekali_tables_of_a_case()").fetchall())
    assert len(found) > 15
    assert set(found) <= swept
    histories = {
        t for (t,) in owner.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'services%former'").fetchall()
    }
    assert histories <= {table for table, _column in swept}


# --- broken off in the middle ----------------------------------------------------------------------------------------

SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN OLD; END $$;
CREATE TRIGGER a_slow BEFORE DELETE ON services_participant FOR EACH ROW WHEN (OLD.case_id = {}) EXECUTE FUNCTION slow();
"""


def asleep(name):
    """The server process that sleeps in the middle of an erasure; only the administrator may see what others wait for."""
    with databases.administrator() as server:
        for _attempt in range(200):
            found = server.execute(
                "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = %s", [name]
            ).fetchone()
            if found:
                return found[0]
            time.sleep(0.05)
    raise AssertionError("nobody sleeps")


def test_killed_in_the_middle_each_case_is_whole_or_gone_and_the_next_run_goes_on(own_database, owner):
    house = told_cases("first", "second")
    for one in (house.first, house.second):
        close(house, one)
    connection.close()
    owner.execute(SLOW.format(house.second.case.pk))
    whole = rows_of(owner, house.second.case.pk)
    address = {name: embedded.url(role, own_database, settings.TEST_POSTGRES) for name, role in (
        ("DATABASE_URL", "sekali_app"), ("DATABASE_JOBS_URL", "sekali_jobs"))}  # fmt: skip
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SEKALI_", "DATABASE_"))}
    environ |= address | {"DJANGO_SETTINGS_MODULE": "cms.settings.dev", "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "erase"], cwd=settings.BASE_DIR, env=environ, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            lines = iter(run.stdout.readline, "")
            assert any(f"1 of 2: case {house.first.case.pk}, " in line for line in lines)
            sleeper = asleep(own_database)
        finally:
            run.kill()
    with databases.administrator() as server:
        server.execute("SELECT pg_terminate_backend(%s)", [sleeper])
    assert set(rows_of(owner, house.first.case.pk)) <= OUTLIVES
    assert rows_of(owner, house.second.case.pk) == whole
    owner.execute("DROP TRIGGER a_slow ON services_participant")
    assert "1 of 1 closed cases are due" in erase()
    assert set(rows_of(owner, house.second.case.pk)) <= OUTLIVES
    assert [row[1] for row in ledger(owner)] == [house.first.case.pk, house.second.case.pk]


def test_a_case_that_cannot_be_erased_is_named_and_the_others_go_on(own_database, owner):
    house = told_cases("first", "second")
    for one in (house.first, house.second):
        close(house, one)
    owner.execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'secret 4471'; END $$;"
        "CREATE TRIGGER a_no BEFORE DELETE ON services_participant FOR EACH ROW"
        f" WHEN (OLD.case_id = {house.first.case.pk}) EXECUTE FUNCTION no();"
    )
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 cases could not be erased"):
        call_command("erase", stdout=out)
    assert f"case {house.first.case.pk} stays" in out.getvalue()
    assert "4471" not in out.getvalue()
    assert "services_case" in rows_of(owner, house.first.case.pk)
    assert "services_case" not in rows_of(owner, house.second.case.pk)


# --- after a restore -------------------------------------------------------------------------------------------------


def test_a_restored_older_backup_is_erased_again(own_database, tmp_path):
    """The clone stands for the backup: taken before the erasure, when the case was even held."""
    house = told_cases("due", "other")
    close(house, house.due)
    stop = hold(house, house.due)
    connection.close()
    backup = databases.clone(own_database)
    try:
        worker = house.cast.social_worker
        with transaction.atomic(), acting_as(worker):
            from services.actions.retention import lift_hold

            lift_hold(case=house.due.case, hold=stop, by=worker, now=factories.now())
        erase()
        file = tmp_path / "erasures.jsonl"
        assert "1 erased cases written" in erase(export=file)
        assert house.due.code not in file.read_text()
        with databases.using(backup), raw_as("sekali_owner", backup) as restored:
            assert "services_case" in rows_of(restored, house.due.case.pk)
            assert f"1 of 1: case {house.due.case.pk}, " in erase(reapply=file)
            assert set(rows_of(restored, house.due.case.pk)) <= OUTLIVES
            assert "services_case" in rows_of(restored, house.other.case.pk)
            [(_what, case_id, erased_at, again, _counts)] = ledger(restored)
            assert case_id == house.due.case.pk
            assert erased_at == datetime.fromisoformat(json.loads(file.read_text())["erased_at"])
            assert again > erased_at
            assert "not here" in erase(reapply=file)
            assert len(ledger(restored)) == 1
    finally:
        connection.close()
        databases.drop(backup)


def test_another_case_under_the_same_number_is_left_alone(house, owner, tmp_path):
    erase()
    file = tmp_path / "erasures.jsonl"
    erase(export=file)
    entry = json.loads(file.read_text())
    file.write_text(json.dumps({**entry, "case": house.other.case.pk}) + "\n\n")
    assert "not here" in erase(reapply=file)
    assert "services_case" in rows_of(owner, house.other.case.pk)


@pytest.mark.parametrize(
    "text",
    ["no json", "[]", '{"format": "other"}', b"\xff\xfe",
     '{"format": "sekali-erasures-1", "case": "x", "fingerprint": "a", "due_on": null, "erased_at": "2026-01-01"}',
     '{"format": "sekali-erasures-1", "case": 1, "fingerprint": "%s", "due_on": null, "erased_at": "2026-01-01"}'
     % ("a" * 64)],
)  # fmt: skip
def test_a_file_that_is_no_ledger_is_refused_before_anything_goes(house, owner, tmp_path, text):
    file = tmp_path / "x"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CommandError, match=r"no erasure ledger|no entry of an erasure ledger"):
        erase(reapply=file)
    assert "services_case" in rows_of(owner, house.due.case.pk)


def test_files_that_cannot_be_read_or_written_are_said(own_database, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        erase(reapply=tmp_path / "none")
    with pytest.raises(CommandError, match="cannot be written"):
        erase(export=tmp_path / "none" / "file")


def test_without_the_address_of_background_work_nothing_is_erased(own_database, settings):
    settings.DATABASE_JOBS = None
    with pytest.raises(CommandError, match="DATABASE_JOBS_URL is not set"):
        erase()


# --- what belongs to no case -----------------------------------------------------------------------------------------


def test_old_leave_hours_holds_and_sessions_go(own_database, owner):
    with transaction.atomic():
        agency = factories.agency("UPTD PPA Contoh")
        person = factories.member("Sari", agency, "case_manager")
        resource = factories.person_resource(person, agency)
        moments = [timezone.now() - timedelta(days=days) for days in (200, 80, 20)]
        for moment in moments:
            Leave.objects.create(resource=resource, span=factories.span(moment), by=person, at=moment)
            Availability.objects.create(resource=resource, span=factories.span(moment))
            Session.objects.create(session_key=f"k{moment.day}{moment.month}", session_data="x", expire_date=moment)
        Session.objects.create(session_key="live", session_data="x", expire_date=timezone.now() + timedelta(hours=1))
    owner.execute(
        "INSERT INTO services_occupancy (resource_id, span, live) SELECT %s, tstzrange(m, m + interval '1 hour'), false"
        " FROM unnest(%s::timestamptz[]) AS m",
        [resource.pk, moments],
    )
    said = erase()
    assert ["leave: 1 rows" in said, "working_hours: 2 rows" in said, "occupancy: 1 rows" in said,
            "sessions: 3 rows" in said] == [True] * 4  # fmt: skip
    assert (Leave.objects.count(), Availability.objects.count(), Occupancy.objects.count()) == (2, 1, 2)
    assert Session.objects.get().session_key == "live"
    assert {(row[0], tuple(row[4].values())) for row in ledger(owner)} == {
        ("leave", (1,)), ("working_hours", (2,)), ("occupancy", (1,)), ("sessions", (3,))}  # fmt: skip
    assert "leave: 0 rows" in erase()
    assert len(ledger(owner)) == 4


def test_superseded_drafts_go_and_the_newest_stays(own_database, owner):
    from wagtail.models import Page, Revision

    with transaction.atomic():
        page = Page.objects.order_by("-depth").first().specific
        for _number in range(2):
            page.save_revision(changed=False)
        kept = set(Revision.objects.values_list("pk", flat=True))
    owner.execute("UPDATE wagtailcore_revision SET created_at = now() - interval '3 years'")
    erase()
    left = set(Revision.objects.values_list("pk", flat=True))
    assert left < kept
    assert page.get_latest_revision().pk in left


def test_background_work_sees_no_code_and_no_case(house):
    with as_jobs(), transaction.atomic():
        assert not Case.objects.exists()
