"""Is what a listing says still known to be right? Pure functions over days: no database, no clock.

A check counts for a cycle of days that depends on the kind of help (docs/decisions/0033-freshness.md). Until it is due the
listing is in date; then somebody has `GRACE` days to look again; after that, and if nobody ever looked, it is not confirmed.
Days are calendar days in Jakarta.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from cms.objections import Objection

SHORT, LONG = 90, 180  # days
# A wrong number or hour harms at once where somebody comes in danger, is hurt, or is waited for by the police. Codes of
# directory.models.kinds.ServiceKind; every other kind, and a provider's own page, has the long cycle.
CYCLES: Mapping[str, int] = {
    "c1": SHORT,  # reporting and outreach
    "c8": SHORT,  # safe place to stay
    "d1": SHORT,  # recorded interview
    "d2": SHORT,  # medical report for the police
    "d7": SHORT,  # helpline
}
GRACE = 30  # days from the due day until a listing counts as not confirmed
OWN_WORD_WAITS = 30  # days for which an independent check stands before the provider's own word may take its place
PROVIDER = "provider"  # directory.models.kinds.Checker.PROVIDER
INDEPENDENT_WAYS = ("call", "visit", "letter")  # of directory.models.kinds.How
REMINDED = (30, 7, 0)  # days before the due day on which its people are told


class Freshness(Enum):
    """`FRESH` is in date, `DUE` wants a new check (amber), `UNCONFIRMED` is shown last and says so."""

    FRESH = "fresh"
    DUE = "due"
    UNCONFIRMED = "unconfirmed"


def cycle(kind: str) -> timedelta:
    """How long a check of this kind of help counts."""
    return timedelta(days=CYCLES.get(kind, LONG))


def due_on(kind: str, checked_on: date) -> date:
    """The first day on which a new check is due."""
    return checked_on + cycle(kind)


def overdue_from(kind: str, checked_on: date | None) -> date:
    """The first day on which the listing is not confirmed; the beginning of time for one that nobody ever checked.

    For an index of its own: a listing ranks last on every day from this one on.
    """
    return due_on(kind, checked_on) + timedelta(days=GRACE) if checked_on else date.min


def freshness(kind: str, checked_on: date | None, *, today: date) -> Freshness:
    if today >= overdue_from(kind, checked_on):
        return Freshness.UNCONFIRMED
    if checked_on is not None and today >= due_on(kind, checked_on):
        return Freshness.DUE
    return Freshness.FRESH


def stage(due: date, *, today: date) -> int | None:
    """Which of `REMINDED` has been reached and is to be told: the nearest one. None while there is time.

    After a missed day the stage is the same, so that a reminder comes late rather than never, and never twice.
    """
    reached = [days for days in REMINDED if today >= due - timedelta(days=days)]
    return min(reached) if reached else None


def confirmation_objections(
    by_role: str, how: str, *, checked_on: date | None, checked_by: str, today: date
) -> list[Objection]:
    """May `by_role` (a value of kinds.Checker) say today that a public listing is right?

    Somebody else's check says how it was made. The provider's own word does not take its place while it is young.
    """
    if by_role != PROVIDER:
        return [] if how in INDEPENDENT_WAYS else [Objection("check_needs_a_way", field="how")]
    if checked_on is not None and checked_by != PROVIDER and today < checked_on + timedelta(days=OWN_WORD_WAITS):
        return [Objection("checked_lately_by_others", values={"days": OWN_WORD_WAITS})]
    return []


@dataclass(frozen=True)
class Share:
    """Of so many listings, how many are in date, due, and not confirmed."""

    fresh: int = 0
    due: int = 0
    unconfirmed: int = 0

    @property
    def total(self) -> int:
        return self.fresh + self.due + self.unconfirmed

    @property
    def percent(self) -> int:
        """Of a hundred, how many are in date; a hundred means all of them, and none listed is none in date."""
        return 100 * self.fresh // self.total if self.total else 0


def shares(counted: Iterable[tuple[str, str, int]]) -> dict[str, Share]:
    """`{group: Share}` of `(group, value of Freshness, how many)`."""
    found: dict[str, dict[str, int]] = {}
    for group, state, number in counted:
        states = found.setdefault(group, {})
        states[state] = states.get(state, 0) + number
    return {group: Share(**states) for group, states in found.items()}


def together(parts: Iterable[Share]) -> Share:
    """The share of all of these groups, of which none has a listing in common with another."""
    counted = [
        part
        for share in parts
        for part in (("fresh", share.fresh), ("due", share.due), ("unconfirmed", share.unconfirmed))
    ]
    return shares(("", state, number) for state, number in counted).get("", Share())
