"""Forms of keeping: why a case is closed or opened again, and why its erasure waits."""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.models import Closing, LegalHold


class ClosingForm(CalmForm, forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=Closing.Reason.choices, widget=forms.RadioSelect)


class ReopeningForm(CalmForm, forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=Closing.Again.choices, widget=forms.RadioSelect)


class HoldForm(CalmForm, forms.Form):
    reason = forms.ChoiceField(
        label=_("Why it must be kept"), choices=LegalHold.Reason.choices, widget=forms.RadioSelect
    )
