"""The second step of signing in: who has one, whether this session took it, and how its secrets are kept.

A TOTP secret and the seed of the recovery codes are sealed (AES-256-GCM under the master key, which is not in the
database) and bound to their owner: carried to another person's row they do not open. The owner is whoever is signed
in or stands at the second step, because allauth asks for a secret without saying whose it is.
"""

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.stagekit import get_pending_stage
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext_lazy as _

from cms.encryption.sealing import seal, unseal

FIRST_CLASS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for one of these
LABEL = "authenticator.secret"


class SealedFactors(DefaultMFAAdapter):
    """allauth's second factors, sealed, in our words, and never the last one taken away."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code does not fit. The digits change every half minute; please type the ones shown now."
        ),
        "too_many_today": _("Too many attempts today. Please ask the coordinator of your agency."),
        "cannot_delete_authenticator": _("This is your only second step. Please add another one first."),
    }

    def encrypt(self, text):
        return seal(text, label=LABEL, row=row_of(owner()))

    def decrypt(self, encrypted_text):
        return unseal(encrypted_text, label=LABEL, row=row_of(owner()))

    def can_delete_authenticator(self, authenticator):
        """Not the last: without one nothing opens."""
        return factors_of(authenticator.user_id).exclude(pk=authenticator.pk).exists()


def owner():
    """The key of whoever this request deals in secrets of: signed in, or past the password and not yet further."""
    request = context.request
    if request.user.is_authenticated:
        return request.user.pk
    return get_pending_stage(request).login.user.pk


def row_of(user_id):
    """What a secret is bound to beside its label."""
    return f"user-{user_id}"


def factors_of(user_id):
    """The authenticator apps and passkeys of a person."""
    return Authenticator.objects.filter(user_id=user_id, type__in=FIRST_CLASS)


def has_factor(user):
    return factors_of(user.pk).exists()


def took_second_step(request):
    """Did this session pass the second step, with something its owner still has?"""
    used = {entry.get("id") for entry in get_authentication_records(request, request.user) if entry["method"] == "mfa"}
    return bool(used) and not used.isdisjoint(factor_ids(request.user))


def factor_ids(user):
    """The keys of everything that proves a second step of `user`; whoever a session names brings them along."""
    known = getattr(user, "factor_ids", None)
    return known if known is not None else Authenticator.objects.filter(user_id=user.pk).values_list("pk", flat=True)


def accept(request, authenticator):
    """Whoever just proved a new second step has taken it; the session gets a new name, as at every sign-in."""
    before = request.session.session_key
    record_authentication(
        request, request.user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True
    )
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def give_totp(user, secret=None):
    """Enrol an authenticator app for `user` without their doing, for demonstrations and tests; returns its row."""
    sealed = seal(secret or generate_totp_secret(), label=LABEL, row=row_of(user.pk))
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": sealed})


def totp_secret(user):
    """The open secret of a person's authenticator app, or None."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return unseal(found.data["secret"], label=LABEL, row=row_of(user.pk)) if found else None
