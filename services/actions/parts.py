"""The sessions of an extended interview: written down when it is booked, held one after the other, dropped when it stops.

Called by the actions of `services.actions.interviews`, inside their savepoint.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.audit.recording import record
from cms.database.errors import violated
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy
from services.models import Interview, InterviewPart, Occupancy
from services.rules.interviews import InterviewPlan
from services.rules.parts import part_refusals

PLANNED, HELD, DROPPED = InterviewPart.State.PLANNED, InterviewPart.State.HELD, InterviewPart.State.DROPPED


def save_parts(interview: Interview, plan: InterviewPlan) -> None:
    """Write down the sessions of a plan that has several. Raises Objected where the suspect's side is at the venue then."""
    if not plan.later:
        return
    try:
        InterviewPart.objects.bulk_create(
            InterviewPart(case=interview.case, interview=interview, number=number, span=DateTimeTZRange(*session))
            for number, session in enumerate(plan.sessions, start=1)
        )
    except IntegrityError as error:
        if violated(error) != "venuepresence_keeps_child_and_suspect_apart":
            raise
        raise Objected([Objection("venue_not_suitable_that_day", field="slot")]) from None


def each_session(plan: InterviewPlan) -> Iterator[InterviewPlan]:
    """Every further session as a plan of its own, for the rules that are about a day and an hour."""
    for starts, ends in plan.sessions[1:]:
        yield replace(plan, starts=starts, ends=ends, later=())


def goes_on(interview: Interview, *, stop: bool, by: Any, now: datetime) -> bool:
    """Say that the next session was held, or with `stop` that there will be no more; does the interview go on after it?

    Never for an interview of one session. Raises Objected while the session's hour has not come.
    """
    parts = list(interview.parts.select_for_update().order_by("number"))
    if not parts:
        return False
    left = [part for part in parts if part.state == PLANNED]
    refused = part_refusals(
        parts=len(parts), held=len(parts) - len(left), begun=bool(left) and left[0].starts <= now, stop=stop
    )
    if refused:
        raise Objected(refused)
    if stop:
        _drop(interview, left, by, now)
        return False
    _end(left[0], HELD, now)
    record("interview.session_held", by=by, now=now, about=interview, case_id=interview.case_id, number=left[0].number)
    return len(left) > 1


def _drop(interview: Interview, left: list[InterviewPart], by: Any, now: datetime) -> None:
    """What was booked for the sessions left is free at once."""
    for part in left:
        _end(part, DROPPED, now)
        booked = interview.bookings.filter(occupancy__span__overlap=part.span).values("occupancy_id")
        occupancy.release(Occupancy.objects.filter(pk__in=booked, live=True))
    record("interview.stopped", by=by, now=now, about=interview, case_id=interview.case_id, dropped=len(left))


def _end(part: InterviewPart, state: str, now: datetime) -> None:
    part.state, part.ended_at = state, now
    part.save(update_fields=["state", "ended_at"])
