"""Keys that make sending a form twice one act: signed for whoever opened the form and what it is about."""

import uuid

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

SALT = "services.key"
LASTS = 24 * 60 * 60  # seconds


def new_key(user, owner=None):
    """A fresh idempotency key, signed for this person and for `owner`, a row; None where the form is about nothing yet."""
    return signing.dumps([str(uuid.uuid4()), user.pk, owner and owner.pk], salt=SALT)


def read_key(signed, user, owner=None):
    """The UUID of a key made by `new_key` for the same person and owner within a day. Raises signing.BadSignature."""
    key, user_id, owner_id = signing.loads(signed, salt=SALT, max_age=LASTS)
    if (user_id, owner_id) != (user.pk, owner and owner.pk):
        raise signing.BadSignature
    return uuid.UUID(key)


class KeyedForm(forms.Form):
    """A form that carries a key: `form_key`, a UUID, once it is valid. A key that is not good is exchanged for a fresh one.

    Set `user`, and `owner` where there is one, before calling `hand_out_key`.
    """

    key = forms.CharField(widget=forms.HiddenInput, required=False)  # without one, a fresh one is handed out
    user = owner = form_key = None

    def hand_out_key(self):
        self.fields["key"].initial = new_key(self.user, self.owner)

    def clean_key(self):
        try:
            self.form_key = read_key(self.cleaned_data["key"], self.user, self.owner)
        except signing.BadSignature:
            self.data = self.data.copy()
            self.data["key"] = new_key(self.user, self.owner)
            self.add_error(None, _("This page was open too long. Please check it and send it again."))
        return self.cleaned_data.get("key")
