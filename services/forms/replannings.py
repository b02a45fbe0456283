"""Who or what fell out, and for how long; and which proposals are accepted."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.models import Resource


class ReplanningForm(CalmForm, forms.Form):
    """A resource of one's agencies, and whole days on its own clock."""

    resource = forms.ModelChoiceField(label=_("Who or what is away"), queryset=Resource.objects.none())
    starts_on = forms.DateField(label=_("First day"))
    ends_on = forms.DateField(label=_("Last day"))

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        kept = Resource.objects.filter(agency__in=agencies).exclude(kind=Resource.Kind.CHILD)
        self.fields["resource"].queryset = kept.order_by("kind", "name")

    def span(self):
        """(start, end), aware: from the first day's midnight to the one after the last day."""
        zone = ZoneInfo(self.cleaned_data["resource"].zone)
        start = datetime.combine(self.cleaned_data["starts_on"], time.min, zone)
        return start, datetime.combine(self.cleaned_data["ends_on"], time.max, zone)


class AcceptForm(CalmForm, forms.Form):
    """The proposals that were ticked, of those one may accept."""

    proposals = forms.ModelMultipleChoiceField(
        label=_("Interviews"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, proposals, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["proposals"].queryset = proposals
