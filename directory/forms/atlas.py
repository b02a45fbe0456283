"""Which kind to draw on the map, and which province to take along. Short neutral codes, as they end up in addresses."""

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.forms.search import kind_choices, place_choices


class CodeForm(forms.Form):
    """One choice; what was not understood counts as not asked."""

    name = ""

    @property
    def code(self):
        return self.cleaned_data.get(self.name, "") if self.errors is not None else ""


class MapForm(CodeForm):
    """`?n=c4`: which kind of help."""

    name = "n"
    n = forms.ChoiceField(label=_("Which help?"), required=False)

    def __init__(self, data):
        super().__init__(data, auto_id="map-%s")
        self.fields["n"].choices = [("", _("Every kind of help")), *kind_choices()]


class AreaForm(CodeForm):
    """`?p=JB`: which province."""

    name = "p"
    p = forms.ChoiceField(label=_("Which province?"), required=False)

    def __init__(self, data):
        super().__init__(data, auto_id="area-%s")
        self.fields["p"].choices = [("", _("Choose a province")), *place_choices()]

    @property
    def province(self):
        return f"ID-{self.code}" if self.code else ""
