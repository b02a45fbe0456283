"""Lay out everybody's working hours for the weeks to come. Run it every night; it is safe to run twice."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from services.actions.hours import HORIZON, materialise, rebase
from services.actions.outside import forget_outside
from services.models import Resource

TOGETHER = 100


class Command(BaseCommand):
    help = f"Lay out working hours, less leave, busy times outside and public holidays, for the next {HORIZON} days."

    def handle(self, *args, **options):  # noqa: ARG002 -- a command is called so
        now = timezone.now()
        moved = rebase(now=now)
        gone = forget_outside(by=None, now=now)
        resources = list(Resource.objects.bookable().filter(calendar__isnull=False).order_by("pk"))
        rows = 0
        for first in range(0, len(resources), TOGETHER):
            some = resources[first : first + TOGETHER]
            rows += materialise(resources=some, now=now)
            self.stdout.write(f"{first + len(some)} of {len(resources)} resources, {rows} stretches of working time")
        self.stdout.write(
            self.style.SUCCESS(
                f"Done: {rows} stretches for {HORIZON} days; {moved} old recurrences renewed, {gone} busy times outside have passed."
            )
        )
