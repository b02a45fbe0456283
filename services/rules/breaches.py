"""What the register of data breaches asks for, and when both notifications are due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from cms.objections import Objection
from services.rules.clocks import Clock, three_days

AUTHORITY_TOLD, PEOPLE_TOLD, CLOSED = "authority_told", "people_told", "closed"
CHILDREN, STAFF_CHANNEL, SAFE_CONTACT = "children", "work_mail", "safe_contact"


@dataclass(frozen=True)
class EntryPlan:
    """One entry to be added; `data_kinds` and `people` say how much became known, `whom` to `confirmed_on` who was told."""

    step: str
    happened_at: datetime
    words: str
    data_kinds: tuple[str, ...] = ()
    people: int | None = None
    whom: str = ""
    channel: str = ""
    confirmed_on: date | None = None


def clocks(noticed_at: datetime, told: Iterable[tuple[str, datetime]], now: datetime) -> dict[str, Clock]:
    """The two clocks of 3×24 h (UU 27/2022 art. 46; check the official text), each met by the first who was told."""
    moments: dict[str, list[datetime]] = {AUTHORITY_TOLD: [], PEOPLE_TOLD: []}
    for step, moment in told:
        if step in moments:
            moments[step].append(moment)
    return {step: three_days(noticed_at, now, min(found, default=None)) for step, found in moments.items()}


def report_objections(noticed_at: datetime, now: datetime) -> list[Objection]:
    return [Objection("moment_still_to_come", field="noticed_on")] if noticed_at > now else []


def entry_objections(plan: EntryPlan, *, noticed_at: datetime, noticed_on: date, closed: bool, now: datetime,
                     today: date, authority_told: bool) -> list[Objection]:  # fmt: skip
    """Everything that speaks against an entry. `noticed_on` and `today` are days at the agency's place."""
    found = []
    if closed:
        found.append(Objection("breach_closed_already"))
    if plan.happened_at > now:
        found.append(Objection("moment_still_to_come", field="happened_on"))
    if plan.step in {AUTHORITY_TOLD, PEOPLE_TOLD} and plan.happened_at < noticed_at:
        found.append(Objection("breach_told_before_noticed", field="happened_on"))
    if plan.step == CLOSED and not authority_told:
        found.append(Objection("breach_authority_not_told", "PDP-46"))
    if plan.step == PEOPLE_TOLD:
        found += telling_objections(plan, noticed_on, today)
    return found


def telling_objections(plan: EntryPlan, noticed_on: date, today: date) -> list[Objection]:
    """Those affected: who and how is said; a child is told in person, by the lawyer, or through a contact confirmed anew.

    A confirmation from before the breach may be the very thing that leaked.
    """
    found = []
    if not plan.whom:
        found.append(Objection("breach_whom_missing", field="whom"))
    if not plan.channel:
        found.append(Objection("breach_channel_missing", field="channel"))
    if plan.whom != CHILDREN:
        return found
    if plan.channel == STAFF_CHANNEL:
        found.append(Objection("breach_child_written_to", field="channel"))
    if plan.channel == SAFE_CONTACT and (plan.confirmed_on is None or not noticed_on <= plan.confirmed_on <= today):
        found.append(Objection("breach_contact_not_confirmed", field="contact_confirmed_on"))
    return found
