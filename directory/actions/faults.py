"""A reader says that something is wrong with a service; a reviewer has looked.

A report is the one write of the public side. It is no event of the audit, which would say when it was made to the second:
the row itself, with its day, is all that is kept.
"""

from datetime import datetime

from django.utils import timezone

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.models import Fault, Outcome, ServicePage
from directory.models.faults import report
from directory.policies import User, can_publish_listing
from directory.rules import faults as rules


def report_fault(*, service: ServicePage, reason: str, now: datetime) -> None:
    """Keep that a reader said so today; asks nobody who they are. `reason` is a value of `Reason`."""
    today = timezone.localdate(now)
    report(service.identifier, reason, on=today, look_by=rules.look_by(reason, today))


@action("fault.refused")
def close_fault(*, fault: Fault, outcome: str, by: User, now: datetime) -> None:
    """Say what came of looking: mended, nothing wrong, or the listing withdrawn. The same report later opens another.

    Raises `Objected`: not a reviewer of this listing (its provider's people see the report and mend the listing; that it
    is mended is for others to say), closed already, or said to be withdrawn while it is public.
    """
    if not can_publish_listing(by, fault.service):
        raise Objected([Objection("fault_is_for_reviewers")])
    held = Fault.objects.select_for_update().get(pk=fault.pk)
    if held.closed_on is not None:
        raise Objected([Objection("fault_closed_already")])
    if outcome not in Outcome.values:
        raise Objected([Objection("fault_outcome_missing", field="outcome")])
    if outcome == Outcome.WITHDRAWN and ServicePage.objects.listed().filter(pk=held.service_id).exists():
        raise Objected([Objection("fault_listing_still_public", field="outcome")])
    held.outcome, held.closed_on, held.closed_by = outcome, timezone.localdate(now), by
    held.save(update_fields=["outcome", "closed_on", "closed_by"])
    record("fault.closed", by=by, now=now, about=held, outcome=str(outcome))
