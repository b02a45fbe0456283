"""What agencies still need to know, against the plan that is to answer it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cms.objections import Objection

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan


def needs_are_answered_in_time(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """An agency named the day by which it needs an answer; a later interview warns, for a court may be waiting."""
    late = [need for need in plan.needs if need in facts.needed_by and facts.needed_by[need] < facts.day]
    if late:
        first = min(facts.needed_by[need] for need in late)
        values = {"count": len(late), "day": first.isoformat()}
        yield Objection("need_after_its_day", "BARNAHUS", values, "slot", warning=True)
