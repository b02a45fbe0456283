"""allauth's pages of the second step, ending where ours begin: with a session that has taken it."""

from allauth.account.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cms.accounts import wall
from cms.accounts.factors import SealedFactors, accept, factors_of, has_factor
from cms.accounts.forms import EndSessionsForm


class SecondStep(AuthenticateView):
    """The one extra screen of signing in."""

    def get(self, request, *args, **kwargs):
        if settings.SAY_DIGITS:  # the demonstration's stand-in for a telephone; see cms/accounts/demonstration.py
            import_string(settings.SAY_DIGITS)(self.stage.login.user)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        kinds = set(factors_of(self.stage.login.user.pk).values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {"has_app": "totp" in kinds, "has_passkey": "webauthn" in kinds}


class Enrolling:
    """A second step was just proved with the thing itself, so this session has taken it."""

    def form_valid(self, form):
        response = super().form_valid(form)
        newest = factors_of(self.request.user.pk).order_by("-pk").first()
        accept(self.request, newest)
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"first": not has_factor(self.request.user)}


class EnrolApp(Enrolling, ActivateTOTPView):
    pass


class AddPasskey(Enrolling, AddWebAuthnView):
    pass


class RemoveApp(DeactivateTOTPView):
    pass


class RemovePasskey(RemoveWebAuthnView):
    """Refuses the only second step; allauth asks that of authenticator apps alone."""

    def form_valid(self, form):
        if not SealedFactors().can_delete_authenticator(self.object):
            messages.error(self.request, SealedFactors.error_messages["cannot_delete_authenticator"])
            return redirect("mfa_index")
        return super().form_valid(form)

    def get_success_url(self):
        return reverse("mfa_index")


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(ViewRecoveryCodesView):
    """Shown once; whoever comes later may make new ones."""

    def get_context_data(self, **kwargs):
        onward = get_adapter().get_login_redirect_url(self.request)
        return super().get_context_data(**kwargs) | {"onward": onward}


class Factors(IndexView):
    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"only_one": factors_of(self.request.user.pk).count() == 1}


class Devices(ListUserSessionsView):
    form_class = EndSessionsForm


@require_http_methods(["GET", "POST"])
def stay(request):
    """GET: how long the session still has. POST: somebody is there and stays. Answers only the page that asks.

    `who` tells a page whether the same person signed in again; `token` is for its forms.
    """
    if request.method == "POST":
        wall.note_activity(request.session, at_once=True)
    return JsonResponse(
        {"left": wall.left(request.session), "who": who(request.user), "token": get_token(request)},
    )


def who(person):
    """A name for somebody that says nothing of them."""
    return salted_hmac("cms.accounts.who", str(person.pk)).hexdigest()[:16]


def returned(request):
    """Where a second tab ends: the first one goes on."""
    return render(request, "account/returned.html", {"words": _("You can close this tab and go on in the other one.")})
