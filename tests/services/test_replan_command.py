"""`manage.py replan` and the worker beside the site: what it says, and that it ends when it is told to or left alone."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from cms.management.commands.serve import Command as Serve
from tests.services import replanning_house
from tests.services.replanning_house import falls_ill, fresh


def test_it_works_off_what_waits_and_names_no_case(own_database):
    house = replanning_house.build()
    replanning = falls_ill(house)
    said = io.StringIO()
    call_command("replan", stderr=said)
    assert said.getvalue() == f"replanning {replanning.pk}: 4 touched, 0 moved\n"
    assert fresh(replanning, house.cast.keeper).state == "done"
    call_command("replan", stderr=said)
    assert said.getvalue().count("\n") == 1


def test_without_the_role_of_background_work_it_says_so(settings):
    settings.DATABASE_JOBS = None
    with pytest.raises(CommandError, match="DATABASE_JOBS_URL is not set"):
        call_command("replan")


def alive(pid):
    try:
        return (settings.BASE_DIR / f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def until(wanted):
    end = time.monotonic() + 30
    while not wanted() and time.monotonic() < end:
        time.sleep(0.1)
    return wanted()


def test_the_worker_ends_with_the_site(monkeypatch, tmp_path):
    """Told to end it ends; deaf to that, it is killed."""
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w').close(); time.sleep(60)"
    )
    (tmp_path / "manage.py").write_text(f"import sys, time\nif sys.argv[1] == 'deaf':\n    {deaf}\ntime.sleep(60)\n")
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path, raising=False)
    monkeypatch.setattr(settings, "WORKERS", [["listens"], ["deaf"]], raising=False)
    began = []
    start = subprocess.Popen

    def noted(*args, **facts):
        process = start(*args, **facts)
        began.append(process)
        return process

    monkeypatch.setattr(subprocess, "Popen", noted)
    with Serve.workers():
        assert until((tmp_path / "deaf").exists)
        assert [process.poll() for process in began] == [None, None]
    assert [process.returncode for process in began] == [-signal.SIGTERM, -signal.SIGKILL]


def test_a_follower_whose_parent_died_ends_by_itself(own_database, tmp_path):
    """A site that was killed leaves nobody behind."""
    pid = tmp_path / "pid"
    code = (
        "import os, sys, time\n"
        "if (child := os.fork()):\n"
        f"    open({str(pid)!r}, 'w').write(str(child))\n"
        "    time.sleep(0.5)\n"
        "    os._exit(0)\n"
        "parent = os.getppid()\n"
        "from services.management.commands.replan import parted\n"
        "while not parted(parent):\n"
        "    time.sleep(0.05)\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cms.settings.test"}
    prelude = "import django; django.setup()\n"
    subprocess.run([sys.executable, "-c", prelude + code], cwd=settings.BASE_DIR, env=environment, check=True)
    child = int(pid.read_text())
    assert until(lambda: not alive(child))
