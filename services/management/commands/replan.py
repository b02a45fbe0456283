"""`manage.py replan`: propose new places for interviews whose interviewer, room or other resource fell out.

Run by one process, as the role of background work: once, or with `--follow SECONDS`. A second process finds the first at work
and does nothing. Words on standard error are counts and numbers of rows, never a case.
"""

import os
import signal
import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from cms.database.connection import NoJobs, as_jobs
from services.actions.proposing import propose_next


class Command(BaseCommand):
    help = "Propose new places for interviews that lost theirs: the greedy plan at once, then a better one."

    def add_arguments(self, parser):
        parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, looking again after this long")

    def handle(self, *, follow, **_options):
        if follow is not None:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            with as_jobs():
                parent = os.getppid()
                while not parted(parent):
                    self.all_that_waits(patient=follow is not None)
                    if follow is None:
                        return
                    time.sleep(follow)
        except NoJobs as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            return

    def all_that_waits(self, *, patient):
        """Work off what waits. Who follows waits for a database that is away; who runs once says so."""
        try:
            while done := propose_next(clock=timezone.now):
                self.stderr.write(f"replanning {done.pk}: {done.affected} touched, {done.moved} moved")
        except OperationalError:
            if not patient:
                raise
            connection.close()


def parted(parent):
    """Has the process that started this one died? Then nobody is left to end it."""
    return os.getppid() != parent
