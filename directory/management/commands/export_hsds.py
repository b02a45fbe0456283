"""`manage.py export_hsds PATH`: write everything that is published as an HSDS 3.0 data package.

PATH becomes a folder with datapackage.json and its CSV files, and PATH.zip holds the same. An earlier package there is
replaced; a folder with anything else in it is left alone, and the exit code is not 0. Nothing unpublished is in it, and no
address of a shelter.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from directory.hsds.writing import NotOurs, write


class Command(BaseCommand):
    help = "Write everything that is published as an HSDS 3.0 data package: a folder, and a zip beside it."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="the folder to write; the zip stands beside it")

    def handle(self, *_args, path, **_options):
        try:
            counts = write(path, progress=lambda done: self.stderr.write(f"{done} services …"))
        except NotOurs:
            raise CommandError(f"{path} holds something else than a package; choose another folder.") from None
        except OSError as fault:
            raise CommandError(f"{path} cannot be written: {fault.strerror}.") from None
        self.stdout.write(f"{counts['organization']} providers, {counts['service']} services: {path} and {path}.zip")
