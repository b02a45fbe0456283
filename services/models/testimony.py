"""The testimony ledger: what has been told and recorded, topic by topic. Never the account itself."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.models import Topic
from services.models.consents import CaseRecord
from services.models.interviews import Interview


class Outcome(models.TextChoices):
    TOLD_RECORDED = "told_recorded", _("told and recorded")
    TOLD_NOT_RECORDED = "told_not_recorded", _("told, not recorded")
    ASKED_NOT_TOLD = "asked_not_told", _("asked, not told")
    STOPPED = "stopped", _("stopped")
    NOT_ASKED = "not_asked", _("not asked")


class TestimonyQuerySet(models.QuerySet):
    def covered(self):
        """Only what was told *and* recorded need not be asked again."""
        return self.filter(outcome=Outcome.TOLD_RECORDED)


class Testimony(CaseRecord):
    """What came of one topic in one interview, and where its recording is kept. Rows are only ever added."""

    __test__ = False  # pytest would take the name for a test

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="testimonies")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    outcome = models.CharField(_("what came of it"), max_length=20, choices=Outcome.choices)
    custodian = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kept by")
    )
    reference = models.CharField(_("sealed reference"), max_length=60, blank=True)
    sha256 = models.CharField(_("SHA-256 of the recording"), max_length=64, blank=True)

    objects = TestimonyQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("entry of the testimony ledger")
        verbose_name_plural = _("testimony ledger")
        ordering = ["topic__order", "at"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "topic"], name="testimony_once_per_interview_and_topic"),
            models.UniqueConstraint(fields=["id", "case"], name="testimony_and_its_case"),
            models.CheckConstraint(
                condition=~Q(outcome="told_recorded")
                | (Q(custodian__isnull=False) & ~Q(reference="") & Q(sha256__regex=r"^[0-9a-f]{64}$")),
                name="testimony_recorded_means_somebody_keeps_it",
            ),
        ]


class PriorTelling(CaseRecord):
    """A telling before or outside Sekali: to whom, and whether it was recorded. Counted in "times told"."""

    class Listener(models.TextChoices):
        HOTLINE = "hotline", _("hotline")
        POLICE = "police", _("police")
        HOSPITAL = "hospital", _("hospital")
        SOCIAL_WORKER = "social_worker", _("social worker")
        SCHOOL = "school", _("school")
        COURT = "court", _("court")
        OTHER = "other", _("somebody else")

    listener = models.CharField(_("told to"), max_length=20, choices=Listener.choices)
    told_on = models.DateField(_("on"))
    recorded = models.BooleanField(_("was recorded"), default=False)

    class Meta(CaseRecord.Meta):
        verbose_name = _("earlier telling")
        verbose_name_plural = _("earlier tellings")
        ordering = ["told_on"]


class RecordAccess(CaseRecord):
    """An agency asks to see the existing record instead of asking the child. Each row is one asking avoided."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    testimony = models.ForeignKey(Testimony, on_delete=models.PROTECT, related_name="accesses")

    class Meta(CaseRecord.Meta):
        verbose_name = _("request to see a record")
        constraints = [models.UniqueConstraint(fields=["agency", "testimony"], name="recordaccess_once_per_agency")]
