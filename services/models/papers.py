"""The ledger of one case laid out for a court: plain values, nobody's name, nothing of an account.

People stand in it by role and agency. Only interviews that were held are in it, each by its day, never by its place.
"""

from django.db import connection
from django.utils.translation import gettext as _

from cms.templatetags.sekali import day, when
from services.models.interviews import Interview, State
from services.models.testimony import PriorTelling, Testimony
from services.rules.testimony import times_told

HEAD = "SELECT place, digest FROM sekali_audit_head()"


def audit_head():
    """(position, SHA-256) of the newest link of the sealed chain over what happened; None before anything was sealed."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        return cursor.fetchone()


def ledger_paper(case, moment):
    """A dictionary in the language in force: code, made, told, interviews, entries (oldest first), head."""
    interviews = Interview.objects.filter(case=case, state=State.HELD).order_by("span").select_related("protocol")
    held = list(interviews.prefetch_related("participants__resource__agency", "parts"))
    rows = Testimony.objects.filter(case=case).select_related("topic", "custodian", "interview", "correction")
    entries = list(rows.order_by("pk"))
    numbers = {one.pk: number for number, one in enumerate(entries, 1)}
    told = times_told(PriorTelling.objects.filter(case=case).count(), len(held))
    return {
        "code": case.code,
        "made": when(moment, case.zone),
        "told": told,
        "interviews": [_interview(number, one) for number, one in enumerate(held, 1)],
        "entries": [_entry(one, numbers) for one in entries],
        "head": audit_head(),
    }


def _interview(number, row):
    present = [f"{one.get_role_display()}, {one.resource.agency} ({one.get_presence_display()})"
               for one in row.participants.all()]  # fmt: skip
    return {
        "number": number,
        "kind": row.get_kind_display(),
        "day": ", ".join(day(one.starts, row.zone) for one in row.sessions if getattr(one, "state", "") != "dropped"),
        "protocol": _("%(title)s, version %(number)s") % {"title": row.protocol.title, "number": row.protocol.number},
        "present": present,
    }


def _entry(row, numbers):
    return {
        "number": numbers[row.pk],
        "corrects": numbers.get(row.corrects_id),
        "topic": str(row.topic),
        "day": day(row.interview.starts, row.interview.zone),
        "outcome": row.get_outcome_display(),
        "custodian": str(row.custodian) if row.custodian else "",
        "reference": row.reference,
        "sha256": row.sha256,
        "correction": row.get_correction_reason_display(),
        "stands": row.stands,
    }
