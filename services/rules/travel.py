"""How far a person comes to a venue, in bands, and the minutes that are kept free for the way. Pure.

A house knows its own district and keeps a list of those next to it; everything else is the same province or farther.
Bands, not routes: districts are all that is known of where somebody starts from, and all that may be known of a child.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.rules import starts

SAME_DISTRICT, NEIGHBOURING, SAME_PROVINCE, FARTHER = "same_district", "neighbouring", "same_province", "farther"
BANDS = (SAME_DISTRICT, NEIGHBOURING, SAME_PROVINCE, FARTHER)
CHOICES = tuple(range(0, 4 * 60 + 1, starts.STEP))  # minutes a house may keep free for one way


@dataclass(frozen=True)
class Reach:
    """A venue as people come to it: its district and province, the districts next to it, and minutes by band."""

    district: str
    province: str
    neighbours: frozenset[str] = frozenset()
    minutes: Mapping[str, int] | None = None

    def __hash__(self) -> int:
        return hash((self.district, self.province))

    def band(self, district: str, province: str) -> str:
        """The band of somebody who starts from `district`; empty where that is not known."""
        if not district:
            return ""
        if province and province != self.province:
            return NEIGHBOURING if district in self.neighbours else FARTHER
        if district == self.district:
            return SAME_DISTRICT
        return NEIGHBOURING if district in self.neighbours else SAME_PROVINCE

    def way(self, district: str, province: str) -> int:
        """Minutes kept free for one way; 0 where the house says nothing."""
        return (self.minutes or {}).get(self.band(district, province), 0)


@dataclass(frozen=True)
class Buffer:
    """Minutes that are booked but not shown, before and after."""

    before: int = 0
    after: int = 0

    def __add__(self, other: "Buffer") -> "Buffer":
        return Buffer(self.before + other.before, self.after + other.after)

    def around(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """What is booked when people are shown `start` to `end`."""
        return start - timedelta(minutes=self.before), end + timedelta(minutes=self.after)


NONE = Buffer()
