"""Plan anew when somebody or something falls out: ask for it, and accept what is proposed. docs/decisions/0020.

Background work makes the proposals (services.actions.proposing); members of a case accept them, each move of their own
cases and several at once, in one step.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.moves import Change, lock_interviews, move_all, moved_before, plan_of_move
from services.models import Interview, Occupancy, Proposal, Replanning, Resource


def affected_count(resource: Resource, start: datetime, end: datetime, now: datetime) -> int:
    """How many times still to come `resource` is taken between `start` and `end`; nothing of what for."""
    span = DateTimeTZRange(max(start, now), end) if end > now else DateTimeTZRange(empty=True)
    taken = Occupancy.objects.filter(resource=resource, live=True, span__overlap=span, span__startswith__gt=now)
    return taken.count()


@action("replanning.refused")
def plan_anew(*, resource: Resource, start: datetime, end: datetime, by: User, now: datetime) -> Replanning:
    """Ask for a plan for everything `resource` is booked for between `start` and `end` (aware) and still to come.

    Asked again while the first is being thought about, it is the first. Refuses a period that is past or ends before it
    starts. That the resource is away is for its leave to say: who still works then may stay where they are.
    """
    if end <= start or end <= now:
        raise Objected([Objection("replanning_period", field="ends_on")])
    span = DateTimeTZRange(start, end)
    running = Replanning.objects.unfinished().filter(resource=resource, span=span).first()
    if running is not None:
        return running
    replanning = Replanning.objects.create(resource=resource, span=span, by=by, at=now)
    record("replanning.started", by=by, now=now, about=replanning)
    return replanning


@action("replanning.refused")
def accept_proposals(
    *, replanning: Replanning, proposals: Sequence[Proposal], by: User, now: datetime
) -> list[Interview]:
    """Move the interviews of `proposals` to where they are proposed: all or none. Accepting again finds them moved.

    Refuses when nothing was chosen, when no time was found, when an interview was moved or cancelled since, and whatever
    the rules refuse now. Raises occupancy.SlotTaken when somebody booked one of the times meanwhile.
    """
    if not proposals:
        raise Objected([Objection("proposal_none_chosen")])
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
