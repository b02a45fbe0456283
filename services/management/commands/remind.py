"""`manage.py remind`: let proposals lapse that nobody answered, and send the letters that are due.

Run as background work by a timer each minute, or with `--follow 60`. Any number may run at once: each letter is sent by
one of them. A letter says that there is something to read after signing in, and nothing else; `--site` is where.
"""

import sys
import time

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms.database.connection import NoJobs, as_jobs
from services.actions.interviews import expire_proposals
from services.actions.reminders import send_due
from services.notices import letter

TIMEOUT = 20  # seconds for the mail server to answer; shorter than any transaction's own limit


class Command(BaseCommand):
    help = "Let unanswered proposals lapse and send what is due."

    def add_arguments(self, parser):
        parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, looking again after this long")
        parser.add_argument("--site", metavar="URL", help="where people sign in; else https:// and the first host")

    def handle(self, *, follow, site, **_options):
        address = (site or f"https://{settings.ALLOWED_HOSTS[0]}").rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise CommandError("--site is an address such as https://sekali.example.org")
        try:
            with as_jobs():
                while True:
                    self.once(address)
                    if follow is None:
                        return
                    time.sleep(follow)
        except NoJobs as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            return

    def once(self, site):
        lapsed = expire_proposals(now=timezone.now())
        mail = get_connection(timeout=TIMEOUT)

        def send(number, address):
            letter(number, address, site, mail).send()

        sent, failed = send_due(now=timezone.now(), send=send)
        mail.close()
        self.stderr.write(f"{lapsed} lapsed, {sent} sent, {failed} put off")
        sys.stderr.flush()
