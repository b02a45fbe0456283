"""Ask to see a record instead of asking the child; answer, end early, withdraw, and show the sealed reference.

The steps stand in rules.accesses as a table; the database refuses every other one too. Answers and ends are recorded
under the case's number without loading the case, since a coordinator who answers need not be on it.
"""

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import RecordAccess
from services.rules import accesses as rules
from services.rules.testimony import TOLD_RECORDED

ENTRY = ("testimony__custodian", "testimony__correction")
# What a step is called in the record; "refused" is what every action's own no is called.
VERBS = {
    rules.GRANTED: "recordaccess.granted",
    rules.REFUSED: "recordaccess.declined",
    rules.WITHDRAWN: "recordaccess.withdrawn",
    rules.ENDED: "recordaccess.ended",
}


@action("recordaccess.refused")
def request_record(*, case, testimony, agency, purpose, by, now):
    """Ask to see an existing record instead of asking the child. What is asked or granted already is found. Returns it."""
    for former in RecordAccess.objects.filter(agency=agency, testimony=testimony).select_related(*ENTRY):
        if former.standing(now) in {rules.REQUESTED, rules.GRANTED}:
            return former
    recorded = testimony.outcome == TOLD_RECORDED
    kept_by_asker = recorded and testimony.custodian_id == agency.pk
    found = rules.request_objections(recorded=recorded, corrected=not testimony.stands, kept_by_asker=kept_by_asker)
    if found:
        raise Objected(found)
    try:
        with transaction.atomic():
            access = RecordAccess.objects.create(
                case=case, agency=agency, testimony=testimony, purpose=purpose, by=by, at=now
            )
    except IntegrityError:
        raise Objected([Objection("access_step_not_possible")]) from None  # a colleague was faster
    record("recordaccess.requested", by=by, now=now, about=access, case_id=case.pk)
    return access


@action("recordaccess.refused")
def grant(*, access, until, instructions, by, now):
    """Let the asking agency see the record until the end of the day `until`, as `instructions` say."""
    access = _locked(access)
    today = localdate(now, access.zone)
    found = rules.step_objections(access.state, rules.GRANTED, corrected=not access.testimony.stands)
    found += rules.grant_objections(until=until, instructions=instructions, today=today)
    if access.by_id == by.pk:
        found.append(Objection("access_answered_by_another"))
    if found:
        raise Objected(found)
    facts = {"decided_by": by, "decided_at": now, "until": until, "instructions": instructions.strip()}
    return _step(access, rules.GRANTED, by, now, **facts)


@action("recordaccess.refused")
def refuse(*, access, reason, by, now):
    """Say no, for one of `RecordAccess.Refusal`."""
    access = _locked(access)
    found = rules.step_objections(access.state, rules.REFUSED) + rules.refusal_objections(reason)
    if access.by_id == by.pk:
        found.append(Objection("access_answered_by_another"))
    if found:
        raise Objected(found)
    return _step(access, rules.REFUSED, by, now, decided_by=by, decided_at=now, refusal=reason)


@action("recordaccess.refused")
def end(*, access, by, now):
    """The agency that keeps the record ends a grant before its last day. No reason is asked."""
    return _ended(access, rules.ENDED, by, now)


@action("recordaccess.refused")
def withdraw(*, access, by, now):
    """Who asked no longer needs it."""
    return _ended(access, rules.WITHDRAWN, by, now)


@action("recordaccess.refused")
def show_reference(*, case, access, by, now):
    """The Testimony whose sealed reference and hash may be shown now; each showing is recorded. Refuses without a grant."""
    access = _read(access)
    found = rules.showing_objections(access.standing(now))
    if found:
        raise Objected(found)
    record("recordaccess.revealed", by=by, now=now, about=access, case_id=case.pk)
    return access.testimony


@action("recordaccess.refused")
def show_own_reference(*, access, by, now):
    """The same for who keeps the record and must find it to answer, whatever the state."""
    access = _read(access)
    record("recordaccess.revealed", by=by, now=now, about=access, case_id=access.case_id)
    return access.testimony


def _ended(access, to, by, now):
    access = _locked(access)
    if found := rules.step_objections(access.state, to):
        raise Objected(found)
    return _step(access, to, by, now, ended_by=by, ended_at=now)


def _step(access, to, by, now, **facts):
    for name, value in {"state": to, **facts}.items():
        setattr(access, name, value)
    try:
        with transaction.atomic():
            access.save(update_fields=["state", *facts])
    except IntegrityError:
        raise Objected([Objection("entry_corrected")]) from None  # out of sight of a coordinator who is not on the case
    record(VERBS[to], by=by, now=now, about=access, case_id=access.case_id)
    return access


def _read(access):
    return RecordAccess.objects.select_related(*ENTRY).get(pk=access.pk)


def _locked(access):
    RecordAccess.objects.select_for_update().get(pk=access.pk)
    return _read(access)
