"""The wall behind the door: nothing opens without a second step, on any address, unless it is named here.

Deny by default. An address that is not on one of these lists is closed to whoever is not signed in, and to whoever is
signed in by password alone. No setting switches it off. Times are in seconds.
"""

import time

from allauth.core.exceptions import ReauthenticationRequired
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from cms.accounts.factors import has_factor, took_second_step
from cms.accounts.holding import can_be_held, hold
from cms.accounts.reauthentication import ask_again, must_reauthenticate

# What anybody may read.
PUBLIC = {
    "wagtail_serve",
    "page_search",
    "style",
    "site_check",
    "site_files",
    "directory:service_list",
    "directory:provider_detail",
    "directory:service_detail",
    "directory:freshness_share",
    "directory:fault_report",
    "directory:fault_reported",
    "directory:service_card",
    "directory:coverage_map",
    "directory:area_print",
    "directory:area_file",
    "directory:card_sheet",
    "directory:open_data",
    *(
        f"hsds:{name}"
        for name in (
            "about",
            "openapi",
            "services",
            "service",
            "organizations",
            "organization",
            "service_at_locations",
            "service_at_location",
            "taxonomies",
            "taxonomy",
            "taxonomy_terms",
            "taxonomy_term",
        )
    ),
    "directory:standard_list",
    "directory:standard_detail",
    "media",
    "recording",  # what a published card plays
    "wagtaildocs_serve",  # what pages offer for reading; Wagtail keeps private collections to itself
    "shut",  # answers that there is nothing
    "services:feed",  # only says busy, to whoever holds its token: a calendar application cannot take a second step
}
# The door itself: signing in and out, and a forgotten password, which leads to the second step like any other sign-in.
ENTRANCE = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "admin_login",
    "admin_logout",
}
# For whoever is signed in by password and has no second step yet: to make one, and nothing else.
ENROLMENT = {"mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
BEGIN = "mfa_activate_totp"

IDLE = settings.SESSION_COOKIE_AGE  # the session's row expires with it: the database itself no longer finds it
LONGEST = 8 * 60 * 60
WARNING = 2 * 60  # so long before the end a page says so
STEP = 30  # a session is written at most this often, so that reading costs no write


class second_factor:  # noqa: N801 -- reads as a setting beside Django's function middlewares
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        """None lets the request pass; anything else is the answer."""
        name = request.resolver_match.view_name
        # Without a session cookie nobody is asked for: a reader's page costs no query and varies by no cookie.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None if name in PUBLIC or name in ENTRANCE else to_the_door(request)
        if too_old(request.session):
            request.session.flush()
            return to_the_door(request)
        if not took_second_step(request):
            return before_the_second_step(request, name)
        if not by_itself(request, name):
            note_activity(request.session)
        return must_reauthenticate(request) if asks_again(request.resolver_match) else None

    def process_exception(self, request, exception):
        """For allauth, which would keep a refused form in the session. Here nothing that was typed is kept anywhere."""
        if isinstance(exception, ReauthenticationRequired):
            return ask_again(request)
        return None


def to_the_door(request):
    """To sign in, and from there back to what was asked for; a form that was sent is handed back meanwhile."""
    if can_be_held(request):
        return hold(request, reverse("account_login"), reason="expired")
    return redirect_to_login(request.get_full_path(), reverse("account_login"))


def before_the_second_step(request, name):
    if name in ENTRANCE:
        return None
    if has_factor(request.user):
        # A session from before the second step was made, or whose own was taken away.
        request.session.flush()
        return to_the_door(request)
    if name in ENROLMENT:
        return None
    return redirect(BEGIN)


def begin(session):
    """Start both clocks of a session, at sign-in."""
    session["signed_in_at"] = session["seen_at"] = int(time.time())


def too_old(session):
    """Has it run its eight hours, or does it not say since when it runs?"""
    now = time.time()
    return now - session.get("signed_in_at", 0) >= LONGEST or now - session.get("seen_at", 0) >= IDLE


def by_itself(request, name):
    """Pages ask this without anybody being there: whether the session lives, and Wagtail's "I am editing"."""
    return name.startswith("wagtailadmin_editing_sessions:") or (name == "account_stay" and request.method == "GET")


def left(session):
    """How many seconds a session still has, by the clock that ends first."""
    now = time.time()
    return max(0, int(min(session["seen_at"] + IDLE - now, session["signed_in_at"] + LONGEST - now)))


def note_activity(session, *, at_once=False):
    """Somebody is still there: the idle clock begins anew."""
    now = int(time.time())
    if at_once or now - session["seen_at"] >= STEP:
        session["seen_at"] = now
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=timezone.now())


# Who may do what, and who may sign in: asked again before it changes.
PEOPLE = ("wagtailusers_users:", "wagtailusers_groups:", "membership:", "agency:")
CHANGES = {"add", "edit", "delete", "copy"}


def asks_again(match):
    name = match.view_name or ""
    if name == "wagtail_bulk_action":
        return match.kwargs.get("app_label") in {"accounts", "auth"}
    return name.startswith(PEOPLE) and name.rpartition(":")[2] in CHANGES
