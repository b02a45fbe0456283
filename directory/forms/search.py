"""The public search form. Names and values are short neutral codes: they end up in addresses."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cms.places import PROVINCES
from directory.models import ServiceKind


def place_choices():
    """`JB` for `ID-JB`, by name."""
    return sorted(
        ((code.removeprefix("ID-"), name) for code, (name, _zone) in PROVINCES.items()), key=lambda two: two[1]
    )


def kind_choices():
    return [(code, capfirst(word)) for code, word in ServiceKind.choices]


class SearchForm(forms.Form):
    """`?n=c4&p=JB`: which help, and where."""

    n = forms.ChoiceField(label=_("What do you need?"), required=False)
    p = forms.ChoiceField(label=_("Where?"), required=False)

    def __init__(self, data):
        super().__init__(data, auto_id="find-%s")
        self.fields["n"].choices = [("", _("Anything that helps")), *kind_choices()]
        self.fields["p"].choices = [("", _("All of Indonesia")), *place_choices()]

    @property
    def kind(self):
        """The kind asked for, or "" for any; what was not understood counts as not asked."""
        return self.cleaned_data.get("n", "") if self.errors is not None else ""

    @property
    def province(self):
        code = self.cleaned_data.get("p", "") if self.errors is not None else ""
        return f"ID-{code}" if code else ""
