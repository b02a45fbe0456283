"""What cannot work says so in one clear sentence on stderr and ends with an exit code that is not 0."""

import os
import shutil
import socket
import subprocess
import sys

import pytest
from django.conf import settings

NOWHERE = "postgresql://sekali_app@127.0.0.1:1/none"


def manage(*words, folder=None, **environment):
    """Run a command as somebody at a terminal would; returns (exit code, stdout, stderr)."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_", "PORT"))}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=folder or settings.BASE_DIR,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def sentence(answer):
    """The one line of a refusal, its hand-writing removed: `CommandError: ` or `sekali: `."""
    code, out, err = answer
    lines = err.strip().splitlines()
    assert code not in {0, None}, answer
    assert len(lines) == 1, answer
    assert "Traceback" not in err
    assert out == ""
    return lines[0].removeprefix("CommandError: ").removeprefix("sekali: ")


def test_a_busy_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = sentence(manage("serve", DATABASE_URL=NOWHERE, PORT=str(port)))
    assert said == f"port {port} is in use; choose another with PORT=8001."


@pytest.mark.parametrize("port", ["abc", "-1", "70000", "8000.5", "80 80"])
def test_a_port_that_is_none(port):
    said = sentence(manage("serve", f"--port={port}", DATABASE_URL=NOWHERE))
    assert said == f"{port} is not a port; choose one with PORT=8001."


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_server_that_does_not_answer():
    said = sentence(manage("serve", DATABASE_URL=NOWHERE, PORT=free_port()))
    assert said == "the database server does not answer; check DATABASE_URL."


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mysql://app@127.0.0.1/none", "the database address must start with postgresql://."),
        ("postgresql://app@127.0.0.1:x/none", "the database address has a port that is not a number."),
        ("postgresql://127.0.0.1/none", "the database address must name a role and a database: postgresql://role@host/database."),
        ("postgresql://geheim:k4t4s4nd1@127.0.0.1/", "the database address must name a role and a database: postgresql://role@host/database."),
    ],
)  # fmt: skip
def test_an_address_that_is_none(address, expected):
    said = sentence(manage("serve", DATABASE_URL=address, PORT=free_port()))
    assert said == expected
    assert "k4t4s4nd1" not in said


@pytest.mark.parametrize("name", ["SEKALI_SECRETKEY", "SEKALI_ALLOWED_HOSTS", "DATABASE_URI"])
def test_an_unknown_setting(name):
    said = sentence(manage("serve", DATABASE_URL=NOWHERE, PORT=free_port(), **{name: "k4t4s4nd1"}))
    assert said.startswith(f"unknown setting {name}. Known are: DATABASE_JOBS_URL, DATABASE_OWNER_URL, ")
    assert "k4t4s4nd1" not in said


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "cms.settings.production",
    "DATABASE_URL": NOWHERE,
    "DATABASE_OWNER_URL": NOWHERE,
    "SEKALI_SECRET_KEY": "0kq7-invented-for-the-test-v3x9-nothing-is-signed-with-it-m2p8",
    "SEKALI_HOSTS": "sekali.example.org",
    "SEKALI_MASTER_KEYS": "invented:8PVvYxD3l9nGq2w5sKcTzR7uXeJm1AoB4hNiFyQkLdE=",
    "SEKALI_EMAIL_URL": "smtps://user:password@mail.example.org:465",
    "SEKALI_EMAIL_FROM": "sekali@example.org",
}


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"DJANGO_SETTINGS_MODULE"}))
def test_production_without_one_of_its_settings(name):
    said = sentence(manage("check", **{**PRODUCTION, name: ""}))
    # manage.py starts the embedded server only when no server is named, which production never is.
    assert said.startswith(f"{name} is not set (")


def test_production_with_a_master_key_that_is_none():
    said = sentence(manage("check", **{**PRODUCTION, "SEKALI_MASTER_KEYS": "invented:a-rah4s1a"}))
    assert said == "SEKALI_MASTER_KEYS: master key invented is not base64."


def test_production_with_a_short_key():
    said = sentence(manage("check", **{**PRODUCTION, "SEKALI_SECRET_KEY": "k4t4s4nd1"}))
    assert said == "SEKALI_SECRET_KEY must have at least 50 characters."


@pytest.fixture
def checkout(tmp_path):
    """Another checkout of the same code, whose `var` cannot be made."""
    for name in ("cms", "directory", "services", "templates", "locale"):
        shutil.copytree(settings.BASE_DIR / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(settings.BASE_DIR / "manage.py", tmp_path)
    return tmp_path


def test_a_folder_that_cannot_be_written(checkout):
    """A file stands in the way, which stops root as well; tests/cms/database tries a folder that is read-only."""
    (checkout / "var").write_text("")
    said = sentence(manage("serve", folder=checkout, PORT=free_port()))
    assert said == f"{checkout}/var cannot be written (File exists); the database needs a folder of its own."


def test_migrations_match_the_models():
    code, out, err = manage("makemigrations", "--check", "--dry-run", **PRODUCTION)
    assert (code, out.strip()) == (0, "No changes detected"), err
