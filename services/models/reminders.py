"""Letters that are to be sent: that there is something to read after signing in, and nothing else.

The truth is this table, not a queue. A row is written in the transaction of what it tells of, and sent later by
background work (`manage.py remind`), which alone may write that it was. Whether it is still wanted is asked when it is due:
a reminder whose interview was cancelled or moved is dropped without anybody having to remember it.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.cases import Case
from services.models.interviews import Interview

# How long before the interview; the database function `sekali_next_letter` knows the same.
BEFORE = {"day_before": timedelta(hours=24), "hours_before": timedelta(hours=2)}


class Reminder(models.Model):
    class Kind(models.TextChoices):
        INVITED = "invited", _("invitation")
        CHANGED = "changed", _("something changed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("lapsed")
        DAY_BEFORE = "day_before", _("the day before")
        HOURS_BEFORE = "hours_before", _("two hours before")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="reminders")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["interview", "recipient", "kind", "due_at"], name="reminder_once_for_each_moment"
            ),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(dropped_at=None), name="reminder_is_sent_or_dropped"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at=None, dropped_at=None), name="reminder_waiting")]
