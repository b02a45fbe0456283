"""How tests get behind the door without walking through it; tests/house/test_sign_in.py walks."""

import threading
import time

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.db import connection

from cms.accounts import wall
from cms.accounts.adapter import LETTER
from cms.accounts.factors import factors_of, give_totp, totp_secret

_used = set()


def enter(client, person):
    """Sign `person` in at this Django test client, as sign-in with everything it asks for would leave them."""
    client.force_login(person)
    session = client.session
    factor = factors_of(person.pk).first() or give_totp(person)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time()},
        {"method": "mfa", "at": time.time(), "id": factor.pk, "type": factor.type},
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.pk)
    wall.begin(session)
    session.save()


def enter_halfway(client, person):
    """Sign `person` in by password alone, as before the second step was asked for."""
    client.force_login(person)
    session = client.session
    wall.begin(session)
    session.save()


def digits(person):
    """The six digits that the authenticator app of `person` shows, and that were not used yet: each fits once."""
    now, secret = int(time.time()) // 30, totp_secret(person)
    for counter in (now, now + 1, now - 1):
        once = (connection.settings_dict["NAME"], secret, counter)
        if once not in _used:
            _used.add(once)
            return format_hotp_value(hotp_value(secret, counter))
    time.sleep(30 - time.time() % 30)
    return digits(person)


def letters():
    """The letters that were sent, those on their way included."""
    for thread in threading.enumerate():
        if thread.name == LETTER:
            thread.join()
    return mail.outbox
