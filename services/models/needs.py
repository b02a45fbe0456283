"""What each agency still needs to know from the child, filed before the interview."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.models import Topic
from services.models.consents import CaseRecord
from services.models.history import remembered


class QuestionNeedQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=QuestionNeed.State.OPEN)


@remembered
class QuestionNeed(CaseRecord):
    """An agency needs one topic by a day. It carries a topic and a purpose, never a question about what happened."""

    class Purpose(models.TextChoices):
        INVESTIGATION = "investigation", _("police investigation")
        PROSECUTION = "prosecution", _("prosecution")
        PROTECTION = "protection", _("protection of the child")
        RESTITUTION = "restitution", _("restitution")
        HEALTH = "health", _("health care")
        RECOVERY = "recovery", _("recovery plan")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ATTACHED = "attached", _("part of the interview")
        POSTPONED = "postponed", _("postponed")
        COVERED = "covered", _("told and recorded")
        WITHDRAWN = "withdrawn", _("withdrawn")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    purpose = models.CharField(_("what for"), max_length=20, choices=Purpose.choices)
    needed_by = models.DateField(_("needed by"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    interview = models.ForeignKey("services.Interview", on_delete=models.PROTECT, null=True, related_name="needs")
    postponed_because = models.CharField(_("why postponed"), max_length=300, blank=True)

    objects = QuestionNeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("question need")
        verbose_name_plural = _("question needs")
        ordering = ["needed_by", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency", "topic"],
                condition=models.Q(state__in=["open", "attached", "postponed"]),
                name="questionneed_once_per_agency_and_topic",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="postponed") | ~models.Q(postponed_because=""),
                name="questionneed_postponed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="attached") | models.Q(interview__isnull=False),
                name="questionneed_attached_to_an_interview",
            ),
        ]
