"""Which hours suit the child, as starts: those advised for the age, the part of the day the child likes, and the hours
in which a house knows children to be at school, asleep, at prayer or at an exam.

All of them rank and warn; a wish that names them in `within` is kept to them. Nothing recurs while somebody waits: a
day's pattern is laid on the days it is meant for by one multiplication, and remembered.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from cms.limits import LAST_YEAR
from cms.objections import Objection
from services.rules import starts
from services.rules.slots import ADVISED, AFTERNOON, CALENDAR, MORNING, PREFERRED, ChildHours, Wish


def advised(wish: Wish) -> int:
    """The starts of a day that the protocol advises for this age; 0 when it says nothing."""
    if wish.band is None:
        return 0
    return starts.within_hours(wish.band.earliest, wish.band.latest, wish.minutes)


def preferred(wish: Wish) -> int:
    """The starts of a day that the child would like; 0 when there is no preference, or both."""
    noon = starts.DAY // 2
    if {MORNING, AFTERNOON} <= wish.prefers or not wish.prefers & {MORNING, AFTERNOON}:
        return 0
    return starts.between(0, noon) if MORNING in wish.prefers else starts.between(noon, starts.DAY)


def of_the_child(wish: Wish) -> tuple[ChildHours, ...]:
    """The house's hours that are kept for this age."""
    age = wish.age_months
    return tuple(hours for hours in wish.calendar if age is not None and hours.covers(age))


def disturbed(wish: Wish, days: int, *, avoided: bool) -> int:
    """The starts at which an interview would reach into hours that the house avoids, or only warns of."""
    found = 0
    for hours in of_the_child(wish):
        if hours.avoid == avoided:
            found |= _reaching(hours, wish.origin.date(), days, wish.minutes)
    return found


def binds(wish: Wish, limit: str) -> bool:
    """Is the wish kept to this limit, and does it say anything about this child?"""
    says = {
        ADVISED: wish.band is not None,
        PREFERRED: bool(preferred(wish)),
        CALENDAR: any(hours.avoid for hours in of_the_child(wish)),
    }
    return limit in wish.within and says[limit]


def binding(wish: Wish, days: int) -> int:
    """The starts of the first `days` days that the wish may offer at all."""
    found = starts.between(0, days * starts.DAY)
    if binds(wish, ADVISED):
        found &= starts.every_day(advised(wish), days)
    if binds(wish, PREFERRED):
        found &= starts.every_day(preferred(wish), days)
    if binds(wish, CALENDAR):
        found &= ~disturbed(wish, days, avoided=True)
    return found


def met(hours: ChildHours, start: datetime, end: datetime) -> bool:
    """Does an interview from `start` to `end`, on the child's own clock, reach into these hours?"""
    if not hours.on(start.date()):
        return False
    until = end.time() if end.date() == start.date() else time.max
    return start.time() < hours.ends and until > hours.starts


def hours_objections(hours: ChildHours) -> list[Objection]:
    """What keeps hours from being kept: reversed hours, days or ages, or no day at all."""
    found = []
    if not hours.weekdays:
        found.append(Objection("rhythm_without_days", field="weekdays"))
    if hours.ends <= hours.starts:
        found.append(Objection("rhythm_ends_before_it_starts", field="ends"))
    if hours.first is not None and hours.last is not None and hours.last < hours.first:
        found.append(Objection("rhythm_last_day_before_first", field="last_day"))
    if not 0 <= hours.from_years <= hours.to_years <= LAST_YEAR:
        found.append(Objection("rhythm_ages_reversed", field="to_years"))
    return found


@lru_cache(maxsize=256)
def _reaching(hours: ChildHours, first: date, days: int, minutes: int) -> int:
    low, high = _minutes(hours.starts), _minutes(hours.ends)
    pattern = starts.between(max(0, (low - minutes) // starts.STEP + 1), min(starts.DAY, -(-high // starts.STEP)))
    chosen = sum(1 << number * starts.DAY for number in range(days) if hours.on(first + timedelta(days=number)))
    return pattern * chosen


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute
