"""The wrong master key, or none, stops every start with one sentence."""

import subprocess
import sys

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command

from cms.database.connection import as_owner
from cms.encryption import canary
from cms.encryption.keys import KeyRing, encoded_key
from cms.encryption.models import MasterKeyCheck


def test_the_right_key_is_right(db):
    assert canary.fault() == ""
    assert MasterKeyCheck.objects.get().key_id == "test"


def test_an_older_key_beside_a_new_one_is_right(db, settings):
    raw = "TGFtcHUta2VjaWwtZGktamVuZGVsYS1ydW1haC1pbmk="
    settings.MASTER_KEYS = KeyRing.parse(f"new:{encoded_key()},test:{raw}")
    assert canary.fault() == ""


def test_another_key_under_the_same_name_is_wrong(db, settings):
    settings.MASTER_KEYS = KeyRing.parse(f"test:{encoded_key()}")
    assert canary.fault() == "the master key test is not the one that this database's data is sealed under."


def test_a_key_that_is_missing_is_named(db, settings):
    settings.MASTER_KEYS = KeyRing.parse(f"new:{encoded_key()}")
    assert canary.fault() == "the master key test is missing from SEKALI_MASTER_KEYS, and data is sealed under it."


def test_migrating_stops_before_it_changes_anything(own_database, settings):
    settings.MASTER_KEYS = KeyRing.parse(f"new:{encoded_key()}")
    with pytest.raises(CommandError, match="the master key test is missing"):
        call_command("migrate", verbosity=0)
    assert MasterKeyCheck.objects.get().key_id == "test"


def test_a_database_without_tables_has_no_fault(own_database):
    with as_owner():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE encryption_masterkeycheck")
        assert canary.fault() == ""


def test_the_application_cannot_put_another_word_there(db):
    from django.db import DatabaseError, transaction

    for change in (
        lambda: MasterKeyCheck.objects.create(key_id="x", word="m1.x.AAAA"),
        lambda: MasterKeyCheck.objects.update(word="m1.test.AAAA"),
        lambda: MasterKeyCheck.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


START = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.test"
from django.conf import settings
from cms.encryption.keys import KeyRing
settings.DATABASES["default"].update(NAME=sys.argv[1], HOST=sys.argv[2])
if len(sys.argv) > 3:
    settings.MASTER_KEYS = KeyRing.parse(sys.argv[3])
import importlib
importlib.import_module("cms." + os.environ.get("DOOR", "wsgi"))
print("started")
"""


def start(name, *keys, **environment):
    import os

    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    host = configured.DATABASES["default"]["HOST"]
    done = subprocess.run(
        [sys.executable, "-c", START, name, host, *keys],
        cwd=configured.BASE_DIR,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_the_site_starts_with_the_right_keys_only(own_database, door):
    assert start(own_database, DOOR=door) == (0, "started", "")
    wrong = encoded_key()
    code, out, err = start(own_database, f"test:{wrong}", DOOR=door)
    assert (code, out) == (3, "")
    assert err == "sekali: the master key test is not the one that this database's data is sealed under."
    code, out, err = start("no-such-database", DOOR=door)
    assert (code, out) == (3, "")
    assert err == "sekali: the database server does not answer; check DATABASE_URL."


def test_the_site_does_not_start_with_the_key_of_the_indexes(own_database):
    code, out, err = start(own_database, SEKALI_INDEX_KEY=encoded_key())
    assert (code, out) == (3, "")
    assert err == "sekali: SEKALI_INDEX_KEY belongs to background jobs only; the site does not start with it."
