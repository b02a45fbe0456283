"""Who may meet in a group, and which of its sessions a child can come to. Pure values, no clock.

Times are aware, ages whole years, lengths minutes. A group names no child, so that nothing here does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cms.objections import Objection
from services.rules.recovery import SeriesFacts, SeriesPlan, series_objections

SMALLEST, LARGEST = 2, 20  # places
OLDEST = 17  # a child

# Why a child cannot come to a session.
BUSY, SAME_DAY, APART = "child_busy", "session_that_day", "apart"

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class GroupPlan:
    """A group as somebody chose it; `series.therapist` is its leader. Both ages, or neither."""

    kind: str
    language: str
    capacity: int
    series: SeriesPlan
    years_from: int | None = None
    years_to: int | None = None


def group_objections(plan: GroupPlan, facts: SeriesFacts) -> list[Objection]:
    """Everything that is wrong with a group before its series is booked; empty when nothing is."""
    found = []
    if not SMALLEST <= plan.capacity <= LARGEST:
        found.append(Objection("group_size", values={"least": SMALLEST, "most": LARGEST}, field="capacity"))
    if not _is_a_band(plan.years_from, plan.years_to):
        found.append(Objection("group_ages", values={"oldest": OLDEST}, field="years_to"))
    return found + series_objections(plan.series, facts)


def _is_a_band(low: int | None, high: int | None) -> bool:
    if low is None or high is None:
        return low is None and high is None
    return 0 <= low <= high <= OLDEST


@dataclass(frozen=True)
class ChildsDays:
    """What a child does already: `busy` spans, local `days` with a session of its own, days on which it must stay `apart`.

    A day apart is one on which the suspect's side of its own case has business at the group's venue.
    """

    busy: Sequence[Span] = ()
    days: Collection[date] = frozenset()
    apart: Sequence[tuple[date, date]] = ()  # first day and the day after the last


def clashes_of(meetings: Mapping[int, Span], child: ChildsDays, zone: ZoneInfo) -> dict[int, str]:
    """By session id why the child cannot come; sessions to which it can are left out."""
    found = {}
    for number, (start, end) in meetings.items():
        day = start.astimezone(zone).date()
        if any(first <= day < behind for first, behind in child.apart):
            found[number] = APART
        elif any(low < end and start < high for low, high in child.busy):
            found[number] = BUSY
        elif day in child.days:
            found[number] = SAME_DAY
    return found


@dataclass(frozen=True)
class JoiningFacts:
    """What the rules must know before a child joins. `ahead` are the sessions still to come, `clashing` those it cannot attend."""

    years: int
    years_from: int | None
    years_to: int | None
    in_progress: bool = True
    ended: bool = False
    closed: bool = False
    leader_works_on_case: bool = False
    ahead: Collection[int] = frozenset()
    clashing: Collection[int] = field(default_factory=frozenset)


def fits_age(years: int, low: int | None, high: int | None) -> bool:
    """Is a child of so many years of the group's age?"""
    return low is None or high is None or low <= years <= high


def joining_objections(sessions: Collection[int], facts: JoiningFacts) -> list[Objection]:
    """Everything that keeps a child from joining for `sessions`; whether a place is free, the database says."""
    found = []
    if facts.closed:
        found.append(Objection("recovery_case_closed"))
    if not facts.in_progress:
        found.append(Objection("group_needs_a_plan"))
    if facts.ended:
        found.append(Objection("group_ended"))
    if facts.leader_works_on_case:
        found.append(Objection("group_leader_on_the_other_side"))
    if not fits_age(facts.years, facts.years_from, facts.years_to):
        found.append(Objection("group_other_age", values={"from": facts.years_from, "to": facts.years_to}))
    if not sessions:
        found.append(Objection("group_no_session"))
    elif not set(sessions) <= set(facts.ahead):
        found.append(Objection("group_changed"))
    elif clashing := set(sessions) & set(facts.clashing):
        found.append(Objection("group_sessions_clash", values={"count": len(clashing)}))
    return found


def calling_off_objections(*, cancelled: bool, begun: bool) -> list[Objection]:
    """Only what is still to come is called off, and once; nobody is asked why."""
    if cancelled:
        return [Objection("group_called_off_already")]
    return [Objection("group_session_begun")] if begun else []
