"""Who can start when: free time turned into possible starts, member by member, and seats filled from them.

A start counts only if one member of a pool can serve it whole; a union of free times would offer starts that nobody
can serve. Room, observation room and kit are of one venue, and nobody sits in two seats.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TypeVar

from services.rules import rhythm, starts
from services.rules.slots import OF_ONE_VENUE, REMOTE, THINGS, Candidate, FreeTime, Seat, Wish
from services.rules.travel import Buffer

NOWHERE = None  # the venue of candidates that go with any


class Board:
    """Possible starts of every candidate of a wish, growing window by window.

    `burden(seat, candidate)` orders candidates: of those who can, the least burdensome is seated. A board may stand on
    another: it knows the same days, the other's free time and `more`, and works out no mask twice.
    """

    def __init__(
        self,
        wish: Wish,
        burden: Mapping[tuple[str, int], float],
        *,
        upon: "Board | None" = None,
        more: FreeTime | None = None,
    ) -> None:
        self.wish = wish
        self.burden = burden
        self.windows: list[tuple[datetime, datetime]] = list(upon.windows) if upon else []
        self.behind: int = upon.behind if upon else 0  # minutes since the origin up to which free time is known
        self.free: dict[int, list[int]] = {resource: [] for resource in wish.resources()}
        if upon:
            self.free |= upon.free
        self.free |= {resource: list(stretches) for resource, stretches in (more or {}).items()}
        self.ahead: int = 0  # starts that are not past, in the days that are known
        self.mask: int = 0  # those of them that the wish may offer at all
        self.masks: dict[tuple[int, int, Buffer], int] = upon.masks if upon else {}
        self.can: dict[tuple[str, int], int] = {}
        self.anyone: dict[str, int] = {}
        self.travelling = self._travelling()
        self.venue_burden = {venue: self._burden_at(venue) for venue in self._venues()}
        self.venues = sorted(self.venue_burden, key=lambda venue: (self.venue_burden[venue], venue or 0))
        self.at_venue: dict[int | None, dict[str, int]] = {}
        self.ordered = {seat.key: self._by_burden(seat) for seat in wish.seats}
        taken = [c.resource for seat in wish.seats for c in seat.candidates]
        self.overlap = len(taken) != len(set(taken))
        self._refresh()

    def add(self, free: FreeTime, days: int) -> None:
        """Take in the free time between what is known and the end of day `days`, in minutes since the origin.

        A stretch cut by the border of two windows is made whole again.
        """
        tails: dict[int, Sequence[int]] = {}
        for resource, stretches in free.items():
            known = self.free.get(resource, [])
            whole = bool(known and stretches and known[-1] == stretches[0])
            self.free[resource] = [*known[:-1], *stretches[1:]] if whole else [*known, *stretches]
            tails[resource] = [known[-2], *stretches[1:]] if whole else stretches
        origin = self.wish.origin
        self.windows.append(
            (max(origin + timedelta(minutes=self.behind), self.wish.not_before), origin + timedelta(days=days))
        )
        self.behind = days * 24 * 60
        self._extend(tails)
        self._refresh()

    def _extend(self, tails: Mapping[int, Sequence[int]]) -> None:
        """Bring what is remembered up to the days that came in: more free time only ever adds starts.

        What was cut from other masks is dropped, and cut again when it is asked for.
        """
        masks = {}
        for (resource, minutes, around), mask in self.masks.items():
            if not _is_cut(minutes, around):
                more = starts.starts(tails.get(resource, ()), minutes, around.before, around.after)
                masks[resource, minutes, around] = mask | more
        self.masks = masks

    def possible(self, without: Iterable[str] = ()) -> int:
        """Starts at which every seat, less those named, can be filled."""
        left_out = frozenset(without)
        found = self._meeting(left_out)
        if self.overlap:
            found = sum(1 << start for start in starts.each(found) if self.seating(start, left_out) is not None)
        return found

    def first(self, without: Iterable[str] = ()) -> int | None:
        """The earliest of `possible`, without working out the others."""
        left_out = frozenset(without)
        found = self._meeting(left_out)
        if not self.overlap:
            return starts.first(found)
        return next((start for start in starts.each(found) if self.seating(start, left_out) is not None), None)

    def seating(self, start: int, without: frozenset[str] = frozenset()) -> dict[str, Candidate] | None:
        """One candidate for every seat at a start, the least burdensome first; None if they do not go together."""
        for venue in self.venues_by_burden(start, without):
            able = {seat.key: self._able(seat, start, venue) for seat in self.wish.seats if seat.key not in without}
            seated = matched(able) if self.overlap else {key: pool[0] for key, pool in able.items() if pool}
            if len(seated) == len(able):
                return seated
        return None

    def venues_by_burden(self, start: int, without: frozenset[str] = frozenset()) -> list[int | None]:
        """The venues where every thing that must be of one venue is free at a start, the least burdensome first."""
        wanted = [seat.key for seat in self.wish.seats if seat.key not in without and self._placed(seat)]
        return [v for v in self.venues if all(self.at_venue[v][key] >> start & 1 for key in wanted)]

    def venue_starts(self, venue: int | None) -> int:
        """Starts at which a venue has all that must be of one venue, and whoever comes there can."""
        found = self.mask
        for pool in self.at_venue[venue].values():
            found &= pool
        return found

    def starts_at(self, venue: int | None) -> int:
        """Starts at which every seat by itself can be filled at a venue; whether they go together, `matched` says."""
        found = self.venue_starts(venue)
        for seat in self.wish.seats:
            if not self._placed(seat):
                found &= self.anyone[seat.key]
        return found

    def able_at(self, start: int, venue: int | None) -> dict[str, list[Candidate]]:
        """Who could fill each seat at a start and a venue, the least burdensome first."""
        return {seat.key: self._able(seat, start, venue) for seat in self.wish.seats}

    def can_at(self, seat: Seat, candidate: Candidate, venue: int | None) -> int:
        """Starts at which a candidate can fill a seat at a venue, the way there and back included."""
        if seat.key not in self.travelling:
            return self.can[seat.key, candidate.resource]
        return self._starts_of(seat, candidate, venue)

    def _meeting(self, without: frozenset[str]) -> int:
        found = self.mask
        for seat in self.wish.seats:
            if seat.key not in without and not self._placed(seat):
                found &= self.anyone[seat.key]
        things = [seat.key for seat in self.wish.seats if seat.key not in without and self._placed(seat)]
        if not things or not found:
            return found
        somewhere = 0
        for venue in self.venues:
            here = found
            for key in things:
                here &= self.at_venue[venue][key]
            somewhere |= here
        return somewhere

    def _refresh(self) -> None:
        wish = self.wish
        minutes_gone = -(-(wish.not_before - wish.origin) // timedelta(minutes=starts.STEP))
        days = self.behind // (starts.DAY * starts.STEP)
        self.ahead = starts.between(minutes_gone, self.behind // starts.STEP)
        self.mask = self.ahead & rhythm.binding(wish, days)
        self.at_venue = {venue: {} for venue in self.venues}
        for seat in wish.seats:
            for candidate in seat.candidates:
                self.can[seat.key, candidate.resource] = self._starts_of(seat, candidate)
            if not self._placed(seat):
                self.anyone[seat.key] = self._union(seat, seat.candidates, NOWHERE)
                continue
            self.anyone[seat.key] = 0
            for venue in self.venues:
                here = [c for c in seat.candidates if seat.key in self.travelling or c.venue in {venue, NOWHERE}]
                self.at_venue[venue][seat.key] = self._union(seat, here, venue)
                self.anyone[seat.key] |= self.at_venue[venue][seat.key]
            if seat.key in self.travelling:
                self._soonest_way(seat)

    def _soonest_way(self, seat: Seat) -> None:
        """What a person can at the venue that is nearest: at no other can they more."""
        for candidate in seat.candidates:
            ways = (self._starts_of(seat, candidate, venue) for venue in self.venues)
            self.can[seat.key, candidate.resource] = reduce(or_, ways, 0)

    def _starts_of(self, seat: Seat, candidate: Candidate, venue: int | None = NOWHERE) -> int:
        reach = self.wish.reaches.get(venue) if venue is not None else None
        found = self._mask(candidate.resource, seat.buffer(candidate, reach))
        if candidate.qualified_until is not None:
            days = self.wish.day_number(candidate.qualified_until) + 1
            found &= starts.between(0, max(days, 0) * starts.DAY)
        return found

    def _mask(self, resource: int, around: Buffer) -> int:
        """The starts of one resource with so much around them. Travel is cut from what is known without it."""
        asked = (resource, self.wish.minutes, around)
        if (known := self.masks.get(asked)) is None:
            if _is_cut(self.wish.minutes, around):
                steps = min(around.before, around.after) // starts.STEP
                less = steps * starts.STEP
                known = starts.shrunk(self._mask(resource, Buffer(around.before - less, around.after - less)), steps)
            else:
                known = starts.starts(self.free[resource], self.wish.minutes, around.before, around.after)
            self.masks[asked] = known
        return known

    def _union(self, seat: Seat, candidates: Sequence[Candidate], venue: int | None) -> int:
        found = 0
        for candidate in candidates:
            found |= self.can_at(seat, candidate, venue)
        return found

    def _able(self, seat: Seat, start: int, venue: int | None) -> list[Candidate]:
        return [
            candidate
            for candidate in self.ordered[seat.key]
            if self.can_at(seat, candidate, venue) >> start & 1
            and (seat.key not in OF_ONE_VENUE or candidate.venue in {venue, NOWHERE})
        ]

    def _by_burden(self, seat: Seat) -> list[Candidate]:
        def weight(candidate: Candidate) -> tuple[float, int]:
            return self.burden.get((seat.key, candidate.resource), 0.0), candidate.resource

        return sorted(seat.candidates, key=weight)

    def _travelling(self) -> frozenset[str]:
        """The seats of people for whom it matters where they come to."""
        if not any(any((reach.minutes or {}).values()) for reach in self.wish.reaches.values()):
            return frozenset()
        return frozenset(s.key for s in self.wish.seats if s.key not in THINGS and s.presence != REMOTE)

    def _placed(self, seat: Seat) -> bool:
        return seat.key in OF_ONE_VENUE or seat.key in self.travelling

    def _of_venue(self) -> list[Seat]:
        return [seat for seat in self.wish.seats if seat.key in OF_ONE_VENUE]

    def _venues(self) -> set[int | None]:
        return {c.venue for seat in self._of_venue() for c in seat.candidates} - {NOWHERE} or {NOWHERE}

    def _burden_at(self, venue: int | None) -> float:
        """How far from ideal the best of a venue's rooms and kits are."""
        total = 0.0
        for seat in self._of_venue():
            here = (c for c in seat.candidates if c.venue in {venue, NOWHERE})
            total += min((self.burden.get((seat.key, c.resource), 0.0) for c in here), default=0.0)
        return total


def _is_cut(minutes: int, around: Buffer) -> bool:
    """Is a mask with so much around it cut from one with less (exact only for what lasts a step)?"""
    return minutes >= starts.STEP and min(around.before, around.after) >= starts.STEP


Key = TypeVar("Key", bound=Hashable)


def _itself(_key: Hashable, candidate: Candidate) -> Hashable:
    return candidate.resource


def matched(
    able: Mapping[Key, Sequence[Candidate]], holds: Callable[[Key, Candidate], Hashable] = _itself
) -> dict[Key, Candidate]:
    """As many seats as can be filled with nobody in two of them (Kuhn's augmenting paths), the hardest first.

    Nothing unless all can be. `holds` says as what a candidate sits somewhere: two seats for which it answers differently
    may have the same one.
    """
    sits: dict[Hashable, Key] = {}
    chosen: dict[Key, Candidate] = {}

    def place(key: Key, tried: set[Hashable]) -> bool:
        for candidate in able[key]:
            held = holds(key, candidate)
            if held in tried:
                continue
            tried.add(held)
            holder = sits.get(held)
            if holder is None or place(holder, tried):
                sits[held] = key
                chosen[key] = candidate
                return True
        return False

    for key in sorted(able, key=lambda key: len(able[key])):
        if not place(key, set()):
            return {}
    return chosen
