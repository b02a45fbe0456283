"""What was written of a listing, newest first: when, by whom by role, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from wagtail.models import PageLogEntry, Revision, TaskState

from cms.accounts.models import User
from directory.models.listings import CHECK_PERMISSION
from directory.models.offers import ServicePage
from directory.models.teams import team

TEAM, REVIEWER, FORMER, IMPORT = "team", "reviewer", "former", "import"
NOW_PUBLIC, WAS_PUBLIC, WAITS, SENT_BACK, TAKEN_BACK, DRAFT = (
    "public",
    "past",
    "waits",
    "sent_back",
    "taken_back",
    "draft",
)
OF_TASK = {
    TaskState.STATUS_IN_PROGRESS: WAITS,
    TaskState.STATUS_REJECTED: SENT_BACK,
    TaskState.STATUS_CANCELLED: TAKEN_BACK,
}


@dataclass(frozen=True)
class Version:
    """`role` and `state` are one of the words above; `name` is said of one's own team only; `comment` is the reviewer's."""

    revision: Revision
    at: datetime
    role: str
    name: str
    state: str
    comment: str = ""


def versions(page):
    """Every Version of a listing, in a fixed number of queries. The content of a revision is read when it is asked for."""
    revisions = list(page.revisions.defer("content").select_related("user").order_by("-created_at", "-pk"))
    tasks = {task.revision_id: task for task in TaskState.objects.filter(revision__in=revisions).order_by("pk")}
    published = set(
        PageLogEntry.objects.filter(page=page.pk, action="wagtail.publish").values_list("revision_id", flat=True)
    )
    members = set(team(page.provider if isinstance(page, ServicePage) else page).values_list("pk", flat=True))
    reviewers = _reviewers()
    return [
        Version(
            revision=one,
            at=one.created_at,
            role=_role(one.user_id, members, reviewers),
            name=one.user.name if one.user_id in members else "",
            state=_state(one, page, tasks, published),
            comment=tasks[one.pk].comment if one.pk in tasks else "",
        )
        for one in revisions
    ]


def _reviewers():
    codename = CHECK_PERMISSION.split(".")[1]
    holds = Q(groups__permissions__codename=codename) | Q(user_permissions__codename=codename) | Q(is_superuser=True)
    return set(User.objects.filter(holds).values_list("pk", flat=True))


def _role(user_id, members, reviewers):
    if user_id is None:
        return IMPORT
    if user_id in members:
        return TEAM
    return REVIEWER if user_id in reviewers else FORMER


def _state(revision, page, tasks, published):
    if revision.pk == page.live_revision_id and page.live:
        return NOW_PUBLIC
    if revision.pk in published:
        return WAS_PUBLIC
    return OF_TASK.get(tasks[revision.pk].status, DRAFT) if revision.pk in tasks else DRAFT
