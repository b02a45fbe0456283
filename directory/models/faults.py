"""What readers say is wrong with a service, until somebody has looked.

Nothing of who said it is kept: no address, no words, no time finer than the day. A reason is one open row of a service,
however often it is said; it counts the days on which it was. So nobody can fill the table, and two days are more than one
visitor's sitting. The readers' database role has no right on the table: it reports and asks through two functions
(migration 0004), and which single report there is stays inside.
"""

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models.offers import ServicePage

REPORT = "SELECT sekali_report_fault(%s, %s, %s, %s)"
REPORTED = "SELECT reason, days FROM sekali_faults(%s)"


class Reason(models.TextChoices):
    NUMBER = "n", _("The number does not work")
    CLOSED = "c", _("It has closed or moved")
    HOURS = "h", _("The opening hours are wrong")
    OTHER = "o", _("Something else is wrong")


class Outcome(models.TextChoices):
    MENDED = "mended", _("mended")
    FINE = "fine", _("nothing was wrong")
    WITHDRAWN = "withdrawn", _("the listing was withdrawn")


class FaultQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_on=None)

    def visible_to(self, user):
        """Of services that this person may change: a provider's own, or all for a reviewer."""
        return self.filter(service__in=ServicePage.objects.editable_by(user).values("pk"))

    def by_clock(self):
        """What is to be looked at soonest first."""
        return self.order_by("due_on", "pk")


class Fault(models.Model):
    service = models.ForeignKey(ServicePage, on_delete=models.CASCADE, related_name="faults")
    reason = models.CharField(max_length=1, choices=Reason.choices)
    opened_on = models.DateField()
    last_on = models.DateField()
    days = models.PositiveSmallIntegerField(default=1)
    due_on = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = FaultQuerySet.as_manager()

    class Meta:
        verbose_name = _("report by readers")
        verbose_name_plural = _("reports by readers")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "reason"], condition=Q(closed_on=None), name="fault_one_open_for_each_reason"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_by=None, outcome="")
                | (Q(closed_on__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
                name="fault_is_closed_by_somebody_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1, last_on__gte=models.F("opened_on"), due_on__gt=models.F("opened_on")),
                name="fault_days_in_order",
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="fault_has_a_known_reason"),
        ]

    def __str__(self):
        return f"{self.get_reason_display()}, {self.opened_on}"


def report(identifier, reason, *, on, look_by):
    """Say that something is wrong with the public service of this name; a second time on a day changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(REPORT, [identifier, reason, on, look_by])


def reported(service):
    """`{reason: on how many days}` of what is open about a service."""
    with connection.cursor() as cursor:
        cursor.execute(REPORTED, [service.pk])
        return dict(cursor.fetchall())
