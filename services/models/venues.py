"""Where interviews are held: a code name stands for the place, and how to get there is sealed."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.encryption.fields import SealedField, sealed_or_empty
from cms.places import PROVINCE_CHOICES, zone_of
from directory.models import ProviderPage
from directory.models.standards import closing_days

# The directory's standards bind houses; a room of these is the law's (TPKS art. 53), and never a listing.
STATE = (Agency.Kind.POLICE, Agency.Kind.PROSECUTOR, Agency.Kind.COURT, Agency.Kind.LPSK)


class Venue(models.Model):
    code_name = models.CharField(_("code name"), max_length=60, help_text=_("Never an address."))
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="venues", verbose_name=_("agency"))
    province = models.CharField(_("province"), max_length=5, choices=PROVINCE_CHOICES)
    # Who answers for this house in the directory. If that page goes, nobody does, and the house closes.
    provider = models.ForeignKey(
        ProviderPage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("provider")
    )

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["code_name"]
        constraints = [models.UniqueConstraint(fields=["agency", "code_name"], name="venue_code_name_once_per_agency")]

    def __str__(self):
        return self.code_name

    @property
    def zone(self):
        return zone_of(self.province)

    @property
    def bound(self):
        """Do the standards of houses bind it? Whoever is tied to a provider is, whatever the agency."""
        return self.provider_id is not None or self.agency.kind not in STATE


def house_closings(venues, today):
    """`{venue id: the first day on which nobody can be booked there anew, or None}`. One query, or two; none for none.

    `venues` have their agency. A house that is tied to no provider meets nothing.
    """
    bound = [venue for venue in venues if venue.bound]
    closes = closing_days({venue.provider_id for venue in bound}, today) if bound else {}
    return {venue.pk: closes.get(venue.provider_id) if venue.bound else None for venue in venues}


class VenueDirections(models.Model):
    """How to get there: for who attends an interview that is booked there, and for the venue's keepers.

    A row of its own, so that row security can hide it while everybody who books sees the venue's code name. No case
    stands behind it, so it is sealed under the master key.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    venue = models.OneToOneField(Venue, on_delete=models.PROTECT, related_name="directions")
    text = SealedField(label="venuedirections.text", per_case=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("how to get there")
        verbose_name_plural = _("how to get there")
        constraints = [
            sealed_or_empty("text", model="venuedirections", per_case=False),
            models.CheckConstraint(condition=~models.Q(text=""), name="venuedirections_say_something"),
        ]
