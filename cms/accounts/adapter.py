"""How allauth signs people in here: nobody signs up, signing in is recorded, and each lands where their work is."""

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse
from django.utils import timezone

from cms.accounts.models import Role
from cms.accounts.policies import roles_of
from cms.audit.recording import record


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made by a colleague; the sign-up door is shut whatever URL asks."""

    def is_open_for_signup(self, request):  # noqa: ARG002 -- allauth's signature
        return False

    def populate_username(self, request, user):
        """There are no user names."""

    def login(self, request, user):
        super().login(request, user)
        record("user.signed_in", by=user, now=timezone.now(), about=user)

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        """All of allauth's but the farewell, which would begin a new session, and so leave a cookie, at sign-out."""
        if message_template != "account/messages/logged_out.txt":
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_login_redirect_url(self, request):
        """Case workers to their cases, keepers to their rooms, providers and editors to the pages they keep."""
        roles = roles_of(request.user, timezone.now())
        if roles - {Role.KEEPER}:
            return reverse("services:case_list")
        if roles:
            return reverse("services:resource_list")
        if request.user.has_perm("wagtailadmin.access_admin"):
            return reverse("wagtailadmin_home")
        return reverse("wagtail_serve", args=[""])
