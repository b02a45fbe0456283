"""End the life of what is due. Called by background work only, as `sekali_jobs`; one case is one transaction.

What a case's erasure does stands in the database (`sekali_erase_case`, migration 0021): it checks once more that the
case is closed and not held, writes the ledger, destroys the case's key and deletes its rows, former states included.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from wagtail.management.commands.purge_revisions import purge_revisions

from cms.audit.recording import action, record
from cms.places import zone_of
from services.models import Availability, Erasure, Leave, Replanning
from services.rules.retention import after_months, case_due_on, line

CLOSED = "SELECT id, fingerprint, opened_at, closed_at, age_months, province, held FROM sekali_closed_cases()"
ERASE = "SELECT sekali_erase_case(%s, %s, %s, %s, %s, %s)"
FORMAT = "sekali-erasures-1"
FINGERPRINT = re.compile("[0-9a-f]{64}")


class NotOurLedger(ValueError):
    """A line of the file is no entry of an erasure ledger; the message names the line's number."""


@dataclass(frozen=True)
class ClosedCase:
    """A closed case as background work may know it. `due_on` is the first day on which it may be erased."""

    pk: int
    fingerprint: str
    due_on: date | None
    zone: Any
    held: bool

    def due(self, now: datetime) -> bool:
        return not self.held and self.due_on is not None and self.due_on <= now.astimezone(self.zone).date()


def closed_cases() -> list[ClosedCase]:
    """Every closed case, held or not, in order. No code leaves the database."""
    kept = line("case")
    with connection.cursor() as cursor:
        cursor.execute(CLOSED)
        rows = cursor.fetchall()
    found = []
    for pk, its_fingerprint, opened_at, closed_at, age_months, province, held in rows:
        zone = zone_of(province)
        due_on = case_due_on(kept, closed_at=closed_at, opened_at=opened_at, age_months=age_months, zone=zone)
        found.append(ClosedCase(pk, its_fingerprint, due_on, zone, held))
    return found


@action("erasure.refused")
def erase_case(*, closed, by, now, first=None):
    """Erase one case: all of it or nothing. Returns the counts by table, or None where there is no such case.

    `first` is when it was erased the first time, for doing it again after a restore: then neither an old hold nor an
    old date stands in the way. The database refuses a case that is open or held.
    """
    with connection.cursor() as cursor:
        cursor.execute(ERASE, [closed.pk, closed.fingerprint, "case", closed.due_on, now, first])
        counts = cursor.fetchone()[0]
    if counts is None:
        return None
    counts = json.loads(counts)
    record("case.erased", by=by, now=now, case_id=closed.pk, rows=sum(counts.values()), again=first is not None)
    return counts


@action("erasure.refused")
def erase_kind(*, key, by, now):
    """Erase what is due of one kind of record that belongs to no case. Returns how many rows; the ledger keeps it."""
    gone = SWEEPS[key](now)
    if gone:
        Erasure.objects.bulk_create([Erasure(what=key, erased_at=now, counts={key: gone})])
        record("records.erased", by=by, now=now, what=key, rows=gone)
    return gone


def _rows(function, *values):
    with connection.cursor() as cursor:
        cursor.callproc(function, values)
        return cursor.fetchone()[0]


def _years_before(key, now):
    """The moment before which records of this kind are due, for a period in calendar years."""
    return datetime.combine(after_months(now.date(), -12 * line(key).years), now.timetz())


def _audit(now):
    return _rows("sekali_erase_audit", _years_before("audit", now), now)


def _breaches(now):
    return _rows("sekali_erase_breaches", _years_before("breaches", now))


def _people(now):
    return _rows("sekali_erase_people", _years_before("people", now))


def _occupancy(now):
    return _rows("sekali_erase_loose_occupancy", now - timedelta(days=line("occupancy").days))


def _working_hours(now):
    before = now - timedelta(days=line("working_hours").days)
    return Availability.objects.filter(span__endswith__lt=before).delete()[0]


def _leave(now):
    return Leave.objects.filter(span__endswith__lt=now - timedelta(days=line("leave").days)).delete()[0]


def _replannings(now):
    old = Replanning.objects.filter(at__lt=now - timedelta(days=line("replannings").days))
    return old.delete()[0]  # with their proposals


def _sessions(now):
    gone = Session.objects.filter(expire_date__lt=now).delete()[0]
    return gone + UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()[0]


def _drafts(_now):
    return purge_revisions(days=line("drafts").days, pages=True, non_pages=False)[0]


SWEEPS = {
    "occupancy": _occupancy,
    "working_hours": _working_hours,
    "leave": _leave,
    "replannings": _replannings,
    "sessions": _sessions,
    "drafts": _drafts,
    "audit": _audit,
    "breaches": _breaches,
    "people": _people,  # last: what the others erase may have named them
}


# --- the ledger outside the database, for the day an older backup is restored ----------------------------------------


def ledger_lines() -> Iterator[dict[str, Any]]:
    """Every erased case as a plain dictionary, oldest first: what `again` needs, and nobody's identity."""
    for row in Erasure.objects.filter(case_id__isnull=False).order_by("erased_at", "pk"):
        yield {
            "format": FORMAT,
            "case": row.case_id,
            "fingerprint": row.fingerprint,
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "erased_at": row.erased_at.isoformat(),
        }


def read_ledger_line(number: int, entry: Any) -> tuple[ClosedCase, datetime]:
    """The case and the first erasure of one line. Raises NotOurLedger."""
    try:
        due_on = date.fromisoformat(entry["due_on"]) if entry["due_on"] else None
        erased_at = datetime.fromisoformat(entry["erased_at"])
        found = ClosedCase(int(entry["case"]), entry["fingerprint"], due_on, None, held=False)
        ours = entry["format"] == FORMAT and FINGERPRINT.fullmatch(found.fingerprint) and erased_at.tzinfo
    except (KeyError, TypeError, ValueError):
        ours = None
    if not ours:
        raise NotOurLedger(f"line {number} is no entry of an erasure ledger")
    return found, erased_at
