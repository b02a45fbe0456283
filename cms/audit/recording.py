"""`record()` an event in the transaction of what it tells of, and `action`, which also records refusals.

If the event cannot be written, the work it tells of fails with it: nothing happens here unrecorded.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection, transaction

from cms.audit.models import AuditEvent

Action = TypeVar("Action", bound=Callable[..., Any])


class Refusal(Exception):
    """Base of every "no" an action may say. `keys` are the rules that spoke, for the record."""

    keys: tuple[str, ...] = ()


def record(verb, *, by, now, about=None, case_id=None, **detail):
    """Write one AuditEvent in the current transaction and return it.

    `by` is a user or None; `about` any saved model instance; `detail` holds keys and counts only.
    """
    return AuditEvent.objects.create(
        at=now,
        actor=by if by is not None and by.pk else None,
        verb=verb,
        kind=about._meta.model_name if about is not None else "",  # noqa: SLF001 -- Django's documented Meta API
        key=str(about.pk) if about is not None else "",
        case_id=case_id,
        detail=detail,
    )


def action(verb: str) -> Callable[[Action], Action]:
    """Make a function one savepoint: all or nothing, deferred constraints checked, a refusal recorded afterwards.

    The function is called with keywords only, among them `by` and `now`; `case`, if given, is named in the record.
    A `Refusal` undoes the savepoint first, so that the record of it stands alone.
    """

    def decorate(function):
        @functools.wraps(function)
        def inner(*, by, now, **facts):
            try:
                with transaction.atomic():
                    result = function(by=by, now=now, **facts)
                    with connection.cursor() as cursor:
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
                    return result
            except Refusal as refusal:
                case = facts.get("case")
                record(verb, by=by, now=now, case_id=case.pk if case is not None else None, rules=list(refusal.keys))
                raise

        inner.refused_as = verb
        return inner

    return decorate
