"""A database to measure in: made for the purpose, migrated like any other, and dropped at the end."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from cms.database import embedded

Say = Callable[[str], object]
SHAPES = (
    "*/migrations/*.py",
    "cms/*/migrations/*.py",
    "*/foundation.py",
    "cms/database/*",
    "cms/wording/*",
    "cms/wording/pages/*",
    "requirements/base.txt",
)


@contextmanager
def scratch_database(say: Say, *, administrator: dict[str, Any] | None = None, template: str = "") -> Iterator[str]:
    """Point the default connection at a fresh, migrated database until the block ends; then drop it.

    On the embedded server it is a clone of a template that is kept for the next run; on a named server nothing stays
    behind. `administrator` (psycopg's connection arguments) and `template` are for the tests. Raises CommandError.
    """
    server = administrator or _administrator()
    name = f"sekali_scratch_{os.getpid()}"
    if not template and settings.EMBEDDED:
        template = _template(server, say)
    _create(server, name, template or "template0")
    try:
        with _using(name, server):
            if not template:
                say("migrating the scratch database; this takes about a minute")
                call_command("migrate", verbosity=0)
            yield name
    finally:
        _run(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        say("the scratch database is dropped")


def conninfo(alias: str = "default", **changes: Any) -> dict[str, Any]:
    """The arguments with which psycopg itself reaches the database of a Django connection."""
    return _arguments(connections[alias].settings_dict) | changes


def as_owner() -> psycopg.Connection:
    """An autocommitting connection of the tables' owner to the database that is being measured."""
    name = connections["default"].settings_dict["NAME"]
    return psycopg.connect(**_arguments(settings.DATABASE_OWNER) | {"dbname": name}, autocommit=True)


def _administrator() -> dict[str, Any]:
    if settings.EMBEDDED:
        return {"host": str(embedded.socket_folder()), "user": "postgres", "dbname": "postgres"}
    return _arguments(settings.DATABASE_OWNER)


def _arguments(entry: dict[str, Any]) -> dict[str, Any]:
    named = {"host": entry["HOST"], "port": entry["PORT"], "user": entry["USER"], "password": entry["PASSWORD"]}
    return {"dbname": entry["NAME"]} | {name: value for name, value in named.items() if value}


def _template(server: dict[str, Any], say: Say) -> str:
    digest = hashlib.sha256()
    for file in sorted({file for shape in SHAPES for file in settings.BASE_DIR.glob(shape) if file.is_file()}):
        digest.update(file.read_bytes())
    name = f"sekali_bench_{digest.hexdigest()[:12]}"
    known = {row[0] for row in _run(server, "SELECT datname FROM pg_database WHERE datname LIKE 'sekali_bench_%'")}
    if name not in known:
        for stale in known:
            _run(server, f'DROP DATABASE IF EXISTS "{stale}" WITH (FORCE)')
        say("migrating an empty database to measure in; this takes about a minute, once")
        _create(server, f"{name}_draft", "template0")
        with _using(f"{name}_draft", server):
            call_command("migrate", verbosity=0)
        _run(server, f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    return name


def _create(server: dict[str, Any], name: str, template: str) -> None:
    owner = settings.DATABASE_OWNER["USER"]
    try:
        _run(server, f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE "{template}" ENCODING \'UTF8\'')
    except psycopg.errors.InsufficientPrivilege:
        raise CommandError(
            f'the bench needs a scratch database and "{server["user"]}" may not create one: '
            "unset DATABASE_URL to measure on the embedded server, or grant CREATEDB."
        ) from None
    except psycopg.OperationalError:
        raise CommandError("the bench needs a scratch database and the server cannot be reached.") from None


def _run(server: dict[str, Any], statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(**server, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def _using(name: str, server: dict[str, Any]) -> Iterator[None]:
    """Point the default connection, and those of threads to come, at database `name` of the same server."""
    default = connections["default"]
    targets = (default.settings_dict, connections.settings["default"], settings.DATABASE_OWNER)
    before = [(target["NAME"], target["HOST"]) for target in targets]
    default.close()
    for target in targets:
        target.update(NAME=name, HOST=server.get("host", target["HOST"]))
    try:
        yield
    finally:
        default.close()
        for target, (old, host) in zip(targets, before, strict=True):
            target.update(NAME=old, HOST=host)
