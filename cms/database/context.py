"""The row-security context: for whom the database answers inside this transaction.

`sekali.user_id` is always set with `is_local => true`: it ends with the transaction, so a pooled connection cannot
carry one person's sight to the next. Without a context the policies return no row.
"""

import contextlib

from django.db import connection, transaction

SETTING = "sekali.user_id"
# One round trip: what was set before, then the new value, in this order because the second reads the first.
SWAP = """
SELECT was.value FROM (SELECT coalesce(current_setting(%s, true), '') AS value OFFSET 0) AS was
 CROSS JOIN LATERAL set_config(%s, left(was.value, 0) || %s, true)
"""


def answer_as(user):
    """Answer as `user` until the transaction ends, which forgets it: what is checked at the commit still knows who asks."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("answer_as() needs a transaction: its setting is local to one")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, _value(user)])


@contextlib.contextmanager
def acting_as(user):
    """Answer as `user` (anything with a `pk`, or None for nobody) until the block ends. Needs an open transaction."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("acting_as() needs a transaction: its setting is local to one")
    previous = _set(_value(user))
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _set(previous)


def current_user_id():
    """The user the database answers for, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nullif(current_setting(%s, true), '')", [SETTING])
        value = cursor.fetchone()[0]
    return int(value) if value else None


def _value(user):
    return str(user.pk) if user is not None and user.pk else ""


def _set(value):
    with connection.cursor() as cursor:
        cursor.execute(SWAP, [SETTING, SETTING, value])
        return cursor.fetchone()[0]
