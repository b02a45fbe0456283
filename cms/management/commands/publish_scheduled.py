"""Wagtail's `publish_scheduled`, one page at a time: what can no longer be published does not hold up what can.

Run it every minute, or `--follow 60`, as background work. Each page is a transaction of its own; the protocol's version, the
search's rows and the readers' pages follow as from the editor. Of a failure the page's number is said, never its words.
"""

import time

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from wagtail.management.commands import publish_scheduled
from wagtail.models import Page, Revision


class Command(publish_scheduled.Command):
    help = "Publish and take down the pages whose hour has come."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--follow", type=int, metavar="SECONDS", help="go on, and look again after so many seconds")

    def handle(self, *args, follow=None, **options):
        if options.get("dryrun"):
            super().handle(*args, **options)
            return
        self.round()
        while follow:
            connection.close()
            time.sleep(follow)
            self.round()

    def round(self):
        now = timezone.now()
        for page in Page.objects.filter(live=True, expire_at__lt=now).order_by("expire_at"):
            self.one(page.pk, page.specific.unpublish, set_expired=True, log_action="wagtail.unpublish.scheduled")
        for revision in Revision.objects.filter(approved_go_live_at__lt=now).order_by("approved_go_live_at"):
            self.one(revision.object_id, revision.publish, log_action="wagtail.publish.scheduled")

    def one(self, number, do, **options):
        """Do it, all or nothing. What is refused waits, and is said each time."""
        try:
            with transaction.atomic():
                do(**options)
        except (ValidationError, PermissionDenied, DatabaseError) as refused:
            self.stderr.write(f"page {number} was not changed: {type(refused).__name__}")
