"""Keyed fingerprints of identities, made by background jobs: a few rows at a time, each few in their own transaction."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from cms.encryption.indexing import fingerprint
from cms.encryption.models import DataKey
from cms.encryption.sealing import Unreadable
from services.models import ChildIdentity, IdentityIndex
from services.rules.identities import normal_name

BATCH = 100  # rows


def waiting() -> QuerySet[ChildIdentity]:
    """Identities that changed since their fingerprints were made, or have none yet; erased ones are not among them."""
    made = IdentityIndex.objects.filter(identity=OuterRef("pk"), revision=OuterRef("revision"))
    return ChildIdentity.objects.filter(~Exists(made)).exclude(case_id__in=_erased()).order_by("pk")


def make(*, key: bytes, done: Callable[[int], None]) -> tuple[int, int]:
    """Make what waits; `done(n)` is called after every few. Returns (made, could not be opened)."""
    made = 0
    faults: list[UUID] = []
    while True:
        with transaction.atomic():
            rows = list(waiting().exclude(pk__in=faults)[:BATCH])
            for identity in rows:
                try:
                    facts = _fingerprints(identity, key)
                except Unreadable:
                    faults.append(identity.pk)
                    continue
                facts["revision"] = identity.revision
                IdentityIndex.objects.update_or_create(identity=identity, defaults=facts)
                made += 1
        if not rows:
            return made, len(faults)
        done(made)


def forget_erased() -> int:
    """Delete the fingerprints of cases whose key was destroyed. Returns how many rows there were."""
    return IdentityIndex.objects.filter(identity__case_id__in=_erased()).delete()[0]


def forget(case_id: int) -> int:
    """Delete the fingerprints of one case. Returns how many rows there were."""
    return IdentityIndex.objects.filter(identity__case_id=case_id).delete()[0]


def _erased() -> QuerySet:
    return DataKey.objects.filter(destroyed_at__isnull=False).values("case_id")


def _fingerprints(identity: ChildIdentity, key: bytes) -> dict[str, object]:
    nik, born, name = identity.nik.open(), identity.birth_date.open(), normal_name(identity.called_name.open())
    return {
        "nik": fingerprint(key, "nik", nik) if nik else "",
        "name_and_birth": fingerprint(key, "name and birth", f"{name}\x00{born}") if name and born else "",
    }
