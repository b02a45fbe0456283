"""What a provider must meet, and how it was found: `Standard → Criterion → Assessment`.

Standards are kept by editors as snippets. Assessments are no snippets: Wagtail's snippet screens ask for a right to the
model, not to a row, so that one provider could change another's. They are made on pages of our own and only ever added:
a new one takes the place of the current one, which stays as history. Nothing here is confidential.
"""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import GroupPagePermission, Orderable, RevisionMixin

from directory.models.kinds import ServiceKind
from directory.models.providers import ProviderPage
from directory.models.standard_editing import StandardForm
from directory.rules import standards as rules

INTERVIEW = ServiceKind.INTERVIEW


class InBothLanguages:
    """`text("about")` reads in the reader's language: `(words, language)`, as a listing's does."""

    def text(self, name):
        english = getattr(self, f"{name}_en", "")
        if (get_language() or "").startswith("en") and english:
            return english, ""
        return getattr(self, name), "id" if (get_language() or "").startswith("en") and getattr(self, name) else ""


class StandardQuerySet(models.QuerySet):
    def in_force(self, day):
        return self.filter(starts_on__lte=day).not_over(day)

    def not_over(self, day):
        """In force on `day`, or yet to come."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day))

    def versions_of(self, standard):
        """The other versions of this standard, the newest first: they carry its name."""
        return self.filter(title=standard.title).exclude(pk=standard.pk).order_by("-starts_on", "-pk")


class Standard(InBothLanguages, RevisionMixin, ClusterableModel):
    """A set of criteria with its source, in one version. Another version is another standard; this one then ends."""

    title = models.CharField(_("name in Indonesian"), max_length=160)
    title_en = models.CharField(_("name in English"), max_length=160)
    version = models.CharField(_("version"), max_length=20)
    about = models.TextField(_("what it is for, in Indonesian"), max_length=1000)
    about_en = models.TextField(_("what it is for, in English"), max_length=1000)
    source = models.TextField(_("what it rests on, in Indonesian"), max_length=1000)
    source_en = models.TextField(_("what it rests on, in English"), max_length=1000)
    kind = models.CharField(
        _("for this kind of help"),
        max_length=3,
        choices=ServiceKind.choices,
        blank=True,
        help_text=_("Empty is for everybody. A standard for recorded interviews decides who can be booked for one."),
    )
    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(
        _("no longer in force from"), null=True, blank=True, help_text=_("Empty while it is in force.")
    )
    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="standard")

    objects = StandardQuerySet.as_manager()
    base_form_class = StandardForm
    panels = [
        MultiFieldPanel([FieldPanel("title"), FieldPanel("title_en"), FieldPanel("version")], heading=_("name")),
        MultiFieldPanel([FieldPanel("about"), FieldPanel("about_en")], heading=_("what it is for")),
        MultiFieldPanel([FieldPanel("source"), FieldPanel("source_en")], heading=_("what it rests on")),
        FieldPanel("kind"),
        FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")]),
        InlinePanel("criteria", heading=_("criteria"), label=_("criterion"), min_num=1),
    ]

    class Meta:
        verbose_name = _("standard")
        verbose_name_plural = _("standards")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["title", "version"], name="standard_each_version_once"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")), name="standard_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return f"{self.text('title')[0]} ({self.version})"

    @property
    def revisions(self):
        return self._revisions


class CriterionQuerySet(models.QuerySet):
    def not_over(self, day):
        """What is asked on `day` or later, with its standard, in the order of the pages."""
        lasts = Q(ends_on__isnull=True) | Q(ends_on__gt=day)
        rows = self.filter(lasts, standard__in=Standard.objects.not_over(day)).select_related("standard")
        return rows.order_by("standard__kind", "standard__starts_on", "standard", "sort_order", "pk")

    def for_kinds(self, kinds, day):
        """As above, of these kinds of service, and what is asked of every service."""
        return self.not_over(day).filter(standard__kind__in=["", *kinds])


class Criterion(InBothLanguages, Orderable):
    """One thing that must be so. Without days of its own it binds as long as its standard does."""

    standard = ParentalKey(Standard, on_delete=models.CASCADE, related_name="criteria", verbose_name=_("standard"))
    words = models.CharField(_("what must be so, in Indonesian"), max_length=300)
    words_en = models.CharField(_("what must be so, in English"), max_length=300)
    essential = models.BooleanField(
        _("essential"), default=False, help_text=_("Without it no new interview can be booked there.")
    )
    asks = models.CharField(_("evidence asked for, in Indonesian"), max_length=300)
    asks_en = models.CharField(_("evidence asked for, in English"), max_length=300)
    months = models.PositiveSmallIntegerField(
        _("a verification lasts (months)"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(rules.LONGEST_MONTHS)],
    )
    starts_on = models.DateField(_("binds from"), null=True, blank=True, help_text=_("Empty: from the first day."))
    ends_on = models.DateField(_("binds no longer from"), null=True, blank=True)

    objects = CriterionQuerySet.as_manager()
    panels = [
        FieldPanel("words"), FieldPanel("words_en"), FieldPanel("essential"), FieldPanel("asks"), FieldPanel("asks_en"),
        FieldPanel("months"), FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")]),
    ]  # fmt: skip

    class Meta(Orderable.Meta):
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=rules.LONGEST_MONTHS), name="criterion_lasts_some_months"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="criterion_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return self.text("words")[0]

    def demand(self, standard=None):
        """As the rules know it; with another `standard` as it would be under that."""
        standard = standard or self.standard
        ends = [day for day in (standard.ends_on, self.ends_on) if day is not None]
        return rules.Demand(
            criterion=self.pk,
            starts=max(standard.starts_on, self.starts_on or standard.starts_on),
            until=min(ends, default=None),
            essential=self.essential,
        )


class AssessmentQuerySet(models.QuerySet):
    def current(self):
        return self.filter(current=True)

    def not_of_team(self, user):
        """What this person may look at as a verifier: nothing of a provider whose team they are of."""
        own = GroupPagePermission.objects.filter(group__in=user.groups.values("pk")).values("page")
        return self.exclude(provider__in=own)

    def waiting(self):
        """What a verifier has not looked at yet, the oldest first."""
        return self.current().filter(waits=True).order_by("assessed_at", "pk")

    def running_out(self, today, days=rules.NOTICE):
        """What was met and ends within `days`, or has ended, the soonest first; what waits anyway is left out."""
        last = date.fromordinal(today.toordinal() + days)
        rows = self.current().filter(waits=False, outcome=Assessment.Outcome.MET, expires_on__lte=last)
        return rows.order_by("expires_on", "pk")

    def plain(self):
        """What the public may know of it, and no column more: the public face's role reads no other."""
        return self.current().values_list("provider_id", "criterion_id", "outcome", "verified_on", "expires_on")


class Assessment(models.Model):
    """What a provider says of itself on one criterion, and what a verifier found. Added, never overwritten.

    A new self-assessment carries the last verification along until somebody verifies anew, so that renewing early
    closes no house; but whoever says "no" ends it at once.
    """

    class Met(models.TextChoices):
        YES = rules.YES, _("yes, we meet this")
        PARTLY = rules.PARTLY, _("partly")
        NO = rules.NO, _("no, not now")

    class Outcome(models.TextChoices):
        MET = rules.MET, _("met")
        NOT_MET = rules.NOT_MET, _("not shown yet")

    provider = models.ForeignKey(ProviderPage, on_delete=models.CASCADE, related_name="assessments")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="assessments")
    met = models.CharField(_("do you meet this?"), max_length=6, choices=Met.choices)
    evidence = models.TextField(_("how this can be seen"), max_length=rules.LONGEST_WORDS, blank=True)
    assessed_at = models.DateTimeField()
    assessed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("what was found"), max_length=7, choices=Outcome.choices, blank=True)
    remark = models.TextField(_("to the provider"), max_length=rules.LONGEST_WORDS, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    waits = models.BooleanField(default=True)
    current = models.BooleanField(default=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        permissions = [("verify_assessment", "Can verify what providers say of themselves")]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "criterion"], condition=Q(current=True), name="assessment_one_current_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", verified_on__isnull=True, verified_by__isnull=True)
                | (~Q(outcome="") & Q(verified_on__isnull=False, verified_by__isnull=False)),
                name="assessment_verified_has_a_day_and_a_verifier",
            ),
            models.CheckConstraint(
                condition=Q(outcome="met", expires_on__isnull=False) | (~Q(outcome="met") & Q(expires_on__isnull=True)),
                name="assessment_met_until_a_day",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("verified_on")),
                name="assessment_expires_after_it_was_verified",
            ),
            models.CheckConstraint(
                condition=~Q(met="no", outcome="met"), name="assessment_not_met_is_never_verified_as_met"
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("assessed_by")),
                name="assessment_is_verified_by_somebody_else",
            ),
            models.CheckConstraint(condition=Q(waits=True) | ~Q(outcome=""), name="assessment_waits_or_was_verified"),
        ]

    def facts(self):
        return rules.Assessed(self.criterion_id, self.met, self.outcome, self.expires_on)


def closing_days(providers, today, kinds=(INTERVIEW,)):
    """`{provider id: the first day on which it cannot be booked, None while none is known}`; one query, or two.

    `providers` are ids; None stands for nobody, who meets nothing. A provider that is not published meets nothing either.
    """
    demands = [one.demand() for one in Criterion.objects.for_kinds(kinds, today).filter(essential=True)]
    if not demands:
        return dict.fromkeys(providers)
    known = Assessment.objects.filter(provider__live=True, criterion__in=[one.criterion for one in demands])
    found = {provider: [] for provider in providers}
    rows = known.filter(provider__in=[one for one in found if one is not None]).plain()
    for provider, criterion, outcome, _verified, expires in rows:
        found[provider].append(rules.Assessed(criterion, rules.YES, outcome, expires))
    return {provider: rules.closes_on(demands, assessed, today) for provider, assessed in found.items()}


@dataclass(frozen=True)
class Shown:
    """What a reader learns of one criterion: met until a day, met once and run out, or not shown yet."""

    criterion: Criterion
    state: str  # met, over, not_yet
    verified_on: date | None = None
    expires_on: date | None = None


def shown_of(provider, kinds, today):
    """`[(standard, [Shown])]` of what is asked of these kinds of service, for everybody to read. One query.

    Of an assessment only what the public face may read of it (AssessmentQuerySet.plain).
    """
    its_own = Q(assessments__provider=provider.pk, assessments__current=True)
    rows = (
        Criterion.objects.for_kinds(kinds, today)
        .annotate(found=FilteredRelation("assessments", condition=its_own))
        .annotate(**{name: F(f"found__{name}") for name in ("outcome", "verified_on", "expires_on")})
    )
    return [
        (standard, [_shown(one, one.outcome, one.verified_on, one.expires_on, today) for one in criteria])
        for standard, criteria in groupby(rows, key=lambda one: one.standard)
    ]


def _shown(criterion, outcome, verified_on, expires_on, today):
    if outcome != Assessment.Outcome.MET:
        return Shown(criterion, "not_yet")
    return Shown(criterion, "met" if expires_on >= today else "over", verified_on, expires_on)


@dataclass(frozen=True)
class Tally:
    """How many published providers meet a standard on a day: every criterion by its pk, and all that is essential.

    `essential` is None where nothing essential binds on that day: then there is nothing to meet.
    """

    each: dict
    essential: int | None


def tally_of(criteria, today):
    """The Tally of these criteria, of one standard. Two queries; a criterion that nobody meets counts 0."""
    met = Assessment.objects.current().filter(
        provider__in=ProviderPage.objects.listed().order_by().values("pk"),
        criterion__in=criteria,
        outcome=Assessment.Outcome.MET,
        expires_on__gte=today,
    )
    counted = met.order_by().values_list("criterion_id").annotate(models.Count("provider_id", distinct=True))
    asked = [one.pk for one in criteria if one.essential and one.demand().binds(today)]
    whole = met.filter(criterion__in=asked).order_by().values("provider_id").annotate(n=models.Count("criterion_id"))
    return Tally(
        each={one.pk: 0 for one in criteria} | dict(counted),
        essential=whole.filter(n=len(asked)).count() if asked else None,
    )


__all__ = ["Assessment", "Criterion", "Shown", "Standard", "Tally", "closing_days", "shown_of", "tally_of"]
