"""Hours of children, as a keeper writes them."""

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.models import Rhythm


class RhythmForm(CalmForm, forms.ModelForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"), choices=list(WEEKDAYS.items()), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Rhythm
        fields = [
            "kind", "name", "weekdays", "starts", "ends", "first_day", "last_day", "from_years", "to_years", "avoid",
        ]  # fmt: skip
        help_texts = {"avoid": _("Otherwise times are offered with a warning.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("starts", "ends"):
            self.fields[name].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            self.fields[name].error_messages["invalid"] = _("This is not a time of day. Write it like 08:30.")
