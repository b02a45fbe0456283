"""Background work: propose a place for every interview that lost its own. Called as `sekali_jobs`, by one process.

First the greedy plan, at once; then the solver's, from there. Each case is read as its case manager would, so that row
security decides what may be known; what is written are ids and times, for the members of each case alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.database.context import acting_as
from services.actions.scenes import Job, job_of, scene_of, spans_of
from services.models import Interview, Mark, Proposal, Replanning, State
from services.notices import something_to_read
from services.rules.replanning import Plan, Scene, tally
from services.rules.replanning_greedy import greedy
from services.rules.replanning_solver import LIMIT, improve
from services.rules.replanning_wish import Away

AFFECTED = "SELECT interview_id, manager_id, hit_by, kind, off FROM sekali_affected(%s, %s)"
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('replanning', 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('replanning', 0))"


@dataclass(frozen=True)
class Touched:
    """An interview that a plan is about, and why: the ids of the absences that hit it, and what the planner wants of it."""

    interview: Interview
    manager: User
    hit_by: tuple[int, ...] = ()
    mark: str = ""
    off: tuple[datetime, datetime] | None = None

    @property
    def frozen(self) -> bool:
        return self.mark == Mark.Kind.FREEZE


@dataclass(frozen=True)
class Laid:
    """What is thought about: what the plan touches, the jobs of what may move, their scene and where it is counted from."""

    touched: Sequence[Touched]
    jobs: Sequence[Job]
    scene: Scene
    origin: datetime


def propose_next(*, clock: Callable[[], datetime], limit: float = LIMIT) -> Replanning | None:
    """Work off the oldest planning anew that is not finished; None when there is none, or another process is at it.

    One that a killed process left half done is begun again. `clock` tells the time, since thinking takes some; `limit` is
    the solver's, in deterministic seconds.
    """
    with _alone() as alone:
        waiting = Replanning.objects.unfinished().order_by("at").first() if alone else None
        if waiting is None:
            return None
        laid, plan = _first_round(waiting, clock())
        if laid.jobs:
            better = improve(laid.scene, plan, limit=limit)
            _second_round(waiting, laid, better.plan, clock())
        return waiting


def _first_round(replanning: Replanning, now: datetime) -> tuple[Laid, Plan]:
    with transaction.atomic():
        laid = lay_out(replanning, now)
        plan = greedy(laid.scene)
        if laid.touched:
            propose(replanning=replanning, round=1, laid=laid, plan=plan, by=None, now=now)
        if not laid.jobs:
            finish(replanning=replanning, by=None, now=now)
        managers = {one.manager.pk: one.manager for one in laid.touched if one.manager.pk != replanning.by_id}
        something_to_read(list(managers.values()), settings.WAGTAILADMIN_BASE_URL)
    return laid, plan


def _second_round(replanning: Replanning, laid: Laid, plan: Plan, now: datetime) -> None:
    """Write the better plan, unless one of the interviews was moved while it was thought about: then the first stays."""
    with transaction.atomic():
        still = {one.interview.pk: one.interview.starts for one in touched(replanning, now)}
        if still == {one.interview.pk: one.interview.starts for one in laid.touched}:
            propose(replanning=replanning, round=2, laid=laid, plan=plan, by=None, now=now)
        finish(replanning=replanning, by=None, now=now)


def lay_out(replanning: Replanning, now: datetime) -> Laid:
    """Everything a plan may choose from. What is frozen is no job: it keeps what it has, and others go around it."""
    found = touched(replanning, now)
    jobs = []
    for one in found:
        if not one.frozen:
            with acting_as(one.manager):
                jobs.append(job_of(one.interview, now=now, off=one.off))
    if not jobs:
        return Laid(found, (), Scene((), 1), now)
    rows = replanning.absences.order_by("resource_id")
    away = [Away(row.resource_id, row.span.lower, row.span.upper) for row in rows]
    scene, origin = scene_of(jobs, zone=found[0].interview.zone, now=now, away=away)
    return Laid(found, jobs, scene, origin)


def touched(replanning: Replanning, now: datetime) -> list[Touched]:
    """What it is about, each read as its case manager. A manager who left sees nothing any more, nor do we.

    An interview in several sessions is as frozen: they hang together, and nobody moves one of them alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(AFFECTED, [replanning.pk, now])
        rows = cursor.fetchall()
    managers = User.objects.in_bulk({manager for _interview, manager, *_why in rows})
    shown = Interview.objects.select_related("case__agency", "protocol", "venue", "asking").filter(state=State.BOOKED)
    shown = shown.prefetch_related("parts")
    found = []
    for pk, manager, hit_by, mark, off in rows:
        leave = (off.lower, off.upper) if off is not None else None
        with acting_as(managers[manager]):
            for one in shown.filter(pk=pk):
                wanted = (Mark.Kind.FREEZE, None) if one.parts.all() else (mark, leave)
                found.append(Touched(one, managers[manager], tuple(hit_by), *wanted))
    return found


@action("replanning.refused")
def propose(*, replanning, round, laid, plan, by, now):  # noqa: A002 -- the word of the field
    """Write one round of proposals, and make it the one that counts."""
    places = {key: (span, picks) for key, span, picks in spans_of(plan, laid.jobs, laid.origin)}
    Proposal.objects.filter(replanning=replanning, round__gte=round).delete()  # of a process that was killed
    Proposal.objects.bulk_create(
        Proposal(
            replanning=replanning,
            case_id=one.interview.case_id,
            interview=one.interview,
            round=round,
            was=one.interview.span,
            span=DateTimeTZRange(*places[one.interview.pk][0]) if one.interview.pk in places else None,
            picks=places[one.interview.pk][1] if one.interview.pk in places else {},
            hit_by=list(one.hit_by),
            mark=one.mark,
        )
        for one in laid.touched
    )
    counts = tally(laid.scene, plan)
    replanning.state, replanning.best, replanning.affected = Replanning.State.THINKING, round, len(laid.touched)
    replanning.moved, replanning.unplaced = counts.moved, counts.unplaced
    replanning.frozen = sum(one.frozen for one in laid.touched)
    if round == 1:
        replanning.greedy_moved, replanning.thinking_since = counts.moved, now
    replanning.save()
    record("replanning.proposed", by=by, now=now, about=replanning, round=round, moved=counts.moved)


@action("replanning.refused")
def finish(*, replanning, by, now):
    """Nothing more is thought about it."""
    replanning.state = Replanning.State.DONE
    replanning.save()
    record("replanning.finished", by=by, now=now, about=replanning, affected=replanning.affected)


@contextmanager
def _alone() -> Iterator[bool]:
    """True for one process at a time, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        alone = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK)
