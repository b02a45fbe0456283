"""What the president of the district court was asked, and answered, about recording a child (TPKS art. 49)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord


class CourtPermit(CaseRecord):
    """The court was asked, or it answered. Rows are only ever added; the newest one counts."""

    class Step(models.TextChoices):
        ASKED = "asked", _("asked, no answer yet")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    step = models.CharField(_("what happened"), max_length=10, choices=Step.choices)
    dated = models.DateField(_("on"))

    class Meta(CaseRecord.Meta):
        verbose_name = _("permit of the court")
        verbose_name_plural = _("permits of the court")
        constraints = [
            models.CheckConstraint(condition=Q(step__in=["asked", "granted", "refused"]), name="courtpermit_known_step")
        ]
