"""The waiting list for therapy: a place on it, in order of urgency and then of waiting; an offer when somebody has time."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import RecoveryPlan, WaitingEntry

LIST = "SELECT entry, code, years, urgency, need, since, offered_at FROM sekali_recovery_waiting(%s)"
OFFER = "SELECT sekali_offer_place(%s, %s)"


@dataclass(frozen=True)
class InLine:
    """Somebody who waits, as the reader may know it: `code` is None unless they lead the case. `years` is the age."""

    entry: int
    code: str | None
    years: int
    urgency: int
    need: str
    since: datetime
    offered_at: datetime | None

    @property
    def ages(self) -> str:
        """An age band rather than an age: an age and a day could point at a child."""
        low = next(low for low in (13, 7, 0) if self.years >= low)
        return {13: "13-17", 7: "7-12", 0: "0-6"}[low]


def in_line(now: datetime) -> list[InLine]:
    """Who waits in the agencies that the current user coordinates and the cases they lead, in the order of the places."""
    with connection.cursor() as cursor:
        cursor.execute(LIST, [now])
        return [InLine(*row) for row in cursor.fetchall()]


@action("recoverywaiting.refused")
def join_waiting_list(*, case, urgency, need, by, now):
    """Put a case on the list. Refuses one that waits already, and one with a plan unless it waits for a group.

    A place in a group is part of a plan: who has none waits for a therapist first. Returns the WaitingEntry.
    """
    has_plan = RecoveryPlan.objects.live().filter(case=case).exists()
    if has_plan and need != WaitingEntry.Need.GROUP:
        raise Objected([Objection("waiting_has_plan")])
    if need == WaitingEntry.Need.GROUP and not has_plan:
        raise Objected([Objection("waiting_group_needs_a_plan", field="need")])
    if WaitingEntry.objects.in_line().filter(case=case).exists():
        raise Objected([Objection("waiting_already")])
    entry = WaitingEntry.objects.create(case=case, urgency=urgency, need=need, by=by, at=now)
    record("recoverywaiting.joined", by=by, now=now, about=entry, case_id=case.pk)
    return entry


@action("recoverywaiting.refused")
def leave_waiting_list(*, case, entry, by, now):
    """Take a case off the list. Refuses one that no longer waits."""
    entry = WaitingEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk, case=case)
    if entry.state != WaitingEntry.State.WAITING:
        raise Objected([Objection("waiting_over")])
    entry.state = WaitingEntry.State.WITHDRAWN
    entry.save(update_fields=["state"])
    record("recoverywaiting.left", by=by, now=now, about=entry, case_id=case.pk)
    return entry


@action("recoverywaiting.refused")
def offer_place(*, entry, by, now):
    """A coordinator tells whoever leads the case that a therapist has time. Refuses one that is not theirs to offer.

    `entry` is a number: the row itself is hidden from a coordinator who is not on the case.
    """
    with connection.cursor() as cursor:
        cursor.execute(OFFER, [entry, now])
        if cursor.fetchone()[0] == 0:
            raise Objected([Objection("waiting_over")])
    record("recoverywaiting.offered", by=by, now=now, entry=entry)
