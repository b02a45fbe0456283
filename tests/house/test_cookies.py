"""What production writes into a browser: cookies that belong to this host alone, over TLS alone, to no script."""

import json
import os
import subprocess
import sys

from django.conf import settings
from django.test import Client

from tests import factories
from tests.entering import enter
from tests.house.test_serve import PRODUCTION

NAMES = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
         "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "SESSION_EXPIRE_AT_BROWSER_CLOSE", "CSRF_COOKIE_NAME",
         "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_DOMAIN", "CSRF_COOKIE_PATH",
         "ALLAUTH_TRUSTED_PROXY_COUNT", "ACCOUNT_RATE_LIMITS", "MFA_TOTP_INSECURE_BYPASS_CODE")  # fmt: skip
ASK = """
import django, json, sys
django.setup()
from django.conf import settings
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1:]}))
"""


def production(**environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEKALI_", "DATABASE_"))}
    done = subprocess.run([sys.executable, "-c", ASK, *NAMES], cwd=settings.BASE_DIR, capture_output=True, text=True,
                          check=False, env=clean | PRODUCTION | environment, timeout=60)  # fmt: skip
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()


def test_cookies_of_production():
    found = production()
    for kind, name in (("SESSION", "__Host-session"), ("CSRF", "__Host-csrf")):
        written = [
            found[f"{kind}_COOKIE_{part}"] for part in ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN", "PATH")
        ]
        assert written == [name, True, True, "Lax", None, "/"]
    assert found["SESSION_EXPIRE_AT_BROWSER_CLOSE"] is True
    assert found["MFA_TOTP_INSECURE_BYPASS_CODE"] is None
    assert found["ACCOUNT_RATE_LIMITS"]["login_failed"] == "10/m/ip,5/5m/key"


def test_how_many_proxies_are_believed():
    assert production()["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert production(SEKALI_PROXIES="0")["ALLAUTH_TRUSTED_PROXY_COUNT"] == 0
    for wrong in ("-1", "x", "10", "1.0", "\N{SUPERSCRIPT TWO}"):
        assert production(SEKALI_PROXIES=wrong) == "sekali: SEKALI_PROXIES must be a number from 0 to 9."


def test_the_cookie_of_a_session_as_it_is_sent(db, settings):
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Host-session", True
    client = Client()
    enter(client, factories.member("Sari", factories.agency("Rumah"), "case_manager"))
    session = client.session
    session["seen_at"] -= 60
    session.save()
    client.get("/cases/", secure=True)
    morsel = client.cookies["__Host-session"]
    sent = {part: morsel[part] for part in ("secure", "httponly", "samesite", "path", "domain", "max-age")}
    assert sent == {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": "", "max-age": ""}
