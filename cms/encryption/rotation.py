"""Put everything under the current master key, a few rows at a time, each few in a transaction of their own.

Killed in the middle, it goes on where it stopped, since what is left to do is asked of the rows themselves. Texts that
other packages keep in tables of their own are named in settings.RESEALED, as functions that return a `Work`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from cms.encryption import sealing
from cms.encryption.fields import SealedField, Token
from cms.encryption.models import DataKey

BATCH = 100  # rows


@dataclass(frozen=True)
class Work:
    """One kind of rows: those that `waiting` finds are not under the current key, until `renew` was called on them."""

    name: str
    waiting: Callable[[], QuerySet]
    renew: Callable[[object], None]


def works():
    """Everything there is to do, data keys first."""
    yield Work("data keys", _keys_waiting, _wrap_anew)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:  # noqa: SLF001 -- Django's documented Meta API
            if isinstance(field, SealedField) and not field.per_case:
                yield _column(model, field)
    for name in settings.RESEALED:
        yield import_string(name)()


def run(work, done):
    """Renew what waits; `done(n)` is called after every few rows, when they are safe. Returns how many there were."""
    total = 0
    while True:
        with transaction.atomic():
            rows = list(work.waiting().select_for_update().order_by("pk")[:BATCH])
            for row in rows:
                work.renew(row)
        if not rows:
            return total
        total += len(rows)
        done(total)


def resealed(token, *, label, row):
    """A text of the master key's, under the current one."""
    return sealing.seal(sealing.unseal(token, label=label, row=row), label=label, row=row)


def current_prefix():
    return f"{sealing.MASTER}.{settings.MASTER_KEYS.current}."


def _keys_waiting():
    return DataKey.objects.filter(destroyed_at__isnull=True).exclude(master_id=settings.MASTER_KEYS.current)


def _wrap_anew(key):
    key.wrap(key.unwrap())
    key.save(update_fields=["wrapped", "master_id"])


def _column(model, field):
    def waiting():
        return model._default_manager.exclude(**{field.name: ""}).exclude(  # noqa: SLF001 -- Django's documented API
            **{f"{field.name}__startswith": current_prefix()}
        )

    def renew(row):
        token = resealed(field.get_prep_value(getattr(row, field.name)), label=field.label, row=row.uuid)
        model._default_manager.filter(pk=row.pk).update(**{field.name: Token(token)})  # noqa: SLF001 -- as above

    return Work(field.label, waiting, renew)
