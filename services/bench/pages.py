"""How many readers' pages a second: kept and made anew, beside a stock Wagtail page in the same run.

Two gunicorns of one worker each, over one scratch database: ours as in production, as the public face; and a Wagtail site
as `wagtail start` makes one. They take turns, so that a noisy machine troubles both. A page is made anew by asking for it
with a parameter that is never kept, compressed as ever. Everything stays on loopback.
"""

import os
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import CommandError
from django.db import connections
from django.test.utils import override_settings
from django.utils.module_loading import import_string

from cms.models import ProtocolPage
from services.bench.scratch import Say

HOST, BARE_HOST = "localhost", "bare.localhost"
ROUNDS, SECONDS, CLIENTS = 5, 2.0, 4
HALF_A_MINUTE = struct.pack("ll", 30, 0)  # seconds and microseconds, as the system call takes them
PASSWORD = "bench-in-a-scratch-database"  # noqa: S105 -- of invented people, in a database that is dropped
ASKED = "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
INVENTED = {
    "DJANGO_SETTINGS_MODULE": "cms.settings.production",
    "SEKALI_FACE": "public",
    "DATABASE_OWNER_URL": "postgresql://nobody@127.0.0.1:1/none",
    "SEKALI_HOSTS": HOST,
    "SEKALI_SECRET_KEY": "0kq7-invented-for-the-bench-v3x9-nothing-is-signed-with-it-m2p8",
    "SEKALI_EMAIL_URL": "smtps://user:password@127.0.0.1:1",
    "SEKALI_EMAIL_FROM": "bench@sekali.example",
}


@dataclass(frozen=True)
class Page:
    """One address at one server."""

    name: str
    port: int
    host: str
    path: str
    server: int  # the process id of its gunicorn

    def request(self) -> bytes:
        return ASKED.format(path=self.path, host=self.host).encode()


def measure(say: Say, *, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Requests a second (the median of the rounds), milliseconds within which 95 of 100 were answered, peak memory in MB.

    Needs an empty, migrated database on the default connection. Raises CommandError when a server does not answer.
    """
    say("loading the demonstration's directory; laying the stock page")
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"
    ):  # letters would stand among the figures
        import_string(settings.DEMONSTRATION[0])(password=PASSWORD)
    protocol = ProtocolPage.objects.live().filter(locale__language_code="id").order_by("pk").first()
    lay_bare()
    gather_files(say)
    with ExitStack() as stack:
        ours, process = stack.enter_context(serving("cms.wsgi", INVENTED | {"DATABASE_URL": url("sekali_public")}))
        bare, other = stack.enter_context(serving("services.bench.bare.wsgi", bare_environment("sekali_app")))
        paths = {"home": "/", "protocol": protocol.url, "directory": "/info/"}
        pages = [Page("bare_wagtail", bare, BARE_HOST, "/", other.pid)]
        for name, path in paths.items():
            anew = f"{path}?x=1"
            pages += [
                Page(name, ours, HOST, path, process.pid),
                Page(f"{name}_uncached", ours, HOST, anew, process.pid),
            ]
        asked = {page.name: checked(page) for page in pages}
        rates, took, worked = take_turns(pages, rounds, seconds, say)
        peak = peak_of(process.pid)
    figures: dict[str, Any] = {f"{name}_rps": round(rate, 1) for name, rate in rates.items()}
    bare_rate = rates["bare_wagtail"]
    figures["cached_ratio"] = round(min(rates[name] for name in paths) / bare_rate, 2)
    figures["uncached_ratio"] = round(min(rates[f"{name}_uncached"] for name in paths) / bare_rate, 2)
    # The same by the servers' own processor time, which a busy machine troubles less; the database's is in neither.
    spent = {name: cpu / len(took[name]) for name, cpu in worked.items()}
    figures["cached_cpu_ratio"] = round(min(spent["bare_wagtail"] / spent[name] for name in paths), 2)
    figures["uncached_cpu_ratio"] = round(min(spent["bare_wagtail"] / spent[f"{name}_uncached"] for name in paths), 2)
    figures["cpu_ms"] = {name: round(cpu * 1000, 2) for name, cpu in spent.items()}
    figures["p95_ms"] = round(max(at_95(took[f"{name}_uncached"]) for name in paths), 2)
    figures["cached_p95_ms"] = round(max(at_95(took[name]) for name in paths), 2)
    figures["bytes"] = {name: asked[name] for name in paths}
    figures["peak_mb"] = round(peak)
    return figures


def take_turns(
    pages: list[Page], rounds: int, seconds: float, say: Say
) -> tuple[dict[str, float], dict[str, list[float]], dict[str, float]]:
    """By name: requests a second, milliseconds of each request, processor seconds in all. The first round only warms."""
    worked = dict.fromkeys((page.name for page in pages), 0.0)
    rates: dict[str, list[float]] = {page.name: [] for page in pages}
    took: dict[str, list[float]] = {page.name: [] for page in pages}
    for number in range(rounds + 1):
        for page in pages:
            before = worked_by(page.server)
            rate, milliseconds = hammer(page, seconds if number else min(seconds, 0.5))
            if number:
                worked[page.name] += worked_by(page.server) - before
                rates[page.name].append(rate)
                took[page.name] += milliseconds
        if number:
            say(f"round {number} of {rounds}: " + ", ".join(f"{name} {rate[-1]:.0f}" for name, rate in rates.items()))
    return {name: statistics.median(rate) for name, rate in rates.items()}, took, worked


def hammer(page: Page, seconds: float) -> tuple[float, list[float]]:
    """Ask again and again from `CLIENTS` threads, so that the server never waits for us."""
    milliseconds: list[float] = []
    faults: list[bytes] = []
    began = time.perf_counter()

    def ask_on() -> None:
        request = page.request()
        while time.perf_counter() - began < seconds and not faults:
            start = time.perf_counter()
            answer = ask(page.port, request)
            milliseconds.append((time.perf_counter() - start) * 1000)
            if not answer.startswith(b"HTTP/1.1 200 "):
                faults.append(answer[:80])

    threads = [threading.Thread(target=ask_on) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise CommandError(f"{page.name} answered {faults[0]!r}")
    return len(milliseconds) / (time.perf_counter() - began), milliseconds


def ask(port: int, request: bytes) -> bytes:
    # As little work as can be: whoever asks shares the machine with whoever answers.
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, HALF_A_MINUTE)
        wire.connect(("127.0.0.1", port))
        wire.sendall(request)
        pieces = []
        while piece := wire.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def checked(page: Page) -> int:
    """How many bytes one answer is, headers included. Raises CommandError when it is none."""
    answer = ask(page.port, page.request())
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise CommandError(f"{page.name} answered {answer[:80]!r}")
    return len(answer)


@contextmanager
def serving(application: str, environment: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A gunicorn of one worker on a free port of loopback, ended by its id when the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "gunicorn", "--workers", "1", "--bind", f"127.0.0.1:{port}", application]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    with subprocess.Popen(  # noqa: S603 -- our own command
        words, cwd=settings.BASE_DIR, env=clean | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(port, process)
            yield port, process
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise CommandError("a server of the bench did not start.")


def url(role: str) -> str:
    """The address of the database that is being measured, for one of our roles."""
    entry = connections["default"].settings_dict
    if role == entry["USER"] and entry["PASSWORD"]:
        role = f"{role}:{quote(entry['PASSWORD'])}"
    return f"postgresql://{role}@/{entry['NAME']}?host={quote(str(entry['HOST']))}&port={entry['PORT'] or 5432}"


def bare_environment(role: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "services.bench.bare.settings", "DATABASE_URL": url(role)}


def lay_bare() -> None:
    """The stock page and its table, made by the stock site itself as the owner."""
    owner = settings.DATABASE_OWNER["USER"]
    words = [sys.executable, "-m", "services.bench.bare"]
    done = subprocess.run(  # noqa: S603 -- our own command
        words, cwd=settings.BASE_DIR, env=os.environ | bare_environment(owner), capture_output=True, check=False
    )
    if done.returncode:
        raise CommandError(f"the stock page could not be laid: {done.stderr.decode()[-300:]}")


def gather_files(say: Say) -> None:
    """What collectstatic makes, as a server has it; again only when a file of ours is newer."""
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    newest = max(file.stat().st_mtime for file in (settings.BASE_DIR / "cms" / "static").rglob("*") if file.is_file())
    if manifest.exists() and manifest.stat().st_mtime >= newest:
        return
    say("gathering and compressing the static files; this takes about a minute")
    words = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    environment = os.environ | INVENTED | {"DATABASE_URL": url("sekali_public")}
    done = subprocess.run(words, cwd=settings.BASE_DIR, env=environment, capture_output=True, check=False)  # noqa: S603 -- our own command
    if done.returncode:
        raise CommandError(f"the static files could not be gathered: {done.stderr.decode()[-300:]}")


def workers_of(pid: int) -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and parent_of(name) == pid]  # noqa: PTH208 -- no glob of numbers


def peak_of(pid: int) -> float:
    """The greatest memory of any worker of a gunicorn, in MB."""
    return max(float(status(worker)["VmHWM"].split()[0]) / 1024 for worker in workers_of(pid))


def worked_by(pid: int) -> float:
    """Seconds of processor time of a gunicorn's workers."""
    total = 0
    for worker in workers_of(pid):
        with open(f"/proc/{worker}/stat", encoding="utf-8") as line:  # noqa: PTH123 -- not a file of ours
            total += sum(int(part) for part in line.read().rpartition(")")[2].split()[11:13])
    return total / os.sysconf("SC_CLK_TCK")


def parent_of(pid: int | str) -> int:
    try:
        return int(status(pid)["PPid"])
    except OSError:
        return 0


def status(pid: int | str) -> dict[str, str]:
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:  # noqa: PTH123 -- not a file of ours
        return dict(line.split(":", 1) for line in lines)


def at_95(took: list[float]) -> float:
    return sorted(took)[max(0, round(len(took) * 0.95) - 1)]
