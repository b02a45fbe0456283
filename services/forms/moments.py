"""A day and an hour on a place's own clock, typed in two fields."""

from datetime import datetime

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm


class MomentForm(CalmForm, forms.Form):
    """A mixin: `<name>_on` and `<name>_at` of the form become one aware moment. `now` fills in what is usual."""

    moment = ""

    def __init__(self, *args, zone, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = zone
        day, hour = self.fields[f"{self.moment}_on"], self.fields[f"{self.moment}_at"]
        hour.widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        hour.error_messages["invalid"] = _("This is not a time of day. Write it like 08:30.")
        here = localtime(now, zone)
        day.initial, hour.initial = here.date(), here.time().replace(second=0, microsecond=0)

    def when(self):
        """The moment, aware."""
        data = self.cleaned_data
        return datetime.combine(data[f"{self.moment}_on"], data[f"{self.moment}_at"], self.zone)
