"""The place of an interview: nobody of the suspect's side there on that day, the things together, the child not far."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from cms.objections import Objection

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan


@dataclass(frozen=True)
class PlaceFacts:
    """What is known of the venue of the plan's room on the days of the plan.

    `barred`: somebody of this case's suspect's side has business there; `shared`: somebody of another case's has.
    `elsewhere` are things of the plan that stand in another venue. Districts are names; empty means unknown.
    """

    barred: bool = False
    shared: bool = False
    elsewhere: frozenset[int] = frozenset()
    district: str = ""
    child_district: str = ""


def child_and_suspect_stay_apart(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:  # noqa: ARG001 -- one shape for all rules
    """Within a case never; across cases a warning. The words are neutral: they would tell where a suspect will be."""
    if facts.place.barred:
        yield Objection("venue_not_suitable_that_day", "BARNAHUS", field="slot")
    if facts.place.shared:
        yield Objection("venue_shared_that_day", "BARNAHUS", field="slot", warning=True)


def things_stand_together(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:  # noqa: ARG001 -- as above
    """Observation room and kit are where the room is: who observes must hear, and the kit must record."""
    for thing in sorted(facts.place.elsewhere):
        yield Objection("thing_elsewhere", "BARNAHUS", {"name": facts.names.get(thing, "")}, "slot")


def room_is_near(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:  # noqa: ARG001 -- as above
    """A long way tires a child before the first question."""
    place = facts.place
    if place.district and place.child_district and place.district != place.child_district:
        yield Objection("room_far_away", "TRAVEL-PRACTICE", {"district": place.district}, "slot", warning=True)


def without_days(stretches: Sequence[int], days: Iterable[date], origin: datetime) -> list[int]:
    """Free time (flat, ascending minutes since `origin`, a local midnight) less some local days."""
    free = list(stretches)
    for day in sorted(set(days)):
        first = int((datetime.combine(day, time(), origin.tzinfo) - origin) / timedelta(minutes=1))
        last = int((datetime.combine(day + timedelta(days=1), time(), origin.tzinfo) - origin) / timedelta(minutes=1))
        kept: list[int] = []
        for start, end in zip(free[::2], free[1::2], strict=True):
            for left, right in ((start, min(end, first)), (max(start, last), end)):
                if left < right:
                    kept += [left, right]
        free = kept
    return free
