"""When somebody is busy outside: spans read once out of their own calendar, and nothing else of it."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from services.models.resources import Occupancy, Resource


class OutsideCalendarQuerySet(models.QuerySet):
    def kept(self):
        return self.filter(kept_at__isnull=False)

    def drafts(self):
        return self.filter(kept_at__isnull=True)


class OutsideCalendar(models.Model):
    """One calendar file that was read for a resource. Shown first; it counts from `kept_at` on.

    It says something of the time from `since` until `until` only. `left_out` counts, by reason, what makes nobody busy
    (services/rules/outside.py).
    """

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="outside_calendars", verbose_name=_("resource")
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    left_out = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    objects = OutsideCalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("outside calendar")
        verbose_name_plural = _("outside calendars")
        constraints = [
            models.UniqueConstraint(
                fields=["resource"], condition=Q(kept_at__isnull=False), name="outside_one_kept_calendar_per_resource"
            ),
            models.UniqueConstraint(
                fields=["resource"], condition=Q(kept_at__isnull=True), name="outside_one_draft_per_resource"
            ),
            models.UniqueConstraint(fields=["id", "resource"], name="outside_calendar_and_its_resource"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="outside_calendar_covers_some_time"),
        ]


class OutsideBusy(models.Model):
    """The resource is busy outside. UTC, half-open; no title, place or person stands here or anywhere."""

    calendar = models.ForeignKey(OutsideCalendar, on_delete=models.CASCADE, related_name="busy")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="outside_busy")
    span = DateTimeRangeField()

    class Meta:
        verbose_name = _("busy outside")
        verbose_name_plural = _("busy outside")
        ordering = ["span"]
        constraints = [
            models.CheckConstraint(condition=Q(span__isempty=False), name="outside_busy_lasts_some_time"),
            ExclusionConstraint(
                name="outside_busy_never_twice",
                index_type="GIST",
                expressions=[
                    (models.Func(F("calendar_id"), F("calendar_id"), models.Value("[]"), function="int8range"), "&&"),
                    ("span", "&&"),
                ],
            ),
        ]


def clashing(calendar, now):
    """Live occupancies to come that an outside calendar overlaps: whoever booked them decides what becomes of them."""
    busy = calendar.busy.filter(span__overlap=models.OuterRef("span"))
    taken = Occupancy.objects.taken(now).filter(resource=calendar.resource_id, span__endswith__gt=now)
    return taken.filter(models.Exists(busy)).order_by("span")
