"""What happened, by whom, to what: rows that are only ever added."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models

KEPT_AT_LEAST = timedelta(days=5 * 365)  # no period in a file is shorter than this: see 0047 of services


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


class Seal(models.Model):
    """One link of the chain over the audit. `event` is a plain UUID: the link outlives what it proves the loss of.

    `late` marks an event that was stamped before the sealer last looked, and yet was not there then. `erased_at` is set
    when the event's period has ended and it was erased; the link then no longer says which event it was: without its
    random key, nobody can try out what `content` might be the hash of.
    """

    position = models.BigIntegerField(primary_key=True)
    event = models.UUIDField(unique=True, null=True)
    content = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    late = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(event__isnull=False, erased_at__isnull=True)
                | models.Q(event__isnull=True, erased_at__gte=models.F("sealed_at") + KEPT_AT_LEAST),
                name="seal_forgets_no_young_event",
            ),
            models.CheckConstraint(condition=models.Q(position__gt=0), name="seal_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(content__regex=r"^[0-9a-f]{64}$", digest__regex=r"^[0-9a-f]{64}$"),
                name="seal_digests_are_sha256",
            ),
        ]
