"""On what legal basis, with whose consent, and with the child's own view: records that are added, not rewritten."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.cases import Case


class CaseRecord(models.Model):
    """What every record about a case has: whose case, who wrote it, when."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("recorded"))

    class Meta:
        abstract = True
        ordering = ["-at"]
        get_latest_by = "at"


class LegalBasis(CaseRecord):
    """Why this child's data may be held and the interview recorded (UU 27/2022 art. 25; TPKS art. 52)."""

    class Ground(models.TextChoices):
        GUARDIAN = "guardian", _("consent of a guardian who is not suspected")
        BEST_INTERESTS = "best_interests", _("the child's best interests, without a parent's consent")
        COURT = "court", _("decision of a court")

    ground = models.CharField(_("ground"), max_length=20, choices=Ground.choices)

    class Meta(CaseRecord.Meta):
        verbose_name = _("legal basis")


class Consent(CaseRecord):
    """What a guardian answered when asked about the recorded interview."""

    class Giver(models.TextChoices):
        MOTHER = "mother", _("mother")
        FATHER = "father", _("father")
        GUARDIAN = "guardian", _("other guardian")
        APPOINTED = "appointed", _("guardian appointed by a court")

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        WITHDRAWN = "withdrawn", _("withdrawn")

    giver = models.CharField(_("who was asked"), max_length=20, choices=Giver.choices)
    giver_is_suspect = models.BooleanField(_("this person is suspected"), default=False)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices)

    class Meta(CaseRecord.Meta):
        verbose_name = _("consent")


class ChildView(CaseRecord):
    """What the child said about being interviewed; asked by age and means. A no stops the interview."""

    class Means(models.TextChoices):
        TALK = "talk", _("in a talk")
        PICTURES = "pictures", _("with pictures or drawing")
        COMPANION = "companion", _("through the companion")
        INTERPRETER = "interpreter", _("through an interpreter")
        OBSERVED = "observed", _("by watching, the child being too young to say")

    class Answer(models.TextChoices):
        YES = "yes", _("is willing")
        LATER = "later", _("not now, perhaps later")
        NO = "no", _("does not want to")

    means = models.CharField(_("how the child was asked"), max_length=20, choices=Means.choices)
    answer = models.CharField(_("the child"), max_length=10, choices=Answer.choices)

    class Meta(CaseRecord.Meta):
        verbose_name = _("child's view")


class Readiness(CaseRecord):
    """Investigator and companion agreed on the child's readiness and needs (TPKS art. 54)."""

    investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("investigator")
    )
    companion = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("companion")
    )
    agreed_on = models.DateField(_("agreed on"))

    class Meta(CaseRecord.Meta):
        verbose_name = _("readiness")
        verbose_name_plural = _("readiness")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(investigator=models.F("companion")), name="readiness_agreed_by_two_people"
            )
        ]
