"""Does a provider meet what a standard asks, and until when? Pure: no database, no clock; days are local, and the last
day on which a verification counts is counted in.

A criterion binds from one day until another. It is in force for a provider on a day when somebody else than the provider
verified that it is met, and that verification has not run out. Only the essential criteria decide whether a house can be
booked; `closes_on` says from which day it cannot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cms.objections import Objection
from directory.rules import listings

YES, PARTLY, NO = "yes", "partly", "no"  # what a provider says of itself
MET, NOT_MET = "met", "not_met"  # what a verifier found
OPEN, SOON, CLOSED = "open", "soon", "closed"

NOTICE = 60  # days: so long before a house closes everybody is warned, and so long before a new demand binds
LONGEST_WORDS = 1000  # characters of evidence or of a verifier's remark
LONGEST_MONTHS = 60


@dataclass(frozen=True)
class Demand:
    """One criterion as it binds: from its first day until the day before `until`; None is for ever."""

    criterion: int
    starts: date
    until: date | None = None
    essential: bool = True

    def binds(self, day: date) -> bool:
        return self.starts <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Assessed:
    """The current assessment of one criterion: what the provider says, what a verifier found, the last day it counts."""

    criterion: int
    met: str
    outcome: str = ""
    expires_on: date | None = None

    def in_force(self, day: date) -> bool:
        return self.outcome == MET and self.expires_on is not None and self.expires_on >= day


def closes_on(demands: Iterable[Demand], assessed: Iterable[Assessed], today: date) -> date | None:
    """The first day from `today` on which an essential criterion binds and is not in force; None while none is known.

    A provider that was never assessed closes on the first day on which anything binds.
    """
    known = {one.criterion: one for one in assessed}
    days = (_lapses(demand, known.get(demand.criterion), today) for demand in demands if demand.essential)
    return min((day for day in days if day is not None), default=None)


def _lapses(demand: Demand, assessed: Assessed | None, today: date) -> date | None:
    first = max(demand.starts, today)
    if assessed is not None and assessed.expires_on is not None and assessed.in_force(first):
        first = assessed.expires_on + timedelta(days=1)
    return first if demand.binds(first) else None


def state(closes: date | None, today: date) -> str:
    """`open`, `soon` from `NOTICE` days before it closes, or `closed`."""
    if closes is None or closes - today > timedelta(days=NOTICE):
        return OPEN
    return SOON if closes > today else CLOSED


def assessment_objections(met: str, evidence: str, *, hidden_place: bool) -> list[Objection]:
    """What a provider may not say of itself: nothing, a yes without evidence, and where a shelter is."""
    found = []
    if met not in {YES, PARTLY, NO}:
        found.append(Objection("assessment_says_nothing", field="met"))
    if met in {YES, PARTLY} and not evidence.strip():
        found.append(Objection("evidence_missing", field="evidence"))
    return found + _words("evidence", evidence, hidden_place=hidden_place)


def verification_objections(
    assessed: Assessed, outcome: str, until: date | None, remark: str, *, months: int, today: date, hidden_place: bool
) -> list[Objection]:
    """What a verifier may not find: what the provider denies, without a day until when, or for longer than it lasts."""
    found = []
    if outcome not in {MET, NOT_MET}:
        found.append(Objection("verification_says_nothing", field="outcome"))
    if outcome == MET:
        if assessed.met == NO:
            found.append(Objection("verification_against_the_provider", field="outcome"))
        found += _until(until, months, today)
    elif until is not None:
        found.append(Objection("verification_not_met_until", field="until"))
    if outcome == NOT_MET and not remark.strip():
        found.append(Objection("verification_remark_missing", field="remark"))
    return found + _words("remark", remark, hidden_place=hidden_place)


def _until(until: date | None, months: int, today: date) -> list[Objection]:
    longest = months_later(today, months)
    if until is None or until <= today:
        return [Objection("verification_ends_too_soon", field="until")]
    if until > longest:
        return [
            Objection("verification_too_long", values={"months": months, "day": longest.isoformat()}, field="until")
        ]
    return []


def _words(field: str, text: str, *, hidden_place: bool) -> list[Objection]:
    said = listings.Listing(name="", hidden_place=hidden_place, texts={field: text})
    found = listings.shelter_objections(said)
    if len(text) > LONGEST_WORDS:
        found.append(Objection("text_too_long", values={"limit": LONGEST_WORDS}, field=field))
    return found


def standard_objections(
    demands: Iterable[Demand], known: Mapping[int, Demand], used: Iterable[int], *, today: date
) -> list[Objection]:
    """What an editor may not do to a standard. `known` are its demands as they bind now, `used` those assessed somewhere.

    An essential demand binds `NOTICE` days after it is written at the earliest, so that no house closes unwarned. A
    criterion that was assessed is ended, never removed.
    """
    demands = list(demands)
    found = []
    if set(used) - {demand.criterion for demand in demands}:
        found.append(Objection("criterion_in_use"))
    earliest = today + timedelta(days=NOTICE)
    for demand in demands:
        before = known.get(demand.criterion)
        over = demand.until is not None and demand.until <= today
        if demand.essential and not over and demand.starts < earliest and not _known(demand, before):
            found.append(Objection("criterion_needs_notice", values={"days": NOTICE, "day": earliest.isoformat()}))
    return list(dict.fromkeys(found))


def _known(demand: Demand, before: Demand | None) -> bool:
    """Was as much asked before, at the same time or sooner, and as long?"""
    if before is None or not before.essential or before.starts > demand.starts:
        return False
    return before.until is None or (demand.until is not None and demand.until <= before.until)


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
