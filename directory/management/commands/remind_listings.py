"""`manage.py remind_listings`: tell providers which of their listings are to be looked at again.

Run as background work once a day, for instance at seven in the morning; a missed day is made up for, and a second run sends
nothing. The mail names no listing; `--site` is where people sign in.
"""

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms.database.connection import NoJobs, as_jobs
from directory.actions.reminders import remind_listings
from directory.notices import upkeep_letter

TIMEOUT = 20  # seconds for the mail server to answer


class Command(BaseCommand):
    help = "Tell providers which of their listings are to be looked at again."

    def add_arguments(self, parser):
        parser.add_argument("--site", metavar="URL", help="where people sign in; else https:// and the first host")

    def handle(self, *, site, **_options):
        address = (site or f"https://{settings.ALLOWED_HOSTS[0]}").rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise CommandError("--site is an address such as https://sekali.example.org")
        mail = get_connection(timeout=TIMEOUT)

        def send(person, due):
            profile = getattr(person, "wagtail_userprofile", None)
            language = (profile.preferred_language if profile else "") or settings.LANGUAGE_CODE
            upkeep_letter(person.email, language, due, address, mail).send()

        try:
            with as_jobs():
                sent, failed = remind_listings(now=timezone.now(), send=send)
        except NoJobs as error:
            raise CommandError(str(error)) from None
        finally:
            mail.close()
        self.stderr.write(f"{sent} told, {failed} put off")
        if failed:
            raise CommandError("not everybody could be told; the next run tries again")
