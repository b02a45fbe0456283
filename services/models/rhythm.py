"""When children are busy: the hours a house keeps of school, naps, prayer, the fasting month and exams.

Prayer hours are written down as hours, with the days they hold for; they move by minutes over the year, and whoever keeps
them knows the local timetable better than any formula would.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from services.rules.slots import ChildHours


class RhythmQuerySet(models.QuerySet):
    def kept_at(self, day):
        """Those that are not over on `day`."""
        return self.filter(Q(last_day__isnull=True) | Q(last_day__gte=day))


class Rhythm(models.Model):
    """Hours of some weekdays, always or from a day until another, for children of some ages. Names nobody."""

    class Kind(models.TextChoices):
        SCHOOL = "school", _("school")
        EXAM = "exam", _("exams")
        NAP = "nap", _("nap")
        PRAYER = "prayer", _("prayer")
        RAMADAN = "ramadan", _("fasting month")
        OTHER = "other", _("something else")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rhythms", verbose_name=_("agency"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60, help_text=_("For example: primary school, Friday prayer."))
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=list(WEEKDAYS.items())), verbose_name=_("days"))
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    first_day = models.DateField(_("first day"), null=True, blank=True, help_text=_("Empty: always."))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    from_years = models.PositiveSmallIntegerField(_("from age (years)"), default=0)
    to_years = models.PositiveSmallIntegerField(_("to age (years)"), default=17)
    avoid = models.BooleanField(_("offer no times then"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(editable=False)

    objects = RhythmQuerySet.as_manager()

    class Meta:
        verbose_name = _("hours of children")
        verbose_name_plural = _("hours of children")
        ordering = ["kind", "starts", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="rhythm_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(first_day__isnull=True) | Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="rhythm_last_day_is_not_before_the_first",
            ),
            models.CheckConstraint(
                condition=Q(from_years__lte=F("to_years")) & Q(to_years__lte=17), name="rhythm_is_of_children"
            ),
            models.CheckConstraint(condition=~Q(weekdays=[]), name="rhythm_is_on_some_day"),
        ]

    def __str__(self):
        return self.name

    def validate_constraints(self, exclude=None):
        """The rules say it in words before anything is saved; the database is the last judge."""

    def hours(self):
        """As the search wants them."""
        return ChildHours(
            kind=self.kind,
            name=self.name,
            weekdays=frozenset(self.weekdays),
            starts=self.starts,
            ends=self.ends,
            first=self.first_day,
            last=self.last_day,
            from_years=self.from_years,
            to_years=self.to_years,
            avoid=self.avoid,
        )
