"""What is still to be done: the checklist of an interview, ticked off item by item, and tasks that people give out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord
from services.models.history import remembered
from services.models.interviews import Interview


class ChecklistTick(CaseRecord):
    """Somebody ticked an item of the pinned protocol's checklist, or took the tick back. The newest one counts.

    Rows are only ever added. `item` is the code of a `CheckItem`; what it says stands in the protocol version.
    """

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="ticks")
    item = models.CharField(_("item"), max_length=40)
    done = models.BooleanField(_("done"))

    class Meta(CaseRecord.Meta):
        verbose_name = _("tick on the checklist")
        verbose_name_plural = _("ticks on the checklist")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(item=""), name="checklisttick_of_some_item")]


class TaskQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at__isnull=True)


@remembered
class Task(CaseRecord):
    """Something that somebody of the team sees to by a day, in controlled words: nothing is told of the child here."""

    class What(models.TextChoices):
        CALL_FAMILY = "call_family", _("call the safe contact")
        ASK_CHILD = "ask_child", _("ask the child's view again")
        SHOW_ROOM = "show_room", _("show the child the room")
        TRANSPORT = "transport", _("arrange the journey")
        INTERPRETER = "interpreter", _("find an interpreter")
        COURT = "court", _("ask the court")
        PROSECUTOR = "prosecutor", _("agree with the prosecutor")
        MEDICAL = "medical", _("arrange a medical examination")
        PROTECTION = "protection", _("ask for protection")
        SCHOOL = "school", _("agree on school hours")
        REPORT = "report", _("write the social report")
        RECORDING = "recording", _("hand over the recording")

    what = models.CharField(_("what"), max_length=20, choices=What.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who sees to it")
    )
    due_on = models.DateField(_("until"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = TaskQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="task_is_done_by_somebody",
            )
        ]
