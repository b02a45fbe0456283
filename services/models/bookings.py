"""Which occupancy serves which interview: the half of a booking that only the case's members see."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.cases import Case
from services.models.history import remembered
from services.models.interviews import Interview
from services.models.resources import Occupancy


@remembered
class Booking(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="bookings")
    occupancy = models.OneToOneField(Occupancy, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
