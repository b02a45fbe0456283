"""Plan several booked interviews anew at once: what is to be placed, what a plan costs, and whether it holds. Pure.

Starts are bits counted from one origin, a local midnight (services.rules.starts). The other bookings are not here: whoever
makes the tasks has taken them out of the possible starts already, so they stay where they are; so do interviews that the
planner froze. Who and what is away, and the times a named interview is to leave, are taken out by `task_of`.

What a plan costs, the first difference deciding: interviews without any time; children whose interview is moved; interviews
that come in a later week than before; then days away from the former day, and interviewers and companions that change.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from services.rules import starts
from services.rules.board import Board
from services.rules.slots import OF_ONE_VENUE, Seat

STAYS_IF_POSSIBLE = ("interviewer", "companion")
Minutes = tuple[int, int]  # since the origin, half-open
ANOTHER_PERSON = 5  # as many days of waiting as another interviewer weighs in services.rules.ranking


@dataclass(frozen=True)
class Task:
    """One interview that needs a place. `key` orders and names it; two of one `case` are never on one day.

    `seats` maps each seat to the resources that may fill it, each with its possible starts; `kept` to the resource that
    fills it now; `venues` says where things are that must be of one venue (None: goes with any); `buffers` holds minutes
    booked before and after. `was` is the present start, `minutes` the length that is shown.
    """

    key: int
    case: int
    age_months: int
    minutes: int
    was: int
    seats: Mapping[str, Mapping[int, int]] = field(hash=False)
    kept: Mapping[str, int] = field(default_factory=dict, hash=False)
    venues: Mapping[int, int | None] = field(default_factory=dict, hash=False)
    buffers: Mapping[str, tuple[int, int]] = field(default_factory=dict, hash=False)

    def booked(self, seat: str, start: int) -> tuple[int, int]:
        """The minutes since the origin that are booked for a seat, half-open."""
        before, after = self.buffers.get(seat, (0, 0))
        begins = start * starts.STEP
        return begins - before, begins + self.minutes + after

    @cached_property
    def places(self) -> tuple[int | None, ...]:
        """The venues it could be at; (None,) when no seat is tied to one."""
        found = {self.venues.get(r) for seat in self.tied for r in self.seats[seat]} - {None}
        return tuple(sorted(place for place in found if place is not None)) or (None,)

    @cached_property
    def tied(self) -> tuple[str, ...]:
        """The seats that must be of one venue."""
        return tuple(seat for seat in self.seats if seat in OF_ONE_VENUE)


@dataclass(frozen=True)
class Placement:
    """Where a task goes: its start and who or what fills each seat."""

    key: int
    start: int
    picks: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True)
class Scene:
    """Everything to be placed, in the order of keys. `weekday` is the origin's (0 is Monday), `days` the horizon."""

    tasks: tuple[Task, ...]
    days: int
    weekday: int = 0

    def week_ends(self, start: int) -> int:
        """The first start after the week in which `start` lies."""
        day = start // starts.DAY
        return (day + 7 - (day + self.weekday) % 7) * starts.DAY

    @cached_property
    def prices(self) -> "Prices":
        lower = len(self.tasks) * (self.days + ANOTHER_PERSON * len(STAYS_IF_POSSIBLE))
        later = lower + 1
        moved = len(self.tasks) * later + later
        return Prices(later, moved, len(self.tasks) * (moved + later) + later)


@dataclass(frozen=True)
class Prices:
    """What counts more always outweighs all that counts less, whatever the number of tasks."""

    later: int
    moved: int
    unplaced: int


@dataclass(frozen=True)
class Plan:
    """A placement for each task that has one, in the order of keys, and the keys of those that have none."""

    placements: tuple[Placement, ...]
    unplaced: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tally:
    """What a plan does: children that are moved, to a later week, left without a time, and people who change."""

    moved: int
    later: int
    unplaced: int
    changed: int
    price: int


def task_of(
    board: Board,
    *,
    key: int,
    case: int,
    age_months: int,
    was: int,
    kept: Mapping[str, int],
    may: Mapping[int, int] | None = None,
    away: Mapping[int, Sequence[Minutes]] | None = None,
    off: Minutes | None = None,
) -> Task:
    """The task of a wish whose free time lies on `board`. `may` narrows an interviewer's starts, by resource.

    `away` says when a resource fills no seat, set-up and rest included; `off` what the interview itself is to leave.
    """
    minutes, gone = board.wish.minutes, away or {}
    open_to_all = board.mask & ~(meeting(minutes, (0, 0), off) if off else 0)

    def can(seat: Seat, resource: int) -> int:
        found = board.can[seat.key, resource] & open_to_all & (may or {}).get(resource, -1)
        for span in gone.get(resource, ()):
            found &= ~meeting(minutes, (seat.before, seat.after), span)
        return found

    seats = {
        seat.key: {c.resource: found for c in seat.candidates if (found := can(seat, c.resource))}
        for seat in board.wish.seats
    }
    return Task(
        key=key,
        case=case,
        age_months=age_months,
        minutes=minutes,
        was=was,
        seats=seats,
        kept=kept,
        venues={c.resource: c.venue for seat in board.wish.seats if seat.key in OF_ONE_VENUE for c in seat.candidates},
        buffers={seat.key: (seat.before, seat.after) for seat in board.wish.seats},
    )


def meeting(minutes: int, buffer: tuple[int, int], span: Minutes) -> int:
    """The starts at which something of `minutes`, with `buffer` before and after it, would meet `span`."""
    (before, after), (low, high) = buffer, span
    first = (low - minutes - after) // starts.STEP + 1
    return starts.between(max(first, 0), -(-(high + before) // starts.STEP))


def possible(task: Task, seats: Mapping[str, Mapping[int, int]] | None = None) -> int:
    """Starts at which every seat can be filled, those of one venue at one venue. A person in two seats is not seen."""
    pools = seats if seats is not None else task.seats
    found = -1
    for seat, pool in pools.items():
        if seat not in task.tied:
            found &= _union(pool.values())
    if task.tied:
        found &= _union(_at(task, pools, place) for place in task.places)
    return max(found, 0)


def _at(task: Task, pools: Mapping[str, Mapping[int, int]], place: int | None) -> int:
    found = -1
    for seat in task.tied:
        found &= _union(bits for r, bits in pools[seat].items() if task.venues.get(r) in {place, None})
    return found


def _union(several: Iterable[int]) -> int:
    found = 0
    for bits in several:
        found |= bits
    return found


def tally(scene: Scene, plan: Plan) -> Tally:
    """Count and price a plan."""
    tasks, prices = {task.key: task for task in scene.tasks}, scene.prices
    count: Counter[str] = Counter(unplaced=len(plan.unplaced))
    away = 0
    for placed in plan.placements:
        task = tasks[placed.key]
        count["moved"] += placed.start != task.was
        count["later"] += placed.start >= scene.week_ends(task.was)
        count["changed"] += len(changed(task, placed.picks))
        away += abs(placed.start // starts.DAY - task.was // starts.DAY)
    price = prices.unplaced * count["unplaced"] + prices.moved * count["moved"] + prices.later * count["later"]
    price += ANOTHER_PERSON * count["changed"] + away
    return Tally(count["moved"], count["later"], count["unplaced"], count["changed"], price)


def changed(task: Task, picks: Mapping[str, int]) -> list[str]:
    """The seats of people who should stay, and do not."""
    return [seat for seat in STAYS_IF_POSSIBLE if seat in task.seats and picks[seat] != task.kept.get(seat)]


def faults(scene: Scene, plan: Plan) -> Iterator[str]:
    """What is wrong with a plan, in words for whoever tests or measures; nothing, if it holds."""
    tasks = {task.key: task for task in scene.tasks}
    if sorted([p.key for p in plan.placements] + list(plan.unplaced)) != sorted(tasks):
        yield "not every task is there once"
    used: dict[int, list[tuple[int, int, int]]] = {}
    for placed in plan.placements:
        task = tasks[placed.key]
        yield from _faults_of(task, placed)
        for seat, resource in placed.picks.items():
            used.setdefault(resource, []).append((*task.booked(seat, placed.start), placed.key))
    for resource, spans in used.items():
        for (_low, high, one), (low, _high, other) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            if low < high:
                yield f"resource {resource} is taken by {one} and {other} at once"
    for first, second in combinations(plan.placements, 2):
        same_case = tasks[first.key].case == tasks[second.key].case
        if same_case and first.start // starts.DAY == second.start // starts.DAY:
            yield f"{first.key} and {second.key} ask one child twice on a day"


def _faults_of(task: Task, placed: Placement) -> Iterator[str]:
    if set(placed.picks) != set(task.seats):
        yield f"{task.key} has other seats"
    for seat, resource in placed.picks.items():
        if not task.seats[seat].get(resource, 0) >> placed.start & 1:
            yield f"{task.key}: {resource} cannot be {seat} then"
    if len({task.venues.get(placed.picks[seat]) for seat in task.tied} - {None}) > 1:
        yield f"{task.key} is at two venues"


def in_order(tasks: Sequence[Task]) -> tuple[Task, ...]:
    return tuple(sorted(tasks, key=lambda task: task.key))
