"""The headers of every answer, and a log that says what went wrong and nothing of whom it was about."""

import io
import logging
import sys

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from cms.middleware import WithoutTraceback
from cms.urls import urlpatterns as real
from tests import factories
from tests.cast import gather
from tests.entering import enter

PLANTED = "Anak Rahasia 4471"


def raises(request):
    child = PLANTED
    raise ValueError(f"{child} {request.GET} {request.POST}")


urlpatterns = [
    path("planted/raises/", raises, name="planted"),
    path("planted/ok/", lambda _request: HttpResponse("ok"), name="planted"),
    *real,
]


@pytest.fixture
def site(db, settings, planted_is_public):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.fixture
def worker(site):
    person = gather().social_worker
    enter(site, person)
    return site


STRICT = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
    "font-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
}  # fmt: skip
ANYWHERE = ["/", "/en/", "/account/login/", "/info/", "/protokol/", "/no-such-page/", "/planted/raises/", "/cases/",
            "/planted/ok/", "/account/signup/"]  # fmt: skip


def policy(response):
    return {part.strip() for part in response["Content-Security-Policy"].split(";")}


@pytest.mark.parametrize("address", ANYWHERE)
def test_headers_of_every_answer(site, address):
    response = site.get(address)
    assert policy(response) == STRICT
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"


@pytest.mark.parametrize("address", ["/", "/en/", "/info/", "/protokol/", "/no-such-page/"])
def test_readers_send_no_referrer_and_get_no_cookie(site, address):
    response = site.get(address)
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("address", ["/account/login/", "/en/account/login/", "/account/password/reset/"])
def test_the_door_is_kept_by_nobody_and_lets_its_forms_through(site, address):
    response = site.get(address)
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("same-origin", "no-store, private")


@pytest.mark.parametrize("address", ["/", "/cases/", "/info/", "/planted/raises/", "/cases/K-2222-2222/"])
def test_for_somebody_signed_in_nothing_is_kept(worker, address):
    response = worker.get(address)
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("same-origin", "no-store, private")


def test_no_script_is_inline_and_only_the_admin_frames_itself(worker):
    from cms.accounts.models import User

    boss = User.objects.create_superuser("bos@contoh.example", "satu-kali-saja-cukup", first_name="Bos")
    enter(worker, boss)
    admin = policy(worker.get(reverse("wagtailadmin_home")))
    assert admin - STRICT == {
        "frame-ancestors 'self'", "frame-src 'self'", "img-src 'self' data: blob:", "style-src 'self' 'unsafe-inline'",
    }  # fmt: skip
    assert STRICT - admin == {"frame-ancestors 'none'", "img-src 'self' data:", "style-src 'self'"}
    assert policy(worker.get("/cases/")) == STRICT


def test_cookies_are_for_this_site_and_not_for_scripts(db):
    client = Client()
    person = factories.user()
    client.get("/account/login/")
    client.post("/account/login/", {"login": person.email, "password": "satu-kali-saja-cukup"})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax"), name


def test_signing_out_clears_the_browser_and_nothing_else_does(worker):
    assert "Clear-Site-Data" not in worker.get("/account/logout/")
    assert "Clear-Site-Data" not in worker.post("/account/login/")
    assert worker.post("/en/account/logout/")["Clear-Site-Data"] == '"cache", "cookies", "storage"'


# --- the log ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def log():
    """What the site's own handler writes, as a text that grows."""
    (console,) = {h for h in logging.getLogger("django").handlers if type(h) is logging.StreamHandler}
    assert console in logging.getLogger().handlers
    written = io.StringIO()
    before = console.setStream(written)
    yield written
    console.setStream(before)


def test_a_failed_request_is_logged_by_kind_and_place_only(worker, log):
    response = worker.post(f"/planted/raises/?nama={PLANTED}", {"nama": PLANTED})
    logged = log.getvalue()
    assert response.status_code == 500
    assert PLANTED not in response.content.decode()
    assert f"ERROR django.request ValueError at {__file__}:" in logged
    assert PLANTED not in logged
    assert "Traceback" not in logged
    assert "nama" not in logged


@pytest.mark.parametrize("address", [f"/cases/{PLANTED}/", f"/{PLANTED}/", f"/info/?q={PLANTED}", f"/admin/{PLANTED}/"])
def test_what_was_typed_into_an_address_is_not_logged(worker, log, address):
    worker.get(address)
    assert log.getvalue() == ""


def test_a_forged_host_is_not_logged(site, log):
    assert site.get("/", headers={"host": "anak-rahasia.example"}).status_code == 400
    assert log.getvalue() == ""


def filtered(error):
    try:
        raise error
    except type(error):
        found = logging.LogRecord("x", logging.ERROR, "f", 1, "Failed: %s", (PLANTED,), sys.exc_info())
    assert WithoutTraceback().filter(found)
    return logging.Formatter().format(found)


def chained():
    error = RuntimeError(PLANTED)
    error.__cause__ = KeyError(PLANTED)
    error.add_note(PLANTED)
    return error


@pytest.mark.parametrize("error", [ValueError(PLANTED), chained(), ExceptionGroup(PLANTED, [ValueError(PLANTED)])])
def test_the_filter_keeps_kind_and_place(error):
    said = filtered(error)
    assert PLANTED not in said
    assert said.startswith(f"{type(error).__name__} at {__file__}:")


def test_the_filter_leaves_other_records_alone():
    record = logging.LogRecord("x", logging.INFO, "f", 1, "served on %s", (8000,), None)
    assert WithoutTraceback().filter(record)
    assert record.getMessage() == "served on 8000"
    empty = logging.LogRecord("x", logging.INFO, "f", 1, "ok", (), (None, None, None))
    assert WithoutTraceback().filter(empty)
