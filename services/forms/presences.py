"""On which days the suspect's side has business at a venue. Nobody is named, and nothing is told of it."""

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.models import Venue


class PresenceForm(CalmForm, forms.Form):
    venue = forms.ModelChoiceField(label=_("Venue"), queryset=Venue.objects.none(), empty_label=_("Choose a venue"))
    first = forms.DateField(label=_("From"))
    last = forms.DateField(label=_("Until"), required=False, help_text=_("Empty: one day only."))

    def __init__(self, *args, case, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["venue"].queryset = Venue.objects.filter(province=case.province)

    def facts(self):
        """What the action wants: the venue, its days, and today there."""
        data = self.cleaned_data
        today = localdate(self.now, data["venue"].zone)
        return {"venue": data["venue"], "first": data["first"], "last": data["last"] or data["first"], "today": today}
