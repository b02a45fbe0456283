"""Who the default connection is: the application, or, for a declared moment, the owner of the tables or the jobs."""

import contextlib

from django.conf import settings
from django.db import connection

IDENTITY = ("USER", "PASSWORD", "HOST", "PORT")


class NoJobs(Exception):
    """Background work was asked for where no address of its role is set."""


@contextlib.contextmanager
def as_owner():
    """Reconnect the default connection as the role that owns the tables; only migrating may need this.

    The switch happens on the default alias because migrations of other packages use it by name.
    """
    with _as(settings.DATABASE_OWNER, "as_owner()"):
        yield


@contextlib.contextmanager
def as_jobs():
    """Reconnect the default connection as the role of background work. Raises NoJobs where its address is not set."""
    if settings.DATABASE_JOBS is None:
        raise NoJobs("DATABASE_JOBS_URL is not set: background work runs as its own database role.")
    with _as(settings.DATABASE_JOBS, "as_jobs()"):
        yield


@contextlib.contextmanager
def _as(other, name):
    if connection.in_atomic_block:
        raise RuntimeError(f"{name} cannot start inside a transaction: the connection is replaced")
    application = {key: connection.settings_dict[key] for key in IDENTITY}
    connection.close()
    connection.settings_dict.update({key: other[key] for key in IDENTITY}, DECLARED=True)  # see standing
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(application, DECLARED=False)
