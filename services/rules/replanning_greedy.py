"""A first plan at once: the interview with the fewest starts left first, then the youngest child's. Pure.

Each is placed where it costs least as things stand then: where it is, else in its own week, else as near as can be.
"""

from collections.abc import Iterator

from services.rules import starts
from services.rules.replanning import Placement, Plan, Scene, Task, meeting, possible


def greedy(scene: Scene) -> Plan:
    """A plan that holds. Nothing that was placed is ever moved again, so it may be far from the best."""
    room = _Room(scene)
    placements, unplaced = [], []
    while room.waiting:
        task = min(room.waiting.values(), key=lambda one: (room.left[one.key].bit_count(), one.age_months, one.key))
        del room.waiting[task.key]
        placed = _cheapest(scene, room, task)
        if placed is None:
            unplaced.append(task.key)
        else:
            placements.append(placed)
            room.take(task, placed)
    return Plan(tuple(sorted(placements, key=lambda one: one.key)), tuple(sorted(unplaced)))


class _Room:
    """What is still possible for the tasks that wait."""

    def __init__(self, scene: Scene) -> None:
        self.waiting: dict[int, Task] = {task.key: task for task in scene.tasks}
        self.seats = {task.key: {seat: dict(pool) for seat, pool in task.seats.items()} for task in scene.tasks}
        self.left = {task.key: possible(task) for task in scene.tasks}
        self.who: dict[int, list[tuple[int, str]]] = {}
        for task in scene.tasks:
            for seat, pool in task.seats.items():
                for resource in pool:
                    self.who.setdefault(resource, []).append((task.key, seat))

    def take(self, task: Task, placed: Placement) -> None:
        """Close to the others what `placed` takes, and to other interviews of its child the day."""
        touched = set()
        for seat, resource in placed.picks.items():
            low, high = task.booked(seat, placed.start)
            for key, theirs in self.who[resource]:
                if key in self.waiting:
                    other = self.waiting[key]
                    around = other.buffers.get(theirs, (0, 0))
                    self.seats[key][theirs][resource] &= ~meeting(other.minutes, around, (low, high))
                    touched.add(key)
        day = placed.start // starts.DAY
        for other in self.waiting.values():
            if other.case == task.case:
                for pool in self.seats[other.key].values():
                    for resource in pool:
                        pool[resource] &= ~starts.between(day * starts.DAY, (day + 1) * starts.DAY)
                touched.add(other.key)
        for key in touched:
            self.left[key] = possible(self.waiting[key], self.seats[key])


def _cheapest(scene: Scene, room: _Room, task: Task) -> Placement | None:
    day, ends = task.was // starts.DAY, scene.week_ends(task.was)

    def price(start: int) -> tuple[bool, bool, int, int]:
        return start != task.was, start >= ends, abs(start // starts.DAY - day), start

    for start in sorted(starts.each(room.left[task.key]), key=price):
        for picks in _seatings(task, room.seats[task.key], start):
            return Placement(task.key, start, picks)
    return None


def _seatings(task: Task, seats: dict[str, dict[int, int]], start: int) -> Iterator[dict[str, int]]:
    """Ways to fill the seats at a start, one for each venue, whoever is there now first."""
    for place in task.places:
        able = {
            seat: [
                r
                for r in sorted(pool, key=lambda r, seat=seat: (r != task.kept.get(seat), r))  # type: ignore[misc]
                if pool[r] >> start & 1 and (seat not in task.tied or task.venues.get(r) in {place, None})
            ]
            for seat, pool in seats.items()
        }
        picks: dict[str, int] = {}
        for seat in sorted(able, key=lambda seat: (len(able[seat]), seat)):
            free = next((r for r in able[seat] if r not in picks.values()), None)
            if free is None:
                break
            picks[seat] = free
        else:
            yield picks
