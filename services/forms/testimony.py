"""Forms of the ledger: what came of each topic, and the wish to ask again."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.models import Topic
from cms.places import last_today
from services.forms.base import LONG, CalmForm, textarea
from services.models import CorrectionReason, Kind, Outcome
from services.rules.testimony import AgainPlan, Entry


class OutcomeForm(CalmForm, forms.Form):
    """One choice per topic, and once for all of them where the recording is kept."""

    custodian = forms.ModelChoiceField(
        label=_("Who keeps the recording"), queryset=Agency.objects.order_by("name"), required=False
    )
    reference = forms.CharField(
        label=_("Sealed reference"),
        max_length=60,
        required=False,
        help_text=_("The number on the seal or in the evidence book. No name, no file path."),
    )
    sha256 = forms.CharField(
        label=_("SHA-256 of the recording"),
        max_length=200,
        required=False,
        help_text=_("64 characters, made by the recording device or the evidence officer."),
    )

    def __init__(self, *args, topics, custodians, **kwargs):
        super().__init__(*args, **kwargs)
        self.topics = topics
        self.fields["custodian"].queryset = custodians
        for topic in topics:
            self.fields[f"outcome_{topic.pk}"] = forms.ChoiceField(
                label=str(topic), choices=Outcome.choices, widget=forms.RadioSelect
            )

    def topic_fields(self):
        return [self[f"outcome_{topic.pk}"] for topic in self.topics]

    def clean_sha256(self):
        return self.cleaned_data["sha256"].strip().lower()

    def entries(self):
        """The rows to write, as rules.testimony.Entry."""
        data = self.cleaned_data
        keeper = data["custodian"].pk if data["custodian"] else None
        return [
            Entry(topic.pk, data[f"outcome_{topic.pk}"], keeper, data["reference"], data["sha256"])
            for topic in self.topics
        ]


class CorrectionForm(CalmForm, forms.Form):
    """What is right about one topic, and why what stands there is not. The sealed reference is never filled in."""

    reason = forms.ChoiceField(label=_("Why"), choices=CorrectionReason.choices, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(label=_("What came of it"), choices=Outcome.choices, widget=forms.RadioSelect)
    custodian = OutcomeForm.base_fields["custodian"]
    reference = OutcomeForm.base_fields["reference"]
    sha256 = OutcomeForm.base_fields["sha256"]

    def __init__(self, *args, entry, custodians, **kwargs):
        super().__init__(*args, **kwargs)
        self.entry = entry
        self.fields["custodian"].queryset = custodians
        self.fields["custodian"].initial = entry.custodian_id
        self.fields["outcome"].initial = entry.outcome

    def clean_sha256(self):
        return self.cleaned_data["sha256"].strip().lower()

    def entry_made(self):
        """What is right, as rules.testimony.Entry."""
        data = self.cleaned_data
        keeper = data["custodian"].pk if data["custodian"] else None
        return Entry(self.entry.topic_id, data["outcome"], keeper, data["reference"], data["sha256"])


class AgainForm(CalmForm, forms.Form):
    """Why the child should be asked again, about what, and on whose order."""

    topics = forms.ModelMultipleChoiceField(
        label=_("Which topics"),
        queryset=Topic.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one topic.")},
    )
    kind = forms.ChoiceField(
        label=_("What kind of interview"),
        choices=[choice for choice in Kind.choices if choice[0] != Kind.JOINT],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why the existing record is not enough"),
        max_length=LONG,
        error_messages={"required": _("Say in a sentence why another interview is needed.")},
        widget=textarea(),
        help_text=_("Why another interview is needed. Never what happened to the child."),
    )
    court = forms.ModelChoiceField(
        label=_("Court"), queryset=Agency.objects.filter(kind=Agency.Kind.COURT).order_by("name"), required=False
    )
    ordered_on = forms.DateField(label=_("Date of the order"), required=False)
    order_number = forms.CharField(
        label=_("Number of the order"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Kept sealed, as a reference of the case."),
    )
    agency = forms.ModelChoiceField(label=_("For which agency"), queryset=Agency.objects.none(), empty_label=None)

    def __init__(self, *args, agencies, told, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        topics = self.fields["topics"]
        topics.queryset = Topic.objects.offered()
        topics.label_from_instance = lambda topic: (
            _("%(topic)s (told and recorded)") % {"topic": topic} if topic.pk in told else str(topic)
        )
        self.fields["agency"].queryset = agencies
        if len(agencies) == 1:
            self.fields["agency"].initial = agencies[0]
            self.fields["agency"].widget = forms.HiddenInput()

    def clean_ordered_on(self):
        day = self.cleaned_data["ordered_on"]
        if day and day > last_today(self.now):
            raise ValidationError(_("This day is still to come."))
        return day

    def plan(self):
        """The wish as a rules.testimony.AgainPlan."""
        data = self.cleaned_data
        return AgainPlan(
            kind=data["kind"],
            topics=frozenset(topic.pk for topic in data["topics"]),
            reason=data["reason"],
            court=data["court"].pk if data["court"] else None,
            ordered_on=data["ordered_on"],
            order_number=data["order_number"],
        )
