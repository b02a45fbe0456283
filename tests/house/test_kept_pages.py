"""Kept pages in earnest: real processes over real HTTP, what a first view weighs, and what two processes see."""

import gzip
import os
import re
import socket
import subprocess
import sys
import urllib.request

import pytest
from django.conf import settings
from django.db import transaction

from cms.database import embedded
from cms.models import GuidePage, HomePage, ProtocolPage
from services.bench import pages
from tests.directory import factories
from tests.house.test_public_face import wait_for

HEAVIEST, MOST_REQUESTS = 60 * 1024, 4
PARTS = re.compile(r'<(?:script|img|source)[^>]+src="([^"]+)"|<link rel="stylesheet" href="([^"]+)"')


@pytest.fixture
def two(own_database):
    """Two processes of the public face, each with a memory of its own; `ask(0 or 1, path, **headers)`."""
    with transaction.atomic():
        factories.service(factories.provider(), kind="d1")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    clean |= {"DJANGO_SETTINGS_MODULE": "cms.settings.dev", "SEKALI_FACE": "public",
              "DATABASE_URL": embedded.url("sekali_public", own_database, settings.TEST_POSTGRES)}  # fmt: skip
    ports, processes = [], []
    try:
        for _ in range(2):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                ports.append(probe.getsockname()[1])
            words = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{ports[-1]}", "cms.wsgi"]
            process = subprocess.Popen(
                words, cwd=settings.BASE_DIR, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            processes.append(process)
            wait_for(ports[-1], process)

        def ask(which, path, **headers):
            request = urllib.request.Request(f"http://127.0.0.1:{ports[which]}{path}", headers=headers)
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- loopback
                return answer.headers, answer.read()

        yield ask
    finally:
        for process in processes:
            process.terminate()
            process.wait(timeout=20)
            process.stdout.close()


def size(headers, body):
    """Bytes on the wire, as near as the headers say."""
    return len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())


def sent(port, path):
    """`(headers, bytes)` of an answer as it travels, to a browser that unpacks."""
    headers = {"Accept-Encoding": "gzip", "X-Forwarded-Proto": "https", "Host": pages.HOST}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- loopback
        return answer.headers, answer.read()


@pytest.mark.slow
def test_a_first_view_is_light(own_database):
    """As in production: the public face, with the files that collectstatic makes."""
    with transaction.atomic():
        factories.service(factories.provider(), kind="d1")
        first = ProtocolPage.objects.live().order_by("pk").first().url
        below = [page.url for page in GuidePage.objects.live()]
    pages.gather_files(print)
    environment = pages.INVENTED | {"DATABASE_URL": pages.url("sekali_public")}
    with pages.serving("cms.wsgi", environment) as (port, _process):
        for path in ["/", "/en/", "/info/", "/info/map/", "/info/k/", first, *below]:
            headers, page = sent(port, path)
            assert headers["Content-Encoding"] == "gzip"
            weight = size(headers, page)
            parts = {one or other for one, other in PARTS.findall(gzip.decompress(page).decode())}
            for part in parts:
                assert part.startswith("/static/"), part
                weight += size(*sent(port, part))
            assert 1 + len(parts) <= MOST_REQUESTS, (path, parts)
            assert weight <= HEAVIEST, (path, weight)


def test_both_see_a_publication_at_once(two):
    home = HomePage.objects.get(locale__language_code="id")
    with transaction.atomic():
        page = home.add_child(instance=GuidePage(title="Panduan", slug="panduan", intro="Nomor 0."))
        page.save_revision().publish()
    for number in range(1, 6):
        for which in (0, 1, 0, 1):
            assert f"Nomor {number - 1}.".encode() in two(which, page.url)[1]
        with transaction.atomic():
            page.intro = f"Nomor {number}."
            page.save_revision().publish()
        for which in (0, 1):
            assert f"Nomor {number}.".encode() in two(which, page.url)[1]


def test_nobody_is_set_a_cookie_or_told_to_keep_anything(two):
    for path in ("/", "/info/"):
        for _ in range(2):
            headers, _body = two(0, path, **{"Accept-Encoding": "gzip"})
            assert {"Set-Cookie", "ETag", "Last-Modified", "Expires"} & set(headers) == set()
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
