"""Background work: propose a place for every interview that lost its own. Called as `sekali_jobs`, by one process.

First the greedy plan, at once; then the solver's, from there. Each case is read as its case manager would, so that row
security decides what may be known; what is written are ids and times, for the members of each case alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.database.context import acting_as
from services.actions.scenes import Job, job_of, scene_of, spans_of
from services.models import Interview, Proposal, Replanning, State
from services.notices import something_to_read
from services.rules.replanning import Plan, Scene, tally
from services.rules.replanning_greedy import greedy
from services.rules.replanning_solver import LIMIT, improve

AFFECTED = "SELECT interview_id, manager_id FROM sekali_affected(%s, %s, %s)"
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('replanning', 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('replanning', 0))"


def propose_next(*, clock: Callable[[], datetime], limit: float = LIMIT) -> Replanning | None:
    """Work off the oldest planning anew that is not finished; None when there is none, or another process is at it.

    One that a killed process left half done is begun again. `clock` tells the time, since thinking takes some; `limit` is
    the solver's, in deterministic seconds.
    """
    with _alone() as alone:
        waiting = Replanning.objects.unfinished().order_by("at").first() if alone else None
        if waiting is None:
            return None
        jobs, scene, origin, plan = _first_round(waiting, clock())
        if jobs:
            better = improve(scene, plan, limit=limit)
            _second_round(waiting, jobs, scene, origin, better.plan, clock())
        return waiting


def _first_round(replanning: Replanning, now: datetime) -> tuple[list[Job], Scene, datetime, Plan]:
    with transaction.atomic():
        found = touched(replanning, now)
        jobs = _jobs(found, now)
        if not jobs:
            finish(replanning=replanning, by=None, now=now)
            return [], Scene((), 1), now, Plan(())
        scene, origin = scene_of(jobs, zone=replanning.resource.zone, now=now)
        plan = greedy(scene)
        propose(replanning=replanning, round=1, jobs=jobs, scene=scene, origin=origin, plan=plan, by=None, now=now)
        managers = {manager.pk: manager for _interview, manager in found if manager.pk != replanning.by_id}
        something_to_read(list(managers.values()), settings.WAGTAILADMIN_BASE_URL)
    return jobs, scene, origin, plan


def _second_round(
    replanning: Replanning, jobs: Sequence[Job], scene: Scene, origin: datetime, plan: Plan, now: datetime
) -> None:
    """Write the better plan, unless one of the interviews was moved while it was thought about: then the first stays."""
    with transaction.atomic():
        still = {interview.pk: interview.starts for interview, _manager in touched(replanning, now)}
        if still == {job.key: job.was for job in jobs}:
            propose(replanning=replanning, round=2, jobs=jobs, scene=scene, origin=origin, plan=plan, by=None, now=now)
        finish(replanning=replanning, by=None, now=now)


def touched(replanning: Replanning, now: datetime) -> list[tuple[Interview, User]]:
    """The interviews it touches, each with its case manager. A manager who left sees nothing any more, nor do we."""
    with connection.cursor() as cursor:
        cursor.execute(AFFECTED, [replanning.resource_id, replanning.span, now])
        rows = cursor.fetchall()
    managers = User.objects.in_bulk({manager for _interview, manager in rows})
    shown = Interview.objects.select_related("case__agency", "protocol", "venue", "asking").filter(state=State.BOOKED)
    found = []
    for pk, manager in rows:
        with acting_as(managers[manager]):
            found += [(interview, managers[manager]) for interview in shown.filter(pk=pk)]
    return found


def _jobs(found: Sequence[tuple[Interview, User]], now: datetime) -> list[Job]:
    jobs = []
    for interview, manager in found:
        with acting_as(manager):
            jobs.append(job_of(interview, now=now))
    return jobs


@action("replanning.refused")
def propose(*, replanning, round, jobs, scene, origin, plan, by, now):  # noqa: A002 -- the word of the field
    """Write one round of proposals, and make it the one that counts."""
    places = {key: (span, picks) for key, span, picks in spans_of(plan, jobs, origin)}
    Proposal.objects.filter(replanning=replanning, round__gte=round).delete()  # of a process that was killed
    Proposal.objects.bulk_create(
        Proposal(
            replanning=replanning,
            case_id=job.case,
            interview_id=job.key,
            round=round,
            was=DateTimeTZRange(job.was, job.was + timedelta(minutes=job.wish.minutes)),
            span=DateTimeTZRange(*places[job.key][0]) if job.key in places else None,
            picks=places[job.key][1] if job.key in places else {},
        )
        for job in jobs
    )
    counts = tally(scene, plan)
    replanning.state, replanning.best, replanning.affected = Replanning.State.THINKING, round, len(jobs)
    replanning.moved, replanning.unplaced = counts.moved, counts.unplaced
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
