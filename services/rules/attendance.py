"""Whether those who attend can do what they come for: who interprets, and who is trained for this child's needs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cms.objections import Objection

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan

SIGN_LANGUAGE = "ins"
NO_TRAINING_FOR = frozenset({"wheelchair"})  # a need of the room's, not of the interviewer's


def interpreter_speaks(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """An interpreter who does not know the child's language helps nobody."""
    wanted = SIGN_LANGUAGE if "deaf" in facts.access_needs else facts.language
    for attendee in plan.in_role("interpreter"):
        person = facts.people.get(attendee.resource)
        if person is not None and wanted not in person.languages:
            yield Objection("interpreter_language", "BARNAHUS", {"name": person.name}, "attendees")


def interviewer_knows_the_need(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """A child who hears, sees, speaks or understands otherwise is asked by somebody trained for it, on that day."""
    needs = sorted(facts.access_needs - NO_TRAINING_FOR)
    for attendee in plan.in_role("interviewer"):
        person = facts.people.get(attendee.resource)
        if person is None:
            continue
        for need in needs:
            held = [day for kind, day in person.trained_for.items() if kind in {"", need}]
            if not any(day >= facts.day for day in held):
                values = {"name": person.name, "need": need}
                yield Objection("interviewer_untrained_for_need", "BARNAHUS", values, "attendees")
                break
