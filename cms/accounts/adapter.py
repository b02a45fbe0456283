"""How allauth signs people in here: nobody signs up, signing in is recorded, and each lands where their work is."""

import contextvars
import logging
import threading
import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from cms.accounts import wall
from cms.accounts.factors import has_factor
from cms.accounts.models import Role
from cms.accounts.policies import roles_of
from cms.accounts.reauthentication import FRESH, recently
from cms.audit.recording import record

QUIET = {"account/messages/logged_out.txt", "mfa/messages/recovery_codes_generated.txt"}
SAID = {
    "mfa/messages/totp_activated.txt": _("The authenticator app is switched on."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": _("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
    "usersessions/messages/sessions_logged_out.txt": _("The other sessions have ended."),
}


LETTER = "letter"  # the name of the threads that send one


def post(write, *letter):
    """Send a letter; a mail server that is away is noted without a word of whose letter it was."""
    try:
        write(*letter)
    except OSError as error:
        logging.getLogger("sekali.mail").error("a letter was not sent: %s", type(error).__name__)  # noqa: TRY400 -- its traceback names the address


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made by a colleague; the sign-up door is shut whatever URL asks."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _("Too many attempts. Please wait five minutes, or ask for a new password."),
        "rate_limited": _("Too many attempts. Please wait a few minutes."),
    }

    def is_open_for_signup(self, request):  # noqa: ARG002 -- allauth's signature
        return False

    def populate_username(self, request, user):
        """There are no user names."""

    def login(self, request, user):
        super().login(request, user)
        wall.begin(request.session)
        record("user.signed_in", by=user, now=timezone.now(), about=user)

    def authentication_failed(self, request, **credentials):  # noqa: ARG002 -- as above
        """The same record for a known and an unknown address: it says that somebody tried, not whom."""
        record("user.refused", by=None, now=timezone.now(), step="password")

    def send_password_reset_mail(self, user, email, context):
        """In a thread of its own: whoever asks waits no longer for a known address than for an unknown one."""
        inside = contextvars.copy_context().run
        write = super().send_password_reset_mail
        threading.Thread(target=inside, args=(post, write, user, email, context), name=LETTER).start()

    def is_reauthentication_required(self, *, app, **_options):  # noqa: ARG002 -- allauth's signature
        """Not of whoever took a second step, or typed the password before making a first one, a moment ago."""
        request = self.request
        if recently(request):
            return False
        typed = [entry["at"] for entry in get_authentication_records(request, request.user)]
        just_now = bool(typed) and time.time() - typed[-1] < FRESH
        return not just_now or has_factor(request.user)

    def get_reauthentication_methods(self, user):
        """A password alone is not asked again where there is a second step."""
        methods = super().get_reauthentication_methods(user)
        stronger = [method for method in methods if method["id"] != "reauthenticate"]
        return stronger or methods

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        """In our words. Not the farewell, which would begin a new session, and so leave a cookie, at sign-out."""
        if message_template in QUIET:
            return
        if message_template in SAID:
            kwargs["message"] = str(SAID[message_template])
        super().add_message(request, level, message_template, *args, **kwargs)

    def get_login_redirect_url(self, request):
        """Case workers to their cases, keepers to their rooms, providers and editors to the pages they keep, verifiers to what waits."""
        now = timezone.now()
        roles = roles_of(request.user, now)
        if roles - {Role.KEEPER}:
            return reverse("services:case_list")
        if roles:
            return reverse("services:resource_list")
        for belongs, name in settings.LANDINGS:
            if import_string(belongs)(request.user, now):
                return reverse(name)
        if request.user.has_perm("wagtailadmin.access_admin"):
            return reverse("wagtailadmin_home")
        if request.user.has_perm("directory.verify_assessment"):
            return reverse("directory:assessment_list")
        return reverse("wagtail_serve", args=[""])
