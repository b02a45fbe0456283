"""Who must never sit with the child: the parent who is suspected, and whoever stands on the suspect's side."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord


class Conflict(CaseRecord):
    """Somebody with an account who cannot work on this case. Added, never taken away; no reason is kept."""

    class Side(models.TextChoices):
        SUSPECT_PARENT = "suspect_parent", _("is the parent who is suspected")
        SUSPECTS_SIDE = "suspects_side", _("stands on the suspect's side")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    side = models.CharField(_("why not"), max_length=20, choices=Side.choices)

    class Meta(CaseRecord.Meta):
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        constraints = [models.UniqueConstraint(fields=["case", "person", "side"], name="conflict_said_once")]
