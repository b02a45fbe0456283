"""Two people read a protocol before it is published: one its contents, another the law, and neither of them wrote it.

The task refuses who wrote the text, who asked for the review and who has already approved it; it also refuses when the
text changed after the first approval. Publishing asks once more (`read_by_two`), whatever way it is tried: nobody but an
administrator may publish a protocol alone, and that stands in the log.
"""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from wagtail.locks import WorkflowLock
from wagtail.models import GroupApprovalTask, TaskState, WorkflowState
from wagtail.models.pages import PagePermissionTester


class ReadingLock(WorkflowLock):
    """Wagtail's lock, which tells a person why this reading is not theirs."""

    def get_message(self, user):
        return self.task.refusal(self.object, user) or super().get_message(user)


class IndependentReader(GroupApprovalTask):
    """Somebody of the groups approves who neither wrote this text nor approved it before."""

    lock_class = ReadingLock

    def refusal(self, page, user):
        """Why this person may not approve this page's newest text, in words; empty when they may."""
        state, newest = page.current_workflow_state, page.get_latest_revision()
        if state is None or newest is None:
            return ""
        if user.pk in writers(page) | {state.requested_by_id}:
            return _("You wrote this text or asked for its review. Somebody else has to read it.")
        approved = TaskState.objects.filter(workflow_state=state, status=TaskState.STATUS_APPROVED)
        if approved.filter(finished_by=user).exists():
            return _("You have already approved this text. The second reading is for somebody else.")
        if approved.filter(finished_at__lt=newest.created_at).exists():
            return _("The text changed after the first approval. Ask for changes; its author then restarts the review.")
        return ""

    def locked_for_user(self, obj, user):
        return super().locked_for_user(obj, user) or bool(self.refusal(obj, user))

    def get_actions(self, obj, user):
        """Whoever may not approve may still ask for changes."""
        offered = super().get_actions(obj, user)
        return [action for action in offered if action[0] != "approve"] if self.refusal(obj, user) else offered

    def on_action(self, task_state, user, action_name, **kwargs):
        """As Wagtail's. Raises PermissionDenied, in words, for an approval that is not this person's to give."""
        page = task_state.workflow_state.content_object
        if action_name == "approve":
            why = self.refusal(page, user)
            if why or action_name not in {name for name, _words, _modal in self.get_actions(page, user)}:
                raise PermissionDenied(why or _("This reading is for other people."))
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls):
        return _("Somebody of the chosen groups approves who did not write the text and did not approve it before.")


def writers(page):
    """The ids of everybody who saved the page since what is live was saved."""
    since = page.revisions.filter(pk__gt=page.live_revision_id or 0)
    return set(since.exclude(user=None).values_list("user_id", flat=True))


def read_by_two(page, revision):
    """Have two people who did not write it approved exactly this text, in the review that is going on or just ended?"""
    states = WorkflowState.objects.for_instance(page)
    living = (WorkflowState.STATUS_IN_PROGRESS, WorkflowState.STATUS_APPROVED)
    state = states.filter(status__in=living).order_by("-created_at", "-pk").first()
    if state is None:
        return False
    approved = TaskState.objects.filter(
        workflow_state=state, status=TaskState.STATUS_APPROVED, finished_at__gte=revision.created_at
    )
    readers = set(approved.exclude(finished_by=None).values_list("finished_by_id", flat=True))
    return len(readers - writers(page) - {state.requested_by_id}) >= 2


class NobodyAlone(PagePermissionTester):
    """Nobody but an administrator publishes a protocol alone, whatever rights their groups have on the pages above it."""

    def can_publish(self):
        return super().can_publish() and self.user.is_superuser

    def can_publish_subpage(self):
        return super().can_publish_subpage() and self.user.is_superuser
