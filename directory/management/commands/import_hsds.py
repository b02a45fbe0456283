"""`manage.py import_hsds PATH`: take an HSDS 3.0 data package (a folder or a zip) into the directory.

Listings arrive as drafts for the reviewers, since a wrong or dead number can harm somebody. With `--publish` whoever
runs this answers for the package: sound listings are published at once, as checked by nobody here. Every row that was
not taken is told by file and line, never with its contents. All or nothing: an unreadable package imports nothing and
the exit code is not 0. The same package again says "unchanged" and writes nothing.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from directory.actions.imports import import_listings
from directory.hsds.package import Unreadable, read
from directory.hsds.placing import Placement

STEP = 50  # providers between two words of progress


class Command(BaseCommand):
    help = "Take an HSDS 3.0 data package (a folder or a zip) into the directory, as drafts for the reviewers."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="a folder or zip with datapackage.json and its CSV files")
        parser.add_argument(
            "--publish", action="store_true", help="publish sound listings at once; you answer for the package"
        )

    def handle(self, *_args, path, publish, **_options):
        try:
            package = read(path)
        except Unreadable as fault:
            raise CommandError(f"{fault} Nothing was imported.") from None
        placement = Placement(package)
        total = len(placement.providers)

        def progress(done):
            if done % STEP == 0 or (done == total and total > STEP):
                self.stderr.write(f"{done} of {total} providers …")

        outcome = import_listings(
            providers=placement.providers.values(), publish=publish, by=None, now=timezone.now(), progress=progress
        )
        self.report([*placement.remarks, *outcome.remarks], outcome.counts)

    def report(self, remarks, counts):
        for remark in sorted(remarks, key=lambda remark: (remark.file, remark.line)):
            place = f"{remark.file} line {remark.line}" if remark.line else remark.file
            self.stdout.write(f"{place}: {remark.outcome}: {remark}")
        for kind in ("provider", "service"):
            fates = [f"{count} {fate}" for (of, fate), count in sorted(counts.items()) if of == kind]
            self.stdout.write(f"{kind}s: {', '.join(fates) or 'none'}")
        left = len({(remark.file, remark.line) for remark in remarks if remark.outcome == "left out"})
        self.stdout.write(f"rows left out: {left}")
