"""What a reader types is in no log: a planted word goes into every public form of a real process, and is looked for afterwards."""

import os
import socket
import subprocess
import sys
import time
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import transaction

from cms.database import embedded
from directory import demo
from tests.cast import PASSWORD
from tests.house.test_public_face import wait_for
from tests.reading import crawl

WORD = "kenaripembaca7731"
TYPED = ("text", "search", "email", "tel", "number", "url", None)


@pytest.fixture
def forms(own_database):
    """[(address, method, typed names, the rest as it stands)] of every form readers are shown, the demonstration's listings loaded."""
    with transaction.atomic():
        demo.load(password=PASSWORD)
    found = {}
    for address, answer in crawl().items():
        for form in answer.soup.find_all("form"):
            inputs = form.find_all("input")
            typed = [tag["name"] for tag in inputs if tag.get("type") in TYPED and tag.get("name")]
            typed += [tag["name"] for tag in form.find_all("textarea")]
            beside = {
                tag["name"]: tag.get("value", "") for tag in inputs if tag.get("type") == "hidden" and tag.get("name")
            }
            button = form.find("button", attrs={"name": True})
            beside |= {button["name"]: button["value"]} if button else {}
            target = urljoin(address, form.get("action") or address)
            key = (urlsplit(target).path if typed else "", form.get("method", "get").lower(), tuple(typed))
            found.setdefault(key, (target, key[1], typed, beside))
    return list(found.values())


def test_words_are_sent_in_a_body_never_in_an_address(forms):
    assert [form for form in forms if form[2]] != []
    assert [(address, typed) for address, method, typed, _beside in forms if typed and method != "post"] == []


@pytest.fixture
def process(own_database, tmp_path):
    """`ask(path, data)` of a real readers' process that writes all it has to say, and every access, into a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    clean |= {"DJANGO_SETTINGS_MODULE": "cms.settings.dev", "SEKALI_FACE": "public",
              "DATABASE_URL": embedded.url("sekali_public", own_database, settings.TEST_POSTGRES)}  # fmt: skip
    log = tmp_path / "log"
    words = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--access-logfile", "-", "cms.wsgi"]
    with (
        log.open("wb") as kept,
        subprocess.Popen(words, cwd=settings.BASE_DIR, env=clean, stdout=kept, stderr=kept) as server,
    ):
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}", log
        finally:
            server.terminate()


def sent(base, address, method, told):
    """Send a form as a browser does; returns (status, the page)."""
    import urllib.error
    import urllib.request

    data = urlencode(told).encode()
    request = urllib.request.Request(  # noqa: S310 -- loopback
        f"{base}{address}" if method == "post" else f"{base}{address}?{data.decode()}",
        data=data if method == "post" else None,
        headers={"Sec-Fetch-Site": "same-origin", "Referer": f"{base}{address}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_word_that_was_typed_is_in_no_log_and_in_no_table(forms, process, owner):
    base, log = process
    server_log = settings.TEST_POSTGRES / "log"
    began = server_log.stat().st_size
    shown = False
    for address, method, typed, beside in forms:
        status, page = sent(base, address, method, beside | dict.fromkeys(typed, WORD))
        assert status < 500, (address, status)
        shown = shown or (typed and WORD in BeautifulSoup(page, "html.parser").get_text() + page)
    assert shown  # it did arrive: the search says what it looked for
    written = log.read_text()
    assert '"POST /info/' in written  # the file does keep accesses
    assert WORD not in written
    with server_log.open("rb") as kept:
        kept.seek(began)
        assert WORD.encode() not in kept.read()
    tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    holding = [
        table
        for table in tables
        if owner.execute(f'SELECT 1 FROM "{table}" t WHERE t::text LIKE %s LIMIT 1', [f"%{WORD}%"]).fetchone()
    ]
    assert holding == []


def test_a_word_in_an_address_would_be_found(forms, process):
    base, log = process
    sent(base, "/info/", "get", {"q": WORD})
    for _ in range(50):  # the line is written after the answer
        if WORD in log.read_text():
            return
        time.sleep(0.1)
    pytest.fail("the log does not show what it was given")
