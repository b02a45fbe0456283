"""The court's part: the president of the district court is asked before a child is recorded (TPKS art. 49)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cms.objections import Objection

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan

ASKED, GRANTED, REFUSED = "asked", "granted", "refused"
DAYS_TO_ANSWER = 3  # TPKS art. 49: unanswered so long after asking, the investigator may go on


@dataclass(frozen=True)
class CourtFacts:
    """The newest thing recorded of the court: `step` (empty: nothing), and the day it happened."""

    step: str = ""
    dated: date | None = None

    @property
    def free_on(self) -> date | None:
        """The first day on which an unanswered request no longer stands in the way; None if nobody is waiting."""
        waiting = self.step == ASKED and self.dated is not None
        return self.dated + timedelta(days=DAYS_TO_ANSWER) if waiting and self.dated else None


def court_permits(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """Granted, or unanswered by the day of the interview three days after asking; a refusal blocks.

    An interview that a court ordered needs no permit of a court.
    """
    court = facts.court
    if plan.kind == "court_ordered" or court.step == GRANTED:
        return
    if court.step == REFUSED:
        yield Objection("court_refused", "TPKS-49")
    elif court.free_on is None:
        yield Objection("court_not_asked", "TPKS-49")
    elif facts.day < court.free_on:
        yield Objection("court_not_answered", "TPKS-49", {"day": court.free_on.isoformat()}, "slot")
