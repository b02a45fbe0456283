"""Is it still you? Asked before what cannot be taken back, and nothing that was typed is lost or kept on the way."""

import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from cms.accounts.models import Agency, User
from cms.accounts.reauthentication import FRESH
from tests import factories
from tests.cast import PASSWORD
from tests.cms.accounts.test_admin import AGENCY
from tests.entering import digits, enter
from tests.services.pages import Page

TYPED = "ketikan-8842"
OURS = {"HTTP_ORIGIN": "http://testserver"}


@pytest.fixture
def manager(client, db):
    person = User.objects.create_superuser("pengelola@contoh.example", PASSWORD, first_name="Pengelola")
    enter(client, person)
    return person


def let_it_age(client, seconds=FRESH + 1):
    session = client.session
    for entry in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        entry["at"] -= seconds
    session.save()


CHANGING = [
    ("wagtailusers_users:add", []),
    ("wagtailusers_users:edit", [1]),
    ("wagtailusers_users:delete", [1]),
    ("wagtailusers_groups:add", []),
    ("wagtailusers_groups:edit", [1]),
    ("membership:add", []),
    ("agency:add", []),
    ("wagtail_bulk_action", ["accounts", "user", "assign_role"]),
    ("wagtail_bulk_action", ["accounts", "user", "delete"]),
]


@pytest.mark.parametrize(("name", "args"), CHANGING)
def test_changes_of_who_may_do_what_ask_again_after_five_minutes(client, manager, name, args):
    address = reverse(name, args=args)
    assert not client.get(address).get("Location", "").startswith("/account/")
    let_it_age(client)
    for method in (client.get, client.post):
        assert method(address)["Location"] == f"/account/step/again/?next={address.replace('/', '%2F')}"


def test_reading_the_lists_asks_nothing(client, manager):
    let_it_age(client)
    for name in ("wagtailusers_users:index", "wagtailusers_groups:index", "membership:index", "agency:index"):
        assert client.get(reverse(name)).status_code == 200, name


@pytest.mark.parametrize("age", [FRESH - 5, FRESH])
def test_how_long_it_is_fresh(client, manager, age):
    let_it_age(client, age)
    assert client.get(reverse("agency:add")).status_code == (200 if age < FRESH else 302)


def test_digits_lead_back_to_the_same_page(client, manager):
    let_it_age(client)
    asked = client.get(reverse("agency:add"))["Location"]
    assert Page(client.get(asked)).soup.find("input", {"name": "code"})["autocomplete"] == "one-time-code"
    wrong = client.post(asked, {"code": "000000"})
    assert Page(wrong).errors()
    assert client.get(reverse("agency:add")).status_code == 302
    answer = client.post(asked, {"code": digits(manager), "next": reverse("agency:add")})
    assert answer["Location"] == reverse("agency:add")
    assert client.get(reverse("agency:add")).status_code == 200


def test_a_password_is_no_answer(client, manager):
    let_it_age(client)
    assert client.get("/account/again/")["Location"] == "/account/step/again/"
    client.post("/account/again/", {"password": PASSWORD})
    assert client.get(reverse("agency:add")).status_code == 302


def test_a_form_sent_too_late_is_handed_back_and_kept_nowhere(client, manager):
    let_it_age(client)
    sent = AGENCY | {"name": TYPED}
    held = client.post(reverse("agency:add"), sent, **OURS)
    assert held.status_code == 403
    page = Page(held)
    form = page.soup.find("main").find("form")
    carried = {
        field["name"]: field["value"] for field in form.find_all("input") if field["name"] != "csrfmiddlewaretoken"
    }
    assert (form["action"], carried) == (reverse("agency:add"), sent)
    assert "no-store" in held["Cache-Control"]
    assert (
        page.soup.find("main").find("a", target="_blank")["href"]
        == "/account/step/again/?next=%2Faccount%2Freturned%2F"
    )
    assert not [row for row in Session.objects.all() if TYPED in str(row.get_decoded())]
    client.post("/account/step/again/", {"code": digits(manager)})
    assert client.post(form["action"], carried, **OURS).status_code == 302
    assert Agency.objects.filter(name=TYPED).exists()


@pytest.mark.parametrize("origin", [{}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "null"}])
def test_what_another_site_sent_is_never_handed_back(client, manager, origin):
    let_it_age(client)
    for answer in (
        client.post(reverse("agency:add"), AGENCY | {"name": TYPED}, **origin),
        Client().post("/cases/new/", {"name": TYPED}, **origin),
    ):
        assert TYPED not in answer.content.decode()


def test_a_form_sent_after_the_session_ended_is_handed_back(client, db):
    sari = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    enter(client, sari)
    Session.objects.all().delete()
    held = client.post("/cases/new/", {"language": TYPED, "flags": ["a", "<b>"]}, **OURS)
    assert held.status_code == 401
    page = Page(held)
    assert [(one["name"], one["value"]) for one in page.soup.find("main").find_all("input")][1:] == [
        ("language", TYPED), ("flags", "a"), ("flags", "<b>"),
    ]  # fmt: skip
    assert page.soup.find("main").find("a", target="_blank")["href"] == "/account/login/?next=%2Faccount%2Freturned%2F"
    assert not [row for row in Session.objects.all() if TYPED in str(row.get_decoded())]


def test_a_form_from_before_signing_in_anew_is_handed_back_under_a_new_token(db):
    sari = factories.member("Sari", factories.agency("Rumah"), "case_manager")
    strict = Client(enforce_csrf_checks=True)
    enter(strict, sari)
    held = strict.post("/cases/new/", {"language": TYPED, "csrfmiddlewaretoken": "x" * 64}, **OURS)
    assert held.status_code == 403
    fields = {one["name"]: one["value"] for one in Page(held).soup.find("main").find_all("input")}
    assert fields["language"] == TYPED
    assert strict.post("/cases/new/", fields, **OURS).status_code == 200  # the form itself answers now


def test_the_door_itself_is_never_handed_back(db):
    """Passwords and digits are typed anew."""
    strict = Client(enforce_csrf_checks=True)
    for address in ("/account/login/", "/account/step/", "/account/password/reset/"):
        answer = strict.post(address, {"login": TYPED, "password": TYPED, "code": TYPED, "email": TYPED}, **OURS)
        assert (answer.status_code, TYPED in answer.content.decode()) == (403, False), address


def test_a_provider_has_nothing_to_be_asked_for(client, db):
    """The question comes before the permission, and does not replace it."""
    person = factories.user("Tini")
    enter(client, person)
    assert client.get(reverse("membership:add")).status_code == 302
    assert not Group.objects.filter(user=person).exists()


def test_freshness_is_of_the_second_step_not_of_the_page(client, manager):
    """Time alone takes it away; reading does not renew it."""
    let_it_age(client, FRESH - 2)
    client.get("/admin/")
    assert time.time() - client.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] >= FRESH - 2
