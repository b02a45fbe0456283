"""Forms of the breach register: the first report, and every entry after it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from services.forms.base import LONG, textarea
from services.forms.moments import MomentForm
from services.models import Breach, BreachEntry, DataKind
from services.rules.breaches import EntryPlan

NO_NAMES = _("What happened to the data. No child's name, no case code, no address.")


class ReportForm(MomentForm):
    """Short on purpose: who notices something should report it at once and find out more later."""

    moment = "noticed"
    kind = forms.ChoiceField(label=_("What happened"), choices=Breach.Kind.choices, widget=forms.RadioSelect)
    noticed_on = forms.DateField(label=_("Noticed on"))
    noticed_at = forms.TimeField(label=_("at"))
    noticed = forms.ChoiceField(label=_("How it was noticed"), choices=Breach.Noticed.choices)
    summary = forms.CharField(label=_("In a few words"), max_length=LONG, widget=textarea(), help_text=NO_NAMES)
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Agency.objects.none(), empty_label=None)

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies
        if len(agencies) == 1:
            self.fields["agency"].initial = agencies[0]
            self.fields["agency"].widget = forms.HiddenInput()

    def facts(self):
        """What `report_breach` wants."""
        data = self.cleaned_data
        return {name: data[name] for name in ("agency", "kind", "noticed", "summary")} | {"noticed_at": self.when()}


class EntryForm(MomentForm):
    """One entry. What was found out may count people and kinds of data; who was told is asked for when somebody was."""

    moment = "happened"
    step = forms.ChoiceField(label=_("What this is"), choices=BreachEntry.Step.choices, widget=forms.RadioSelect)
    happened_on = forms.DateField(label=_("On"))
    happened_at = forms.TimeField(label=_("at"))
    words = forms.CharField(label=_("In a few words"), max_length=LONG, widget=textarea(), help_text=NO_NAMES)
    people = forms.IntegerField(label=_("How many people"), min_value=0, max_value=10_000_000, required=False)
    data_kinds = forms.MultipleChoiceField(
        label=_("Which data"), choices=DataKind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    whom = forms.ChoiceField(label=_("Who was told"), choices=[("", "—"), *BreachEntry.Whom.choices], required=False)
    channel = forms.ChoiceField(
        label=_("How they were told"),
        choices=[("", "—"), *BreachEntry.Channel.choices],
        required=False,
        help_text=_("A child is never written to: a letter may be read by somebody who endangers the child."),
    )
    contact_confirmed_on = forms.DateField(
        label=_("Safe contact confirmed on"),
        required=False,
        help_text=_("Since the breach was noticed: the contact known before may be part of what leaked."),
    )

    def plan(self):
        """The entry as a rules.breaches.EntryPlan."""
        data = self.cleaned_data
        return EntryPlan(
            step=data["step"],
            happened_at=self.when(),
            words=data["words"],
            data_kinds=tuple(data["data_kinds"]),
            people=data["people"],
            whom=data["whom"],
            channel=data["channel"],
            confirmed_on=data["contact_confirmed_on"],
        )
