"""Where interviews are held: a code name stands for the place, and how to get there is sealed."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.encryption.fields import SealedField, sealed_or_empty
from cms.places import PROVINCE_CHOICES, zone_of


class Venue(models.Model):
    code_name = models.CharField(_("code name"), max_length=60, help_text=_("Never an address."))
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="venues", verbose_name=_("agency"))
    province = models.CharField(_("province"), max_length=5, choices=PROVINCE_CHOICES)

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
