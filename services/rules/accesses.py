"""Asking to see a record instead of asking the child: which step may follow which, and what an answer must say.

Pure functions over plain values. Days are dates on the clock of the agency that keeps the record; an end day is the last
one on which the record may be seen.
"""

import re
from datetime import date, timedelta

from cms.objections import Objection

REQUESTED, GRANTED, REFUSED, WITHDRAWN, ENDED = "requested", "granted", "refused", "withdrawn", "ended"
OVER, CORRECTED = "over", "corrected"  # what only the calendar or the ledger says; no row is ever written so
# The whole machine: what may follow each state. The trigger `access_goes_its_course` says the same.
TRANSITIONS: dict[str, frozenset[str]] = {
    REQUESTED: frozenset({GRANTED, REFUSED, WITHDRAWN}),
    GRANTED: frozenset({ENDED}),
    REFUSED: frozenset(),
    WITHDRAWN: frozenset(),
    ENDED: frozenset(),
}
USUAL_DAYS, MOST_DAYS = 14, 90
# A way to the record itself: an address, a path, a shared folder. Each would be a copy that nobody watches over.
LINK = re.compile(r"://|www\.|\w\.(com|net|org|id|me|ly|gl)\b|[A-Za-z]:\\|\\\\", re.IGNORECASE)


def request_objections(*, recorded: bool, corrected: bool, kept_by_asker: bool) -> list[Objection]:
    """Why there is nothing to ask for: no recording, an entry that was corrected, or a record one keeps oneself."""
    found = []
    if not recorded:
        found.append(Objection("nothing_recorded"))
    if corrected:
        found.append(Objection("entry_corrected"))
    if kept_by_asker:
        found.append(Objection("record_is_yours", field="agency"))
    return found


def step_objections(state: str, to: str, *, corrected: bool = False) -> list[Objection]:
    """Why a request in `state` cannot go on to `to`. A corrected entry cannot be granted any more."""
    found = []
    if to not in TRANSITIONS.get(state, frozenset()):
        found.append(Objection("access_step_not_possible"))
    if to == GRANTED and corrected:
        found.append(Objection("entry_corrected"))
    return found


def grant_objections(*, until: date | None, instructions: str, today: date) -> list[Objection]:
    """An end within `MOST_DAYS`, and words on how to see the record; never a link to it."""
    found = []
    if until is None or until < today:
        found.append(Objection("access_end_missing", field="until"))
    elif until > today + timedelta(days=MOST_DAYS):
        found.append(Objection("access_end_too_far", values={"most": MOST_DAYS}, field="until"))
    if not instructions.strip():
        found.append(Objection("access_instructions_missing", field="instructions"))
    elif LINK.search(instructions):
        found.append(Objection("access_instructions_link", field="instructions"))
    return found


def refusal_objections(reason: str) -> list[Objection]:
    """A no has its reason, from the list."""
    return [] if reason else [Objection("access_refusal_missing", field="refusal")]


def usual_end(today: date) -> date:
    """The end that is offered first."""
    return today + timedelta(days=USUAL_DAYS)


def standing(state: str, until: date | None, *, today: date, corrected: bool) -> str:
    """The state as of today: a grant is over after its last day, and does not outlive the entry it was given for."""
    if corrected and state in {REQUESTED, GRANTED}:
        return CORRECTED
    if state == GRANTED and (until is None or until < today):
        return OVER
    return state


def showing_objections(now_standing: str) -> list[Objection]:
    """Why the sealed reference is not shown to who asked for it."""
    if now_standing == GRANTED:
        return []
    if now_standing == CORRECTED:
        return [Objection("entry_corrected")]
    return [Objection("access_not_in_force")]
