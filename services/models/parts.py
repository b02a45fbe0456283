"""The sessions of one interview that is held on several days: planned together, held one after the other."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.limits import MOST_PARTS
from services.models.cases import Case
from services.models.history import remembered
from services.models.interviews import Interview


@remembered
class InterviewPart(models.Model):
    """One session of an extended interview; the first is at the interview's own hour. `span` is UTC and half-open.

    The interview is held when its last session is held, or when those left were dropped. An interview without rows
    here is one session.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("to come")
        HELD = "held", _("held")
        DROPPED = "dropped", _("not needed any more")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveSmallIntegerField(_("session"))
    span = DateTimeRangeField(_("time"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("session of an interview")
        verbose_name_plural = _("sessions of an interview")
        ordering = ["interview", "number"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "number"], name="interviewpart_numbered_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_PARTS), name="interviewpart_no_more_than_the_most"
            ),
            models.CheckConstraint(condition=Q(span__isempty=False), name="interviewpart_lasts_some_time"),
            models.CheckConstraint(
                condition=Q(state="planned", ended_at=None) | Q(state__in=["held", "dropped"], ended_at__isnull=False),
                name="interviewpart_ended_at_some_time",
            ),
        ]

    @property
    def starts(self):
        return self.span.lower

    @property
    def ends(self):
        return self.span.upper
