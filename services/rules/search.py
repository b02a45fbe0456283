"""The answer to a wish, from a board that knows who is free: slots with their reasons, or what stands in the way."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from services.rules import starts
from services.rules.board import Board
from services.rules.ranking import burdens, ranked
from services.rules.slots import ENOUGH, OF_ONE_VENUE, ROOM, Blocker, Found, FreeTime, Seat, Wish


def board_for(wish: Wish, *, upon: Board | None = None, more: FreeTime | None = None) -> Board:
    """An empty board on which free time is laid, window by window; or one that knows what another does, and `more`."""
    return Board(wish, burdens(wish), upon=upon, more=more)


def is_enough(board: Board) -> bool:
    """May the search stop widening? Enough was found and a day that was asked for is covered."""
    covered = board.wish.on is None or board.wish.day_number(board.wish.on) < board.behind // (starts.DAY * starts.STEP)
    return covered and board.possible().bit_count() >= ENOUGH


def answer(board: Board) -> Found:
    """What the board offers: ranked slots, starts per day, blockers."""
    wish = board.wish
    possible = board.possible() if wish.seats else 0
    per_day = {wish.day(n): count for n in range(_days(board)) if (count := starts.on_day(possible, n).bit_count())}
    return Found(
        slots=ranked(board, possible),
        per_day=per_day,
        blockers=tuple(_blockers(board, possible)),
        windows=tuple(board.windows),
        wish=wish,
        possible=possible,
    )


def _days(board: Board) -> int:
    return board.behind // (starts.DAY * starts.STEP)


def _blockers(board: Board, possible: int) -> Iterator[Blocker]:
    """Of any slot if there is none; otherwise of a slot on an earlier day."""
    soonest = starts.first(possible)
    closed = list(_closed(board, soonest))
    yield from closed
    if soonest is None:
        yield from _hopeless(board, spared=OF_ONE_VENUE if closed else frozenset())
    singly = list(_in_the_way(board, soonest))
    yield from singly
    if soonest is None:
        if not singly:
            yield from _together(board)
        yield from _length(board)
        yield from _hours(board)


def _hopeless(board: Board, *, spared: frozenset[str]) -> Iterator[Blocker]:
    """Seats that nobody can fill in the whole horizon, whoever else comes; of those `spared` something else was said."""
    for seat in board.wish.seats:
        if not seat.candidates:
            yield Blocker("nobody", (seat.key,), asks=seat.asks)
        elif not board.anyone[seat.key] & board.ahead and seat.key not in spared:
            yield Blocker("never_free", (seat.key,), candidates=len(seat.candidates), asks=seat.asks)


def _closed(board: Board, soonest: int | None) -> Iterator[Blocker]:
    """Houses whose standard is not in force then, if without that there would be a slot (an earlier day's)."""
    houses = _closing(board.wish)
    if not houses:
        return
    seats = tuple(
        replace(seat, candidates=tuple(replace(c, qualified_until=None) for c in seat.candidates))
        if seat.key in OF_ONE_VENUE
        else seat
        for seat in board.wish.seats
    )
    start = board_for(replace(board.wish, seats=seats), upon=board).first()
    if start is not None and (soonest is None or start // starts.DAY < soonest // starts.DAY):
        yield Blocker("standard", (ROOM,), candidates=len(houses), opens=board.wish.moment(start))


def _closing(wish: Wish) -> set[int | None]:
    """The venues that close within the days that can be searched."""
    things = [c for seat in wish.seats if seat.key in OF_ONE_VENUE for c in seat.candidates]
    last = wish.day(wish.windows[-1])
    return {c.venue for c in things if c.qualified_until is not None and c.qualified_until < last}


def _in_the_way(board: Board, soonest: int | None) -> Iterator[Blocker]:
    """Leave one out: seats without which there would be a slot (an earlier day's), the soonest such slot first."""
    wish = board.wish
    opened = []
    for seat in wish.seats:
        start = board.first([seat.key])
        if start is not None and (soonest is None or start // starts.DAY < soonest // starts.DAY):
            opened.append((start, seat))
    for start, seat in sorted(opened, key=lambda pair: (pair[0], pair[1].key)):
        yield _blocker(board, "in_the_way", (seat,), start)


def _together(board: Board) -> Iterator[Blocker]:
    """When no single seat is to blame: the pairs without which the soonest slot would open."""
    opened = []
    for pair in combinations(board.wish.seats, 2):
        start = board.first([seat.key for seat in pair])
        if start is not None:
            opened.append((start, pair))
    for start, pair in sorted(opened, key=lambda found: found[0])[:3]:
        yield _blocker(board, "together", pair, start)


def _hours(board: Board) -> Iterator[Blocker]:
    """All could come, but at hours that do not suit the child."""
    if not board.wish.within:
        return
    start = board_for(replace(board.wish, within=frozenset()), upon=board).first()
    if start is not None:
        yield Blocker("hours", (), opens=board.wish.moment(start))


def _length(board: Board) -> Iterator[Blocker]:
    """The shortest interview the protocol knows for this age, if that would fit."""
    wish = board.wish
    shortest = wish.band.shortest_minutes if wish.band else wish.minutes
    if shortest >= wish.minutes:
        return
    shorter = board_for(replace(wish, minutes=shortest), upon=board)
    start = shorter.first()
    if start is not None:
        yield Blocker("length", (), opens=wish.moment(start), minutes=shortest)


def _blocker(board: Board, kind: str, seats: tuple[Seat, ...], start: int) -> Blocker:
    wish = board.wish
    alone = starts.first(board.anyone[seats[0].key] & board.mask) if len(seats) == 1 else None
    return Blocker(
        kind,
        tuple(seat.key for seat in seats),
        candidates=sum(len(seat.candidates) for seat in seats),
        opens=wish.moment(start),
        alone=wish.moment(alone) if alone is not None else None,
        asks=seats[0].asks if len(seats) == 1 else (),
    )
