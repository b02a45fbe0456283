"""What is typed at the second step, in plain words; and a limit on guessing that holds for a whole day."""

from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.forms import ManageUserSessionsForm
from allauth.usersessions.models import UserSession
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.audit.recording import record

DIGITS = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}


class Digits(forms.CharField):
    def __init__(self, **options):
        super().__init__(widget=forms.TextInput(attrs=DIGITS), max_length=32, **options)


class Guarded:
    """Thirty wrong codes a day, whatever the clock of allauth's five minutes says; a wrong one is recorded."""

    def clean_code(self):
        if not ratelimit.consume(
            context.request,
            app="allauth.mfa",
            action="second_step",
            config=app_settings.RATE_LIMITS,
            key=f"second-step-{self.user.pk}",
        ):
            raise get_adapter().validation_error("too_many_today")
        return super().clean_code()

    def _emit_authentication_failed(self, authenticator):
        record("user.refused", by=None, now=timezone.now(), about=self.user, step=authenticator.type)
        super()._emit_authentication_failed(authenticator)


class SecondStepForm(Guarded, AuthenticateForm):
    code = Digits(label=_("Six digits, or a recovery code"))


class AskAgainForm(Guarded, ReauthenticateForm):
    code = Digits(label=_("Six digits, or a recovery code"))


class EnrolAppForm(ActivateTOTPForm):
    """Between the picture and the first digits the new secret waits in the session, sealed like later in its row."""

    code = Digits(label=_("The six digits it shows"))

    def __init__(self, *args, user, **options):
        forms.Form.__init__(self, *args, **options)
        self.user, session, adapter = user, context.request.session, get_adapter()
        waiting = session.get(SECRET_SESSION_KEY)
        if self.is_bound and waiting:
            self.secret = adapter.decrypt(waiting)
        else:
            self.secret = generate_totp_secret()
            session[SECRET_SESSION_KEY] = adapter.encrypt(self.secret)


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label=_("What is this passkey on?"),
        help_text=_("For example: phone, office computer."),
        required=False,
        max_length=60,
    )


class EndSessionsForm(ManageUserSessionsForm):
    """End one session of one's own, or, without naming any, all but this one."""

    session = forms.IntegerField(required=False)

    def save(self, request):
        others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
        if chosen := self.cleaned_data["session"]:
            others = others.filter(pk=chosen)
        ended = list(others)
        get_sessions_adapter().end_sessions(ended)
        record("user.sessions_ended", by=request.user, now=timezone.now(), about=request.user, count=len(ended))
