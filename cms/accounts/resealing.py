"""The secrets of second factors, for `manage.py rotate_keys`: allauth keeps them in its own table, sealed by ours."""

from allauth.mfa.models import Authenticator
from django.db.models import Q

from cms.accounts.factors import LABEL, row_of
from cms.encryption.rotation import Work, current_prefix, resealed
from cms.encryption.sealing import MASTER

PLACES = ("secret", "seed")  # of an authenticator app, of the recovery codes


def resealing():
    return Work("second factors", _waiting, _renew)


def _waiting():
    older = Q()
    for place in PLACES:
        sealed = Q(**{f"data__{place}__startswith": f"{MASTER}."})
        older |= sealed & ~Q(**{f"data__{place}__startswith": current_prefix()})
    return Authenticator.objects.filter(older)


def _renew(factor):
    for place in PLACES:
        if str(factor.data.get(place, "")).startswith(f"{MASTER}."):
            factor.data[place] = resealed(factor.data[place], label=LABEL, row=row_of(factor.user_id))
    factor.save(update_fields=["data"])
