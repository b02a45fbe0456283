"""The same child is found by keyed fingerprints that only background jobs can make or read."""

import io

import psycopg
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import transaction

from cms.database import embedded
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from cms.encryption.indexing import fingerprint
from cms.encryption.keys import decoded, encoded_key
from services.actions import fingerprints
from services.models import ChildIdentity, IdentityIndex
from tests import factories
from tests.cast import gather
from tests.databases import destroy_key

KEY = encoded_key()
NIK = "3201015503120001"


@pytest.fixture(autouse=True)
def held(monkeypatch):
    monkeypatch.setenv("SEKALI_INDEX_KEY", KEY)


@pytest.fixture
def children(own_database):
    """Two agencies know the same child, each in its own way of writing; a third child is another."""
    with transaction.atomic():
        cast = gather()
        cast.made = []
        for person, facts in (
            (cast.social_worker, {"nik": NIK, "called_name": "Siti Nur-Aini", "birth_date": "2015-03-17"}),
            (cast.other_worker, {"called_name": "NURAINI, siti", "birth_date": "2015-03-17"}),
            (cast.social_worker, {"nik": "3201015503120002", "called_name": "Siti"}),
        ):
            with acting_as(person):
                agency = person.memberships.get().agency
                from services.actions.cases import open_new_case

                case = open_new_case(facts=factories.case_facts(), agency=agency, by=person, now=factories.now())
                cast.made.append(ChildIdentity.objects.create(case=case, **facts))
    return cast


def index():
    said = io.StringIO()
    call_command("index_identities", stdout=said)
    return said.getvalue()


def rows():
    with as_jobs():
        return {row.identity_id: (row.nik, row.name_and_birth, row.revision) for row in IdentityIndex.objects.all()}


def test_the_same_child_has_the_same_fingerprint(children):
    assert index() == "0 fingerprints of erased cases deleted\n3 identities to do\n  3 of 3\nDone: 3 made.\n"
    first, second, third = (rows()[identity.pk] for identity in children.made)
    assert first[1] == second[1] != ""
    assert second[0] == third[1] == ""
    assert first[0] == fingerprint(decoded(KEY, "key"), "nik", NIK)
    assert first[0] != third[0]


def test_only_what_changed_is_made_again(children):
    index()
    assert "0 identities to do" in index()
    before = rows()
    identity = children.made[0]
    with transaction.atomic(), acting_as(children.social_worker):
        identity.nik, identity.revision = "", 2
        identity.save()
    assert "1 identities to do" in index()
    assert rows()[identity.pk] == ("", before[identity.pk][1], 2)


def test_killed_in_the_middle_it_goes_on(children, monkeypatch):
    monkeypatch.setattr(fingerprints, "BATCH", 1)

    class Killed(BaseException):
        pass

    def die(done):
        if done == 2:
            raise Killed

    with pytest.raises(Killed), as_jobs():
        fingerprints.make(key=decoded(KEY, "key"), done=die)
    assert len(rows()) == 2
    assert "1 identities to do" in index()
    assert len(rows()) == 3


def test_erased_children_leave_no_fingerprint(children):
    index()
    with transaction.atomic():
        destroy_key(children.made[0].case_id)
    assert index().startswith("1 fingerprints of erased cases deleted\n0 identities to do")
    assert set(rows()) == {identity.pk for identity in children.made[1:]}
    with as_jobs():
        assert fingerprints.forget(children.made[2].case_id) == 1


def test_what_was_moved_is_counted_and_said(children):
    with transaction.atomic(), acting_as(children.social_worker):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("UPDATE services_childidentity SET nik = called_name WHERE uuid = %s", [children.made[0].pk])
    with pytest.raises(CommandError, match="1 identities could not be opened"):
        index()
    assert len(rows()) == 2


def test_without_its_key_it_does_nothing(children, monkeypatch):
    monkeypatch.delenv("SEKALI_INDEX_KEY")
    with pytest.raises(CommandError, match="SEKALI_INDEX_KEY is not set"):
        index()
    monkeypatch.setenv("SEKALI_INDEX_KEY", "a-rah4s1a")
    with pytest.raises(CommandError) as refused:
        index()
    assert str(refused.value) == "SEKALI_INDEX_KEY is not base64."


def test_without_the_address_of_the_jobs_role_it_does_nothing(children, settings):
    settings.DATABASE_JOBS = None
    with pytest.raises(CommandError, match="DATABASE_JOBS_URL is not set"):
        index()


def test_development_makes_its_own_key(children, monkeypatch, settings, tmp_path):
    monkeypatch.delenv("SEKALI_INDEX_KEY")
    settings.EMBEDDED, settings.VAR_DIR = True, tmp_path
    index()
    assert (tmp_path / "index.key").stat().st_mode & 0o777 == 0o600
    assert "0 identities to do" in index()


@pytest.mark.parametrize("role", ["sekali_app", "sekali_public"])
def test_nobody_but_background_jobs_reads_or_writes_fingerprints(children, own_database, role):
    index()
    with psycopg.connect(embedded.url(role, own_database, configured.TEST_POSTGRES), autocommit=True) as raw:
        for statement in (
            "SELECT nik FROM services_identityindex",
            "UPDATE services_identityindex SET nik = ''",
            "DELETE FROM services_identityindex",
            "TRUNCATE services_identityindex",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(statement)


def test_the_table_takes_fingerprints_only(children, own_database):
    index()
    address = embedded.url("sekali_jobs", own_database, configured.TEST_POSTGRES)
    with psycopg.connect(address, autocommit=True) as jobs, pytest.raises(psycopg.errors.CheckViolation):
        jobs.execute("UPDATE services_identityindex SET nik = %s", [NIK])


def test_without_the_key_a_name_cannot_be_looked_up():
    one, two = decoded(encoded_key(), "one"), decoded(encoded_key(), "two")
    assert fingerprint(one, "nik", NIK) != fingerprint(two, "nik", NIK)
    assert fingerprint(one, "nik", NIK) != fingerprint(one, "name and birth", NIK)
