"""`make attack`: a crawler that means harm and sqlmap, as each kind of person, against a site of their own on loopback.

Ten minutes at the most. Says what it does while it does it; leaves with 1 if anything was found.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.test")

from tests.attack.crawler import Finding, Visitor, crawl, try_as
from tests.attack.house import open_house

LONGEST = 10 * 60  # seconds for everything
REQUESTS = {
    "reader": 250,
    "social worker": 900,
    "police": 400,
    "keeper": 400,
    "provider": 300,
    "reviewer": 300,
    "boss": 900,
}
STARTS = ["/", "/en/", "/info/", "/protokol/", "/cases/", "/resources/", "/admin/", "/account/login/"]
# (what, address, form data or None, who): `*` marks where sqlmap writes.
TARGETS = [
    ("search of the directory", "/info/", "q=a&n=c4&p=JB&d=3273&a=9&page=1", "reader"),
    ("choices of the directory", "/info/?n=c4&p=JB&d=3273&a=9&g=g&l=id&e=wc&c=f&o=1&page=1", None, "reader"),
    ("signing in", "/account/login/", "login=a@b.example&password=x", "reader"),
    ("a forgotten password", "/account/password/reset/", "email=a@b.example", "reader"),
    ("looking for a case", "/cases/find/", "code=K-2222-2222", "social worker"),
    ("opening a case", "/cases/new/", "reported_on=2026-01-01&age_years=9&province=ID-JB&language=id", "social worker"),
    ("a code in an address", "/cases/K-2222-2222*/", None, "social worker"),
    ("search in the admin", "/admin/pages/search/?q=a", None, "reviewer"),
]
FOUND = ("is vulnerable", "appears to be injectable", "identified the following injection point")


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Progress:
    """A line at every hundred requests, and an end when the time is over."""

    def __init__(self, until):
        self.until, self.told = until, 0

    def __call__(self, visitor):
        if time.monotonic() > self.until:
            raise TimeoutError
        if visitor.requests - self.told >= 100:
            self.told = visitor.requests
            say(f"  {visitor.name}: {visitor.requests} requests, {len(visitor.findings)} findings")


def walk(house, until):
    """Everybody crawls; then the addresses that one agency could open are tried by another."""
    findings, opened = [], []
    left = sum(REQUESTS.values())
    for who, most in REQUESTS.items():
        share = (until - time.monotonic()) * most / left
        left -= most
        say(f"{who}: up to {most} requests, {share:.0f} s")
        visitor = Visitor(who, house.host, house.port, house.people[who], () if who == "boss" else house.secrets)
        paths = []
        try:
            crawl(visitor, STARTS, most, Progress(time.monotonic() + share), paths)
        except TimeoutError:
            say("  the time is over")
        opened += [path for path in paths if who == "social worker" and path.startswith("/cases/K-")]
        findings += visitor.findings
        say(f"  {visitor.requests} requests, {len(visitor.findings)} findings")
    for who in ("elsewhere", "keeper", "provider", "reader"):
        visitor = Visitor(who, house.host, house.port, house.people[who])
        try_as(visitor, opened)
        findings += visitor.findings
    say(f"{len(opened)} addresses of cases tried by those who must not open them")
    return findings


def inject(house, until):
    """Let sqlmap try every target, each within its share of the time."""
    findings = []
    folder = Path(tempfile.mkdtemp(prefix="sekali-attack-"))
    for number, (what, path, data, who) in enumerate(TARGETS):
        share = max(5, (until - time.monotonic()) / (len(TARGETS) - number))
        say(f"sqlmap: {what} (up to {share:.0f} s)")
        said = sqlmap(f"http://{house.host}:{house.port}{path}", data, house.people[who], folder, share)
        hits = [line for line in said.splitlines() if any(found in line for found in FOUND)]
        findings += [Finding(who, f"sqlmap says: {hit.strip()[:100]}", path) for hit in hits]
    shutil.rmtree(folder, ignore_errors=True)
    return findings


def sqlmap(address, data, cookie, folder, seconds, dbms="PostgreSQL"):
    """What sqlmap prints; an interrupted run counts with what it printed so far."""
    command = [
        sys.executable, str(Path(sys.executable).with_name("sqlmap")), "-u", address, "--batch", "--disable-coloring",
        "--flush-session", "--smart", "--level=2", "--risk=1", f"--dbms={dbms}", "--technique=BEUS", "--timeout=10",
        "--retries=0", "--output-dir", str(folder), "--ignore-code=404",
    ]  # fmt: skip
    if cookie:
        command += ["--cookie", cookie]
    if data:
        command += ["--data", data, "--csrf-token=csrfmiddlewaretoken", f"--csrf-url={address.split('?')[0]}"]
    environment = os.environ | {"HOME": str(folder)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            return process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0]


def main():
    began = time.monotonic()
    say("Opening a house to attack: a throwaway database with the demonstration, on loopback …")
    with open_house() as house:
        findings = walk(house, began + LONGEST * 0.65)
        findings += inject(house, began + LONGEST * 0.95)
    unique = sorted({str(finding) for finding in findings})
    for finding in unique:
        say(f"FOUND  {finding}")
    say(f"{len(unique)} findings in {time.monotonic() - began:.0f} s.")
    return 1 if unique else 0


if __name__ == "__main__":
    sys.exit(main())
