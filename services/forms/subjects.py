"""Forms of a request to see what is held: who asks since when, and how it ended."""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.forms.moments import MomentForm
from services.models import SubjectRequest


class SubjectForm(MomentForm):
    moment = "received"
    asker = forms.ChoiceField(label=_("Who asks"), choices=SubjectRequest.Asker.choices, widget=forms.RadioSelect)
    asker_is_suspect = forms.BooleanField(label=_("This person is suspected"), required=False)
    received_on = forms.DateField(label=_("Received on"))
    received_at = forms.TimeField(label=_("at"))


class EndingForm(CalmForm, forms.Form):
    ending = forms.ChoiceField(
        label=_("How did it end"), choices=SubjectRequest.Ending.choices, widget=forms.RadioSelect
    )
