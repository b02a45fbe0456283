"""Which provider answers for a house."""

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import ProviderPage
from services.forms.base import CalmForm


class TieForm(CalmForm, forms.Form):
    provider = forms.ModelChoiceField(
        ProviderPage.objects.none(),
        label=_("Provider that answers for this house"),
        required=False,
        empty_label=_("none: nobody can be booked here"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = ProviderPage.objects.listed().order_by("title")
