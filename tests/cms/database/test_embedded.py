"""The embedded server: shared by whoever asks, stopped by the last one, even when one of them was killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from cms.database import embedded

USER = """
import sys
from pathlib import Path
from cms.database import embedded
with embedded.running(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
print("left", flush=True)
"""


@pytest.fixture(scope="module")
def place():
    """A folder whose parents everybody may enter, since the server does not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="sekali-"))
    folder.chmod(0o755)
    yield folder / "pg"
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def user(place):
    """Another process that uses the server until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(place)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "up\n"
        yield process
        if process.poll() is None:
            process.communicate()


def is_up(place):
    return (place / "postmaster.pid").exists()


def answers(place, role="sekali_app"):
    with psycopg.connect(embedded.url(role, folder=place)) as connection:
        return connection.execute("SELECT current_user").fetchone()[0]


@pytest.mark.slow
def test_two_share_it_and_the_last_one_stops_it(place):
    with user(place):
        with embedded.running(place):
            assert answers(place) == "sekali_app"
        assert is_up(place)
        assert answers(place, "sekali_owner") == "sekali_owner"
    assert not is_up(place)


@pytest.mark.slow
def test_one_that_was_killed_does_not_keep_it_running(place):
    with user(place) as killed, embedded.running(place):
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert answers(place)
    assert not is_up(place)


@pytest.mark.slow
def test_one_that_was_killed_leaves_a_server_that_the_next_one_finds_and_stops(place):
    with user(place) as killed:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    assert is_up(place)
    with embedded.running(place):
        assert answers(place)
    assert not is_up(place)


@pytest.mark.slow
def test_it_says_little_in_its_log(place):
    with embedded.running(place), psycopg.connect(embedded.url("sekali_app", folder=place)) as connection:
        said = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in embedded.QUIET}
    assert said == embedded.QUIET


@pytest.mark.slow
def test_a_process_number_that_another_program_wears_by_now(place):
    with embedded.running(place):
        pass
    (place / "postmaster.pid").write_text(f"{os.getpid()}\n{place}\n")
    with embedded.running(place):
        assert answers(place)
    assert not is_up(place)


@contextmanager
def somebody_ordinary():
    """Root may write anywhere; for a moment nobody is root."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


def test_a_read_only_folder_is_refused_in_one_sentence(place):
    shut = place.parent / "shut"
    shut.mkdir(mode=0o555)
    with (
        somebody_ordinary(),
        pytest.raises(embedded.Refused, match=r"^\S+ cannot be written \(Permission denied\); the database needs"),
        embedded.running(shut / "var" / "postgres"),
    ):
        pass


def test_a_file_in_the_way_is_refused(place):
    (place.parent / "file").write_text("")
    with pytest.raises(embedded.Refused, match=r"cannot be written"), embedded.running(place.parent / "file" / "pg"):
        pass


@pytest.mark.parametrize("words", [[], ["help"], ["messages", "--check"], ["--version"]])
def test_what_needs_no_database_starts_none(monkeypatch, words):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(embedded, "running", None)
    with embedded.for_command(words):
        pass


def test_with_a_server_named_nothing_embedded_starts(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://sekali_app@127.0.0.1/sekali")
    monkeypatch.setattr(embedded, "running", None)
    with embedded.for_command(["serve"]):
        pass
