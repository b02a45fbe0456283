"""The chain over the audit: whoever changes, removes, adds or reorders a row is found, and where."""

import json
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from cms.audit import sealing
from cms.audit.recording import record
from cms.database.connection import as_jobs


def events(count, ago=timedelta()):
    with transaction.atomic():
        return [record("thing.done", by=None, now=timezone.now() - ago, number=number) for number in range(count)]


def seal(now=None):
    with as_jobs():
        total = 0
        while made := sealing.seal(now or timezone.now()):
            total += made
        return total


def faults(shipped=()):
    with as_jobs():
        return [(fault.kind, fault.where) for fault in sealing.verify(shipped)]


def tamper(owner, statement, *values):
    """What only somebody who owns the database could do: past the grants, the policies and the triggers."""
    for table in ("audit_auditevent", "audit_seal"):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner.execute(statement, values)
    for table in ("audit_auditevent", "audit_seal"):
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def sealed(own_database, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)  # several batches, on few rows
    seal()  # a new site's own
    made = events(10)
    assert seal() == 10
    return sorted(made, key=lambda event: (event.at, event.pk))


def position(owner, event):
    return str(owner.execute("SELECT position FROM audit_seal WHERE event = %s", [event.pk]).fetchone()[0])


def test_a_whole_record_has_no_fault(sealed):
    assert faults() == []
    assert seal() == 0
    events(3)
    assert seal() == 3
    assert faults() == []


@pytest.mark.parametrize("change", ["at = at + interval '1 second'", "verb = 'other.done'", "key = 'x'",
                                    "detail = '{\"number\": 99}'", "case_id = 7"])  # fmt: skip
def test_a_changed_event_is_found(sealed, owner, change):
    where = position(owner, sealed[4])
    tamper(owner, f"UPDATE audit_auditevent SET {change} WHERE id = %s", sealed[4].pk)
    assert faults() == [("changed", where)]


def test_a_deleted_event_is_found(sealed, owner):
    where = position(owner, sealed[6])
    tamper(owner, "DELETE FROM audit_auditevent WHERE id = %s", sealed[6].pk)
    assert faults() == [("deleted", where)]


def test_an_event_put_in_afterwards_is_found(sealed, owner):
    (forged,) = events(1, ago=timedelta(hours=1))
    assert faults() == [("inserted", str(forged.pk))]
    seal()
    assert faults() == [("late", position(owner, forged))]


def test_two_links_that_changed_places_are_found(sealed, owner):
    one, two = (int(position(owner, sealed[index])) for index in (2, 3))
    owner.execute("ALTER TABLE audit_seal DROP CONSTRAINT seal_counts_from_one")
    for old, new in ((one, -1), (two, one), (-1, two)):
        tamper(owner, "UPDATE audit_seal SET position = %s WHERE position = %s", new, old)
    assert {("reordered", str(one)), ("reordered", str(two))} <= set(faults())


def test_a_removed_link_is_found(sealed, owner):
    where = int(position(owner, sealed[5]))
    tamper(owner, "DELETE FROM audit_seal WHERE position = %s", where)
    found = faults()
    assert ("chain", f"{where}..{where}") in found
    assert ("reordered", str(where + 1)) in found


def test_a_chain_cut_short_or_rebuilt_differs_from_the_head_that_was_shipped(sealed, owner):
    with as_jobs():
        last = sealing.head()
    shipped = [(last.position, last.digest, last.sealed_at)]
    assert faults(shipped) == []
    tamper(owner, "DELETE FROM audit_seal WHERE position = %s", last.position)
    assert ("head", str(last.position)) in faults(shipped)
    tamper(owner, "DELETE FROM audit_auditevent WHERE id = %s", sealed[-1].pk)
    tamper(owner, "TRUNCATE audit_seal")
    events(1)
    seal()
    assert faults() == []  # the forger's own chain is whole
    assert faults(shipped) == [("head", str(last.position))]


def test_neither_the_application_nor_the_jobs_rewrite_the_chain(sealed, own_database):
    from django.conf import settings

    from cms.database import embedded

    for role, statements in {
        "sekali_app": ("SELECT 1 FROM audit_seal", "INSERT INTO audit_seal DEFAULT VALUES"),
        "sekali_jobs": ("UPDATE audit_seal SET late = false", "DELETE FROM audit_seal", "DELETE FROM audit_auditevent"),
        "sekali_public": ("SELECT 1 FROM audit_seal", "SELECT 1 FROM audit_auditevent"),
    }.items():
        with psycopg.connect(embedded.url(role, own_database, settings.TEST_POSTGRES), autocommit=True) as raw:
            for statement in statements:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(statement)


def test_two_sealers_at_once_make_one_chain(own_database, monkeypatch):
    import threading

    from django.db import connections

    events(60)

    def work():
        try:
            while sealing.seal(timezone.now()):
                pass
        finally:
            connections.close_all()

    monkeypatch.setattr(sealing, "BATCH", 5)
    with as_jobs():
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults() == []


def test_an_event_that_is_not_committed_yet_waits_its_turn(sealed, owner):
    with transaction.atomic():
        waiting = record("thing.slow", by=None, now=timezone.now())
        assert owner.execute("SELECT count(*) FROM audit_auditevent WHERE id = %s", [waiting.pk]).fetchone() == (0,)
    assert seal() == 1
    assert faults() == []


def test_the_commands_ship_the_head_and_find_what_is_amiss(sealed, owner, tmp_path):
    heads = tmp_path / "heads.jsonl"
    events(1)
    call_command("seal_audit", ship=str(heads), stderr=StringIO())
    events(2)
    call_command("seal_audit", ship=str(heads), stderr=StringIO())
    assert [json.loads(line)["position"] for line in heads.read_text().splitlines()] == sorted(
        json.loads(line)["position"] for line in heads.read_text().splitlines()
    )
    said = StringIO()
    call_command("verify_audit", heads=str(heads), stdout=said)
    assert "2 shipped heads compared, 0 faults" in said.getvalue()
    tamper(owner, "UPDATE audit_auditevent SET key = 'x' WHERE id = %s", sealed[0].pk)
    said = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_audit", heads=str(heads), stdout=said)
    assert end.value.code == 1
    assert "was changed" in said.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"position": 1}',
        '{"position": 1, "digest": "a", "sealed_at": "soon"}',
        "[1, 2]",
        '{"position": "x", "digest": ""}',
    ],
)
def test_heads_that_are_none_are_refused_in_a_sentence(own_database, tmp_path, text):
    (tmp_path / "heads").write_text(text)
    with pytest.raises(CommandError, match="does not hold heads"):
        call_command("verify_audit", heads=str(tmp_path / "heads"))
    with pytest.raises(CommandError, match="could not be written"):
        call_command("seal_audit", ship=str(tmp_path / "no" / "heads"), stderr=StringIO())
