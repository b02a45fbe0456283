"""What reading leaves behind: nothing. Over every public page, from the front doors on; by its headers and in a browser."""

import re

import pytest
from django.db import transaction

from directory import demo
from tests.cast import PASSWORD
from tests.journeys.test_traces import LEAVE, NOTHING, STORES
from tests.reading import crawl

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
LOADED = ("img", "script", "iframe", "audio", "video", "source", "embed", "object", "track")
KEEPS_QUIET = "no-referrer"
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
    "form-action": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'",
}  # fmt: skip


@pytest.fixture
def pages(site):
    """{address: answer} of everything readers can come to, with the demonstration's listings."""
    with transaction.atomic():
        demo.load(password=PASSWORD)
    return crawl()


def policy(answer):
    return dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))


def faults(answer):
    """What a page says or loads that it should not, in words."""
    soup, said = answer.soup, policy(answer)
    if "Set-Cookie" in answer.headers or answer.cookies:
        yield "sets a cookie"
    if [title.get_text() for title in soup.head.find_all("title")] != ["Sekali"]:
        yield f"its title is {soup.title.get_text()}"
    # A page with a form that is sent says where it comes from, to this site alone.
    sends = any(form.get("method", "get").lower() == "post" for form in soup.find_all("form"))
    if answer["Referrer-Policy"] not in ({KEEPS_QUIET, "same-origin"} if sends else {KEEPS_QUIET}):
        yield f"its referrer policy is {answer['Referrer-Policy']}"
    if {name: said.get(name) for name in POLICY} != POLICY or "unsafe" in answer["Content-Security-Policy"]:
        yield f"its policy is {said}"
    if found := INLINE.search(answer.content.decode()):
        yield f"has {found[0]} inside"
    loaded = [tag.get("src") or tag.get("data") or "" for tag in soup.find_all(LOADED)]
    loaded += [link.get("href", "") for link in soup.find_all("link") if "alternate" not in link.get("rel", ())]
    yield from (
        f"loads {address}"
        for address in loaded
        if not address.startswith(("/static/", "/media/", "/documents/", "data:", "/baca/"))
    )
    yield from (
        f"{form['action']} is sent elsewhere" for form in soup.find_all("form", action=True) if "//" in form["action"]
    )


def test_every_page_is_neutral_and_asks_nobody_else(pages):
    assert len(pages) > 60
    assert {address: said for address, answer in pages.items() if (said := list(faults(answer)))} == {}


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("<script>1</script>", "has <script inside"),
        ("<p style='color: red'>x</p>", "has  style= inside"),
        ("<img src='https://example.org/x.png' alt=''>", "loads https://example.org/x.png"),
        ("<form action='https://example.org/' method='post'></form>", "https://example.org/ is sent elsewhere"),
    ],
)
def test_what_should_not_be_there_would_be_seen(db, planted, seen):
    from bs4 import BeautifulSoup
    from django.test import Client

    answer = Client().get("/info/")
    answer.content = answer.content.replace(b"</main>", planted.encode() + b"</main>")
    answer.soup = BeautifulSoup(answer.content, "html.parser")
    assert seen in list(faults(answer))


def test_nothing_is_left_in_a_browser_that_read_every_page(visit, pages):
    """One person reads all of it. The watch sees requests to anybody else, broken policies and errors."""
    reader = visit("id")
    for address in pages:
        reader.page.goto(f"{reader.site}{address}", wait_until="load")
    assert reader.page.evaluate(STORES) == NOTHING
    assert reader.page.context.cookies() == []


def test_what_a_page_leaves_would_be_found(visit, pages):
    reader = visit("id")
    reader.open("/")
    reader.page.evaluate(LEAVE)
    assert reader.page.evaluate(STORES) != NOTHING
    assert reader.page.context.cookies() != []
