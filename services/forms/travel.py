"""How far people come to a house, as a keeper writes it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.models import Travel


class TravelForm(CalmForm, forms.ModelForm):
    """Neighbouring districts one a line, and how many minutes one way takes from where."""

    neighbours = forms.CharField(
        label=_("Neighbouring districts"),
        help_text=_("One a line, written as agencies write their district."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    class Meta:
        model = Travel
        fields = ["neighbours", "same_district", "neighbouring", "same_province", "farther"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["neighbours"] = "\n".join(self.instance.neighbours)

    def clean_neighbours(self):
        names = (" ".join(line.split()) for line in self.cleaned_data["neighbours"].splitlines())
        kept = list(dict.fromkeys(name for name in names if name))
        if any(len(name) > 100 for name in kept):
            raise forms.ValidationError(_("The name of a district has at most 100 characters."))
        return kept
