"""The best plan that OR-Tools' CP-SAT finds, beginning from the greedy one. Pure: the same scene gives the same plan.

One worker, a fixed seed and a limit in deterministic time (the solver's own count of work, not the clock's) make it so;
a limit by the clock would let a busy machine decide who is moved. The solver is imported when it is needed: it is heavy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.rules import starts
from services.rules.replanning import (
    ANOTHER_PERSON,
    STAYS_IF_POSSIBLE,
    Placement,
    Plan,
    Scene,
    Tally,
    Task,
    possible,
    tally,
)

SEED = 20261125
LIMIT = 1.2  # in the solver's own seconds; each took about twenty of a processor's on the trial set of `bench replan`


@dataclass(frozen=True)
class Improved:
    """The plan, what it does, and how far from the best possible it may be at most (0 is proven best)."""

    plan: Plan
    tally: Tally
    gap: float


def improve(scene: Scene, hint: Plan, *, limit: float = LIMIT, say: Callable[[int], object] | None = None) -> Improved:
    """A plan at least as good as `hint`. `say` hears the price of each better plan as it is found."""
    from ortools.sat.python import cp_model

    model = _Model(cp_model, scene)
    model.hint(hint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.max_deterministic_time = limit
    # Rooms are alike and days are many: looking for both costs more here than it ever gave.
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.absolute_gap_limit = scene.prices.later - 1  # no child and no week can be saved any more
    status = solver.solve(model.model, _listener(cp_model, say) if say else None)
    if status == cp_model.MODEL_INVALID:
        raise ValueError("the model of a re-planning is not valid")
    before = tally(scene, hint)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Improved(hint, before, 1.0)
    plan = model.read(solver)
    after = tally(scene, plan)
    if after.price > before.price:
        plan, after = hint, before
    bound = max(0.0, solver.best_objective_bound)
    return Improved(plan, after, round(max(0.0, (after.price - bound) / max(1, after.price)), 4))


def _listener(cp_model: Any, say: Callable[[int], object]) -> Any:
    class Listener(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            say(round(self.ObjectiveValue()))

    return Listener()


class _Model:
    """The constraint model: one start per task, one resource per seat, nothing twice at a time."""

    def __init__(self, cp_model: Any, scene: Scene) -> None:
        self.cp, self.scene = cp_model, scene
        self.model = cp_model.CpModel()
        self.start: dict[int, Any] = {}
        self.day: dict[int, Any] = {}
        self.placed: dict[int, Any] = {}
        self.picked: dict[tuple[int, str, int], Any] = {}
        self.stays: dict[int, Any] = {}
        self.uses: dict[int, list[Any]] = {}
        cost = [self._task(task) for task in scene.tasks if possible(task)]
        self.lost = [task.key for task in scene.tasks if task.key not in self.start]
        for intervals in self.uses.values():
            if len(intervals) > 1:
                self.model.add_no_overlap(intervals)
        self._one_a_day()
        self.model.minimize(sum(cost) + len(self.lost) * scene.prices.unplaced)

    def hint(self, plan: Plan) -> None:
        """Begin where the greedy plan ended."""
        places = {placed.key: placed for placed in plan.placements}
        for key, start in self.start.items():
            self.model.add_hint(self.placed[key], key in places)
            if key in places:
                self.model.add_hint(start, places[key].start)
        for (key, seat, resource), picked in self.picked.items():
            if picked is not self.placed[key]:  # a variable is hinted once
                self.model.add_hint(picked, key in places and places[key].picks[seat] == resource)

    def read(self, solver: Any) -> Plan:
        placements, unplaced = [], list(self.lost)
        for task in self.scene.tasks:
            if task.key not in self.start:
                continue
            if not solver.boolean_value(self.placed[task.key]):
                unplaced.append(task.key)
                continue
            picks = {
                seat: resource
                for (key, seat, resource), picked in self.picked.items()
                if key == task.key and solver.boolean_value(picked)
            }
            placements.append(Placement(task.key, solver.value(self.start[task.key]), picks))
        return Plan(tuple(placements), tuple(sorted(unplaced)))

    def _task(self, task: Task) -> Any:
        """The variables and constraints of one task; returns what it costs."""
        able = possible(task)
        name = str(task.key)
        start = self.model.new_int_var_from_domain(self._domain(able), f"start {name}")
        self.start[task.key] = start
        self.placed[task.key] = self.model.new_bool_var(f"placed {name}")
        for seat, pool in task.seats.items():
            self._seat(task, seat, {r: bits & able for r, bits in pool.items() if bits & able})
        self._venue(task)
        return self._cost(task, able)

    def _seat(self, task: Task, seat: str, pool: Mapping[int, int]) -> None:
        start, placed = self.start[task.key], self.placed[task.key]
        able = possible(task)
        before, after = task.buffers.get(seat, (0, 0))
        for resource, bits in pool.items():
            picked = placed if len(pool) == 1 else self.model.new_bool_var(f"{task.key} {seat} {resource}")
            self.picked[task.key, seat, resource] = picked
            if bits != able:
                self.model.add_linear_expression_in_domain(start, self._domain(bits)).only_enforce_if(picked)
            interval = self.model.new_optional_fixed_size_interval_var(
                start * starts.STEP - before, task.minutes + before + after, picked, f"{task.key} {seat} {resource}"
            )
            self.uses.setdefault(resource, []).append(interval)
        if len(pool) > 1:
            self.model.add(sum(self.picked[task.key, seat, r] for r in pool) == placed)

    def _venue(self, task: Task) -> None:
        if len(task.places) < 2:
            return
        here = {place: self.model.new_bool_var(f"{task.key} at {place}") for place in task.places}
        self.model.add(sum(here.values()) == self.placed[task.key])
        for (key, seat, resource), picked in self.picked.items():
            if key == task.key and seat in task.tied and task.venues.get(resource) is not None:
                self.model.add_implication(picked, here[task.venues[resource]])

    def _cost(self, task: Task, able: int) -> Any:
        prices, start, placed = self.scene.prices, self.start[task.key], self.placed[task.key]
        cost = prices.unplaced * (1 - placed) + prices.moved * placed
        if able >> task.was & 1:
            stays = self.stays[task.key] = self.model.new_bool_var(f"stays {task.key}")
            self.model.add(start == task.was).only_enforce_if(stays)
            self.model.add_implication(stays, placed)
            cost -= prices.moved * stays
        ends = self.scene.week_ends(task.was)
        if able >> ends:
            later = self.model.new_bool_var(f"later {task.key}")
            self.model.add(start < ends).only_enforce_if([placed, later.negated()])
            cost += prices.later * later
        day = self.day[task.key] = self.model.new_int_var(0, self.scene.days, f"day {task.key}")
        self.model.add(start >= day * starts.DAY)
        self.model.add(start < (day + 1) * starts.DAY)
        away = self.model.new_int_var(0, self.scene.days, f"away {task.key}")
        was = task.was // starts.DAY
        self.model.add(away >= day - was).only_enforce_if(placed)
        self.model.add(away >= was - day).only_enforce_if(placed)
        cost += away
        for seat in STAYS_IF_POSSIBLE:
            if seat in task.seats:
                kept = self.picked.get((task.key, seat, task.kept.get(seat, 0)))
                cost += ANOTHER_PERSON * (placed - kept if kept is not None else placed)
        return cost

    def _one_a_day(self) -> None:
        """Two interviews of one child are never on one day."""
        by_case: dict[int, list[int]] = {}
        for task in self.scene.tasks:
            if task.key in self.start:
                by_case.setdefault(task.case, []).append(task.key)
        for keys in by_case.values():
            for place, one in enumerate(keys):
                for other in keys[place + 1 :]:
                    both = [self.placed[one], self.placed[other]]
                    self.model.add(self.day[one] != self.day[other]).only_enforce_if(both)

    def _domain(self, bits: int) -> Any:
        return self.cp.Domain.from_intervals(list(_stretches(bits)))


def _stretches(bits: int) -> Any:
    """[first, last] of each run of starts."""
    while bits:
        first = (bits & -bits).bit_length() - 1
        run = bits >> first
        length = (~run & (run + 1)).bit_length() - 1
        yield [first, first + length - 1]
        bits &= ~(((1 << length) - 1) << first)
