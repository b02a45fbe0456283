"""Forms of asking to see a record: what for; and the answer of who keeps it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from services.forms.base import SHORT, CalmForm, textarea
from services.models import QuestionNeed, RecordAccess
from services.rules.accesses import GRANTED, MOST_DAYS, REFUSED


class AccessForm(CalmForm, forms.Form):
    """What the record is needed for, and for which of one's agencies."""

    purpose = forms.ChoiceField(label=_("What for"), choices=QuestionNeed.Purpose.choices, widget=forms.RadioSelect)
    agency = forms.ModelChoiceField(label=_("For which agency"), queryset=Agency.objects.none(), empty_label=None)

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies
        if len(agencies) == 1:
            self.fields["agency"].initial = agencies[0]
            self.fields["agency"].widget = forms.HiddenInput()


class AnswerForm(CalmForm, forms.Form):
    """Yes, until a day and in words on how; or no, for a reason of the list."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[(GRANTED, _("The record may be seen")), (REFUSED, _("No"))],
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("It ends by itself after this day; at most %(most)d days from today.") % {"most": MOST_DAYS},
    )
    instructions = forms.CharField(
        label=_("How to see it"),
        max_length=SHORT,
        required=False,
        widget=textarea(),
        help_text=_("With whom to make an appointment, and what to bring. Never a link, never what is in the record."),
    )
    refusal = forms.ChoiceField(
        label=_("If no: why"), choices=[("", _("Choose a reason")), *RecordAccess.Refusal.choices], required=False
    )

    def __init__(self, *args, usual_end, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = usual_end

    def grants(self):
        return self.cleaned_data["answer"] == GRANTED
