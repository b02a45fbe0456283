"""The place of an interview: nobody of the suspect's side there on that day, the things together, the child not far."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from cms.objections import Objection
from directory.rules.standards import OPEN, state

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan


@dataclass(frozen=True)
class PlaceFacts:
    """What is known of the venue of the plan's room on the days of the plan.

    `barred`: somebody of this case's suspect's side has business there; `shared`: somebody of another case's has.
    `elsewhere` are things of the plan that stand in another venue. Districts are names; empty means unknown.
    `closes_on` is the first day on which the house's essential criteria are not all in force, None while none is known;
    `stays`: what is booked is in this house already; `unassessed`: a state office's room, which no standard binds.
    """

    barred: bool = False
    shared: bool = False
    elsewhere: frozenset[int] = frozenset()
    district: str = ""
    child_district: str = ""
    closes_on: date | None = None
    stays: bool = False
    unassessed: bool = False


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


def house_is_in_force(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """New interviews only where the house's essential criteria are in force on that day (docs/decisions/0038).

    What is booked in this house stays, and may move within it; a court's order is warned about and never blocked.
    """
    place = facts.place
    if place.unassessed:
        yield Objection("room_without_a_standard", "TPKS-53", field="slot", warning=True)
    if place.closes_on is None:
        return
    values = {"day": place.closes_on.isoformat()}
    if facts.day >= place.closes_on:
        warned = place.stays or plan.kind == "court_ordered"
        yield Objection("provider_not_in_force", "HOUSE-STANDARD", values, "slot", warning=warned)
    elif state(place.closes_on, facts.today) != OPEN:
        yield Objection("provider_expires_soon", "HOUSE-STANDARD", values, "slot", warning=True)


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
