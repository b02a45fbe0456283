"""Somebody asks what is held about a child: the request, its clock, its end."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord


class SubjectRequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at__isnull=True)


class SubjectRequest(CaseRecord):
    """A request to see what is held (UU 27/2022; the answer is due within 3×24 h of `received_at`). Ended once."""

    class Asker(models.TextChoices):
        CHILD = "child", _("the child")
        GUARDIAN = "guardian", _("a parent or guardian")
        APPOINTED = "appointed", _("a guardian appointed by a court")
        LAWYER = "lawyer", _("the child's lawyer")

    class Ending(models.TextChoices):
        HANDED_OVER = "handed_over", _("the copy was handed over")
        HARM = "harm", _("not given: it would put the child or others in danger")
        NOT_ENTITLED = "not_entitled", _("not given: this person may not ask for the child")
        TAKEN_BACK = "taken_back", _("the request was taken back")

    asker = models.CharField(_("who asks"), max_length=20, choices=Asker.choices)
    received_at = models.DateTimeField(_("received"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ending = models.CharField(_("how it ended"), max_length=20, choices=Ending.choices, blank=True)

    objects = SubjectRequestQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("request to see what is held")
        verbose_name_plural = _("requests to see what is held")
        ordering = ["-received_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ending="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending="")),
                name="subjectrequest_ends_by_somebody_somehow",
            ),
            models.CheckConstraint(
                condition=Q(received_at__lte=models.F("at")), name="subjectrequest_received_before_recorded"
            ),
        ]
