"""There is one door, it lets in whoever was given a key, and it tells nobody who has one."""

import pytest
from django.apps import apps
from django.template.loader import get_template
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse
from django.utils import translation

from cms.accounts.models import User
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from tests import factories
from tests.cast import PASSWORD
from tests.entering import digits, enter, letters
from tests.services.pages import Page

LANGUAGES = pytest.mark.parametrize("prefix", ["", "/en"])


@pytest.fixture
def sari(db):
    return factories.user("Sari", "sari@contoh.example")


def signed_in(client):
    return "_auth_user_id" in client.session


def sign_in(client, email, password=PASSWORD, address="/account/login/", **more):
    """The first step."""
    return client.post(address, {"login": email, "password": password, **more})


def second_step(client, person, code=None):
    return client.post("/account/step/", {"code": code or digits(person)})


def walk_in(client, person, password=PASSWORD, address="/account/login/", **more):
    """Both steps; the answer of the last."""
    assert sign_in(client, person.email, password, address, **more)["Location"].endswith("/account/step/")
    return second_step(client, person)


@LANGUAGES
def test_the_door(client, sari, prefix):
    response = sign_in(client, sari.email, address=f"{prefix}/account/login/")
    assert (response.status_code, response["Location"]) == (302, f"{prefix}/account/step/")
    assert not signed_in(client)
    response = client.post(f"{prefix}/account/step/", {"code": digits(sari)})
    assert response.status_code == 302
    assert signed_in(client)
    with acting_as(sari):
        assert AuditEvent.objects.get(verb="user.signed_in").actor == sari


@pytest.mark.parametrize("spelling", ["SARI@Contoh.Example", " sari@contoh.example "])
def test_an_address_is_known_however_it_is_written(client, sari, spelling):
    assert sign_in(client, spelling)["Location"] == "/account/step/"


@LANGUAGES
@pytest.mark.parametrize("path", ["/admin/login/", "/admin/login/?next=/admin/", "/admin/", "/admin/pages/"])
def test_wagtails_own_door_leads_to_ours(client, sari, prefix, path):
    response = client.get(f"{prefix}{path}")
    assert response.status_code == 302
    assert response["Location"].startswith(f"{prefix}/account/login/")
    client.post(f"{prefix}{path}", {"username": sari.email, "password": PASSWORD, "login": sari.email})
    assert not signed_in(client)


@LANGUAGES
@pytest.mark.parametrize(
    "path", ["/admin/password_reset/", "/admin/password_reset/confirm/MQ/set-password/", "/admin/password_reset/done/",
             "/admin/password_reset/complete/", "/admin/password_reset/x"]
)  # fmt: skip
def test_wagtails_own_reset_is_shut(client, sari, prefix, path):
    assert client.get(f"{prefix}{path}").status_code == 404
    assert client.post(f"{prefix}{path}", {"email": sari.email}).status_code == 404
    assert letters() == []


@LANGUAGES
def test_wagtails_views_of_signing_in_are_behind_no_address(prefix):
    for path in ("/admin/login/", "/admin/password_reset/", "/admin/logout/"):
        with translation.override(prefix.strip("/") or "id"):
            view = resolve(f"{prefix}{path}").func
        assert not view.__module__.startswith("wagtail"), path


@LANGUAGES
def test_nobody_signs_up(client, db, prefix):
    sent = {"email": "baru@contoh.example", "password1": PASSWORD, "password2": PASSWORD}
    for response in (client.get(f"{prefix}/account/signup/"), client.post(f"{prefix}/account/signup/", sent)):
        assert response.status_code in {200, 403}
        assert not Page(response).soup.find("main").find("form")
    assert not User.objects.exists()
    assert not signed_in(client)


def told(response):
    """What the answer tells, less what differs with every answer and what was typed."""
    page = Page(response)
    for hidden in page.soup.select("input[name=csrfmiddlewaretoken]"):
        hidden.extract()
    return response.status_code, response.get("Location"), str(page.soup)


@LANGUAGES
def test_a_wrong_password_and_an_unknown_address_are_told_the_same(client, sari, prefix):
    address = f"{prefix}/account/login/"
    wrong = sign_in(client, sari.email, "salah-salah-salah", address)
    unknown = sign_in(client, "lain@contoh.example", "salah-salah-salah", address)
    assert told(wrong) == (*told(unknown)[:2], told(unknown)[2].replace("lain@", "sari@"))
    assert "salah-salah" not in wrong.content.decode()
    assert Page(wrong).errors()


@LANGUAGES
def test_a_reset_answers_known_and_unknown_alike(client, sari, prefix):
    answers = []
    for address in (sari.email, "lain@contoh.example"):
        response = client.post(f"{prefix}/account/password/reset/", {"email": address})
        answers.append((response.status_code, response["Location"], told(client.get(response["Location"]))))
    assert answers[0] == answers[1]
    assert [message.to for message in letters()] == [[sari.email]]


def test_the_reset_mail_says_nothing_of_cases_and_its_link_works_once(client, sari):
    client.post("/account/password/reset/", {"email": sari.email})
    (message,) = letters()
    assert sari.name not in message.body + message.subject
    (link,) = [word for word in message.body.split() if "/account/password/reset/key/" in word]
    fresh = {"password1": "lampu-di-jendela", "password2": "lampu-di-jendela"}
    form = client.get(link, follow=True).redirect_chain[-1][0]
    assert client.post(form, fresh).status_code == 302
    assert not signed_in(client)
    sari.refresh_from_db()
    walk_in(client, sari, "lampu-di-jendela")
    assert signed_in(client)
    client.logout()
    again = client.get(link, follow=True)
    assert not Page(again).soup.find("main").find("input", {"name": "password1"})


@pytest.mark.parametrize("password", ["", "pendek", "password1234", "sari@contoh.example"])
def test_a_weak_new_password_is_refused(client, sari, password):
    client.post("/account/password/reset/", {"email": sari.email})
    (link,) = [word for word in letters()[0].body.split() if "/account/password/reset/key/" in word]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    response = client.post(form, {"password1": password, "password2": password})
    assert response.status_code == 200
    assert Page(response).errors()


ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)",
             "https:evil.example", "///evil.example", "http://testserver@evil.example/", "/%09/evil.example", "\x00/"]  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_the_way_on_never_leaves_the_site(client, sari, elsewhere):
    response = walk_in(client, sari, next=elsewhere)
    assert response["Location"].split("?")[0] in {"/", "/%09/evil.example"}


def test_the_way_on_inside_the_site(client, sari):
    assert walk_in(client, sari, next="/cases/new/")["Location"] == "/cases/new/"


@pytest.mark.parametrize(
    "text", ["\x00", "a" * 400 + "@x.example", "\N{GRINNING FACE}@x.example", "' OR 1=1 --", "", "x"]
)
def test_whatever_is_typed_at_the_door_gets_a_sentence_and_comes_back(client, sari, text):
    response = sign_in(client, text)
    page = Page(response)
    assert response.status_code == 200
    assert page.errors()
    assert page.typed()["login"] == text
    assert client.post("/account/password/reset/", {"email": text}).status_code in {200, 302}


def test_a_closed_account_is_not_let_in(client, sari):
    sari.is_active = False
    sari.save()
    sign_in(client, sari.email)
    assert not signed_in(client)


def test_a_visit_does_not_sign_out(client, sari):
    enter(client, sari)
    client.get("/account/logout/")
    client.get("/admin/logout/")
    assert signed_in(client)
    assert client.post("/account/logout/")["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not signed_in(client)


def every_view(patterns=None):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from every_view(pattern.url_patterns)
        else:
            yield pattern


def test_djangos_admin_is_absent(client, db):
    assert not apps.is_installed("django.contrib.admin")
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
    assert not [view for view in every_view() if view.callback.__module__.startswith("django.contrib.admin")]


def test_the_schedulers_pages_are_behind_no_address(client, db):
    assert not [view for view in every_view() if view.callback.__module__.split(".")[0] == "schedule"]
    for path in ("/schedule/", "/schedule/feed/calendar/upcoming/1/", "/ical/calendar/1/", "/api/occurrences",
                 "/fullcalendar/", "/schedule/event/create/x/"):  # fmt: skip
        assert client.get(path, follow=True).status_code == 404
        with pytest.raises(Resolver404):
            if "wagtail" in resolve(path).func.__module__:  # the catch-all of the public pages
                raise Resolver404
    assert "schedule" not in get_template("base.html").origin.name


def test_only_the_routes_of_allauth_that_are_used_are_there():
    theirs = ("account_", "mfa_", "usersessions_")
    names = {view.name for view in every_view() if (view.name or "").startswith(theirs)}
    assert names == {
        "account_login", "account_logout", "account_inactive", "account_change_password",
        "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "account_signup", "account_reauthenticate", "account_returned", "account_stay",
        "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_index", "mfa_activate_totp",
        "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "usersessions_list",
    }  # fmt: skip
    named = {view.name for view in every_view() if view.callback.__module__.startswith("allauth")}
    assert named <= names


@LANGUAGES
@pytest.mark.parametrize("path", ["/_util/login/", "/_util/authenticate_with_password/1/1/"])
def test_wagtails_door_for_private_pages_is_shut(client, sari, prefix, path):
    assert client.get(f"{prefix}{path}").status_code == 404
    assert client.post(f"{prefix}{path}", {"username": sari.email, "password": PASSWORD}).status_code == 404
    assert not signed_in(client)
