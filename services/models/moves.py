"""That an interview was moved, by whom and when. Where it stood before is in the former states of its rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord
from services.models.interviews import Interview


class Move(CaseRecord):
    """One move. `key` and `payload_hash` make it idempotent, as an interview's own do its booking."""

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="moves")
    key = models.UUIDField(unique=True)
    payload_hash = models.CharField(max_length=64)

    class Meta(CaseRecord.Meta):
        verbose_name = _("move of an interview")
