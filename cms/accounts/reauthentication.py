"""Is it still you? Asked before what cannot be taken back: exports, reveals, changes of who may do what.

    if answer := must_reauthenticate(request):
        return answer

Fresh means: a second step (sign-in, or asked again) within `FRESH` seconds. A password alone never counts. A GET comes
back to the same address. A POST is shown again as a page that carries what was typed and waits, so that nothing typed
is lost and nothing of it is stored (docs/decisions/0008).
"""

import time

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from cms.accounts.factors import factors_of
from cms.accounts.holding import can_be_held, hold

FRESH = 5 * 60


def recently(request):
    """Did whoever asks take a second step within the last five minutes?"""
    taken = [entry["at"] for entry in get_authentication_records(request, request.user) if entry["method"] == "mfa"]
    return bool(taken) and time.time() - taken[-1] < FRESH


def must_reauthenticate(request):
    """None when it is fresh; otherwise the answer to give instead. For whoever is signed in with a second step."""
    return None if recently(request) else ask_again(request)


def ask_again(request):
    """The way to `Is it still you?` and back."""
    address = address_for(request.user)
    if can_be_held(request):
        return hold(request, address, reason="again")
    return HttpResponseRedirect(f"{address}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")


def address_for(user):
    """Where this person is asked: digits, a passkey, or, before there is a second step, the password."""
    kinds = set(factors_of(user.pk).values_list("type", flat=True))
    if "totp" in kinds:
        return reverse("mfa_reauthenticate")
    return reverse("mfa_reauthenticate_webauthn" if kinds else "account_reauthenticate")
