"""Where a listing stands between its people, the reviewers and the public; and a mark by which to know a draft again."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, WorkflowState

PUBLIC, DRAFT, WAITS, SENT_BACK = "public", "draft", "waits", "sent_back"


@dataclass(frozen=True)
class Standing:
    """`key` is one of the four words above; `since` when that began (None for public); `comment` is the reviewer's.

    `live` says whether readers see anything; `changed` whether a sent-back draft was written on since; `by` whoever
    wrote the draft, a User or None.
    """

    key: str
    live: bool
    since: datetime | None = None
    comment: str = ""
    changed: bool = False
    by: object = None


def standings(pages):
    """`{primary key: Standing}`, in one query however many pages; they need `select_related("latest_revision__user")`."""
    pages = list(pages)
    states = WorkflowState.objects.active().filter(
        base_content_type=ContentType.objects.get_for_model(Page), object_id__in=[str(page.pk) for page in pages]
    )
    by_page = {state.object_id: state for state in states.select_related("current_task_state")}
    return {page.pk: _standing(page, by_page.get(str(page.pk))) for page in pages}


def standing(page):
    return standings([page])[page.pk]


def _standing(page, state):
    revision = page.latest_revision
    by = revision.user if revision is not None else None
    if state is not None and state.status == WorkflowState.STATUS_IN_PROGRESS:
        return Standing(WAITS, page.live, since=state.created_at, by=by)
    if state is not None:
        task = state.current_task_state
        changed = revision is not None and task.revision_id != revision.pk
        return Standing(SENT_BACK, page.live, since=task.finished_at, comment=task.comment, changed=changed, by=by)
    if page.live and not page.has_unpublished_changes:
        return Standing(PUBLIC, live=True)
    return Standing(DRAFT, page.live, since=revision.created_at if revision is not None else None, by=by)


def mark_of(page):
    """A short mark of what the latest draft says, another one whenever that changed; compared, never read.

    That somebody checked it meanwhile is no change: nobody is told to look again for that.
    """
    revision = page.latest_revision
    if revision is None:
        return ""
    said = {name: value for name, value in revision.content.items() if not name.startswith("checked_")}
    content = json.dumps(said, sort_keys=True, default=str)
    return f"{revision.pk}-{sha256(content.encode()).hexdigest()[:16]}"
