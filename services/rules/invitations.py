"""Who was asked to come and what they answered: quorum, how long a proposal waits, and what a substitute must be.

A proposal stands once everybody has accepted whom the protocol wants to accept. Nobody is asked why they decline.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cms.limits import ProtocolLimits
from cms.objections import Objection
from services.rules.interviews import OBSERVING, Attendee, InterviewFacts, InterviewPlan, objections

INVITED, ACCEPTED, DECLINED, OTHER_TIME = "invited", "accepted", "declined", "other_time"
UNABLE = frozenset({DECLINED, OTHER_TIME})  # somebody else could come instead


@dataclass(frozen=True)
class Answer:
    """What a participant says. `other_start` (aware) goes with `OTHER_TIME`, and with nothing else."""

    response: str
    other_start: datetime | None = None


def answer_objections(answer: Answer, *, now: datetime) -> list[Objection]:
    """Why an answer cannot be taken down; a decline is never asked for its reason."""
    if answer.response == OTHER_TIME and answer.other_start is None:
        return [Objection("other_time_missing", field="other_day")]
    if answer.response == OTHER_TIME and answer.other_start is not None and answer.other_start <= now:
        return [Objection("other_time_in_the_past", field="other_day")]
    if answer.response != OTHER_TIME and answer.other_start is not None:
        return [Objection("other_time_with_another_answer", field="other_day")]
    return []


def lacking(limits: ProtocolLimits, answers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Roles whose yes a proposal still waits for, in the protocol's order. `answers` are (role, response) pairs.

    A role that the protocol requires and nobody fills is no answer that can be waited for: other rules speak of it.
    """
    given = list(answers)
    return tuple(
        required.role
        for required in limits.roles
        if required.must_accept and any(role == required.role and response != ACCEPTED for role, response in given)
    )


def waits_until(limits: ProtocolLimits, *, starts: datetime, now: datetime) -> datetime:
    """Until when a proposal made `now` is held: the protocol's hours, but never past the interview itself."""
    return min(now + timedelta(hours=limits.hold_hours), starts)


def with_presence(plan: InterviewPlan, attendee: Attendee, presence: str) -> InterviewPlan:
    """The plan with one attendee attending otherwise."""
    changed = replace(attendee, presence=presence)
    return replace(plan, attendees=tuple(changed if one == attendee else one for one in plan.attendees))


def with_substitute(plan: InterviewPlan, attendee: Attendee, resource: int) -> InterviewPlan:
    """The plan with somebody else in one attendee's place."""
    changed = replace(attendee, resource=resource)
    return replace(plan, attendees=tuple(changed if one == attendee else one for one in plan.attendees))


def new_objections(before: Sequence[Objection], after: Sequence[Objection]) -> list[Objection]:
    """The blocking objections that a change brings; what stood in the way before is no fault of the change."""
    stood = {(one.key, one.field) for one in before}
    return [one for one in after if not one.warning and (one.key, one.field) not in stood]


def observers_have_a_room(plan: InterviewPlan) -> Iterator[Objection]:
    """Whoever observes does so from a room of its own, behind the glass."""
    if plan.observation_room is None and any(attendee.presence == OBSERVING for attendee in plan.attendees):
        yield Objection("observation_room_missing", field="attendees")


def substitute_objections(plan: InterviewPlan, facts: InterviewFacts) -> list[Objection]:
    """Every blocking objection to a plan with a substitute: all rules, asked again.

    What is asked was settled when the interview was made; what agencies filed since then does not hinder a substitute.
    """
    found = [*objections(plan, facts), *observers_have_a_room(plan)]
    return [one for one in found if not one.warning and one.field != "needs"]
