"""`manage.py index_directory`: make the search's rows anew from the public pages, and forget words that no longer occur."""

from django.core.management.base import BaseCommand

from directory.models.indexing import index_everything


class Command(BaseCommand):
    help = "Make the index of the public search anew. Safe at any time; readers see the old one until it is whole."

    def handle(self, *_args, **_options):
        total = index_everything(lambda done, of: self.stderr.write(f"{done} of {of} services …"))
        self.stdout.write(f"{total} services are in the index.")
