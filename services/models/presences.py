"""Who has business at a venue on a day: the child of a case, or the side of its suspect. Never both (booking.md)."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import connection, models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from services.models.consents import CaseRecord
from services.models.interviews import Interview
from services.models.venues import Venue

OTHERS = "SELECT sekali_others_at_venue(%s, %s, %s, %s)"


def one_point(name):
    """A key as a range of one point, so that GiST can compare it without an extension."""
    return models.Func(F(name), F(name), Value("[]"), function="int8range")


class VenuePresenceQuerySet(models.QuerySet):
    def standing(self):
        """What was not called off."""
        return self.filter(ended_at__isnull=True)

    def of_suspects(self):
        return self.filter(side=VenuePresence.Side.SUSPECT)

    def with_others(self, side):
        """Each row with `shared`: has somebody of another case, on `side`, business there on these days?"""
        others = models.Func(F("venue_id"), F("days"), Value(side), F("case_id"), function="sekali_others_at_venue")
        return self.annotate(shared=models.ExpressionWrapper(others, models.BooleanField()))


class VenuePresence(CaseRecord):
    """One side of a case has business at a venue on `days`, local days of the venue as a half-open range.

    A child's row follows its interview: a trigger writes and ends it, whatever books, moves or cancels. A suspect's row
    is written by who knows of it. A row is ended once and never changed otherwise. The suspect's rows are for those who
    plan (case manager, coordinator, investigator); members of other cases see none of either side.
    """

    class Side(models.IntegerChoices):
        CHILD = 0, _("the child")
        SUSPECT = 1, _("the suspect's side")

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+", verbose_name=_("venue"))
    side = models.SmallIntegerField(_("who"), choices=Side.choices)
    days = DateRangeField(_("days"))
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(_("called off"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = VenuePresenceQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("business at a venue")
        verbose_name_plural = _("business at venues")
        ordering = ["days", "pk"]
        constraints = [
            ExclusionConstraint(
                name="venuepresence_keeps_child_and_suspect_apart",
                index_type="GIST",
                expressions=[
                    (one_point("case_id"), "&&"),
                    (one_point("venue_id"), "&&"),
                    # Two one-point ranges beside each other: they touch, so the sides differ.
                    (models.Func(F("side"), F("side") + Value(1), function="int4range"), "-|-"),
                    ("days", "&&"),
                ],
                condition=Q(ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["interview", "days"],
                condition=Q(ended_at__isnull=True),
                name="venuepresence_once_per_interview_and_days",
            ),
            models.CheckConstraint(
                condition=Q(side=0, interview__isnull=False) | Q(side=1, interview__isnull=True),
                name="venuepresence_of_a_child_has_its_interview",
            ),
            models.CheckConstraint(condition=Q(days__isempty=False), name="venuepresence_lasts_a_day"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="venuepresence_is_ended_by_somebody",
            ),
        ]

    @property
    def last(self):
        """The last of the days; `days` ends before the day after it."""
        return self.days.upper - timedelta(days=1)


def others_at(venue, days, side, case):
    """Has somebody of another case, on that side, business at `venue` on `days`? Yes or no, and nothing more."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [venue.pk, days, side, case.pk])
        return cursor.fetchone()[0]
