"""The second step itself: making one, taking it, losing it; and that nothing goes round it."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from cms.accounts import wall
from cms.accounts.factors import LABEL, factors_of, give_totp, row_of, totp_secret
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.encryption.sealing import Unreadable, unseal
from tests import factories
from tests.cast import PASSWORD
from tests.entering import digits, enter, letters
from tests.services.pages import Page

BEGIN = "/account/steps/app/"


@pytest.fixture
def house(db):
    return factories.agency("UPTD PPA Contoh")


@pytest.fixture
def sari(house):
    return factories.member("Sari", house, "case_manager")


@pytest.fixture
def newcomer(house):
    person = factories.user("Baru", second_step=False)
    person.memberships.create(agency=house, role="case_manager", starts=factories.long_ago())
    return person


def first_step(client, person, password=PASSWORD):
    return client.post("/account/login/", {"login": person.email, "password": password})


def shown_secret(response):
    return Page(response).soup.find("code", class_="secret").get_text().replace(" ", "")


def fits_now(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def enrol(client, person):
    """Walk a newcomer through; returns the page of recovery codes."""
    assert first_step(client, person).status_code == 302
    secret = shown_secret(client.get(BEGIN))
    answer = client.post(BEGIN, {"code": fits_now(secret)})
    assert answer["Location"] == "/account/steps/codes/"
    return client.get(answer["Location"])


def codes_on(response):
    return [code.get_text() for code in Page(response).soup.select(".codes code")]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_newcomer_is_led_to_make_one_and_then_works(client, newcomer, prefix):
    client.post(f"{prefix}/account/login/", {"login": newcomer.email, "password": PASSWORD})
    asked = client.get(f"{prefix}/cases/")
    assert asked["Location"] == f"{prefix}{BEGIN}"
    page = client.get(asked["Location"])
    secret = shown_secret(page)
    field = Page(page).soup.find("input", {"name": "code"})
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert Page(page).soup.find("img", class_="qr")["src"].startswith("data:image/svg+xml;base64,")
    wrong = client.post(f"{prefix}{BEGIN}", {"code": "12"})
    assert Page(wrong).errors()
    assert shown_secret(wrong) == secret  # the app need not read it again
    before = client.session.session_key
    client.post(f"{prefix}{BEGIN}", {"code": fits_now(secret)})
    assert client.session.session_key != before
    assert client.get(f"{prefix}/cases/").status_code == 200


def test_recovery_codes_are_shown_once(client, newcomer):
    page = enrol(client, newcomer)
    assert len(set(codes_on(page))) == 10
    again = client.get("/account/steps/codes/")
    assert codes_on(again) == []
    assert not [code for code in codes_on(page) if code in again.content.decode()]


def test_a_recovery_code_signs_in_once(client, newcomer):
    code = codes_on(enrol(client, newcomer))[0]
    for number in range(2):
        other = Client()
        first_step(other, newcomer)
        answer = other.post("/account/step/", {"code": code})
        assert answer.status_code == (302 if number == 0 else 200)
        assert ("_auth_user_id" in other.session) == (number == 0)


def test_the_same_digits_do_not_fit_twice(sari):
    code = digits(sari)
    for number in range(2):
        other = Client()
        first_step(other, sari)
        other.post("/account/step/", {"code": code})
        assert ("_auth_user_id" in other.session) == (number == 0)


@pytest.mark.parametrize(
    "code", ["", "12", "123456789", "abcdef", "\x00", "\N{FULLWIDTH DIGIT ONE}23456", "' OR 1=1", "9" * 4000]
)
def test_digits_that_are_none_get_a_sentence(client, sari, code):
    first_step(client, sari)
    answer = client.post("/account/step/", {"code": code})
    assert (answer.status_code, bool(Page(answer).errors())) == (200, True)
    assert "_auth_user_id" not in client.session


def test_a_wrong_code_is_recorded_without_the_code(client, sari):
    first_step(client, sari)
    client.post("/account/step/", {"code": "000111"})
    with acting_as(sari):
        events = AuditEvent.objects.filter(verb="user.refused").values()
    assert "000111" not in str(events)


def test_nobody_stands_at_the_second_step_without_the_first(client, sari):
    assert client.get("/account/step/")["Location"] == "/account/login/"
    assert client.post("/account/step/", {"code": digits(sari)})["Location"] == "/account/login/"


def test_a_closed_account_ends_at_the_second_step_too(client, sari):
    first_step(client, sari)
    sari.is_active = False
    sari.save()
    client.post("/account/step/", {"code": digits(sari)})
    assert client.get("/cases/")["Location"].startswith("/account/login/")


def test_a_forgotten_password_does_not_go_round_it(client, sari):
    client.post("/account/password/reset/", {"email": sari.email})
    (link,) = re.findall(r"http://testserver(/account/password/reset/key/\S+)", letters()[0].body)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "lampu-di-jendela", "password2": "lampu-di-jendela"})
    assert "_auth_user_id" not in client.session
    sari.refresh_from_db()
    assert first_step(client, sari, "lampu-di-jendela")["Location"] == "/account/step/"
    assert client.get("/cases/")["Location"].startswith("/account/login/")
    assert factors_of(sari.pk).exists()


def test_a_password_alone_makes_no_second_second_step(client, sari):
    """A stolen password of somebody who has one opens no page on which to make another."""
    first_step(client, sari)
    for path in (BEGIN, "/account/steps/passkey/", "/account/steps/", "/account/again/"):
        assert client.get(path)["Location"].startswith("/account/login/"), path


def test_making_the_first_one_asks_for_a_fresh_password(client, newcomer):
    first_step(client, newcomer)
    session = client.session
    for entry in session["account_authentication_methods"]:
        entry["at"] -= 301
    session.save()
    assert client.get(BEGIN)["Location"].startswith("/account/again/")
    assert client.post("/account/again/", {"password": PASSWORD, "next": BEGIN})["Location"] == BEGIN
    assert client.get(BEGIN).status_code == 200


def test_the_only_one_cannot_be_taken_away(client, sari):
    enter(client, sari)
    page = client.get("/account/steps/app/remove/")
    assert "Satu-satunya" in Page(client.get("/account/steps/")).words
    assert not Page(page).soup.find("main").find("button", type="submit")
    client.post("/account/steps/app/remove/")
    assert factors_of(sari.pk).count() == 1


def test_secrets_are_sealed_and_open_for_their_owner_only(client, newcomer, sari):
    enrol(client, newcomer)
    rows = {row.type: row for row in Authenticator.objects.filter(user=newcomer)}
    for kind, place in (("totp", "secret"), ("recovery_codes", "seed")):
        token = rows[kind].data[place]
        assert unseal(token, label=LABEL, row=row_of(newcomer.pk))
        with pytest.raises(Unreadable):
            unseal(token, label=LABEL, row=row_of(sari.pk))
    assert totp_secret(newcomer) not in str([row.data for row in rows.values()])


def test_a_secret_carried_to_somebody_elses_row_does_not_open(client, newcomer, sari):
    """Who can write the table puts their own app's secret into another's row: sign-in breaks, it does not open."""
    enrol(client, newcomer)
    mine = Authenticator.objects.get(user=newcomer, type="totp")
    Authenticator.objects.filter(user=sari, type="totp").update(data=mine.data)
    thief = Client(raise_request_exception=False)
    first_step(thief, sari)
    answer = thief.post("/account/step/", {"code": fits_now(totp_secret(newcomer))})
    assert answer.status_code == 500
    assert "_auth_user_id" not in thief.session


def test_a_secret_on_its_way_is_sealed_in_the_session_as_well(client, newcomer):
    first_step(client, newcomer)
    secret = shown_secret(client.get(BEGIN))
    assert not [row for row in Session.objects.all() if secret in str(row.get_decoded())]


def test_signing_in_gives_the_session_a_new_name(client, sari):
    """A name that somebody planted beforehand is worth nothing afterwards."""
    client.get("/account/login/")
    session = client.session
    session["planted"] = True
    session.save()
    names = [session.session_key]
    client.cookies["sessionid"] = session.session_key
    first_step(client, sari)
    client.post("/account/step/", {"code": digits(sari)})
    names.append(client.session.session_key)
    assert names[0] != names[1]
    assert not Session.objects.filter(pk=names[0]).exists()


def walk_in(person):
    one = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/150"})
    first_step(one, person)
    one.post("/account/step/", {"code": digits(person)})
    assert one.get("/cases/").status_code == 200
    return one


def test_ones_sessions_are_seen_and_ended_singly_or_all_others(sari):
    here, there, yonder = walk_in(sari), walk_in(sari), walk_in(sari)
    page = Page(here.get("/account/sessions/"))
    assert (len(page.soup.select("main tbody tr")), page.main.count("Firefox, Windows")) == (3, 3)
    chosen = UserSession.objects.get(session_key=there.session.session_key)
    here.post("/account/sessions/", {"session": chosen.pk})
    assert there.get("/cases/").status_code == 302
    assert [one.get("/cases/").status_code for one in (here, yonder)] == [200, 200]
    here.post("/account/sessions/", {})
    assert [one.get("/cases/").status_code for one in (here, yonder)] == [200, 302]


@pytest.mark.parametrize("chosen", ["other", "0", "x", "99999999999999999999", "\x00"])
def test_somebody_elses_session_is_not_ended(sari, house, chosen):
    dewi = factories.member("Dewi", house, "case_manager")
    mine, theirs = walk_in(sari), walk_in(dewi)
    wanted = UserSession.objects.get(user=dewi).pk if chosen == "other" else chosen
    assert mine.post("/account/sessions/", {"session": wanted}).status_code in {200, 302}
    assert [one.get("/cases/").status_code for one in (mine, theirs)] == [200, 200]


def test_signing_out_ends_this_session_on_the_server(sari):
    here, there = walk_in(sari), walk_in(sari)
    name = here.session.session_key
    here.post("/account/logout/")
    here.cookies["sessionid"] = name
    assert here.get("/cases/").status_code == 302
    assert there.get("/cases/").status_code == 200


def test_a_new_password_ends_every_session(sari):
    here, there = walk_in(sari), walk_in(sari)
    fresh = {"oldpassword": PASSWORD, "password1": "lampu-di-jendela", "password2": "lampu-di-jendela"}
    assert here.post("/account/password/change/", fresh).status_code == 302
    assert [one.get("/cases/").status_code for one in (here, there)] == [302, 302]


def test_an_app_of_before_does_not_open_after_another_took_its_place(sari):
    here = walk_in(sari)
    factors_of(sari.pk).delete()
    give_totp(sari)
    assert here.get("/cases/")["Location"].startswith("/account/login/")


ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "///evil.example",
             "http://testserver@evil.example/", "http:evil.example"]  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_being_asked_again_never_leads_elsewhere(client, sari, elsewhere):
    enter(client, sari)
    answer = client.post("/account/step/again/", {"code": digits(sari), "next": elsewhere})
    assert answer["Location"] == "/cases/"
    out = client.post("/account/logout/", {"next": elsewhere})
    assert out["Location"] == "/"


def test_the_clocks_are_what_was_promised():
    assert (wall.IDLE, wall.LONGEST) == (15 * 60, 8 * 60 * 60)


def test_lost_ones_are_forgotten_on_the_server_and_made_anew(sari, capsys):
    here = walk_in(sari)
    call_command("forget_second_step", sari.email.upper())
    assert capsys.readouterr().out.startswith("1 second steps taken away, 1 sessions ended.")
    assert here.get("/cases/")["Location"].startswith("/account/login/")
    other = Client()
    first_step(other, sari)
    assert other.get("/cases/")["Location"] == BEGIN


@pytest.mark.parametrize("address", ["tidak.ada@contoh.example", "", "x"])
def test_forgetting_for_nobody_is_refused_in_one_sentence(db, address):
    with pytest.raises(CommandError, match=r"^nobody signs in with this address\.$"):
        call_command("forget_second_step", address)
