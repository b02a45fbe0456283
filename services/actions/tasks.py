"""Tick off what an interview's protocol wants seen to, give out tasks, and say what is mine to do."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from cms.audit.recording import action, record
from cms.limits import CheckItem
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.plans import limits_of
from services.models import CaseMember, ChecklistTick, Interview, State, Task
from services.rules.tasks import Line, answerable, checklist, undone


@action("checklist.refused")
def tick(*, case, interview, item, done, by, now):
    """Say that an item of the pinned checklist is done, or not after all. Returns the ChecklistTick.

    Refuses an item that is not in the protocol of this interview, and an interview that is not booked.
    """
    interview = (
        Interview.objects.select_for_update(of=("self",)).select_related("protocol").get(pk=interview.pk, case=case)
    )
    if interview.state != State.BOOKED:
        raise Objected([Objection("interview_not_booked")])
    if item not in {one.code for one in limits_of(interview.protocol).preparation}:
        raise Objected([Objection("item_not_of_the_protocol")])
    row = ChecklistTick.objects.create(case=case, interview=interview, item=item, done=done, by=by, at=now)
    record("checklist.ticked", by=by, now=now, about=interview, case_id=case.pk, item=item, done=done)
    return row


@action("task.refused")
def give_task(*, case, task, by, now):
    """Give an unsaved Task to somebody of the team. Refuses anybody else."""
    if not CaseMember.objects.current(now).filter(case=case, user=task.owner_id).exists():
        raise Objected([Objection("owner_not_of_the_team", field="owner")])
    task.case, task.by, task.at = case, by, now
    task.save(force_insert=True)
    record("task.given", by=by, now=now, about=task, case_id=case.pk)
    return task


@action("task.refused")
def set_task(*, case, task, done, by, now):
    """Say that a task is done, or not after all. Refuses what it is already: somebody else was faster."""
    task = Task.objects.select_for_update().get(pk=task.pk, case=case)
    if (task.done_at is not None) == done:
        raise Objected([Objection("task_set_already")])
    task.done_at, task.done_by = (now, by) if done else (None, None)
    task.save(update_fields=["done_at", "done_by"])
    record("task.done" if done else "task.reopened", by=by, now=now, about=task, case_id=case.pk)
    return task


@dataclass(frozen=True)
class Shown:
    """A line of the checklist with who ticked it last and when; None where nobody did."""

    line: Line
    tick: Any


def checklist_of(interview, now) -> list[Shown]:
    """The checklist of an interview as things stand. One query."""
    ticks = {row.item: row for row in interview.ticks.select_related("by").order_by("pk")}
    done = {code: row.done for code, row in ticks.items()}
    lines = checklist(limits_of(interview.protocol).preparation, done, interview.starts, now)
    return [Shown(line, ticks.get(line.item.code)) for line in lines]


@dataclass(frozen=True)
class Mine:
    """Something for me to do: on which case, until which day, and where it is ticked off."""

    case: Any
    due_on: date
    url: str
    late: bool
    task: Any = None
    item: CheckItem | None = None


def tasks_of(user, cases, now) -> list[Mine]:
    """What `user` is to see to on `cases` (a queryset of those they may see), what comes due first at the top.

    Tasks given to them, and what is not ticked off of interviews to come. Four queries, however many there are.
    """
    given = [
        Mine(row.case, row.due_on, row.case.get_absolute_url(), row.due_on < now.astimezone(row.case.zone).date(), row)
        for row in Task.objects.open().filter(owner=user, case__in=cases).select_related("case")
    ]
    booked = Interview.objects.filter(case__in=cases, state=State.BOOKED, span__startswith__gt=now)
    items = [
        Mine(one.case, line.due.astimezone(one.case.zone).date(), one.get_absolute_url(), line.late, item=line.item)
        for one in booked.select_related("case", "protocol").prefetch_related("participants__resource", "ticks")
        for line in undone(_lines(one, now))
        if user.pk in answerable(line.item.role, _attending(one), one.case.manager_id)
    ]
    return sorted([*given, *items], key=lambda mine: (mine.due_on, mine.case.pk))


def _lines(interview, now):
    done = {row.item: row.done for row in interview.ticks.all()}
    return checklist(limits_of(interview.protocol).preparation, done, interview.starts, now)


def _attending(interview):
    found = defaultdict(set)
    for one in interview.participants.all():
        if one.resource.user_id:
            found[one.role].add(one.resource.user_id)
    return {role: frozenset(users) for role, users in found.items()}
