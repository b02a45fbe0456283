"""Guessing has limits that hold whoever answers, whatever is rolled back and whatever a header claims."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as real
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client

from cms.accounts.attempts import SharedAttempts, name
from cms.accounts.models import Attempt
from cms.settings import base
from tests import factories
from tests.cast import PASSWORD
from tests.entering import digits, enter, letters
from tests.services.pages import Page

TOO_MANY = "Terlalu banyak percobaan. Tunggu lima menit, atau minta kata sandi baru."


@pytest.fixture
def limits(own_database, settings):
    settings.ACCOUNT_RATE_LIMITS = base.ACCOUNT_RATE_LIMITS
    with transaction.atomic():
        return factories.user("Sari", "sari@contoh.example")


def guess(email="sari@contoh.example", *, typed="salah-salah-salah", **headers):
    """What a stranger's fresh browser is told."""
    return Page(Client(headers=headers).post("/account/login/", {"login": email, "password": typed})).errors()


def test_five_wrong_passwords_for_one_address(limits):
    told = [guess() for _ in range(6)]
    assert [TOO_MANY in errors for errors in told] == [False] * 5 + [True]
    assert TOO_MANY in guess(typed=PASSWORD)  # the right one neither


def test_an_unknown_address_is_limited_alike(limits):
    told = [guess("tidak.ada@contoh.example") for _ in range(6)]
    assert [TOO_MANY in errors for errors in told] == [False] * 5 + [True]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
def test_a_header_does_not_make_another_network(limits, header):
    told = [guess(f"orang{number}@contoh.example", **{header: f"10.9.8.{number}"}) for number in range(11)]
    assert [TOO_MANY in errors for errors in told] == [False] * 10 + [True]


def test_behind_our_own_proxy_only_its_word_counts(limits, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    told = [guess(f"a{n}@contoh.example", **{"X-Forwarded-For": f"10.9.8.{n}, 198.51.100.7"}) for n in range(11)]
    assert [TOO_MANY in errors for errors in told] == [False] * 10 + [True]
    assert TOO_MANY not in guess("b@contoh.example", **{"X-Forwarded-For": "198.51.100.8"})


WORKER = """
import sys, django
django.setup()
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import setup_test_environment
from cms.settings import base
setup_test_environment()
settings.ACCOUNT_RATE_LIMITS = base.ACCOUNT_RATE_LIMITS
database, folder = sys.argv[1:]
for target in (connections["default"].settings_dict, connections.settings["default"]):
    target.update(NAME=database, HOST=folder)
for _ in range(4):
    answer = Client().post("/account/login/", {"login": "sari@contoh.example", "password": "salah-salah-salah"})
    print("limited" if "Tunggu lima menit" in answer.content.decode() else "wrong")
connections["default"].close()
"""


def test_two_processes_count_together(limits, own_database):
    """Two servers of their own, each with its own memory, and one table."""

    def worker(_number):
        return subprocess.run(
            [sys.executable, "-c", WORKER, own_database, connection.settings_dict["HOST"]],
            cwd=real.BASE_DIR, capture_output=True, text=True, check=True, timeout=120,
            env={**__import__("os").environ, "DJANGO_SETTINGS_MODULE": "cms.settings.test"},
        ).stdout.split()  # fmt: skip

    with ThreadPoolExecutor(2) as pool:
        told = [answer for answers in pool.map(worker, range(2)) for answer in answers]
    assert sorted(told) == ["limited"] * 3 + ["wrong"] * 5


def test_a_request_that_is_rolled_back_does_not_forget(own_database):
    with transaction.atomic():
        cache.set("allauth:planted", [1.5], 60)
        transaction.set_rollback(True)
    assert SharedAttempts("another worker", {}).get("allauth:planted") == [1.5]


def test_of_many_at_once_one_is_first(own_database):
    workers = [SharedAttempts(f"worker {number}", {}) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda one: one.add("allauth:planted", "y", 60), workers)) == 1


def test_what_has_expired_is_free_and_swept_away(own_database):
    cache.set("allauth:gone", [1], 0)
    assert cache.get("allauth:gone", "free") == "free"
    assert cache.add("allauth:gone", [2], 60)
    cache.set("allauth:old", [1], 0)
    cache.set("allauth:new", [1], 60)
    with transaction.atomic():
        assert set(Attempt.objects.values_list("key", flat=True)) == {name("allauth:gone"), name("allauth:new")}
    assert cache.delete("allauth:new")
    assert cache.get("allauth:new") is None


def test_what_is_not_the_doors_stays_in_this_process(own_database):
    cache.set("planted", object, 60)
    assert cache.get("planted") is object
    assert cache.delete("planted")
    with transaction.atomic():
        assert not Attempt.objects.exists()


def test_the_table_names_no_address_and_no_network(limits):
    guess()
    with transaction.atomic():
        rows = str(list(Attempt.objects.values_list("key", "value")))
    assert rows != "[]"
    assert not [word for word in ("sari", "contoh", "127.0.0.1") if word in rows]


def test_wrong_digits_are_limited_and_the_right_ones_then_too(limits):
    client = Client()
    client.post("/account/login/", {"login": limits.email, "password": PASSWORD})
    told = [Page(client.post("/account/step/", {"code": "12"})).errors() for _ in range(6)]
    assert [TOO_MANY in " ".join(errors) for errors in told] == [False] * 5 + [True]
    client.post("/account/step/", {"code": digits(limits)})
    assert "_auth_user_id" not in client.session


def test_thirty_wrong_digits_a_day(limits, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    client = Client()
    client.post("/account/login/", {"login": limits.email, "password": PASSWORD})
    too_many = "Terlalu banyak percobaan hari ini."
    told = [too_many in str(Page(client.post("/account/step/", {"code": "12"})).errors()) for _ in range(31)]
    assert told == [False] * 30 + [True]


def test_asking_again_is_limited(limits):
    client = Client()
    with transaction.atomic():
        enter(client, limits)
    told = [client.post("/account/step/again/", {"code": "12"}).status_code for _ in range(11)]
    assert told == [200] * 10 + [429]


def test_letters_are_limited(limits):
    """Three for one address in ten minutes, and the answer is the same for one without an account."""
    for address in (limits.email, "tidak.ada@contoh.example"):
        told = [
            Client(REMOTE_ADDR=f"198.51.100.{number}").post("/account/password/reset/", {"email": address}).status_code
            for number in range(4)
        ]
        assert told == [302, 302, 302, 429]
    assert len(letters()) == 3


class Slow:
    """A mail server that takes its time."""

    def __init__(self, *_args, **_options):
        pass

    def send_messages(self, messages):
        time.sleep(1.0)
        return len(messages)


def test_a_known_address_takes_no_longer(own_database, settings):
    """The letter is sent by another thread: a mail server of one second is not felt."""
    settings.EMAIL_BACKEND = f"{__name__}.Slow"
    with transaction.atomic():
        known = factories.user("Sari", "sari@contoh.example")
    took = {}
    for address in ("tidak.ada@contoh.example", known.email):
        tries = []
        for _ in range(5):
            begun = time.perf_counter()
            assert Client().post("/account/password/reset/", {"email": address}).status_code == 302
            tries.append(time.perf_counter() - begun)
        took[address] = sorted(tries)[2]
    letters()
    assert abs(took[known.email] - took["tidak.ada@contoh.example"]) < 0.3


def test_a_wrong_password_and_an_unknown_address_cost_the_same_work(own_database, settings):
    """One hash each: with a slow hasher both wait for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with transaction.atomic():
        known = factories.user("Sari", "sari@contoh.example")
    took = {}
    for address in (known.email, "tidak.ada@contoh.example"):
        tries = []
        for _ in range(5):
            begun = time.perf_counter()
            guess(address)
            tries.append(time.perf_counter() - begun)
        took[address] = sorted(tries)[2]
    slow, quick = max(took.values()), min(took.values())
    assert slow < 1.6 * quick
