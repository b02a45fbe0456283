"""Where interviews are held. No address is kept: a code name stands for the place."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
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
