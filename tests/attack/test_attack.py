"""The attack can find: a little site with one fault of each kind, and its tidy neighbour in which nothing is found."""

import html
import sqlite3
import threading
import time
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tests.attack import __main__ as attack
from tests.attack.crawler import PAYLOADS, Visitor, crawl, forms_of, kind_of, local, try_as

SECRET = "K-4471-RAHA"


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Nothing."""


def faulty(environ, start):
    """One fault an address; `/tidy/` has none."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    sent = parse_qs(environ["wsgi.input"].read(size).decode() if size else environ["QUERY_STRING"])
    said = " ".join(value for values in sent.values() for value in values)
    path, status, headers, body = (
        environ["PATH_INFO"],
        "200 OK",
        [("Content-Security-Policy", "default-src 'none'")],
        "",
    )
    if path == "/":
        body = "".join(
            f'<a href="/{name}/">x</a>' for name in ("fails", "echoes", "sql", "leads", "leaks", "bare", "tidy")
        )
    elif path == "/fails/" and "\x00" in said:
        status = "500 Oops"
    elif path == "/echoes/":
        body = f'<form method="post"><input name="word"></form>{said}'
    elif path == "/sql/":
        body = '<form><input name="id"></form>' + query(said)
    elif path == "/leads/":
        status = "302 Found"
        headers.append(
            ("Location", sent.get("next", ["/tidy/"])[0].split("\r")[0] if "next" in sent else "https://evil.example/")
        )
    elif path == "/leaks/":
        body = SECRET
    elif path == "/bare/":
        headers = []
    elif path == "/tidy/":
        body = f'<form method="post"><input name="word"></form><p>{html.escape(said)}</p>'
    start(status, [("Content-Type", "text/html; charset=utf-8"), *headers])
    return [body.encode()]


def query(said):
    base = sqlite3.connect(":memory:")
    try:
        base.execute("CREATE TABLE t (id INTEGER)")
        base.execute("INSERT INTO t VALUES (1)")
        return str(base.execute(f"SELECT id FROM t WHERE id = {said or 1}").fetchall())
    except sqlite3.Error as error:
        return f"sqlite3: syntax error at or near: {error}"
    finally:
        base.close()


@pytest.fixture
def server():
    with make_server("127.0.0.1", 0, faulty, handler_class=Quiet) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made.server_port
        made.shutdown()


def found(port, starts):
    visitor = Visitor("nobody", "127.0.0.1", port, forbidden=(SECRET,))
    crawl(visitor, starts, 400)
    return {(finding.where, finding.what.split(" (")[0]) for finding in visitor.findings}


def test_the_crawler_finds_a_fault_of_every_kind_and_none_in_what_is_tidy(server):
    assert found(server, ["/"]) == {
        ("/fails/", "status 500"),
        ("/echoes/", "says too much"),
        ("/sql/", "says too much"),
        ("/leads/", "leads away from the site"),
        ("/leaks/", "shows what is another agency's"),
        ("/bare/", "has no content policy"),
    }


def test_an_address_of_somebody_elses_that_opens_is_found(server):
    visitor = Visitor("nobody", "127.0.0.1", server)
    try_as(visitor, ["/tidy/", "/leads/"])
    assert [finding.where for finding in visitor.findings if "opened" in finding.what] == ["/tidy/"]


def test_it_keeps_within_its_requests(server):
    visitor = Visitor("nobody", "127.0.0.1", server)
    crawl(visitor, ["/"], 9)
    assert visitor.requests <= 9 + 3


def test_time_ends_it():
    with pytest.raises(TimeoutError):
        attack.Progress(time.monotonic() - 1)(Visitor("nobody", "127.0.0.1", 1))


def test_kinds_and_links():
    assert kind_of("/cases/K-7M4Q-2XP9/needs/12/") == kind_of("/cases/K-2222-2222/needs/7/")
    assert kind_of("/info/?q=a") != kind_of("/info/")
    assert local("/cases/", "new/") == "/cases/new/"
    for href in ("https://evil.example/", "mailto:a@b.example", "//evil.example/x", "/account/logout/"):
        assert local("/", href) is None


def test_forms_are_read_as_a_browser_sends_them():
    from bs4 import BeautifulSoup

    page = BeautifulSoup(
        '<form method="post" action="/a/"><input name="csrfmiddlewaretoken" value="t"><textarea name="b"></textarea>'
        '<select name="c"><option value="">-</option><option value="2">x</option></select><input type="submit"></form>',
        "html.parser",
    )
    assert list(forms_of(page, "/")) == [("post", "/a/", {"csrfmiddlewaretoken": "t", "b": "", "c": "2"}, ["b", "c"])]
    assert "nul" in PAYLOADS


@pytest.mark.prove
def test_sqlmap_finds_what_can_be_found(server, tmp_path):
    """The same call as in earnest, on the one address of the little site that puts SQL together."""
    said = attack.sqlmap(f"http://127.0.0.1:{server}/sql/?id=1", None, "", tmp_path, 120, dbms="SQLite")
    assert any(word in said for word in attack.FOUND), said[-800:]
