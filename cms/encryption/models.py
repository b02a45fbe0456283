"""The keys that lie in the database: one for each case, wrapped by a master key that does not lie there.

An unwrapped key lives as long as the call that needs it, or as the `keys_at_hand()` block around several.
"""

import base64
import contextlib
import secrets
import uuid
from contextvars import ContextVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from cms.encryption import sealing
from cms.encryption.keys import LENGTH, UnknownKey

WRAPPED = "datakey.wrapped"
_at_hand: ContextVar[dict | None] = ContextVar("keys_at_hand", default=None)


@contextlib.contextmanager
def keys_at_hand():
    """Inside, each data key is fetched and unwrapped once; at the end they are forgotten."""
    token = _at_hand.set({})
    try:
        yield
    finally:
        _at_hand.get().clear()
        _at_hand.reset(token)


class DataKeyQuerySet(models.QuerySet):
    def of_case(self, case_id):
        """The key of a case, made when it is first needed. Two at once get the same one."""
        found = self.filter(case_id=case_id).first()
        if found is None:
            try:
                with transaction.atomic():
                    found = self.create(case_id=case_id)
            except IntegrityError:
                found = self.get(case_id=case_id)
        return found

    def seal(self, text, *, case_id, label, row):
        """Seal under the key of a case. Raises sealing.Destroyed when that is no more."""
        key = self.of_case(case_id)
        return sealing.seal_with(key.unwrapped(label), sealing.DATA, key.pk.hex, text, label=label, row=row)

    def unseal(self, token, *, label, row):
        """Open what `seal` made. Raises sealing.Unreadable, or sealing.Destroyed when the key was destroyed."""
        try:
            kind, key_id = sealing.parts_of(token)
        except ValueError:
            raise sealing.Unreadable(f"{label}: this is not a sealed text") from None
        if kind != sealing.DATA:
            raise sealing.Unreadable(f"{label}: sealed with another kind of key")
        return sealing.open_with(self._opened(key_id, label), token, label=label, row=row)

    def _opened(self, key_id, label):
        cache = _at_hand.get()
        if cache is not None and key_id in cache:
            return cache[key_id]
        found = self.filter(pk=key_id).first() if len(key_id) == LENGTH else None
        if found is None:
            raise sealing.Unreadable(f"{label}: its data key is not here")
        key = found.unwrapped(label)
        if cache is not None:
            cache[key_id] = key
        return key


def _fresh():
    return base64.b64encode(secrets.token_bytes(LENGTH)).decode()


class DataKey(models.Model):
    """The key of one case. Destroying it erases, in every table, copy and old version, what it sealed; only the erasing of
    background jobs does (sekali_erase_case), the site has no right to.

    `case_id` is a plain number, for the tombstone outlives the case; row security goes by it (services/0010).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case_id = models.BigIntegerField(unique=True)
    wrapped = models.TextField(null=True)  # noqa: DJ001 -- NULL says destroyed; a constraint ties it to destroyed_at
    master_id = models.CharField(max_length=16)
    destroyed_at = models.DateTimeField(null=True)

    objects = DataKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | Q(wrapped__isnull=False, wrapped__startswith="m1.", destroyed_at__isnull=True),
                name="datakey_is_wrapped_or_destroyed",
            )
        ]

    def save(self, **options):
        if self._state.adding and self.wrapped is None and self.destroyed_at is None:
            self.wrap(_fresh())
        super().save(**options)

    def wrap(self, key):
        """Put a key (base64) under the current master key. Not saved."""
        ring = settings.MASTER_KEYS
        self.master_id = ring.current
        self.wrapped = sealing.seal_with(
            ring.derive(ring.current, "wrapping"), sealing.MASTER, ring.current, key, label=WRAPPED, row=self.pk
        )

    def unwrap(self):
        """The key as base64. Raises sealing.Unreadable."""
        try:
            master = settings.MASTER_KEYS.derive(self.master_id, "wrapping")
        except UnknownKey as missing:
            raise sealing.Unreadable(f"{WRAPPED}: wrapped by the master key {missing}, which is not here") from None
        return sealing.open_with(master, self.wrapped, label=WRAPPED, row=self.pk)

    def unwrapped(self, label):
        """The 32 bytes. Raises sealing.Destroyed, naming the field that asked, or sealing.Unreadable."""
        if self.wrapped is None:
            raise sealing.Destroyed(f"{label}: erased")
        return base64.b64decode(self.unwrap())


class MasterKeyCheck(models.Model):
    """A known word sealed under a master key: it says at every start whether the key given is the right one."""

    key_id = models.CharField(primary_key=True, max_length=16)
    word = models.TextField()
