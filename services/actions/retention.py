"""Close a case, open it again, and hold or release its erasure."""

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import Case, Closing, Interview, LegalHold, RecoveryPlan, State, SubjectRequest
from services.rules import states
from services.rules.retention import closing_objections


@action("case.refused")
def close_case(*, case, reason, by, now):
    """Close a case for one of `Closing.Reason`; the period after which it is erased starts now. Returns the Closing.

    Refuses while an interview is booked, its outcomes are not written, somebody waits for a copy, or a recovery plan goes on.
    """
    case = Case.objects.visible_to(by, now).select_for_update(of=("self",)).get(pk=case.pk)
    interviews = Interview.objects.filter(case=case)
    found = closing_objections(
        closed=case.closed_at is not None,
        ahead=interviews.standing(now).filter(state__in=states.AHEAD).exists(),
        unwritten=interviews.filter(state=State.HELD, testimonies__isnull=True).exists(),
        asked=SubjectRequest.objects.open().filter(case=case).exists(),
        recovering=RecoveryPlan.objects.live().filter(case=case).exists(),
    )
    if found:
        raise Objected(found)
    return _step(case, Closing.Step.CLOSED, reason, by, now, closed_at=now)


@action("case.refused")
def reopen_case(*, case, reason, by, now):
    """Open a closed case again for one of `Closing.Again`; its period will start anew. Returns the Closing."""
    case = Case.objects.visible_to(by, now).select_for_update(of=("self",)).get(pk=case.pk)
    if case.closed_at is None:
        raise Objected([Objection("case_open_already")])
    return _step(case, Closing.Step.REOPENED, reason, by, now, closed_at=None)


def _step(case, step, reason, by, now, *, closed_at):
    row = Closing.objects.create(case=case, step=step, reason=reason, by=by, at=now)
    case.closed_at = closed_at
    case.save(update_fields=["closed_at"])
    record(f"case.{step}", by=by, now=now, about=case, case_id=case.pk, reason=reason)
    return row


@action("hold.refused")
def place_hold(*, case, reason, by, now):
    """Keep a case from being erased, for one of `LegalHold.Reason`. Refuses the same reason twice at once."""
    if LegalHold.objects.live().filter(case=case, reason=reason).exists():
        raise Objected([Objection("hold_stands_already", field="reason")])
    hold = LegalHold.objects.create(case=case, reason=reason, by=by, at=now)
    record("hold.placed", by=by, now=now, about=hold, case_id=case.pk, reason=reason)
    return hold


@action("hold.refused")
def lift_hold(*, case, hold, by, now):
    """The reason is gone: the case may be erased when its day comes, unless another hold stands."""
    hold = LegalHold.objects.select_for_update(of=("self",)).get(pk=hold.pk, case=case)
    if hold.lifted_at is not None:
        raise Objected([Objection("hold_lifted_already")])
    hold.lifted_at, hold.lifted_by = now, by
    hold.save(update_fields=["lifted_at", "lifted_by"])
    record("hold.lifted", by=by, now=now, about=hold, case_id=case.pk, reason=hold.reason)
    return hold
