"""Somebody outside the team opened a case because a child was in danger: for an hour, with a reason, and in the open."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency, Membership, Role
from services.models.cases import Case


class EmergencyQuerySet(models.QuerySet):
    def current(self, now):
        """Those in force at `now`."""
        return self.filter(at__lte=now, until__gt=now)

    def for_coordinator(self, user, now):
        """Those in the agencies that `user` coordinates, newest first."""
        mine = Membership.objects.current(now).filter(user=user, role=Role.COORDINATOR).values("agency_id")
        return self.filter(agency__in=mine).select_related("by", "agency").order_by("-at")

    def unseen(self):
        return self.filter(seen_at__isnull=True)


class EmergencyAccess(models.Model):
    """`by` may read the case until `until` (UTC), and nothing more. Rows are made by the database function alone.

    `agency` is the case's, copied so that its coordinators read this row without seeing the case. `seen_by` is the
    coordinator who said that they know.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    code = models.CharField(_("case code"), max_length=11)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("opened"))
    until = models.DateTimeField(_("until"))
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="emergency_has_its_reason"),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("at")), name="emergency_ends"),
            models.CheckConstraint(
                condition=models.Q(seen_by__isnull=True, seen_at__isnull=True)
                | models.Q(seen_by__isnull=False, seen_at__isnull=False),
                name="emergency_is_seen_by_somebody",
            ),
        ]
