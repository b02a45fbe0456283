"""Plan anew when somebody or something falls out: ask for it, and accept what is proposed. docs/decisions/0020.

Background work makes the proposals (services.actions.proposing); members of a case accept them, each move of their own
cases and several at once, in one step.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.moves import Change, lock_interviews, move_all, moved_before, plan_of_move
from services.models import Absence, Interview, Mark, Occupancy, Proposal, Replanning, Resource, State
from services.rules.replanning_wish import Asked, asked_objections


def affected_count(resource: Resource, start: datetime, end: datetime, now: datetime) -> int:
    """How many times still to come `resource` is taken between `start` and `end`; nothing of what for."""
    span = DateTimeTZRange(max(start, now), end) if end > now else DateTimeTZRange(empty=True)
    taken = Occupancy.objects.filter(resource=resource, live=True, span__overlap=span, span__startswith__gt=now)
    return taken.count()


@action("replanning.refused")
def plan_anew(*, asked: Asked, by: User, now: datetime) -> Replanning:
    """Ask for one plan for everything that `asked` touches and that is still to come.

    Asked again while the first is being thought about, it is the first. Refuses what `asked_objections` says, and interviews
    that are not booked or not seen by whoever asks. That somebody is away is for their leave to say too: this plan goes
    around them, later bookings only around the leave.
    """
    resources = Resource.objects.filter(pk__in={one.resource for one in asked.away})
    agencies = dict(resources.exclude(kind=Resource.Kind.CHILD).values_list("pk", "agency_id"))
    if found := asked_objections(asked, agencies, now):
        raise Objected(found)
    marked = Interview.objects.in_bulk({mark.interview for mark in asked.marks})
    if len(marked) != len(asked.marks) or any(
        one.state != State.BOOKED or one.starts <= now for one in marked.values()
    ):
        raise Objected([Objection("replanning_marks_what_is_not_booked")])
    running = _running(asked)
    return running if running is not None else _ask(asked, marked, by, now)


def _running(asked: Asked) -> Replanning | None:
    return Replanning.objects.unfinished().filter(fingerprint=asked.fingerprint).first()


def _ask(asked: Asked, marked: Mapping[int, Interview], by: User, now: datetime) -> Replanning:
    try:
        with transaction.atomic():
            replanning = Replanning.objects.create(agency_id=asked.agency, fingerprint=asked.fingerprint, by=by, at=now)
    except IntegrityError:  # a colleague asked the same at this moment
        if (running := _running(asked)) is not None:
            return running
        raise
    Absence.objects.bulk_create(
        Absence(replanning=replanning, resource_id=one.resource, span=DateTimeTZRange(one.start, one.end))
        for one in sorted(asked.away, key=lambda one: one.resource)
    )
    Mark.objects.bulk_create(
        Mark(
            replanning=replanning,
            case_id=marked[one.interview].case_id,
            interview_id=one.interview,
            kind=one.kind,
            off=DateTimeTZRange(one.start, one.end) if one.start and one.end else None,
        )
        for one in sorted(asked.marks, key=lambda one: one.interview)
    )
    record("replanning.started", by=by, now=now, about=replanning, away=len(asked.away), marked=len(asked.marks))
    for interview in marked.values():
        record("interview.marked", by=by, now=now, about=interview, case_id=interview.case_id)
    return replanning


@action("replanning.refused")
def accept_proposals(
    *, replanning: Replanning, proposals: Sequence[Proposal], by: User, now: datetime
) -> list[Interview]:
    """Move the interviews of `proposals` to where they are proposed: all or none. Accepting again finds them moved.

    Refuses when nothing was chosen, when no time was found or none was to be looked for, when an interview was moved or cancelled since, and whatever
    the rules refuse now. Raises occupancy.SlotTaken when somebody booked one of the times meanwhile.
    """
    if not proposals:
        raise Objected([Objection("proposal_none_chosen")])
    if any(proposal.mark == Mark.Kind.FREEZE for proposal in proposals):
        raise Objected([Objection("proposal_frozen")])
    if any(proposal.span is None for proposal in proposals):
        raise Objected([Objection("proposal_without_time")])
    locked = lock_interviews(proposal.interview_id for proposal in proposals)
    changes = [_change(proposal, locked[proposal.interview_id]) for proposal in proposals]
    todo = [pair for pair in zip(proposals, changes, strict=True) if not moved_before(pair[1])]
    if any(change.interview.span != proposal.was for proposal, change in todo):
        raise Objected([Objection("proposal_stale")])
    moved = move_all(changes, by=by, now=now)
    if todo:
        record("replanning.accepted", by=by, now=now, about=replanning, interviews=len(todo))
    return moved


def _change(proposal: Proposal, interview: Interview) -> Change:
    return Change(interview, plan_of_move(interview, proposal.span.lower, proposal.picks), proposal.key)
