"""Hash-chain the audit: each sealed event's digest covers the one before, so that no row can be changed unnoticed.

One sealer works through committed events in the background; an inline chain would make every request wait for every
other (723 against 46 transactions a second, privacy.md). `content` is the SHA-256 of an event's columns, `digest` that
of position, content and the digest before. Whoever owns the database could rebuild the whole chain; therefore the head
is shipped elsewhere, and verifying compares with what was shipped.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from cms.audit.models import KEPT_AT_LEAST, AuditEvent, Seal

BEGINNING = "0" * 64
BATCH = 1000  # events in one transaction
ERASED = "records.erased"  # what erasing writes, with `what` and `rows`
# An event may be committed this long after it was stamped: requests end within two minutes (roles.sql, timeouts).
GRACE = timedelta(minutes=10)
LOOK_BACK = timedelta(days=2)
ONE_SEALER = 0x5EA1


@dataclass(frozen=True)
class Fault:
    """What `verify` found, and where: a position, a key or a time.

    `kind` is changed, deleted, inserted, late, reordered, chain, head, clock or erased.
    """

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

    `shipped` are heads kept elsewhere, as (position, digest, sealed at): the chain must still pass through each of them,
    at that time. An event that was erased when its period ended is no fault; one that only claims so is: links must be
    sealed one after the other, so that a young one cannot be made old, and each erasing is an event itself.
    """
    expected = {position: (digest, sealed_at) for position, digest, sealed_at in shipped}
    position, previous, newest = 0, BEGINNING, None
    for one in Seal.objects.order_by("position").iterator(chunk_size=BATCH):
        position += 1
        if one.position != position:
            yield Fault("chain", f"{position}..{one.position - 1}")
            position = one.position
        if one.digest != link(previous, one.position, one.content):
            yield Fault("reordered", str(one.position))
        if expected.pop(one.position, (one.digest, one.sealed_at)) != (one.digest, one.sealed_at):
            yield Fault("head", str(one.position))
        if newest is not None and one.sealed_at < newest - GRACE:
            yield Fault("clock", str(one.position))
        previous, newest = one.digest, max(newest or one.sealed_at, one.sealed_at)
    for missing in sorted(expected):
        yield Fault("head", str(missing))
    yield from _events_against_seals()
    yield from _erased_as_recorded()


def _erased_as_recorded():
    """As many links have lost their event as the record says were erased at that moment."""
    lost = Counter(Seal.objects.filter(erased_at__isnull=False).values_list("erased_at", flat=True).iterator())
    said = AuditEvent.objects.filter(verb=ERASED, detail__what="audit", at__in=lost)
    recorded = {event.at: event.detail["rows"] for event in said}
    last = max(lost, default=None)
    for moment, links in sorted(lost.items()):
        gone_itself = moment not in recorded and moment <= last - KEPT_AT_LEAST
        if not gone_itself and recorded.get(moment) != links:
            yield Fault("erased", moment.isoformat())


def _events_against_seals():
    seals = Seal.objects.order_by("position")
    for batch in _batches(seals):
        events = AuditEvent.objects.in_bulk([one.event for one in batch if one.event])
        for one in batch:
            event = events.get(one.event)
            lawfully_gone = one.erased_at is not None and one.erased_at >= one.sealed_at + KEPT_AT_LEAST
            if lawfully_gone:
                continue
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
