"""What belongs to the plan of an interview beside its hour and people: its breaks, and why a warning did not stop it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.blocks import WARNING_CHOICES
from services.models.cases import Case
from services.models.consents import CaseRecord
from services.models.interviews import Interview


class PlannedBreak(models.Model):
    """A break of an interview: it begins `after` minutes from the start and lasts `minutes`. Written with the booking."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="breaks")
    after = models.PositiveSmallIntegerField(_("minutes after the start"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))

    class Meta:
        verbose_name = _("planned break")
        verbose_name_plural = _("planned breaks")
        ordering = ["after"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "after"], name="plannedbreak_once_at_a_time"),
            models.CheckConstraint(condition=Q(after__gt=0, minutes__gt=0), name="plannedbreak_lasts_some_time"),
        ]


class Override(CaseRecord):
    """Somebody booked although a rule warned: which rule, who, and why. Rows are only ever added.

    The protocol in force names the warnings that want a reason. It says why the plan is right for this child all the
    same, never what happened to the child.
    """

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="overrides")
    rule = models.CharField(_("warning"), max_length=60, choices=WARNING_CHOICES)
    reason = models.CharField(_("why this plan all the same"), max_length=300)

    class Meta(CaseRecord.Meta):
        verbose_name = _("reason beside a warning")
        verbose_name_plural = _("reasons beside warnings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "rule"], name="override_once_per_warning"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_its_reason"),
        ]
