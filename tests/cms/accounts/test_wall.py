"""Nothing opens without the second step, on any address there is; no setting and no detour says otherwise."""

import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cms.accounts import wall
from cms.accounts.factors import factors_of, give_totp
from cms.accounts.models import User
from tests import factories
from tests.cast import PASSWORD
from tests.cms.accounts.addresses import every_address
from tests.entering import enter, enter_halfway

LANGUAGES = pytest.mark.parametrize("language", ["id", "en"])
METHODS = pytest.mark.parametrize("method", ["get", "post"])
SHADOWED = {"wagtailadmin_login", "wagtailadmin_password_reset", "wagtailadmin_password_reset_done",
            "wagtailadmin_password_reset_confirm", "wagtailadmin_password_reset_complete", "wagtailcore_login",
            "wagtailadmin_logout", "wagtailcore_authenticate_with_password", "wagtailadmin_error_test",
            "start_import", "process_import"}  # fmt: skip
# Files and the open data: one address for every language.
WITHOUT_LANGUAGE = {
    "media",
    "recording",
    "wagtaildocs_serve",
    *(name for name in wall.PUBLIC if name.startswith("hsds:")),
}
OPEN = wall.PUBLIC | wall.ENTRANCE


@pytest.fixture
def halfway(client, db):
    """Signed in by password, no second step made yet."""
    person = factories.user("Baru", second_step=False)
    enter_halfway(client, person)
    return person


def asked(client, language, method):
    """{view name: (path, answer)} of every address, asked in this language."""
    client.raise_request_exception = False
    with translation.override(language):
        addresses, _unreachable = every_address()
    return ((name, path, getattr(client, method)(path)) for path, name in addresses)


def test_the_addresses_are_all_found(db):
    addresses, unreachable = every_address()
    assert set(unreachable) == SHADOWED
    assert len(addresses) > 280
    assert {name for _path, name in addresses} >= OPEN | wall.ENROLMENT


@METHODS
@LANGUAGES
def test_nobody_is_led_to_the_door(client, db, language, method):
    wrong = {}
    for name, path, answer in asked(client, language, method):
        prefix = "" if language == "id" else f"/{language}"
        if name not in OPEN and answer.get("Location") != f"{prefix}/account/login/?next={path}":
            wrong[name, path] = answer.status_code, answer.get("Location")
    assert wrong == {}


@METHODS
@LANGUAGES
def test_a_password_alone_opens_nothing(client, halfway, language, method):
    """Each address leads to making the second step; the pages of the public as well."""
    wrong = {}
    for name, path, answer in asked(client, language, method):
        with translation.override("id" if name in WITHOUT_LANGUAGE else language):
            begin = reverse(wall.BEGIN)
        if name not in wall.ENTRANCE | wall.ENROLMENT and answer.get("Location") != begin:
            wrong[name, path] = answer.status_code, answer.get("Location")
        if name == "account_logout" and method == "post":
            enter_halfway(client, halfway)
    assert wrong == {}


@METHODS
def test_a_password_alone_of_somebody_with_a_second_step_ends_the_session(client, db, method):
    """Such a session is from before the second step was made, or its own was taken away."""
    person = factories.user("Sari")
    with translation.override("id"):
        addresses, _unreachable = every_address()
    wrong = {}
    for path, name in addresses:
        if name in wall.ENTRANCE:
            continue
        enter_halfway(client, person)
        answer = getattr(client, method)(path)
        if not answer.get("Location", "").startswith("/account/login/?next=") or "_auth_user_id" in client.session:
            wrong[name, path] = answer.status_code, answer.get("Location")
    assert wrong == {}


def test_with_the_second_step_the_wall_lets_pass(client, db):
    person = User.objects.create_superuser("pengelola@contoh.example", PASSWORD, first_name="Pengelola")
    enter(client, person)
    stopped = {}
    for name, path, answer in asked(client, "id", "get"):
        where = answer.get("Location", "").split("?")[0]
        if name not in wall.ENTRANCE and where in {"/account/login/", "/account/step/", reverse(wall.BEGIN)}:
            stopped[name, path] = where
    assert stopped == {}


def test_a_reader_without_an_account_costs_no_session(client, db):
    client.cookies[settings.SESSION_COOKIE_NAME] = ""
    answer = Client().get("/info/")
    assert answer.status_code == 200
    assert "Cookie" not in answer.get("Vary", "")


def test_no_setting_switches_it_off(client, halfway, settings):
    settings.DEBUG = True
    settings.EMBEDDED = True
    settings.MFA_SUPPORTED_TYPES = []
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    assert client.get("/cases/")["Location"] == reverse(wall.BEGIN)


def test_taking_the_used_factor_away_ends_the_session_on_the_next_request(client, db):
    person = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, person)
    assert client.get("/cases/").status_code == 200
    factors_of(person.pk).delete()
    give_totp(person)  # another one is not the one this session was opened with
    assert client.get("/cases/")["Location"] == "/account/login/?next=/cases/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("change", ["is_active", "password"])
def test_a_closed_account_or_a_new_password_ends_every_session_on_the_next_request(client, db, change):
    person = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, person)
    if change == "password":
        person.set_password("lampu-di-jendela")
    else:
        person.is_active = False
    person.save()
    assert client.get("/cases/")["Location"] == "/account/login/?next=/cases/"


@pytest.mark.parametrize(
    ("clock", "age"), [("signed_in_at", wall.LONGEST), ("seen_at", wall.IDLE), ("signed_in_at", None)]
)
def test_a_session_ends_by_either_clock_and_when_it_has_none(client, db, clock, age):
    person = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, person)
    session = client.session
    if age is None:
        del session[clock]
    else:
        session[clock] -= age - 5
        session.save()
        assert client.get("/cases/").status_code == 200
        session = client.session
        session[clock] = int(time.time()) - age - 1
    session.save()
    assert client.get("/cases/")["Location"] == "/account/login/?next=/cases/"
    assert "_auth_user_id" not in client.session


def test_the_row_of_an_idle_session_is_not_found_by_the_database(client, db):
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    person = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, person)
    left = Session.objects.get(pk=client.session.session_key).expire_date - timezone.now()
    assert left.total_seconds() <= 15 * 60
    Session.objects.update(expire_date=timezone.now())
    assert client.get("/cases/")["Location"] == "/account/login/?next=/cases/"


def test_being_there_moves_the_idle_clock_and_not_the_other(client, db):
    person = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, person)
    session = client.session
    session["signed_in_at"] -= 100
    session["seen_at"] -= 100
    before = dict(session.items())
    session.save()
    client.get("/cases/")
    assert client.session["seen_at"] >= before["seen_at"] + 100
    assert client.session["signed_in_at"] == before["signed_in_at"]


def test_asking_whether_the_session_lives_does_not_keep_it_alive(client, db):
    sari = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, sari)
    session = client.session
    session["seen_at"] -= 600
    session.save()
    told = client.get("/account/stay/").json()
    assert (295 <= told["left"] <= 300, set(told)) == (True, {"left", "who", "token"})
    assert client.session["seen_at"] == session["seen_at"]
    assert client.post("/account/stay/").json()["left"] >= wall.IDLE - 2
    assert client.delete("/account/stay/").status_code == 405


def test_staying_does_not_stretch_the_eight_hours(client, db):
    enter(client, factories.member("Sari", factories.agency("Rumah"), "case_manager"))
    session = client.session
    session["signed_in_at"] -= wall.LONGEST - 100
    session.save()
    assert client.post("/account/stay/").json()["left"] <= 100


def test_nobody_is_told_how_long(client, halfway):
    assert client.get("/account/stay/").status_code == 302
    assert Client().get("/account/stay/").status_code == 302
    enter(client, factories.user("Sari"))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/account/stay/").status_code == 403
