"""What somebody asks of a plan: who and what is away, which interviews move too, which nobody touches. Pure.

The same wish has the same fingerprint, in whatever order it was named; from the same wish and the same calendar comes the
same plan.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cms.objections import Objection

MOVE, FREEZE = "move", "freeze"


@dataclass(frozen=True)
class Away:
    """A resource (its id) that fills no seat between `start` and `end` (aware, half-open)."""

    resource: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Marked:
    """An interview (its id) that is to `move` out of the time from `start` until `end`, or to `freeze`: then it has none."""

    interview: int
    kind: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """Everything a plan is asked for, for one `agency` (its id)."""

    agency: int
    away: tuple[Away, ...] = ()
    marks: tuple[Marked, ...] = ()

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits, of every field and of no order."""
        away = sorted([one.resource, _utc(one.start), _utc(one.end)] for one in self.away)
        marks = sorted([one.interview, one.kind, _utc(one.start), _utc(one.end)] for one in self.marks)
        return hashlib.sha256(json.dumps([self.agency, away, marks]).encode()).hexdigest()


def asked_objections(asked: Asked, agencies: Mapping[int, int | None], now: datetime) -> list[Objection]:
    """What is wrong with a wish. `agencies` says whose each resource is.

    Somebody must be away or some interview named; each once, for a time that is not past, and all of one agency.
    """
    found = []
    if not asked.away and not any(mark.kind == MOVE for mark in asked.marks):
        found.append(Objection("replanning_nothing_named", field="people"))
    if any(one.end <= one.start or one.end <= now for one in asked.away):
        found.append(Objection("replanning_period", field="ends_on"))
    if any(agencies.get(one.resource) != asked.agency for one in asked.away):
        found.append(Objection("replanning_of_several_agencies", field="people"))
    if _twice(one.resource for one in asked.away):
        found.append(Objection("replanning_away_twice", field="people"))
    if _twice(one.interview for one in asked.marks):
        found.append(Objection("replanning_moved_and_frozen", field="freeze"))
    moves = [one for one in asked.marks if one.kind == MOVE]
    if any(one.start is None or one.end is None or one.end <= one.start for one in moves):
        found.append(Objection("replanning_period", field="off_until"))
    return found


def _twice(several: Iterable[int]) -> bool:
    return any(count > 1 for count in Counter(several).values())


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment is not None else ""
