"""How long a case is kept: closing it starts the period, a hold stops the erasure, the ledger says what was erased."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord


class Closing(CaseRecord):
    """A case was closed, or opened again, and why. Rows are only ever added; the newest one counts."""

    class Step(models.TextChoices):
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("opened again")

    class Reason(models.TextChoices):
        DONE = "done", _("help has come to its end")
        HANDED_OVER = "handed_over", _("another agency has taken it over")
        NOT_WANTED = "not_wanted", _("the child or the family wants no more help from us")
        OUT_OF_REACH = "out_of_reach", _("the child cannot be reached any more")
        BY_MISTAKE = "by_mistake", _("opened by mistake, or twice")

    class Again(models.TextChoices):
        NEW_FACTS = "new_facts", _("there is something new")
        BACK = "back", _("the child or the family asks for help again")
        COURT = "court", _("a court or prosecutor needs it")
        CLOSED_BY_MISTAKE = "closed_by_mistake", _("closed by mistake")

    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    reason = models.CharField(_("why"), max_length=20, choices=[*Reason.choices, *Again.choices])

    class Meta(CaseRecord.Meta):
        verbose_name = _("closing or reopening")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    step="closed", reason__in=["done", "handed_over", "not_wanted", "out_of_reach", "by_mistake"]
                )
                | Q(step="reopened", reason__in=["new_facts", "back", "court", "closed_by_mistake"]),
                name="closing_has_a_reason_of_its_step",
            )
        ]


class LegalHoldQuerySet(models.QuerySet):
    def live(self):
        return self.filter(lifted_at__isnull=True)


class LegalHold(CaseRecord):
    """While it stands, the case is not erased, however long it has been closed. Lifted once, by somebody named."""

    class Reason(models.TextChoices):
        INVESTIGATION = "investigation", _("an investigation goes on")
        TRIAL = "trial", _("a trial or an appeal goes on")
        RESTITUTION = "restitution", _("restitution has not been paid yet")
        COMPLAINT = "complaint", _("a complaint or an inspection goes on")
        BREACH = "breach", _("a data breach is being looked into")
        CHILD = "child", _("the child wishes it to be kept")

    reason = models.CharField(_("why"), max_length=20, choices=Reason.choices)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = LegalHoldQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("hold on erasing")
        verbose_name_plural = _("holds on erasing")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "reason"], condition=Q(lifted_at__isnull=True), name="legalhold_once_per_reason"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, lifted_at__gte=models.F("at")),
                name="legalhold_is_lifted_by_somebody",
            ),
        ]


class Erasure(models.Model):
    """The erasure ledger: what was erased, by which rule, when, how many rows; never whose. Rows are only ever added.

    `case_id` is a plain number that nothing else resolves any more, and `fingerprint` the SHA-256 of the erased case's
    random code: with both, an erasure can be done again after an older backup was restored.
    """

    what = models.CharField(max_length=40)
    case_id = models.BigIntegerField(null=True, unique=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    due_on = models.DateField(null=True)
    erased_at = models.DateTimeField()
    reapplied_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasure ledger")
        ordering = ["-erased_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(case_id__isnull=True, fingerprint="")
                | Q(case_id__isnull=False, fingerprint__regex=r"^[0-9a-f]{64}$"),
                name="erasure_of_a_case_carries_its_fingerprint",
            )
        ]


def fingerprint(code):
    """What the ledger keeps of a case code."""
    return hashlib.sha256(code.encode()).hexdigest()
