"""Forms of the calendars: which day to look at, and a file of outside appointments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.forms import CalendarField
from services.forms.base import CalmForm


class DayForm(CalmForm, forms.Form):
    """Which day of a house, between `first` and `last`; the first unless said."""

    on = forms.DateField(label=_("Day"), required=False)

    def __init__(self, *args, first, last, **kwargs):
        super().__init__(*args, **kwargs)
        self.first, self.last = first, last
        self.fields["on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on and not self.first <= on <= self.last:
            raise forms.ValidationError(_("Hours are known from today on, for the next four months."))
        return on

    def day(self):
        """What was asked for if it can be shown, else the first day."""
        return (self.cleaned_data.get("on") if self.is_valid() else None) or self.first


class OutsideForm(CalmForm, forms.Form):
    """A calendar file, read for its busy times."""

    file = CalendarField(
        label=_("Calendar file (.ics)"),
        help_text=_("From Google, Outlook or Apple, at most 5 MB. Titles, places and people in it are not kept."),
    )


class FeedForm(CalmForm, forms.Form):
    """A press of a button: everything else follows from who presses it."""


class SwitchForm(forms.Form):
    """Whether the people of an agency may have feeds."""

    allowed = forms.BooleanField(required=False)
