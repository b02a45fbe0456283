"""A telephone for the demonstration: the running server says the current six digits in its terminal.

As the console mail backend prints letters. Only `cms.settings.dev` names this, and it speaks only over the embedded
database of a first run, of people of the demonstration (`.example` addresses). In production there is no embedded
database, so it is mute whoever names it.
"""

import sys
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from cms.accounts.factors import give_totp, has_factor, totp_secret
from cms.database import embedded


def speaks_of(person):
    """Is this an invented person in the embedded database of a first run? Asked of the connection, not of a setting."""
    address = connections[DEFAULT_DB_ALIAS].settings_dict["HOST"]
    here = bool(settings.EMBEDDED) and address == str(embedded.socket_folder(embedded.FOLDER))
    return here and person.email.endswith(".example")


def say(person, out=None):
    """Print who stands at the second step and what their telephone would show."""
    secret = totp_secret(person) if speaks_of(person) else None
    if secret:
        digits = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        print(f"second step of {person.email}: {digits}", file=out or sys.stderr, flush=True)


def equip(people):
    """Give each invented person without a second step an authenticator app that lives in the terminal."""
    for person in people:
        if speaks_of(person) and not has_factor(person):
            give_totp(person)
