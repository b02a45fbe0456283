"""`manage.py verify_audit`: is the record of what happened still as it was sealed? Exit code 1 when it is not.

`--heads FILE` compares with the heads that `seal_audit --ship` kept elsewhere; only that finds a chain that was
rebuilt or cut short by somebody who owns the database.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cms.audit.sealing import head, unsealed, verify
from cms.database.connection import NoJobs, as_jobs

SENTENCES = {
    "changed": "the event sealed at {} was changed",
    "deleted": "the event sealed at {} is gone",
    "inserted": "the event {} was put in afterwards",
    "late": "the event sealed at {} came long after its own time",
    "reordered": "the chain does not hold at {}",
    "chain": "links {} of the chain are gone",
    "head": "the chain at {} is not the one that was shipped",
    "clock": "the event sealed at {} was sealed before the one in front of it",
    "erased": "more or fewer events were erased at {} than the record says",
}
SHOWN = 50


class Command(BaseCommand):
    help = "Check the audit against its hash chain."

    def add_arguments(self, parser):
        parser.add_argument("--heads", metavar="FILE", help="lines written by seal_audit --ship")

    def handle(self, *, heads, **_options):
        shipped = read(heads) if heads else []
        try:
            with as_jobs():
                faults = list(verify(shipped))
                last, waiting = head(), unsealed().count()
        except NoJobs as error:
            raise CommandError(str(error)) from None
        for fault in faults[:SHOWN]:
            self.stdout.write(SENTENCES[fault.kind].format(fault.where))
        if len(faults) > SHOWN:
            self.stdout.write(f"and {len(faults) - SHOWN} more")
        self.stdout.write(
            f"{last.position if last else 0} events sealed, {waiting} not sealed yet, {len(shipped)} shipped heads"
            f" compared, {len(faults)} faults."
        )
        if faults:
            sys.exit(1)


def read(path):
    """The shipped heads as (position, digest, sealed at). A file that cannot be read or understood ends the command."""
    try:
        lines = [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]
        return [
            (int(line["position"]), str(line["digest"]), datetime.fromisoformat(line["sealed_at"])) for line in lines
        ]
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"{path} does not hold heads written by seal_audit --ship.") from None
