"""Hash-chain the audit: each sealed event's digest covers the one before, so that no row can be changed unnoticed.

One sealer works through committed events in the background; an inline chain would make every request wait for every
other (723 against 46 transactions a second, privacy.md). `content` is the SHA-256 of an event's columns, `digest` that
of position, content and the digest before. Whoever owns the database could rebuild the whole chain; therefore the head
is shipped elsewhere, and verifying compares with what was shipped.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from cms.audit.models import AuditEvent, Seal

BEGINNING = "0" * 64
BATCH = 1000  # events in one transaction
# An event may be committed this long after it was stamped: requests end within two minutes (roles.sql, timeouts).
GRACE = timedelta(minutes=10)
LOOK_BACK = timedelta(days=2)
ONE_SEALER = 0x5EA1


@dataclass(frozen=True)
class Fault:
    """What `verify` found. `kind` is changed, deleted, inserted, late, reordered, chain or head; `where` a position or key."""

    kind: str
    where: str


def content(event):
    """SHA-256 (hex) of everything an event says."""
    said = [str(event.pk), event.at.astimezone(UTC).isoformat(timespec="microseconds"), event.actor_id, event.verb,
            event.kind, event.key, event.case_id, event.detail]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def link(previous, position, inside):
    """The digest (hex) at `position`: it covers the content and all that came before."""
    return hashlib.sha256(f"{previous}:{position}:{inside}".encode()).hexdigest()


def head():
    """The newest seal, or None."""
    return Seal.objects.order_by("-position").first()


def seal(now):
    """Seal one batch of committed events, oldest first; returns how many. Runs as background work."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
        last = head()
        waiting = unsealed()
        if last is not None:
            waiting = waiting.filter(at__gte=last.sealed_at - LOOK_BACK)
        events = list(waiting.order_by("at", "pk")[:BATCH])
        position, previous = (last.position, last.digest) if last else (0, BEGINNING)
        late_before = last.sealed_at - GRACE if last else None
        made = []
        for event in events:
            position, inside = position + 1, content(event)
            previous = link(previous, position, inside)
            late = late_before is not None and event.at < late_before
            made.append(
                Seal(position=position, event=event.pk, content=inside, digest=previous, sealed_at=now, late=late)
            )
        Seal.objects.bulk_create(made)
    return len(made)


def unsealed():
    return AuditEvent.objects.filter(~Exists(Seal.objects.filter(event=OuterRef("pk"))))


def verify(shipped=()):
    """Yield a Fault for everything that does not fit; nothing when the record is whole. Runs as background work.

    `shipped` are heads kept elsewhere, as (position, digest): the chain must still pass through each of them.
    """
    expected = dict(shipped)
    position, previous = 0, BEGINNING
    for one in Seal.objects.order_by("position").iterator(chunk_size=BATCH):
        position += 1
        if one.position != position:
            yield Fault("chain", f"{position}..{one.position - 1}")
            position = one.position
        if one.digest != link(previous, one.position, one.content):
            yield Fault("reordered", str(one.position))
        if expected.pop(one.position, one.digest) != one.digest:
            yield Fault("head", str(one.position))
        previous = one.digest
    for missing in sorted(expected):
        yield Fault("head", str(missing))
    yield from _events_against_seals()


def _events_against_seals():
    seals = Seal.objects.order_by("position")
    for batch in _batches(seals):
        events = AuditEvent.objects.in_bulk([one.event for one in batch])
        for one in batch:
            event = events.get(one.event)
            if event is None:
                yield Fault("deleted", str(one.position))
            elif content(event) != one.content:
                yield Fault("changed", str(one.position))
            elif one.late:
                yield Fault("late", str(one.position))
    last = head()
    if last is not None:
        for key in unsealed().filter(at__lt=last.sealed_at - GRACE).values_list("pk", flat=True):
            yield Fault("inserted", str(key))


def _batches(seals):
    after = 0
    while batch := list(seals.filter(position__gt=after)[:BATCH]):
        yield batch
        after = batch[-1].position
