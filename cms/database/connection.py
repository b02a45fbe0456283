"""Who the default connection is: the application, or, for a declared moment, the owner of the tables."""

import contextlib

from django.conf import settings
from django.db import connection

IDENTITY = ("USER", "PASSWORD", "HOST", "PORT")


@contextlib.contextmanager
def as_owner():
    """Reconnect the default connection as the role that owns the tables; only migrating may need this.

    The switch happens on the default alias because migrations of other packages use it by name.
    """
    if connection.in_atomic_block:
        raise RuntimeError("as_owner() cannot start inside a transaction: the connection is replaced")
    application = {key: connection.settings_dict[key] for key in IDENTITY}
    connection.close()
    connection.settings_dict.update({key: settings.DATABASE_OWNER[key] for key in IDENTITY})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(application)
