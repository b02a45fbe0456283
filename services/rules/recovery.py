"""What a recovery plan may become, and whether a series of sessions is right for the child. Pure values, no clock.

Times are aware, lengths are minutes. The therapist is the same through a series; changing one needs a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cms.objections import Objection

SHORTEST, LONGEST = 15, 180  # minutes of a session
MOST_SESSIONS = 60  # of one plan: a year of weeks, and some to spare

# Every step a plan may take; whatever is not here is refused, by these rules and by a trigger.
PLAN_STEPS: Mapping[str, Mapping[str, str]] = {
    "active": {"pause": "paused", "review": "ended", "cancel": "cancelled"},
    "paused": {"resume": "active", "review": "ended", "cancel": "cancelled"},
    "ended": {},
    "cancelled": {},
}
# Every step of a session. What happened is not undone.
SESSION_STEPS: Mapping[str, Mapping[str, str]] = {
    "booked": {"came": "came", "missed": "missed", "move": "moved", "leave_out": "cancelled"},
    "came": {},
    "missed": {},
    "moved": {},
    "cancelled": {},
}
ATTENDANCE = frozenset({"came", "missed"})


def after(steps: Mapping[str, Mapping[str, str]], state: str, step: str) -> str | None:
    """The state that `step` leads to from `state`; None where there is no such step."""
    return steps[state].get(step)


@dataclass(frozen=True)
class SeriesPlan:
    """A series as somebody chose it: with whom, where, how long, and every start, in order.

    `replaces` are the ids of sessions that it takes the place of; `reason` says why the therapist changes, if so.
    """

    therapist: int
    room: int
    minutes: int
    every_weeks: int
    starts: tuple[datetime, ...]
    replaces: tuple[int, ...] = ()
    reason: str = ""

    def spans(self) -> list[tuple[datetime, datetime]]:
        length = timedelta(minutes=self.minutes)
        return [(start, start + length) for start in self.starts]


@dataclass(frozen=True)
class SeriesFacts:
    """What the rules must know of the case and of whom was chosen.

    `qualified_until` is the last day of the therapist's training, None without one; `outside` whether some session is
    outside the working hours of therapist or room; `has_plan` whether another plan of the case is live; `works_on_case`
    whether the therapist works on the evidence's side of it; `signs_in` whether they have an account and an agency;
    `group_days` the local days on which the child meets its group.
    """

    now: datetime
    zone: ZoneInfo
    qualified_until: date | None
    outside: bool = False
    has_plan: bool = False
    works_on_case: bool = False
    signs_in: bool = True
    closed: bool = False
    group_days: frozenset[date] = frozenset()


def series_objections(plan: SeriesPlan, facts: SeriesFacts) -> list[Objection]:
    """Everything that is wrong with a series before it is booked; empty when nothing is."""
    found = []
    days = [start.astimezone(facts.zone).date() for start in plan.starts]
    if facts.closed:
        found.append(Objection("recovery_case_closed"))
    if facts.has_plan:
        found.append(Objection("recovery_plan_exists"))
    if not 1 <= len(days) <= MOST_SESSIONS:
        found.append(Objection("recovery_sessions_out_of_range", values={"most": MOST_SESSIONS}, field="sessions"))
    if not SHORTEST <= plan.minutes <= LONGEST:
        found.append(
            Objection("recovery_length_out_of_range", values={"least": SHORTEST, "most": LONGEST}, field="minutes")
        )
    if any(start <= facts.now for start in plan.starts):
        found.append(Objection("recovery_session_in_the_past"))
    if sorted(set(days)) != days or facts.group_days & set(days):
        found.append(Objection("recovery_two_sessions_a_day"))
    found += _of_the_therapist(days, facts)
    if facts.outside:
        found.append(Objection("recovery_outside_working_hours"))
    return found


def _of_the_therapist(days: Sequence[date], facts: SeriesFacts) -> list[Objection]:
    if facts.works_on_case:
        return [Objection("recovery_therapist_on_the_other_side", field="therapist")]
    if not facts.signs_in:
        return [Objection("recovery_therapist_without_account", field="therapist")]
    if facts.qualified_until is None or (days and facts.qualified_until < max(days)):
        return [Objection("recovery_therapist_not_trained", field="therapist")]
    return []


def step_objections(state: str, step: str) -> list[Objection]:
    """Whether a plan in `state` may take `step`."""
    return [] if after(PLAN_STEPS, state, step) else [Objection("recovery_plan_not_so")]


def attendance_objections(state: str, attended: str, *, begun: bool) -> list[Objection]:
    """Attendance is written once, when the hour has come."""
    if attended not in ATTENDANCE or after(SESSION_STEPS, state, attended) is None:
        return [Objection("recovery_session_not_booked")]
    return [] if begun else [Objection("recovery_session_not_begun")]


def moving_objections(state: str, step: str, *, begun: bool) -> list[Objection]:
    """Only what is still to come is moved or left out; nobody is asked why."""
    if after(SESSION_STEPS, state, step) is None:
        return [Objection("recovery_session_not_booked")]
    return [Objection("recovery_session_begun")] if begun else []


def review_objections(state: str, *, ahead: int, unwritten: int) -> list[Objection]:
    """A review looks back: nothing is still to come, and who came is written down."""
    found = step_objections(state, "review")
    if ahead:
        found.append(Objection("recovery_sessions_ahead", values={"count": ahead}))
    if unwritten:
        found.append(Objection("recovery_attendance_missing", values={"count": unwritten}))
    return found


def handover_objections(*, same: bool, reason: str, reasons: frozenset[str]) -> list[Objection]:
    """A change of therapist has a reason from the list; without a change there is none to give."""
    if same == (not reason) and (same or reason in reasons):
        return []
    return [Objection("recovery_handover_reason", field="reason")]


@dataclass(frozen=True)
class OnThePath:
    """A session as the plan's page lays it out: `lit` is the next one."""

    state: str
    number: int
    lit: bool = field(default=False)


def path_of(sessions: Sequence[tuple[str, int]]) -> list[OnThePath]:
    """(state, number) in order of time, with the first that is still booked lit."""
    lit = next((place for place, (state, _number) in enumerate(sessions) if state == "booked"), None)
    return [OnThePath(state, number, place == lit) for place, (state, number) in enumerate(sessions)]
