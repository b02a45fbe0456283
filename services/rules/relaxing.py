"""What would help: the smallest changes to a wish that open a slot, or an earlier day, each found by really searching.

A `Change` makes of one wish another, and every change here only ever adds starts. Single changes come first; pairs are
tried when fewer than `PLENTY` single ones help, and never with one that helps alone. Nothing here reads: `Spares` bring
along who and what could be drawn on besides, with their free time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from services.rules import rhythm, starts
from services.rules.board import Board
from services.rules.ranking import slot_at
from services.rules.search import board_for
from services.rules.slots import (
    ADVISED,
    CALENDAR,
    IN_ROOM,
    OBSERVATION_ROOM,
    OBSERVING,
    PREFERRED,
    REMOTE,
    Candidate,
    FreeTime,
    Seat,
    Slot,
    Wish,
)
from services.rules.travel import Reach

ANOTHER, WITHOUT, ELSEWHERE, SHORTER, ANY_PART, BUSY_HOUR, ANY_HOUR, LATER = (
    "another", "without", "elsewhere", "shorter", "any_part", "busy_hour", "any_hour", "later",
)  # fmt: skip
# The least first: what the adults can do among themselves, and only then what the child would feel.
ORDER = (REMOTE, IN_ROOM, ANOTHER, WITHOUT, SHORTER, ANY_PART, BUSY_HOUR, ANY_HOUR, ELSEWHERE, LATER)
BOUND = {ANY_PART: PREFERRED, BUSY_HOUR: CALENDAR, ANY_HOUR: ADVISED}  # which limit a change lets go of
STEP = 5  # minutes by which an interview is shortened
PLENTY = 3  # single changes that help, from which on no pairs are tried
MOST = 6  # are said


@dataclass(frozen=True)
class Change:
    """One thing done differently. `kind` is one of `ORDER`; `seats` are those it touches; `minutes` the new length."""

    kind: str
    seats: tuple[str, ...] = ()
    minutes: int = 0


@dataclass(frozen=True)
class Spares:
    """Who and what could be drawn on besides the wish's own candidates, by seat.

    `another` are people who could fill a role but are not asked so far, `elsewhere` rooms and kits further away, `reaches` how
    people come to their venues; `free`
    their free time in the days that were searched. `later_days` is how far the hours of all are laid out, and `later`
    the free time of the wish's own candidates from the end of the search until then.
    """

    another: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict, hash=False)
    elsewhere: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict, hash=False)
    reaches: Mapping[int, Reach] = field(default_factory=dict, hash=False)
    free: FreeTime = field(default_factory=dict, hash=False)
    later: FreeTime = field(default_factory=dict, hash=False)
    later_days: int = 0

    def resources(self) -> tuple[int, ...]:
        """Every spare resource once, in id order."""
        pools = [*self.another.values(), *self.elsewhere.values()]
        return tuple(sorted({candidate.resource for pool in pools for candidate in pool}))


@dataclass(frozen=True)
class Help:
    """These changes together open `slot`, the earliest they open. `able` says how many could fill a seat of `another`."""

    changes: tuple[Change, ...]
    slot: Slot
    wish: Wish = field(repr=False)
    able: Mapping[str, int] = field(default_factory=dict, hash=False)


def what_helps(board: Board, spares: Spares) -> tuple[Help, ...]:
    """The smallest changes first; at most `MOST`. Empty when nothing known here would help."""
    search = _Search(board, spares)
    known = changes_of(board.wish, spares)
    found: list[Help] = []
    for made in (*((change,) for change in known), *combinations(known, 2)):
        if len(made) > 1 and sum(len(one.changes) == 1 for one in found) >= PLENTY:
            break
        smaller = any(_atoms(one.changes) <= _atoms(made) for one in found)
        if not smaller and _go_together(made) and (helping := search.help(made)):
            found.append(helping)
    return tuple(sorted(found, key=_weight)[:MOST])


def worth_reading(board: Board, spares: Spares) -> Spares:
    """The spares less those of seats that, left out altogether, would still open nothing: nobody need read when they
    are free.
    """
    search, known = _Search(board, spares), changes_of(board.wish, spares)
    some = [made for made in (*((one,) for one in known), *combinations(known, 2)) if _go_together(made)]
    kept = {atom for made in some if not search.hopeless(made) for atom in _atoms(made)}
    return replace(
        spares,
        another={key: pool for key, pool in spares.another.items() if (ANOTHER, key) in kept},
        elsewhere={key: pool for key, pool in spares.elsewhere.items() if (ELSEWHERE, key) in kept},
    )


def changes_of(wish: Wish, spares: Spares) -> list[Change]:
    """Every single change that the protocol and the spares allow, the least first."""
    found = [*_presences(wish), *(Change(ANOTHER, (key,)) for key in spares.another if spares.another[key])]
    found += [Change(WITHOUT, (seat.key,)) for seat in wish.seats if seat.key in wish.may_lack and not seat.candidates]
    if _shortest(wish) < wish.minutes:
        found.append(Change(SHORTER, minutes=_shortest(wish)))
    found += [Change(kind) for kind, limit in BOUND.items() if rhythm.binds(wish, limit)]
    if any(spares.elsewhere.values()):
        found.append(Change(ELSEWHERE, tuple(key for key in spares.elsewhere if spares.elsewhere[key])))
    if spares.later_days:
        found.append(Change(LATER))
    return sorted(found, key=lambda change: ORDER.index(change.kind))


def changed(wish: Wish, change: Change, spares: Spares) -> Wish:
    """The wish with one thing done differently."""
    if change.kind in {REMOTE, IN_ROOM}:
        return replace(wish, seats=_attending(wish.seats, change))
    if change.kind in {ANOTHER, ELSEWHERE}:
        more = spares.another if change.kind == ANOTHER else spares.elsewhere
        seats = tuple(_widened(s, more[s.key]) if s.key in change.seats else s for s in wish.seats)
        return replace(wish, seats=seats, reaches={**wish.reaches, **spares.reaches})
    if change.kind == WITHOUT:
        return replace(wish, seats=_observed([seat for seat in wish.seats if seat.key not in change.seats]))
    if change.kind == SHORTER:
        return replace(wish, minutes=change.minutes)
    if change.kind == LATER:
        return replace(wish, windows=(*wish.windows, spares.later_days))
    return replace(wish, within=wish.within - {BOUND[change.kind]})


def _all_changed(wish: Wish, changes: Iterable[Change], spares: Spares) -> Wish:
    for change in changes:
        wish = changed(wish, change, spares)
    return wish


class _Search:
    """Searches with changes made, on one board's knowledge of who is free."""

    def __init__(self, board: Board, spares: Spares) -> None:
        self.board = board
        self.spares = spares
        self.grounds: dict[tuple[Change, ...], Board] = {(): board}
        soonest = board.first()
        self.before = None if soonest is None else soonest // starts.DAY  # only an earlier day helps

    def help(self, changes: Iterable[Change]) -> Help | None:
        """What the changes together open; None when they open nothing, or nothing on an earlier day."""
        made = tuple(changes)
        if self.hopeless(made):
            return None
        board = self._board(made)
        start = board.first()
        if start is None or not self._earlier(start):
            return None
        made = self._least_shortened(made)
        board = self._board(made)
        start = board.first()
        if start is None:  # never: the length was chosen so that it opens something
            return None
        able = {key: self._able(board, key, start) for c in made if c.kind == ANOTHER for key in c.seats}
        return Help(made, slot_at(board, start), board.wish, able)

    def hopeless(self, changes: tuple[Change, ...]) -> bool:
        """Cheaply: would nothing open even if the seats they touch were left out altogether?"""
        if sum(not change.seats for change in changes) > 1 or self._goes_elsewhere(changes):
            return False
        touched = {key for change in changes for key in change.seats}
        if any(change.kind in {REMOTE, IN_ROOM, WITHOUT} for change in changes):
            touched.add(OBSERVATION_ROOM)
        start = self._ground(changes).first(touched)
        return start is None or not self._earlier(start)

    def _goes_elsewhere(self, changes: tuple[Change, ...]) -> bool:
        """To a venue that may be nearer to somebody than those the board knows: leaving seats out proves nothing."""
        return any(change.kind == ELSEWHERE for change in changes) and any(self.spares.reaches.values())

    def _ground(self, changes: tuple[Change, ...]) -> Board:
        """The board with those of the changes made that touch no seat; kept, since many pairs stand on it."""
        made = tuple(change for change in changes if not change.seats)
        if made not in self.grounds:
            board = board_for(_all_changed(self.board.wish, made, self.spares), upon=self.board)
            if any(change.kind == LATER for change in made):
                board.add(self.spares.later, self.spares.later_days)
            self.grounds[made] = board
        return self.grounds[made]

    def _earlier(self, start: int) -> bool:
        return self.before is None or start // starts.DAY < self.before

    def _board(self, changes: tuple[Change, ...]) -> Board:
        ground = self._ground(changes)
        seated = tuple(change for change in changes if change.seats)
        if not seated:
            return ground
        return board_for(_all_changed(ground.wish, seated, self.spares), upon=ground, more=self.spares.free)

    def _least_shortened(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The same with the longest length that still opens something: a shorter one opens whatever a longer one does."""
        if not any(change.kind == SHORTER for change in changes):
            return changes

        def with_length(minutes: int) -> tuple[Change, ...]:
            return tuple(replace(c, minutes=minutes) if c.kind == SHORTER else c for c in changes)

        lengths = list(range(_shortest(self.board.wish), self.board.wish.minutes, STEP))
        low, high = 0, len(lengths) - 1
        while low < high:
            middle = (low + high + 1) // 2
            start = self._board(with_length(lengths[middle])).first()
            low, high = (middle, high) if start is not None and self._earlier(start) else (low, middle - 1)
        return with_length(lengths[low])

    def _able(self, board: Board, key: str, start: int) -> int:
        """How many of the others could fill this seat at this start."""
        return sum(board.can[key, other.resource] >> start & 1 for other in self.spares.another[key])


def _presences(wish: Wish) -> Iterator[Change]:
    """Attending by video, one by one and all observers together; in the room instead of behind the glass."""
    if wish.limits is None:
        return
    observers = tuple(seat.key for seat in wish.seats if seat.presence == OBSERVING)
    remote = [s.key for s in wish.seats if s.presence != REMOTE and _may(wish, s.key, REMOTE)]
    yield from (Change(REMOTE, (key,)) for key in remote)
    if len(observers) > 1 and set(observers) <= set(remote):
        yield Change(REMOTE, observers)
    yield from (Change(IN_ROOM, (key,)) for key in observers if _may(wish, key, IN_ROOM))


def _may(wish: Wish, role: str, presence: str) -> bool:
    required = wish.limits.required(role) if wish.limits else None
    return required is not None and required.allows(presence)


def _attending(seats: tuple[Seat, ...], change: Change) -> tuple[Seat, ...]:
    return _observed([replace(s, presence=change.kind) if s.key in change.seats else s for s in seats])


def _observed(seats: list[Seat]) -> tuple[Seat, ...]:
    """With nobody behind the glass no observation room is needed."""
    observed = any(seat.presence == OBSERVING for seat in seats)
    return tuple(seat for seat in seats if observed or seat.key != OBSERVATION_ROOM)


def _widened(seat: Seat, more: tuple[Candidate, ...]) -> Seat:
    known = {candidate.resource for candidate in seat.candidates}
    return replace(seat, candidates=(*seat.candidates, *(c for c in more if c.resource not in known)))


def _shortest(wish: Wish) -> int:
    return wish.band.shortest_minutes if wish.band else wish.minutes


def _atoms(changes: Iterable[Change]) -> set[tuple[str, str]]:
    return {(change.kind, key) for change in changes for key in change.seats or ("",)}


def _go_together(changes: tuple[Change, ...]) -> bool:
    """Nobody is in two of them; and whoever else could come is not known of the days beyond the search."""
    kinds = {change.kind for change in changes}
    if LATER in kinds and kinds & {ANOTHER, ELSEWHERE}:
        return False
    touched = [key for change in changes for key in change.seats]
    return len(touched) == len(set(touched))


def _weight(helping: Help) -> tuple[int, int, float]:
    worst = max(ORDER.index(change.kind) for change in helping.changes)
    return len(helping.changes), worst, helping.slot.start.timestamp()
