"""Whom the process may be to the database: the application's role (the public face: its own), and nobody mightier.

A superuser, the tables' owner or a role that skips row security would see every case whatever the policies say, and no
test would notice in use. So the start is refused, and each first connection of a process is looked at again.
"""

import sys

from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created


class TooMighty(Exception):
    """The process signed in to the database as somebody who sees too much."""


LOOK = """
SELECT current_user, role.rolsuper, role.rolbypassrls, role.rolcreaterole,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner = role.oid)
         OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'sekali_owner' AND pg_has_role(current_user, oid, 'MEMBER'))
  FROM pg_roles role WHERE role.rolname = current_user
"""
FACES = {"public": {"sekali_public"}, "staff": {"sekali_app"}, "": {"sekali_app"}}
EXIT_CODE = 3  # gunicorn gives up on 3 and would start its workers again and again on any other
_looked_at = set()


def fault(cursor):
    """One sentence on why the role that `cursor` works as may not serve, or an empty string."""
    cursor.execute(LOOK)
    role, is_super, skips, makes_roles, owns = cursor.fetchone()
    wanted = FACES[settings.FACE]
    for wrong, what in ((is_super, "is a superuser"), (skips, "skips row security"), (makes_roles, "may make roles"),
                        (owns, "owns the tables"), (role not in wanted, "is not the role meant for this")):  # fmt: skip
        if wrong:
            return f"the database role {role} {what}; sign in as {' or '.join(sorted(wanted))}."
    return ""


def refuse_the_mighty():
    """End the start with one sentence when the default connection is too mighty. Nothing when nobody answers yet."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return  # the site answers 503; the first connection is looked at when there is one
    except TooMighty as error:
        refuse(error)
    finally:
        connection.close()


def refuse(sentence):
    """End this process with one sentence, for good."""
    sys.stderr.write(f"sekali: {sentence}\n")
    sys.exit(EXIT_CODE)


def look_at(sender, connection, **_signal):  # noqa: ARG001 -- Django's signal
    """Refuse a connection that is too mighty, once per process and address. The declared exceptions are left alone."""
    who = tuple(connection.settings_dict[key] for key in ("HOST", "PORT", "NAME", "USER"))
    if who in _looked_at or connection.settings_dict.get("DECLARED"):
        return
    with connection.cursor() as cursor:
        wrong = fault(cursor)
    if wrong:
        connection.close()
        raise TooMighty(wrong)
    _looked_at.add(who)


def begin():
    connection_created.connect(look_at, dispatch_uid="cms.database.standing")
