"""`manage.py seal_audit`: hash-chain what was committed since the last time, and ship the head elsewhere.

Run by one process (a timer each minute, or `--follow 60`). `--ship FILE` adds the head as a line of JSON to a file on a
disk that the database's owner cannot write; `-` prints it, for a pipe to another machine.
"""

import json
import os
import sys
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms.audit.sealing import head, seal
from cms.database.connection import NoJobs, as_jobs


class Command(BaseCommand):
    help = "Seal committed audit events into the hash chain."

    def add_arguments(self, parser):
        parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, looking again after this long")
        parser.add_argument("--ship", metavar="FILE", help="add the head to this file; - prints it")

    def handle(self, *, follow, ship, **_options):
        try:
            with as_jobs():
                while True:
                    self.once(ship)
                    if follow is None:
                        return
                    time.sleep(follow)
        except NoJobs as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            return

    def once(self, ship):
        total = 0
        while made := seal(timezone.now()):
            total += made
            self.stderr.write(f"sealed {total}")
        if ship and (total or never_shipped(ship)) and (last := head()):
            shipped = {"position": last.position, "digest": last.digest, "sealed_at": last.sealed_at.isoformat()}
            deliver(ship, json.dumps(shipped))
        self.stderr.write(f"{total} new")


def never_shipped(ship):
    return ship == "-" or not Path(ship).exists()


def deliver(ship, line):
    if ship == "-":
        sys.stdout.write(line + "\n")
        return
    try:
        with Path(ship).open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CommandError(f"the head could not be written to {ship}: {error.strerror}.") from None
