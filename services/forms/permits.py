"""What the court was asked and answered."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from cms.places import last_today
from services.forms.base import CalmForm
from services.models import CourtPermit


class CourtPermitForm(CalmForm, forms.ModelForm):
    class Meta:
        model = CourtPermit
        fields = ["step", "dated"]
        widgets = {"step": forms.RadioSelect}

    def __init__(self, *args, case, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["dated"].initial = localdate(now, case.zone)

    def clean_dated(self):
        if self.cleaned_data["dated"] > last_today(self.now):
            raise ValidationError(_("This day is still to come."))
        return self.cleaned_data["dated"]
