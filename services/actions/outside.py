"""Take over busy times from somebody's own calendar file: read, shown, then kept; put in place of the former; removed.

Only spans are kept. The name of the file, what it says and what a library says about it are neither stored nor logged.
What is booked already stays booked: a clash is shown to whoever is booked, and moving is for the case's own people.
"""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.expanding import TooMuch, expand
from services.actions.hours import HORIZON, materialise
from services.models import OutsideBusy, OutsideCalendar, Resource

# A fault of the file, and the rule that says it in words.
REFUSED = {
    "not_a_calendar": "outside_not_a_calendar",
    "too_deep": "outside_too_deep",
    "many_events": "outside_many_events",
    "many_dates": "outside_many_dates",
    "many_times": "outside_many_times",
    "too_often": "outside_too_often",
}
DRAFTS_STAY = timedelta(days=1)


@action("outside.refused")
def read_calendar(*, resource, data, by, now):
    """Read a calendar file (bytes) for `resource` as a draft, in place of an earlier draft. Returns the OutsideCalendar.

    It covers the days for which hours are laid out. Refuses what is no calendar, could go on for ever, or takes too long.
    """
    zone = ZoneInfo(resource.zone)
    since = datetime.combine(now.astimezone(zone).date(), time(), zone)
    until = since + timedelta(days=HORIZON)
    spans, left_out = _busy(data, resource.zone, since, until)
    _locked(resource)
    OutsideCalendar.objects.drafts().filter(resource=resource).delete()
    calendar = OutsideCalendar.objects.create(
        resource=resource, since=since, until=until, left_out=left_out, by=by, at=now
    )
    OutsideBusy.objects.bulk_create(
        [
            OutsideBusy(calendar=calendar, resource=resource, span=TimestamptzRange(*_moments(span, zone)))
            for span in spans
        ],
        batch_size=2000,
    )
    record("outside.read", by=by, now=now, about=resource, times=len(spans))
    return calendar


@action("outside.refused")
def keep_calendar(*, resource, calendar, by, now):
    """Let a draft count: the former calendar of `resource` goes, and its hours are laid out anew.

    Refuses a draft that is gone, since another was read or kept meanwhile.
    """
    _locked(resource)
    draft = OutsideCalendar.objects.drafts().filter(resource=resource, pk=calendar).first()
    if draft is None:
        raise Objected([Objection("outside_draft_gone")])
    OutsideCalendar.objects.kept().filter(resource=resource).delete()
    draft.kept_at = now
    draft.save(update_fields=["kept_at"])
    materialise(resources=[resource], now=now)
    record("outside.kept", by=by, now=now, about=resource)
    return draft


@action("outside.refused")
def remove_calendar(*, resource, calendar, by, now):
    """Take back what was read, kept or not; the working hours under it return."""
    _locked(resource)
    OutsideCalendar.objects.filter(resource=resource, pk=calendar).delete()
    materialise(resources=[resource], now=now)
    record("outside.removed", by=by, now=now, about=resource)


@action("outside.refused")
def forget_outside(*, by, now):
    """Delete busy times that have passed and drafts that nobody kept within a day. Returns how many rows."""
    gone = OutsideBusy.objects.filter(span__endswith__lte=now).delete()[0]
    gone += OutsideCalendar.objects.drafts().filter(at__lte=now - DRAFTS_STAY).delete()[0]
    if gone:
        record("outside.forgotten", by=by, now=now, rows=gone)
    return gone


def _busy(data: bytes, zone: str, since: datetime, until: datetime) -> tuple[Any, dict[str, int]]:
    try:
        answer = expand(data, zone=zone, start=round(since.timestamp()), end=round(until.timestamp()))
    except TooMuch:
        raise Objected([Objection("outside_too_much", field="file")]) from None
    if answer.refused:
        raise Objected([Objection(REFUSED.get(answer.refused, "outside_not_a_calendar"), field="file")])
    return answer.spans, answer.left_out


def _moments(span: tuple[int, int], zone: ZoneInfo) -> tuple[datetime, datetime]:
    low, high = span
    return datetime.fromtimestamp(low, zone), datetime.fromtimestamp(high, zone)


def _locked(resource: Resource) -> None:
    """One calendar at a time for a resource; whoever books it waits meanwhile."""
    Resource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
