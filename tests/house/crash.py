"""A worker that dies: one job over a committed database, killed before each of its statements in turn.

    crash_at_every_statement(prepared, job, look=SQL, none=(…), whole=(…))

`prepared` is the name of a database that holds what the job needs and that nobody is connected to; `job()` opens its own
transaction. On a clone, processes of their own do the job and kill themselves (SIGKILL, nothing is tidied up) before its
first, second, … statement, before its COMMIT, and after it, when only the answer is lost. Each time `look`, one row of
counts read as the owner, must be `none` or `whole`. Doing the job again after any of this leaves exactly `whole`: it makes
the result, finds it (the same key), or is refused because it is there.
"""

import contextlib
import os
import signal
import tempfile
import time
import traceback
from collections import Counter
from itertools import count

import psycopg
from django.conf import settings
from django.db import connection, connections

from cms.audit.recording import Refusal
from cms.database import embedded
from tests import databases

DONE, REFUSED, BROKEN, KILLED = "done", "refused", "broken", "killed"
CODES = {DONE: 0, REFUSED: 3, BROKEN: 4}
PATIENCE = 30  # seconds until the server has noticed that somebody is gone


def crash_at_every_statement(prepared, job, *, look, none, whole, every=1):
    """Kill it at statement 1, 1 + every, …; returns how often the crash left `none` and `whole`, as a Counter."""
    left = Counter()
    with cloned(prepared) as name:
        assert seen(name, look) == none, "the job is not prepared"
        for at in count(1, every):
            if run(name, job, at) != KILLED:
                break
            after = seen(name, look)
            assert after in {none, whole}, f"killed at statement {at}: neither all nor nothing, {after}"
            left["none" if after == none else "whole"] += 1
            if after == whole:
                assert run(name, job) in {DONE, REFUSED}
                break
        after = seen(name, look)
        assert after == whole, f"killed at statement {at}, done again: {after}"
    with cloned(prepared) as name:
        assert run(name, job, 1 + every * (left["none"] - 1)) == KILLED
        for ended in ({DONE}, {DONE, REFUSED}):
            assert run(name, job) in ended
            assert seen(name, look) == whole, "done again"
    return left


@contextlib.contextmanager
def cloned(prepared):
    name = databases.clone(prepared)
    try:
        with databases.using(name):
            yield name
    finally:
        databases.drop(name)


def run(name, job, at=0):
    """How a process of its own ended that does the job and dies at statement `at` (0: never)."""
    connection.close()  # a child shares what is open
    with tempfile.TemporaryFile("w+") as last_words:
        child = os.fork()
        if child == 0:
            _do(job, at, last_words)
        _pid, status = os.waitpid(child, 0)
        last_words.seek(0)
        said = last_words.read()
    _wait_until_alone(name)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return KILLED
    ended = next(how for how, code in CODES.items() if code == os.WEXITSTATUS(status))
    assert ended != BROKEN, f"the job failed: {said}"
    return ended


def _do(job, at, last_words):
    """In the child: never returns."""
    # Where a browser test ran before, the parent's connection is one of Playwright's loop, and what the child would find
    # instead is an older one, still open to another database. A connection of its own, then; the older one stays as it is.
    _older = connections["default"]
    del connections["default"]
    number = 0

    def step():
        nonlocal number
        number += 1
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute, *of_it):
        step()
        return execute(*of_it)

    def commit(really=connection._commit):
        step()
        really()

    connection._commit = commit
    ended = DONE
    try:
        with connection.execute_wrapper(statement):
            job()
    except Refusal as refusal:
        last_words.write(repr(refusal))
        ended = REFUSED
    except BaseException:  # noqa: BLE001 -- nothing of the child may reach the test runner it was forked from
        traceback.print_exc(file=last_words)
        ended = BROKEN
    step()
    last_words.flush()
    os._exit(CODES[ended])


def seen(name, look):
    with psycopg.connect(embedded.url("sekali_owner", name, settings.TEST_POSTGRES)) as owner:
        return owner.execute(look).fetchone()


def _wait_until_alone(name):
    with databases.administrator() as server:
        for _ in range(PATIENCE * 100):
            if not server.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchall():
                return
            time.sleep(0.01)
    raise AssertionError("the server still answers somebody who is gone")
