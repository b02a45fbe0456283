"""The way out in a real browser: gone at once, not to be had back with Back, and known to nobody but the page that follows."""

import base64
import io
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from tests.journeys.test_traces import NOTHING, STORES, counts

pytestmark = pytest.mark.browser


class Elsewhere(BaseHTTPRequestHandler):
    """Somebody else's page. It keeps what it was told, and may never answer."""

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.may_answer.wait(20)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>Cuaca</title><p>Cerah berawan")

    def log_message(self, *_anything):
        """Say nothing."""


@pytest.fixture
def elsewhere(settings):
    """A server that is not ours, on an address of its own; the way out leads to its /cuaca/."""
    server = ThreadingHTTPServer(("127.0.0.2", 0), Elsewhere)
    server.asked, server.may_answer = [], threading.Event()
    server.may_answer.set()
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.2:{server.server_port}/cuaca/"
    settings.EXIT_URL = server.address
    yield server
    server.may_answer.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(visit, elsewhere):
    """Somebody who read the front page and then one more. That the way out leads elsewhere is no fault here."""
    person = visit()
    person.open("/")
    person.open("/info/")
    yield person
    person.watch.troubles = [
        said for said in person.watch.troubles if not said.startswith("foreign: http://127.0.0.2:")
    ]


def click(page):
    page.click("[data-exit]", no_wait_after=True)


def by_keyboard(page):
    """The very first Tab stands on it."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def three_times(page):
    for _press in range(3):
        page.keyboard.press("Shift")


def while_typing(page):
    page.click("input[type=search], input[type=text], select")
    page.keyboard.type("Anak saya")
    three_times(page)


def colours(tools):
    """What is on the screen just now, as its colours. (Scripts must wait while a page is on its way; the eye need not.)"""
    picture = base64.b64decode(tools.send("Page.captureScreenshot")["data"])
    return set(Image.open(io.BytesIO(picture)).convert("RGB").get_flattened_data())


WAYS = pytest.mark.parametrize("way", [click, by_keyboard, three_times, while_typing])


@WAYS
def test_back_leads_past_the_page_that_was_left(reader, elsewhere, way):
    way(reader.page)
    reader.page.wait_for_url(elsewhere.address)
    reader.page.go_back(wait_until="commit")
    assert reader.path == "/"  # what was open before it
    reader.page.go_forward(wait_until="commit")
    assert reader.page.url == elsewhere.address


@WAYS
def test_the_page_is_empty_at_once_even_if_the_next_one_never_comes(reader, elsewhere, way):
    elsewhere.may_answer.clear()
    tools = reader.page.context.new_cdp_session(reader.page)
    assert len(colours(tools)) > 20
    way(reader.page)
    deadline = time.monotonic() + 5
    while len(colours(tools)) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(colours(tools)) == 1
    assert tools.send("Target.getTargetInfo")["targetInfo"]["title"] == "127.0.0.2"
    assert not elsewhere.may_answer.is_set()


def test_the_next_page_learns_nothing_of_this_one(reader, elsewhere):
    click(reader.page)
    reader.page.wait_for_url(elsewhere.address)
    ((path, headers),) = [asked for asked in elsewhere.asked if asked[0] != "/favicon.ico"]
    assert path == "/cuaca/"
    assert {"Referer", "Cookie", "Origin"} & set(headers) == set()
    assert reader.page.evaluate("[document.referrer, window.name, window.opener]") == ["", "", None]


def test_without_scripts_it_is_a_plain_link(visit, elsewhere):
    person = visit(java_script_enabled=False)
    person.watch.troubles = []
    person.open("/info/")
    click(person.page)
    person.page.wait_for_url(elsewhere.address)
    assert "Referer" not in elsewhere.asked[0][1]
    person.watch.troubles = [
        said for said in person.watch.troubles if not said.startswith("foreign: http://127.0.0.2:")
    ]


def test_the_page_that_says_there_is_nothing_has_it_too(reader, elsewhere):
    reader.open("/no-such-page/")
    three_times(reader.page)
    reader.page.wait_for_url(elsewhere.address)
    reader.page.go_back(wait_until="commit")
    assert reader.path == "/info/"


def capitals(page):
    page.click("input[type=search], input[type=text]")
    page.keyboard.type("ABC Jalan Melati RT")


def twice(page):
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")


def held(page):
    """A key that repeats while it is held is pressed once."""
    for _repeat in range(5):
        page.keyboard.down("Shift")
    page.keyboard.up("Shift")


def slowly(page):
    for _press in range(3):
        page.keyboard.press("Shift")
        page.wait_for_timeout(1600)


def backwards(page):
    """Shift with Tab walks back through a page."""
    for _step in range(4):
        page.keyboard.press("Shift+Tab")


@pytest.mark.parametrize("way", [capitals, twice, held, slowly, backwards])
def test_who_only_types_or_walks_stays(reader, elsewhere, way):
    way(reader.page)
    reader.page.wait_for_timeout(300)
    assert (reader.path, elsewhere.asked) == ("/info/", [])


@WAYS
def test_that_somebody_left_is_written_nowhere(reader, elsewhere, owner, caplog, way):
    """Not in a request, a log, the database, a cookie or a store of the browser."""
    caplog.set_level(logging.DEBUG)
    reader.page.wait_for_load_state("networkidle")
    before, sent = counts(owner), []
    reader.page.context.on("request", lambda request: sent.append(request.url))
    caplog.clear()
    way(reader.page)
    reader.page.wait_for_url(elsewhere.address)
    reader.page.wait_for_timeout(500)
    assert [url for url in sent if url.startswith(reader.site)] == []
    assert [line for line in caplog.messages if "127.0.0.2" in line or "exit" in line.lower()] == []
    assert counts(owner) == before
    assert reader.page.context.cookies() == []
    reader.open("/")
    assert reader.page.evaluate(STORES) == NOTHING


def test_the_words_beside_it_explain_it(reader):
    link = reader.page.locator(".exit-about")
    where = link.get_attribute("href")
    link.click()
    if where.startswith("#"):
        assert reader.page.locator(where).is_visible()
    else:
        assert reader.page.locator("h1").is_visible()
    assert reader.page.locator("[data-exit]").is_visible()
