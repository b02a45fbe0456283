"""A day of a house: who and what is free, taken, held or away, and when. Pure; moments are aware, spans half-open.

Of a booking only its hours are known here: no case, no kind of interview, no child.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.rules.hours import Span, united, without

FREE, TAKEN, HELD, AWAY = "free", "taken", "held", "away"
OPENS, CLOSES = 8, 17  # o'clock; a day is drawn at least from and to here
# What a reader looks for first when an hour holds several things.
FIRST = (TAKEN, HELD, FREE, AWAY)


@dataclass(frozen=True)
class Stretch:
    """From `starts` to `ends` it is one of the four. `clashes`: taken or held although away."""

    starts: datetime
    ends: datetime
    state: str
    clashes: bool = False

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds() // 60)


@dataclass(frozen=True)
class Times:
    """What is known of one resource: working time less all that is away, and what is booked or held of it."""

    working: Sequence[Span] = ()
    taken: Sequence[Span] = ()
    held: Sequence[Span] = ()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def stretches(times: Times, start: datetime, end: datetime) -> list[Stretch]:
    """The whole of `start` to `end`, in order and without gaps."""
    working, taken = united(times.working), united(times.taken)
    held = united(without(united(times.held), taken))
    edges = {start, end, *(edge for spans in (working, taken, held) for span in spans for edge in span)}
    found: list[Stretch] = []
    for low, high in pairwise(sorted(edge for edge in edges if start <= edge <= end)):
        works = _within(low, working)
        state = TAKEN if _within(low, taken) else HELD if _within(low, held) else FREE if works else AWAY
        piece = Stretch(low, high, state, clashes=state in {TAKEN, HELD} and not works)
        if found and (found[-1].state, found[-1].clashes) == (piece.state, piece.clashes):
            piece = Stretch(found.pop().starts, high, state, piece.clashes)
        found.append(piece)
    return found


def opening(days: Iterable[Sequence[Stretch]], midnight: datetime) -> tuple[int, int]:
    """The first and the last o'clock to draw for a day: wide enough for everything that is not away."""
    known = [one for day in days for one in day if one.state != AWAY]
    first = min([OPENS, *(int((one.starts - midnight) / timedelta(hours=1)) for one in known)])
    last = max([CLOSES, *(-int((midnight - one.ends) // timedelta(hours=1)) for one in known)])
    return first, last


def part(day: Sequence[Stretch], start: datetime, end: datetime) -> list[Stretch]:
    """What of a day lies between `start` and `end`, cut at both."""
    return [
        Stretch(max(one.starts, start), min(one.ends, end), one.state, one.clashes)
        for one in day
        if one.starts < end and one.ends > start
    ]


def leading(pieces: Iterable[Stretch]) -> str:
    """The state that names an hour: taken before held before free before away."""
    return min((piece.state for piece in pieces), key=FIRST.index, default=AWAY)


def _within(moment: datetime, spans: Iterable[Span]) -> bool:
    return any(low <= moment < high for low, high in spans)
