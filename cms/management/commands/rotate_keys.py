"""Put everything that is sealed under the first of SEKALI_MASTER_KEYS, so that older ones can be dropped.

1. Put a new key first, keep the old one behind it, and restart the site, so that nothing is sealed under the old one.
2. `manage.py rotate_keys` (as the owner of the tables; killed, it goes on where it stopped).
3. `manage.py rotate_keys --dry-run` says that nothing is left; then drop the old key and restart.
"""

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from cms.audit.recording import record
from cms.database.connection import as_owner
from cms.encryption import canary, rotation
from cms.encryption.models import MasterKeyCheck
from cms.encryption.sealing import SealError


class Command(BaseCommand):
    help = "Put everything that is sealed under the current master key. Resumable."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only count what is under an older key")

    def handle(self, *, dry_run, **_options):
        with as_owner():
            canary.check()
            if dry_run:
                self.count()
            else:
                self.rotate()

    def count(self):
        waiting = {work.name: work.waiting().count() for work in rotation.works()}
        for name, number in waiting.items():
            self.stdout.write(f"{name}: {number} under an older key")
        self.stdout.write(
            f"{sum(waiting.values())} in all would go under the master key {settings.MASTER_KEYS.current}."
        )

    def rotate(self):
        canary.write(settings.MASTER_KEYS.current)  # first: from now on a start needs both keys, until this is done
        counts = {}
        for work in rotation.works():
            number = work.waiting().count()
            self.stdout.write(f"{work.name}: {number} to do")
            try:
                counts[work.name] = rotation.run(
                    work, lambda done, all_=number: self.stdout.write(f"  {done} of {all_}")
                )
            except SealError as fault:
                # The words of a SealError name a field, never a value.
                raise CommandError(f"stopped; what was done stays done. {fault}") from None
        with transaction.atomic():
            MasterKeyCheck.objects.exclude(key_id=settings.MASTER_KEYS.current).delete()
            record("keys.rotated", by=None, now=timezone.now(), counts=counts, key=settings.MASTER_KEYS.current)
        older = [key_id for key_id in settings.MASTER_KEYS.ids() if key_id != settings.MASTER_KEYS.current]
        if older:
            self.stdout.write(f"Done. These keys open nothing any more and may be dropped: {', '.join(older)}.")
        else:
            self.stdout.write("Done.")
