"""`manage.py forget_sheets`: throw away uploaded spreadsheets whose day is over, as the role of background work.

Run it every hour; the row security of that role shows it nothing else. The word on standard output is a count.
"""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from cms.database.connection import NoJobs, as_jobs
from directory.actions.sheets import forget_expired


class Command(BaseCommand):
    help = "Throw away uploaded spreadsheets whose day is over."

    def handle(self, **_options):
        try:
            with as_jobs(), transaction.atomic():
                gone = forget_expired(by=None, now=timezone.now())
        except NoJobs as missing:
            raise CommandError(str(missing)) from None
        self.stdout.write(f"{gone} spreadsheets")
