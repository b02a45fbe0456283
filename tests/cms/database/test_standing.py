"""Nobody serves as a role that sees too much: the start is refused, and so is a first connection later."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from cms.database import embedded, standing
from cms.database.connection import as_owner

# The key of cms.settings.test, under which the tests' databases are sealed.
KEYS = "test:" + "TGFtcHUta2VjaWwtZGktamVuZGVsYS1ydW1haC1pbmk="
SERVE = "import django; django.setup(); from cms import wsgi; print('serving')"


@pytest.fixture
def mighty(owner, own_database):
    """A role of somebody else's making that skips row security. Roles belong to the server, so it goes again."""
    with psycopg.connect(embedded.url("postgres", own_database, settings.TEST_POSTGRES), autocommit=True) as server:
        server.execute("DROP ROLE IF EXISTS planted_bypass")
        server.execute("CREATE ROLE planted_bypass LOGIN BYPASSRLS")
        yield
        server.execute("DROP ROLE planted_bypass")


def start(role, database, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    address = embedded.url(role, database, settings.TEST_POSTGRES)
    return subprocess.run(
        [sys.executable, "-c", SERVE],
        cwd=settings.BASE_DIR,
        env=clean | {"DJANGO_SETTINGS_MODULE": "cms.settings.dev", "DATABASE_URL": address, "SEKALI_MASTER_KEYS": KEYS} | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "what"),
    [
        ("postgres", "is a superuser"),
        ("sekali_owner", "owns the tables"),
        ("planted_bypass", "skips row security"),
        ("sekali_jobs", "is not the role meant for this"),
        ("sekali_public", "is not the role meant for this"),
    ],
)
def test_a_role_that_sees_too_much_or_is_another_faces_may_not_serve(own_database, mighty, role, what):
    done = start(role, own_database)
    assert done.returncode == standing.EXIT_CODE
    assert done.stdout == ""
    assert done.stderr.strip() == f"sekali: the database role {role} {what}; sign in as sekali_app."


def test_the_applications_role_serves(own_database):
    done = start("sekali_app", own_database)
    assert (done.returncode, done.stdout.strip()) == (0, "serving"), done.stderr


@pytest.mark.parametrize("role", ["sekali_app", "sekali_owner"])
def test_the_readers_face_is_served_as_the_readers_role_only(own_database, role):
    done = start(role, own_database, SEKALI_FACE="public")
    assert done.returncode == standing.EXIT_CODE
    assert "sign in as sekali_public." in done.stderr
    assert start("sekali_public", own_database, SEKALI_FACE="public").returncode == 0


def test_a_face_there_is_not_is_refused(own_database):
    done = start("sekali_app", own_database, SEKALI_FACE="both")
    assert (done.returncode, done.stderr.strip()) == (1, "sekali: SEKALI_FACE must be public or staff.")


def test_a_first_connection_later_is_looked_at_too(own_database):
    connection.close()
    before = connection.settings_dict["USER"]
    connection.settings_dict["USER"] = "sekali_owner"
    try:
        with pytest.raises(standing.TooMighty, match="owns the tables"):
            connection.ensure_connection()
        with as_owner():  # the declared exception
            connection.ensure_connection()
    finally:
        connection.close()
        connection.settings_dict["USER"] = before
    connection.ensure_connection()
