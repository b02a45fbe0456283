"""The breach register: report what went wrong, then add what became known, was done, and who was told."""

from zoneinfo import ZoneInfo

from django.utils.timezone import localdate

from cms.audit.recording import action, record
from cms.refusals import Objected
from services.models import Breach, BreachEntry
from services.rules.breaches import AUTHORITY_TOLD, CLOSED, entry_objections, report_objections


@action("breach.refused")
def report_breach(*, agency, kind, noticed, noticed_at, summary, by, now):
    """Write down that something went wrong; the 3×24 h run from `noticed_at`. Returns the Breach."""
    found = report_objections(noticed_at, now)
    if found:
        raise Objected(found)
    breach = Breach.objects.create(
        agency=agency, kind=kind, noticed=noticed, noticed_at=noticed_at, summary=summary.strip(), by=by, at=now
    )
    record("breach.reported", by=by, now=now, about=breach, kind_of=kind)
    return breach


@action("breach.refused")
def add_entry(*, breach, plan, by, now):
    """Add one entry (rules.breaches.EntryPlan) to a breach. Returns it. Nothing in the register is ever changed."""
    breach = Breach.objects.select_related("agency").get(pk=breach.pk)
    steps = set(BreachEntry.objects.filter(breach=breach).values_list("step", flat=True))
    found = entry_objections(
        plan,
        noticed_at=breach.noticed_at,
        noticed_on=localdate(breach.noticed_at, ZoneInfo(breach.agency.zone)),
        closed=CLOSED in steps,
        now=now,
        today=localdate(now, ZoneInfo(breach.agency.zone)),
        authority_told=AUTHORITY_TOLD in steps,
    )
    if found:
        raise Objected(found)
    entry = BreachEntry.objects.create(
        breach=breach,
        step=plan.step,
        happened_at=plan.happened_at,
        words=plan.words.strip(),
        data_kinds=list(plan.data_kinds),
        people=plan.people,
        whom=plan.whom,
        channel=plan.channel,
        contact_confirmed_on=plan.confirmed_on,
        by=by,
        at=now,
    )
    record("breach.updated", by=by, now=now, about=breach, step=plan.step)
    return entry
