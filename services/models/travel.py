"""How far people come to a house: the districts next to its own, and the minutes it keeps free for the way."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from services.rules.travel import BANDS, CHOICES, Reach

MINUTES = [(minutes, _("%d minutes") % minutes) for minutes in CHOICES]


class Travel(models.Model):
    """One row a house. Without one, nothing is kept free and every other district of the province counts alike."""

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="travel", verbose_name=_("agency"))
    neighbours = ArrayField(
        models.CharField(max_length=100), default=list, blank=True, verbose_name=_("neighbouring districts")
    )
    same_district = models.PositiveSmallIntegerField(_("from the same district"), choices=MINUTES, default=0)
    neighbouring = models.PositiveSmallIntegerField(_("from a neighbouring district"), choices=MINUTES, default=0)
    same_province = models.PositiveSmallIntegerField(_("from the rest of the province"), choices=MINUTES, default=0)
    farther = models.PositiveSmallIntegerField(_("from farther away"), choices=MINUTES, default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("travel")
        verbose_name_plural = _("travel")
        constraints = [
            models.CheckConstraint(
                condition=Q(same_district__lte=F("neighbouring"))
                & Q(neighbouring__lte=F("same_province"))
                & Q(same_province__lte=F("farther"))
                & Q(farther__lte=CHOICES[-1]),
                name="travel_farther_takes_longer",
            ),
        ]

    def validate_constraints(self, exclude=None):
        """The rules say it in words before anything is saved; the database is the last judge."""


def reach_of(venue):
    """How people come to a venue, as rules.travel.Reach. Its agency and that one's travel should be fetched with it."""
    travel = getattr(venue.agency, "travel", None)
    return Reach(
        district=venue.agency.district,
        province=venue.province,
        neighbours=frozenset(travel.neighbours) if travel else frozenset(),
        minutes={band: getattr(travel, band) for band in BANDS} if travel else None,
    )
