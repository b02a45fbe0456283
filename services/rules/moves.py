"""May this interview be moved like this? What holds for any booking is asked by `rules.interviews` besides. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cms.objections import Objection
from services.rules import states
from services.rules.interviews import Attendee, InterviewPlan
from services.rules.slots import KIT, OBSERVATION_ROOM, ROOM


@dataclass(frozen=True)
class Standing:
    """An interview as it stands: its state, and as a plan (times, people, rooms, needs) what it is."""

    state: str
    plan: InterviewPlan

    @property
    def picks(self) -> dict[str, int]:
        """Role or thing to the resource that fills it."""
        things = {ROOM: self.plan.room, KIT: self.plan.kit, OBSERVATION_ROOM: self.plan.observation_room}
        people = {attendee.role: attendee.resource for attendee in self.plan.attendees}
        return people | {key: thing for key, thing in things.items() if thing is not None}

    @property
    def presence(self) -> dict[str, str]:
        return {attendee.role: attendee.presence for attendee in self.plan.attendees}


def moved(standing: Standing, starts: datetime, picks: Mapping[str, int], *, needs: frozenset[int]) -> InterviewPlan:
    """The same interview at another hour, with whoever and whatever `picks` names instead.

    It lasts as long, the same roles attend in the same way, and what agencies filed since is part of it.
    """
    plan = standing.plan
    several = {role for role, count in Counter(a.role for a in plan.attendees).items() if count > 1}
    picks = {key: resource for key, resource in picks.items() if key not in several}  # who of two is meant nobody said
    return replace(
        plan,
        starts=starts,
        ends=starts + timedelta(minutes=plan.minutes),
        attendees=tuple(Attendee(picks.get(a.role, a.resource), a.role, a.presence) for a in plan.attendees),
        room=picks.get(ROOM, plan.room),
        kit=picks.get(KIT, plan.kit),
        observation_room=picks.get(OBSERVATION_ROOM, plan.observation_room) if plan.observation_room else None,
        needs=plan.needs | needs,
    )


def move_objections(standing: Standing, plan: InterviewPlan, now: datetime) -> list[Objection]:
    """Why this interview cannot become `plan`: it is not booked any more, has begun, or something else would change."""
    return list(_objections(standing, plan, now))


def _objections(standing: Standing, plan: InterviewPlan, now: datetime) -> Iterator[Objection]:
    before = standing.plan
    if refused := states.objections(standing.state, states.MOVE, begun=before.starts <= now):
        yield from refused
        return
    if _team(before) != _team(plan) or (plan.kind, plan.asking, plan.minutes) != (
        before.kind,
        before.asking,
        before.minutes,
    ):
        yield Objection("move_changes_the_team", field="slot")
    if before.later:
        yield Objection("extended_not_moved", field="slot")
    if (before.starts, before.resources()) == (plan.starts, plan.resources()):
        yield Objection("move_changes_nothing", field="slot")


def _team(plan: InterviewPlan) -> Counter[tuple[str, str]]:
    return Counter((attendee.role, attendee.presence) for attendee in plan.attendees)
