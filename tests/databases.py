"""Real PostgreSQL for the tests: one throwaway server, one migrated template, a clone for whoever needs one.

The template's name carries a hash of everything that shapes it, so that it is made once and used again until a
migration, a grant or a seed changes.
"""

import contextlib
import hashlib
import itertools
import os

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from cms.database import embedded

SHAPES = (
    "cms/**/migrations/*.py",
    "directory/migrations/*.py",
    "services/migrations/*.py",
    "*/foundation.py",
    "*/apps.py",
    "cms/*/apps.py",
    "tests/databases.py",
    "*/wording/*",
    "*/wording/pages/*",
    "cms/database/*",
    "cms/page_cache.py",
    "requirements/base.txt",
)
_numbers = itertools.count(1)

# In the tests' own databases only: what time, a restore or a migration would bring about, inside a test's transaction.
AS_OWNER = """
CREATE FUNCTION tests_as_owner(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  EXECUTE statement;
END $$;
ALTER FUNCTION tests_as_owner(text) OWNER TO sekali_owner;
"""


def administrator():
    """An autocommitting connection of the throwaway server's superuser: it makes and drops databases, nothing else."""
    address = embedded.url("postgres", "postgres", settings.TEST_POSTGRES)
    return psycopg.connect(address, autocommit=True)


def template_name():
    digest = hashlib.sha256()
    files = {file for shape in SHAPES for file in settings.BASE_DIR.glob(shape) if file.is_file()}
    for file in sorted(files):
        digest.update(str(file).encode() + file.read_bytes())
    return f"sekali_template_{digest.hexdigest()[:12]}"


def ensure_template():
    """Migrate the template if this shape of it does not exist yet; return its name."""
    name = template_name()
    lock = (settings.TEST_POSTGRES.parent / "test-template.lock").open("a")
    with lock, administrator() as server:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        existing = {
            row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'sekali_template_%'")
        }
        if name not in existing:
            for stale in existing:
                server.execute(f'DROP DATABASE "{stale}" WITH (FORCE)')
            draft = f"{name}_draft"
            server.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
            server.execute(f"CREATE DATABASE \"{draft}\" OWNER sekali_owner TEMPLATE template0 ENCODING 'UTF8'")
            with using(draft):
                call_command("migrate", verbosity=0)
            with psycopg.connect(embedded.url("postgres", draft, settings.TEST_POSTGRES), autocommit=True) as raw:
                raw.execute(AS_OWNER)
            server.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def as_owner(statement, *values):
    """Run one statement as the tables' owner inside the current transaction."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tests_as_owner(%s)", [psycopg.ClientCursor(connection.connection).mogrify(statement, values)]
        )


def destroy_key(case_id):
    """What erasing does to the key of a case."""
    as_owner(
        "UPDATE encryption_datakey SET wrapped = NULL, destroyed_at = now()"
        " WHERE case_id = %s AND destroyed_at IS NULL",
        case_id,
    )


def clone(template):
    """A fresh database like the template; returns its name."""
    name = f"sekali_test_{os.getpid()}_{next(_numbers)}"
    with administrator() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER sekali_owner')
    return name


def drop(name):
    with administrator() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def forget_leftovers():
    """Drop clones of test runs that are no more."""
    with administrator() as server:
        for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'sekali_test_%'").fetchall():
            pid = name.split("_")[2]
            if pid.isdigit() and not os.path.exists(f"/proc/{pid}") and os.path.isdir("/proc/self"):  # noqa: PTH110, PTH112
                server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def using(name):
    """Point the default connection, and those of threads to come, at database `name`."""
    folder = str(embedded.socket_folder(settings.TEST_POSTGRES))
    default = connections["default"]
    before = default.settings_dict["NAME"]
    default.close()
    others = (settings.DATABASE_OWNER, settings.DATABASE_JOBS)
    for target in (default.settings_dict, connections.settings["default"], *others):
        target.update(NAME=name, HOST=folder)
    try:
        yield name
    finally:
        default.close()
        for target in (default.settings_dict, connections.settings["default"], *others):
            target["NAME"] = before
