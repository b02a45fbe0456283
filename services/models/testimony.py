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


class CorrectionReason(models.TextChoices):
    """Why an entry is set right. A list: free words would end up holding what was told."""

    TYPED_WRONG = "typed_wrong", _("it was typed wrongly")
    DAMAGED = "damaged", _("the recording turned out to be damaged or lost")
    FOUND = "found", _("the recording was found, or could be restored")
    MOVED = "moved", _("another agency keeps the recording now")
    SEALED_ANEW = "sealed_anew", _("the recording was sealed anew")


class TestimonyQuerySet(models.QuerySet):
    def standing(self):
        """The newest entry of each topic in each interview: those that no other entry corrects."""
        return self.filter(correction__isnull=True)

    def covered(self):
        """Only what was told *and* recorded need not be asked again, as the newest entry has it."""
        return self.standing().filter(outcome=Outcome.TOLD_RECORDED)


class Testimony(CaseRecord):
    """What came of one topic in one interview, and where its recording is kept. Rows are only ever added.

    A wrong entry stays as it is; another one that `corrects` it says what is right, and why. Each entry is corrected at
    most once, so that the entries of a topic in an interview form one line, and its last one counts.
    """

    __test__ = False  # pytest would take the name for a test

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="testimonies")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    outcome = models.CharField(_("what came of it"), max_length=20, choices=Outcome.choices)
    custodian = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kept by")
    )
    reference = models.CharField(_("sealed reference"), max_length=60, blank=True)
    sha256 = models.CharField(_("SHA-256 of the recording"), max_length=64, blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction", verbose_name=_("corrects")
    )
    correction_reason = models.CharField(
        _("why it is corrected"), max_length=20, choices=CorrectionReason.choices, blank=True
    )

    objects = TestimonyQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("entry of the testimony ledger")
        verbose_name_plural = _("testimony ledger")
        ordering = ["topic__order", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["interview", "topic"],
                condition=Q(corrects__isnull=True),
                name="testimony_once_per_interview_and_topic",
            ),
            models.UniqueConstraint(fields=["id", "case"], name="testimony_and_its_case"),
            # What a correction's foreign key points to (migration 0034): the same case, interview and topic.
            models.UniqueConstraint(fields=["id", "case", "interview", "topic"], name="testimony_and_what_it_is_about"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, correction_reason="")
                | (Q(corrects__isnull=False) & ~Q(correction_reason="")),
                name="testimony_corrected_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | Q(corrects__lt=models.F("id")),
                name="testimony_corrects_an_earlier_entry",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="told_recorded")
                | (Q(custodian__isnull=False) & ~Q(reference="") & Q(sha256__regex=r"^[0-9a-f]{64}$")),
                name="testimony_recorded_means_somebody_keeps_it",
            ),
        ]

    @property
    def stands(self):
        """Does no other entry correct this one?"""
        return not hasattr(self, "correction")


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
    key = models.UUIDField(null=True, unique=True, editable=False)  # of the form that noted it: one press, one telling

    class Meta(CaseRecord.Meta):
        verbose_name = _("earlier telling")
        verbose_name_plural = _("earlier tellings")
        ordering = ["told_on"]

    def says_the_same(self, other):
        return (self.listener, self.told_on, self.recorded) == (other.listener, other.told_on, other.recorded)
