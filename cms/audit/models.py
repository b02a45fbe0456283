"""What happened, by whom, to what: rows that are only ever added."""

import uuid

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One opening, change, export or refusal. Holds keys and verbs, never a value of a child's.

    `case_id` is a plain number, not a foreign key: the record of an erased case must outlive it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=64, blank=True)
    case_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["case_id", "-at"], name="audit_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verb__regex=r"^[a-z_]+\.[a-z_]+$"), name="audit_verb_is_noun_dot_past_tense"
            ),
        ]
