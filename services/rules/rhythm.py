"""Which hours suit the child, as starts: those advised for the age, and the part of the day that the child likes.

Both rank and warn; a wish that names them in `within` is kept to them. Nothing recurs here while somebody waits: a day's
pattern is repeated by one multiplication.
"""

from services.rules import starts
from services.rules.slots import ADVISED, AFTERNOON, MORNING, PREFERRED, Wish


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


def binding(wish: Wish, days: int) -> int:
    """The starts of the first `days` days that the wish may offer at all."""
    found = starts.between(0, days * starts.DAY)
    if ADVISED in wish.within and wish.band is not None:
        found &= starts.every_day(advised(wish), days)
    if PREFERRED in wish.within and (liked := preferred(wish)):
        found &= starts.every_day(liked, days)
    return found
