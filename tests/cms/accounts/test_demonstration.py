"""The demonstration's telephone speaks in the terminal of a first run, and nowhere else whatever is set."""

import io
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings as real

from cms.accounts import demonstration
from cms.accounts.factors import factors_of, has_factor
from cms.database import embedded
from tests import factories
from tests.house.test_serve import PRODUCTION


@pytest.fixture
def first_run(db, settings, monkeypatch):
    """As in development: the setting says so, and the connection's address is the embedded server's."""
    settings.EMBEDDED = True
    monkeypatch.setattr(embedded, "FOLDER", real.TEST_POSTGRES)


def said(person):
    out = io.StringIO()
    demonstration.say(person, out)
    return out.getvalue()


def test_it_says_the_digits_that_open_the_door(client, first_run, settings, capsys):
    settings.SAY_DIGITS = "cms.accounts.demonstration.say"
    sari = factories.user("Sari", "sari@contoh.example")
    client.post("/account/login/", {"login": sari.email, "password": "satu-kali-saja-cukup"})
    client.get("/account/step/")
    (digits,) = re.fullmatch(r"second step of sari@contoh.example: (\d{6})\n", capsys.readouterr().err).groups()
    assert client.post("/account/step/", {"code": digits}).status_code == 302
    assert "_auth_user_id" in client.session


def test_it_equips_invented_people_once(first_run):
    sari = factories.user("Sari", "sari@contoh.example", second_step=False)
    real_one = factories.user("Tini", "tini@lembaga.go.id", second_step=False)
    demonstration.equip([sari, real_one])
    demonstration.equip([sari, real_one])
    assert (factors_of(sari.pk).count(), has_factor(real_one)) == (1, False)


def test_it_is_mute_of_a_real_address(first_run):
    assert said(factories.user("Sari", "sari@lembaga.go.id")) == ""


def test_it_is_mute_of_somebody_without_an_app(first_run):
    assert said(factories.user("Sari", second_step=False)) == ""


def test_it_is_mute_over_any_other_database_whatever_a_setting_says(db, settings):
    settings.EMBEDDED = True  # but the connection goes elsewhere than to the server of a first run
    sari = factories.user("Sari", second_step=False)
    demonstration.equip([sari])
    assert not has_factor(sari)
    assert said(factories.user("Sari")) == ""


@pytest.mark.parametrize("wish", ["SAY_DIGITS", "SEKALI_SAY_DIGITS", "EMBEDDED"])
def test_production_does_not_know_it(wish):
    """Neither by itself nor by asking for it through the environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    ask = "import django; django.setup(); from django.conf import settings as s; print(s.SAY_DIGITS, s.EMBEDDED)"
    done = subprocess.run([sys.executable, "-c", ask], cwd=real.BASE_DIR, capture_output=True, text=True, check=False,
                          env=clean | PRODUCTION | {wish: "cms.accounts.demonstration.say"}, timeout=60)  # fmt: skip
    assert done.stdout.strip() == ("" if wish.startswith("SEKALI_") else "None False")
