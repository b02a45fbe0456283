"""The readers' process: it signs in as sekali_public, shows what is published, and has no way to anything closed."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from django.conf import settings
from django.db import transaction

from cms.database import embedded
from cms.models import ProtocolPage
from directory.models import Fault
from tests.directory import factories, verified

CLOSED = ["/account/login/", "/admin/", "/admin/login/", "/cases/", "/cases/K-2222-2222/", "/cases/K-2222-2222/interviews/1/day/", "/resources/", "/en/cases/",
          "/provider/confirm/00000000-0000-4000-8000-000000000000/", "/provider/standards/",
          "/_util/login/", "/_util/authenticate_with_password/1/1/"]  # fmt: skip


@pytest.fixture
def reader(own_database):
    """`reader(path, **headers)` asks a real process of the public face; returns (status, headers, body)."""
    with transaction.atomic():
        provider = factories.provider()
        listed = factories.service(provider, kind="d1")
        verified.met(provider, verified.binding()[0])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    clean |= {"DJANGO_SETTINGS_MODULE": "cms.settings.dev", "SEKALI_FACE": "public",
              "DATABASE_URL": embedded.url("sekali_public", own_database, settings.TEST_POSTGRES)}  # fmt: skip
    words = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "cms.wsgi"]
    with subprocess.Popen(
        words, cwd=settings.BASE_DIR, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            wait_for(port, process)

            def ask(path, data=None, **headers):
                request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data, headers=headers)
                try:
                    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- loopback
                        return answer.status, answer.headers, answer.read().decode(errors="replace")
                except urllib.error.HTTPError as error:
                    return error.code, error.headers, error.read().decode()

            ask.listed = listed
            yield ask
        finally:
            process.terminate()


def wait_for(port, process):
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, process.stdout.read().decode()
        time.sleep(0.1)
    pytest.fail("the public face did not start")


def test_a_reader_finds_everything_that_is_published(reader):
    seen, waiting = set(), ["/", "/en/", "/info/", *(page.url for page in ProtocolPage.objects.live())]
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 60:
            continue
        seen.add(path)
        status, headers, body = reader(path, Cookie="sessionid=planted; __Host-session=planted")
        assert status == 200, path
        assert "Set-Cookie" not in headers
        assert "/account/login/" not in body
        waiting += [urllib.parse.urlsplit(link)[2] for link in re.findall(r'<a[^>]+href="(/[^"#]*)"', body)]
    assert any(path.startswith("/info/") and path != "/info/" for path in seen)
    assert "/info/k/" in seen
    assert len(seen) > 6


def test_a_program_finds_the_open_data_there(reader):
    """As sekali_public, and streams after the request's transaction is over."""
    name = str(reader.listed.identifier)
    for path in ("services", f"services/{name}", "services?full=true", "services?full=true&format=ndjson",
                 "organizations?full_service=true", "service_at_locations", "services?search=konseling", "openapi.json"):  # fmt: skip
        status, headers, body = reader(f"/api/hsds/{path}", Cookie="sessionid=planted")
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*"), path
        assert "Set-Cookie" not in headers
        assert name in body or "service_at" in path or "openapi" in path
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _headers, body = reader("/api/hsds/services", data=b"search=konseling", **form)
    assert (status, name in body) == (200, True)


def test_what_is_closed_does_not_exist_there(reader):
    for path in CLOSED:
        status, headers, _body = reader(path, Cookie="sessionid=planted")
        assert status == 404, path
        assert "Location" not in headers


def test_its_settings_hold_no_key_and_read_no_session():
    assert [name for name in settings.MIDDLEWARE if name in settings.PUBLIC_MIDDLEWARE] == settings.PUBLIC_MIDDLEWARE
    assert not [name for name in settings.PUBLIC_MIDDLEWARE if "session" in name or "auth" in name]


def test_a_reader_reports_that_something_is_wrong_and_another_site_does_not(reader):
    path = f"/info/s/{reader.listed.identifier}/w/"
    assert reader(path, b"r=h", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    status, headers, body = reader(path, b"r=n", **{"Sec-Fetch-Site": "same-origin"})
    assert (status, "Set-Cookie" in headers, "Terima kasih" in body) == (200, False, True)
    assert list(Fault.objects.values_list("service_id", "reason", "days")) == [(reader.listed.pk, "n", 1)]
