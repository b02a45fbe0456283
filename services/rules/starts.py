"""Possible starts as one integer: bit `n` says that something can start `n` steps after the origin.

A start is possible when the whole time it needs lies in one stretch of free time, so the set is exact for any length
and needs no erosion; only starts stand on the quarter-hour, free time is in minutes. The origin is a local midnight.
Indonesia keeps no daylight saving time, so every local day is `DAY` steps long.
"""

from collections.abc import Iterator, Sequence
from datetime import time

STEP = 15  # minutes between two possible starts
DAY = 24 * 60 // STEP


def starts(free: Sequence[int], minutes: int, before: int = 0, after: int = 0) -> int:
    """Starts at which `minutes`, with `before` and `after` around them, fit into a stretch of free time.

    `free` is flat (`from, to, from, to, …`), in minutes since the origin and none before it, half-open, ascending and
    never touching.
    """
    found = 0
    pairs = iter(free)
    need = minutes + after
    for low, high in zip(pairs, pairs, strict=True):
        first = -(-(low + before) // STEP)
        behind = (high - need) // STEP + 1
        if behind > first:
            found += (1 << behind) - (1 << first)  # stretches never touch: adding is uniting
    return found


def shrunk(found: int, steps: int) -> int:
    """The starts that have `steps` more of the same stretch before and after them.

    Exact for what lasts a step or longer: starts of different stretches of free time are then never neighbours.
    """
    done = 0
    while done < steps:
        more = min(done or 1, steps - done)
        found &= found << more
        done += more
    done = 0
    while done < steps:
        more = min(done or 1, steps - done)
        found &= found >> more
        done += more
    return found


def between(first: int, behind: int) -> int:
    """Every start from `first` up to, not including, `behind`."""
    return (1 << behind) - (1 << first) if behind > first else 0


def every_day(pattern: int, days: int) -> int:
    """The starts of one day, repeated on each of `days` days."""
    return pattern * (((1 << DAY * days) - 1) // ((1 << DAY) - 1)) if days > 0 else 0


def within_hours(earliest: time, latest: time, minutes: int) -> int:
    """Starts of one day that begin no earlier than `earliest` and are over by `latest`."""
    low, high = (hour.hour * 60 + hour.minute for hour in (earliest, latest))
    return between(-(-low // STEP), (high - minutes) // STEP + 1)


def on_day(found: int, day: int) -> int:
    """The starts of day number `day`, still counted from the origin; none of a day before it."""
    return found & between(day * DAY, (day + 1) * DAY) if day >= 0 else 0


def first(found: int) -> int | None:
    """The earliest start; None when there is none."""
    return (found & -found).bit_length() - 1 if found else None


def each(found: int) -> Iterator[int]:
    """Every start, earliest first."""
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest
