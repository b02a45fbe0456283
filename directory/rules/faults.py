"""What readers report about a service, and how soon somebody looks. Pure functions over days: no database, no clock."""

from collections.abc import Mapping
from datetime import date, timedelta

# Days until somebody has looked. A dead number leaves a child alone with it at once.
CLOCKS: Mapping[str, int] = {"n": 7, "c": 7, "h": 30, "o": 30}
# Different days on which it was said, before the public page says so: one visitor in one sitting marks nobody.
TOLD_AFTER = 2


def look_by(reason: str, opened_on: date) -> date:
    """The day by which somebody has looked at a report with this reason (directory.models.faults.Reason)."""
    return opened_on + timedelta(days=CLOCKS[reason])


def told_publicly(reported: Mapping[str, int]) -> list[str]:
    """Of `{reason: on how many days}`, what the page says to everybody, in the order of `CLOCKS`.

    "Something else" says nothing that would help whoever reads.
    """
    return [reason for reason in CLOCKS if reason != "o" and reported.get(reason, 0) >= TOLD_AFTER]
