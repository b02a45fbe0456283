"""A telephone for the demonstration: the running server says the current six digits in its terminal.

As the console mail backend prints letters. Only `cms.settings.dev` names this, and it speaks only over the embedded
database of a first run, of people of the demonstration (`.example` addresses). In production there is no embedded
database, so it is mute whoever names it.
"""

import sys
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings

from cms.accounts.factors import give_totp, has_factor, totp_secret
from cms.database import embedded


def is_demonstration():
    """Is this the embedded database of a first run? Asked of the connection, not of a setting alone."""
    socket = str(embedded.socket_folder(embedded.FOLDER))
    return bool(settings.EMBEDDED) and settings.DATABASES["default"]["HOST"] == socket


def say(user, out=None):
    """Print who stands at the second step and what their telephone would show."""
    secret = totp_secret(user) if is_demonstration() and user.email.endswith(".example") else None
    if secret:
        digits = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        print(f"second step of {user.email}: {digits}", file=out or sys.stderr, flush=True)


def equip(people):
    """Give each demonstration person without a second step an authenticator app that lives in the terminal."""
    for person in people:
        if is_demonstration() and not has_factor(person):
            give_totp(person)
