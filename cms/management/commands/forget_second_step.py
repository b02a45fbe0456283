"""`manage.py forget_second_step ADDRESS`: for somebody who lost phone and codes, once a colleague has made sure it is they.

All their second steps go, every session of theirs ends, and the next sign-in with the password leads to making a new
one. Run on the server only; no screen offers it. It is recorded.
"""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from cms.audit.recording import record


class Command(BaseCommand):
    help = "Take away the lost second steps of one person; the next sign-in makes a new one."

    def add_arguments(self, parser):
        parser.add_argument("address", help="the e-mail address the person signs in with")

    def handle(self, *, address, **_options):
        with transaction.atomic():
            person = get_user_model().objects.filter(email__iexact=address.strip()).first()
            if person is None:
                raise CommandError("nobody signs in with this address.")
            gone, _kinds = Authenticator.objects.filter(user=person).delete()
            sessions = list(UserSession.objects.filter(user=person))
            for session in sessions:
                session.end()
            record("user.second_step_forgotten", by=None, now=timezone.now(), about=person, count=gone)
        self.stdout.write(
            f"{gone} second steps taken away, {len(sessions)} sessions ended. The next sign-in makes a new one."
        )
