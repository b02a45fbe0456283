"""The clock of 3×24 hours (UU 27/2022; check the official text): hours that run through nights, holidays and zones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LENGTH = timedelta(hours=3 * 24)
SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Clock:
    """From `starts` to `due`; `met_at` is when it was met, or None. `state` is running, soon, late, met or met_late."""

    starts: datetime
    due: datetime
    met_at: datetime | None
    state: str
    left: timedelta
    percent: int


def three_days(starts: datetime, now: datetime, met_at: datetime | None = None) -> Clock:
    """The clock at `now`. Moments are aware; in which zone they are written changes nothing. At `due` it is not late."""
    due = (starts.astimezone(UTC) + LENGTH).astimezone(starts.tzinfo)  # hours that pass, not hours on the wall
    at = met_at or now
    if met_at is not None:
        state = "met" if met_at <= due else "met_late"
    elif now > due:
        state = "late"
    else:
        state = "soon" if due - now <= SOON else "running"
    gone = min(max(at - starts, timedelta(0)), LENGTH)
    return Clock(starts, due, met_at, state, max(due - now, timedelta(0)), int(gone * 100 / LENGTH))
