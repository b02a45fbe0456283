"""Each database role may do what is declared, table by table, and nobody is mightier than that."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from cms.database import embedded, grants
from cms.database.connection import NoJobs, as_jobs, as_owner
from cms.database.errors import violated

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


@pytest.mark.parametrize("number", range(3))
def test_every_table_gives_each_role_what_is_declared(db, number):
    role, wrong = grants.ROLES[number], {}
    with connection.cursor() as cursor:
        for table, (config, model) in grants.tables().items():
            cursor.execute(
                "SELECT " + ", ".join("has_table_privilege(%s, %s, %s)" for _right in RIGHTS),
                [word for right in RIGHTS for word in (role, f'"{table}"', right)],
            )
            held = {right for right, has in zip(RIGHTS, cursor.fetchone(), strict=True) if has}
            declared = set(filter(None, grants.rights(config, model, number).split(", ")))
            if held != declared:
                wrong[table] = (held, declared)
    assert wrong == {}


def test_tables_that_only_grow_are_changed_by_no_role(db):
    growing = [
        table for table, (config, model) in grants.tables().items() if model in getattr(config, "append_only", ())
    ]
    assert {"audit_auditevent", "services_testimony", "services_approval", "services_move"} <= set(growing)
    with connection.cursor() as cursor:
        for table in growing:
            for role in grants.ROLES:
                for right in ("UPDATE", "DELETE", "TRUNCATE"):
                    cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, right])
                    assert cursor.fetchone() == (False,), (table, role, right)


def test_the_public_role_reads_and_nothing_else(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, granted.privilege_type FROM pg_class, aclexplode(relacl) AS granted"
            " WHERE granted.grantee = 'sekali_public'::regrole AND relkind = 'r'"
        )
        found = cursor.fetchall()
    assert {right for _table, right in found} == {"SELECT"}
    assert not [table for table, _right in found if table.startswith(("services_", "accounts_", "audit_", "django_s"))]


def test_no_role_is_mighty(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sekali%%'"
            " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolinherit)"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT has_schema_privilege('sekali_app', 'public', 'CREATE')")
        assert cursor.fetchone() == (False,)


def test_an_app_nobody_declared_stops_the_migration(own_database, monkeypatch):
    monkeypatch.delitem(grants.ACCESS, "taggit")
    with (
        as_owner(),
        pytest.raises(grants.Undeclared, match=r"^taggit has tables but no line in cms/database/grants.py$"),
    ):
        grants.give()


def test_every_declared_app_is_there():
    assert set(grants.ACCESS) <= {config.label for config in apps.get_app_configs()}


def test_grants_are_given_once_the_tables_are_there(own_database, owner):
    assert grants.given()
    owner.execute("REVOKE SELECT ON django_migrations FROM sekali_app")
    assert not grants.given()


def test_the_owner_is_borrowed_for_a_moment_only(own_database):
    def who():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            return cursor.fetchone()[0]

    with as_owner():
        assert who() == "sekali_owner"
    assert who() == "sekali_app"
    with pytest.raises(ZeroDivisionError), as_owner():
        _ = 1 / 0
    assert who() == "sekali_app"


def test_the_owner_is_not_borrowed_inside_a_transaction(db):
    with pytest.raises(RuntimeError, match="cannot start inside a transaction"), as_owner():
        pass


def test_background_work_is_somebody_else_for_a_moment_only(own_database, settings):
    def who():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            return cursor.fetchone()[0]

    with as_jobs():
        assert who() == "sekali_jobs"
    assert who() == "sekali_app"
    settings.DATABASE_JOBS = None
    with pytest.raises(NoJobs, match="DATABASE_JOBS_URL is not set"), as_jobs():
        pass


def test_a_violated_constraint_is_known_by_name_and_by_nothing_else(db):
    from django.db import IntegrityError, transaction

    from tests import factories

    factories.agency("Rumah Rahasia 4471")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        factories.agency("Rumah Rahasia 4471")
    assert "4471" not in violated(refused.value)
    assert violated(refused.value).startswith("accounts_agency_name")
    assert violated(IntegrityError()) == ""


def test_the_servers_own_log_carries_no_value(own_database):
    """What a constraint refuses is told to the application; the server's log gets no statement and no detail."""
    import psycopg

    address = embedded.url("sekali_app", own_database, settings.TEST_POSTGRES)
    planted = "Rumah Rahasia 90125"
    insert = "INSERT INTO accounts_agency (name, kind, province, district, zone) VALUES (%s, 'x', 'y', 'z', 'w')"
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute(insert, [planted])
        with pytest.raises(psycopg.errors.UniqueViolation, match=planted):  # so there was something to leak
            raw.execute(insert, [planted])
    assert planted not in (settings.TEST_POSTGRES / "log").read_text(errors="replace")
