"""The form of last resort: a code, a reason, and no way to use it by mistake."""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.base import SHORT, textarea
from services.forms.cases import CodeForm


class EmergencyForm(CodeForm):
    reason = forms.CharField(
        label=_("Why it cannot wait"),
        max_length=SHORT,
        widget=textarea(),
        error_messages={"required": _("Say in a sentence why a child is in danger now.")},
        help_text=_("Why you must see this case now. Never what happened to the child. The coordinator reads it."),
    )
