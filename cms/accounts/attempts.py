"""What is counted at the door, shared by every worker: attempts, and second-step digits that were used already.

Django's default cache, divided. Whatever allauth counts stands in the table of `Attempt`, written on a connection of its
own that commits at once: a request that is rolled back does not forget the attempt, and a second worker knows of it.
Anything else (Wagtail's site addresses) stays in this process. Values are JSON, never a pickle: who can write a row
must not be able to run code. Keys name an address or a network, so only their HMAC is kept. Timeouts are in seconds.
"""

import json
import threading
from contextlib import contextmanager

from allauth.core import context
from django.core.cache.backends.locmem import LocMemCache
from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.crypto import salted_hmac

SHARED = "allauth"
USED_DIGITS = "allauth.mfa.totp.used"
USED_DIGITS_STAY = 120  # longer than the three half minutes in which the same digits fit
_here = threading.local()


@contextmanager
def _cursor():
    """A cursor that commits by itself. Within a request its connection is kept until the request is over."""
    kept = getattr(_here, "connection", None)
    raw = kept or connections[DEFAULT_DB_ALIAS].copy()
    if context.request is not None:
        _here.connection = raw
    try:
        with raw.cursor() as cursor:
            yield cursor
    finally:
        if context.request is None and kept is None:
            raw.close()


def _let_go(**_signal):
    raw = getattr(_here, "connection", None)
    if raw is not None:
        _here.connection = None
        raw.close()


request_finished.connect(_let_go, dispatch_uid="cms.accounts.attempts")

TAKE = """
INSERT INTO accounts_attempt (key, value, expires)
VALUES (%(key)s, %(value)s, clock_timestamp() + %(timeout)s * interval '1 second')
ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires
"""
TAKE_IF_FREE = f"{TAKE} WHERE accounts_attempt.expires <= clock_timestamp()"
SWEEP = """
DELETE FROM accounts_attempt WHERE key IN (
  SELECT key FROM accounts_attempt WHERE expires <= clock_timestamp() LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
READ = "SELECT value FROM accounts_attempt WHERE key = %s AND expires > clock_timestamp()"


class SharedAttempts(LocMemCache):
    """`settings.CACHES["default"]`: allauth's keys in the database, the rest in memory."""

    def get(self, key, default=None, version=None):
        if not key.startswith(SHARED):
            return super().get(key, default, version)
        with _cursor() as cursor:
            cursor.execute(READ, [name(key)])
            row = cursor.fetchone()
        return json.loads(row[0]) if row else default

    def set(self, key, value, timeout=300, version=None):
        if not key.startswith(SHARED):
            super().set(key, value, timeout, version)
            return
        with _cursor() as cursor:
            cursor.execute(SWEEP)
            cursor.execute(TAKE, facts(key, value, timeout))

    def add(self, key, value, timeout=300, version=None):
        """Set it if it is not there; True if so. The database decides between two workers."""
        if not key.startswith(SHARED):
            return super().add(key, value, timeout, version)
        with _cursor() as cursor:
            cursor.execute(TAKE_IF_FREE, facts(key, value, timeout))
            return cursor.rowcount == 1

    def delete(self, key, version=None):
        if not key.startswith(SHARED):
            return super().delete(key, version)
        with _cursor() as cursor:
            cursor.execute("DELETE FROM accounts_attempt WHERE key = %s", [name(key)])
            return cursor.rowcount == 1


def name(key):
    """How a key is kept: nobody reads an address or a network out of the table."""
    return salted_hmac("cms.accounts.attempts", key, algorithm="sha256").hexdigest()


def facts(key, value, timeout):
    seconds = max(timeout, USED_DIGITS_STAY) if key.startswith(USED_DIGITS) else timeout
    return {"key": name(key), "value": json.dumps(value), "timeout": seconds}
