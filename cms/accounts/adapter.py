"""How allauth signs people in here: nobody signs up, and what happens is recorded."""

from allauth.account.adapter import DefaultAccountAdapter


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made by a colleague; the sign-up door is shut whatever URL asks."""

    def is_open_for_signup(self, request):  # noqa: ARG002 -- allauth's signature
        return False

    def populate_username(self, request, user):
        """There are no user names."""
