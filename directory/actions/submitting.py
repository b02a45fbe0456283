"""Put many drafts before the reviewers at once. Wagtail's own way writes to every reviewer for every page."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, PageLogEntry, TaskState, WorkflowPage, WorkflowState

from directory.policies import User


def submit_quietly(pages: Iterable[Any], *, by: User, now: Any) -> None:
    """Start the workflow of each page's newest revision; an earlier one that still waits is cancelled.

    Reviewers find the drafts on their list and get no letter. Where there is no workflow the draft waits for whoever
    may publish. A workflow whose first task keeps states of its own is started in Wagtail's way.
    """
    pages = list(pages)
    by_workflow = defaultdict(list)
    own = set(WorkflowPage.objects.filter(page__in=[page.pk for page in pages]).values_list("page_id", flat=True))
    workflows: dict[str, Any] = {}
    for page in pages:
        whose = page.path if page.pk in own else page.path[: -Page.steplen]  # else that of the page above
        if whose not in workflows:
            workflows[whose] = page.get_workflow()
        if workflows[whose] is not None:
            by_workflow[workflows[whose]].append(page)
    for workflow, its in by_workflow.items():
        task = workflow.tasks.first()
        if task is None:
            continue
        if task.specific.get_task_state_class() is not TaskState:
            for page in its:
                workflow.start(page, by)
        else:
            _start(workflow, task, its, by=by, now=now)


def _start(workflow: Any, task: Any, pages: list[Any], *, by: User, now: Any) -> None:
    waiting = WorkflowState.objects.active().filter(object_id__in=[str(page.pk) for page in pages])
    for earlier in waiting.filter(base_content_type=ContentType.objects.get_for_model(Page)):
        earlier.cancel(user=by)
    states = WorkflowState.objects.bulk_create(
        WorkflowState(
            content_type=ContentType.objects.get_for_model(page),
            base_content_type=ContentType.objects.get_for_model(Page),
            object_id=str(page.pk),
            workflow=workflow,
            requested_by=by,
        )
        for page in pages
    )
    tasks = TaskState.objects.bulk_create(
        TaskState(
            workflow_state=state,
            revision_id=page.latest_revision_id,
            task=task,
            content_type=ContentType.objects.get_for_model(TaskState),
        )
        for state, page in zip(states, pages, strict=True)
    )
    for state, its in zip(states, tasks, strict=True):
        state.current_task_state = its
    WorkflowState.objects.bulk_update(states, ["current_task_state"])
    PageLogEntry.objects.bulk_create(
        PageLogEntry(
            content_type=ContentType.objects.get_for_model(page),
            label=page.title,
            action="wagtail.workflow.start",
            timestamp=now,
            user=by,
            revision_id=page.latest_revision_id,
            page=page,
            data={
                "workflow": {
                    "id": workflow.pk,
                    "title": workflow.name,
                    "status": state.status,
                    "next": {"id": task.pk, "title": task.name},
                    "task_state_id": its.pk,
                }
            },
        )
        for page, state, its in zip(pages, states, tasks, strict=True)
    )
