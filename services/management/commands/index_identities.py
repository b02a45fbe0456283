"""Make the keyed fingerprints of NIK, and of name and birth date, for what changed since the last time.

Runs as `sekali_jobs` and with SEKALI_INDEX_KEY, neither of which the site has. Killed, it goes on where it stopped. The
fingerprints of erased cases are deleted. Nothing is compared here.
"""

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from cms.database.connection import NoJobs, as_jobs
from cms.encryption.indexing import index_key
from cms.encryption.keys import MalformedKeys
from services.actions import fingerprints


class Command(BaseCommand):
    help = "Make the keyed fingerprints of identities that changed. Resumable."

    def handle(self, **_options):
        try:
            key = index_key()
            with as_jobs():
                faults = self.index(key)
        except (MalformedKeys, NoJobs) as refusal:
            raise CommandError(str(refusal)) from None
        if faults:
            raise CommandError(f"{faults} identities could not be opened: moved, changed, or under a missing key.")

    def index(self, key):
        self.stdout.write(f"{fingerprints.forget_erased()} fingerprints of erased cases deleted")
        number = fingerprints.waiting().count()
        self.stdout.write(f"{number} identities to do")
        made, faults = fingerprints.make(key=key, done=lambda done: self.stdout.write(f"  {done} of {number}"))
        self.stdout.write(f"Done: {made} made.")
        return faults
