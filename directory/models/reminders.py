"""Which reminders to look at a listing again were sent, so that each is sent once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from directory.rules.freshness import REMINDED


class ListingReminder(models.Model):
    """That somebody was told, `stage` days before `due_on` or as soon after that as the command ran."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField()
    stage = models.PositiveSmallIntegerField()
    sent_on = models.DateField()

    class Meta:
        verbose_name = _("reminder of a listing")
        verbose_name_plural = _("reminders of listings")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "recipient", "due_on", "stage"], name="listing_reminder_once_for_each_stage"
            ),
            models.CheckConstraint(condition=models.Q(stage__in=REMINDED), name="listing_reminder_of_a_known_stage"),
        ]

    def __str__(self):
        return f"{self.stage} / {self.due_on}"
