"""The breaks of an interview: where the protocol would put them, and whether a plan's are right for the age."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cms.limits import AgeBand
from cms.objections import Objection

if TYPE_CHECKING:
    from services.rules.interviews import InterviewFacts, InterviewPlan

Break = tuple[int, int]  # minutes after the start, and how long


def breaks_every(minutes: int, every: int, length: int) -> tuple[Break, ...]:
    """Breaks of `length` in an interview of `minutes`, so that nobody talks longer than `every` without one.

    The talking is shared out evenly between the breaks, in whole minutes; the last part is never the longest.
    """
    if every <= 0 or minutes <= every:
        return ()
    count = 1
    while minutes - count * length > (count + 1) * every:
        count += 1
    talking = max(minutes - count * length, 0)
    if not talking:
        return ()
    part = -(-talking // (count + 1))
    found = [(number * part + (number - 1) * length, length) for number in range(1, count + 1)]
    return tuple(one for one in found if one[0] + one[1] < minutes)


def advised_breaks(band: AgeBand | None, minutes: int) -> tuple[Break, ...]:
    """The breaks the protocol advises at an age; none where it says nothing."""
    return breaks_every(minutes, band.break_every_minutes, band.break_minutes) if band else ()


def longest_stretch(minutes: int, breaks: Sequence[Break]) -> int:
    """The longest time without a break, in minutes."""
    longest, behind = 0, 0
    for after, length in sorted(breaks):
        longest, behind = max(longest, after - behind), after + length
    return max(longest, minutes - behind)


def breaks_suit_the_age(plan: "InterviewPlan", facts: "InterviewFacts") -> Iterator[Objection]:
    """No breaks where the protocol wants some, or too far apart. A plan that leaves them open gets the advised ones."""
    band = facts.limits.band_for(facts.age_months)
    if band is None or plan.breaks is None or plan.minutes <= band.break_every_minutes:
        return
    values = {"every": band.break_every_minutes}
    if not plan.breaks:
        yield Objection("breaks_missing", band.breaks_source, values, "breaks", warning=True)
    elif longest_stretch(plan.minutes, plan.breaks) > band.break_every_minutes:
        yield Objection("break_too_rare", band.breaks_source, values, "breaks", warning=True)
