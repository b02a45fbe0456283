"""Are the master keys the right ones? Asked at every start; a wrong or missing one ends it with one sentence.

For every master key that still opens something there is a known word sealed under it. `lay` writes the first, after
the first migration; `rotate_keys` writes the new key's and takes away the old one's when nothing needs it any more.
"""

import os

from django.conf import settings
from django.core.management import CommandError
from django.db import OperationalError, connection

from cms.database.standing import refuse
from cms.encryption import sealing
from cms.encryption.keys import UnknownKey
from cms.encryption.models import MasterKeyCheck

WORD = "a child tells it once"
LABEL = "masterkeycheck.word"


def lay():
    """Write the word of the current key if no key has one yet."""
    if not MasterKeyCheck.objects.exists():
        write(settings.MASTER_KEYS.current)


def write(key_id):
    """Seal the word under one master key, unless it is there."""
    key = settings.MASTER_KEYS.derive(key_id, "check")
    word = sealing.seal_with(key, sealing.MASTER, key_id, WORD, label=LABEL, row=key_id)
    MasterKeyCheck.objects.get_or_create(key_id=key_id, defaults={"word": word})


def fault():
    """What is wrong with the master keys, in one sentence; empty when every word opens or nothing is sealed yet."""
    if MasterKeyCheck._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 -- Django's documented Meta API
        return ""
    for check in MasterKeyCheck.objects.order_by("key_id"):
        try:
            key = settings.MASTER_KEYS.derive(check.key_id, "check")
            sealing.open_with(key, check.word, label=LABEL, row=check.key_id)
        except UnknownKey:
            return f"the master key {check.key_id} is missing from SEKALI_MASTER_KEYS, and data is sealed under it."
        except sealing.Unreadable:
            return f"the master key {check.key_id} is not the one that this database's data is sealed under."
    return ""


def require():
    """End this process with one sentence unless the keys are right. Leaves no connection behind."""
    try:
        said = fault()
    except OperationalError:
        said = "the database server does not answer; check DATABASE_URL."
    finally:
        connection.close()
    if said:
        refuse(said)


def check():
    """For commands. Raises CommandError with the sentence."""
    said = fault()
    if said:
        raise CommandError(said)


def require_web(environ=os.environ):
    """As `require`, for the process that serves pages, which must not hold the key of the indexes."""
    if environ.get("SEKALI_INDEX_KEY"):
        refuse("SEKALI_INDEX_KEY belongs to background jobs only; the site does not start with it.")
    require()
