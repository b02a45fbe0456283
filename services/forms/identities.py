"""Forms about who the child is. None is ever filled in with what is recorded: reading it is another act, with a reason.

What is typed comes back when a form is refused, as everywhere, and goes nowhere else.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.base import LONG, SHORT, CalmForm, textarea
from services.models import Asking, CaseReference, Fact
from services.models.identities import Channel, Reason
from services.rules.identities import Reference, tidy_nik

LINE = 120  # characters


class Unremembered:
    """A mixin: browsers neither suggest nor keep what is typed here."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
            if isinstance(field, forms.CharField):
                field.widget.attrs["spellcheck"] = "false"  # some browsers' spelling aid sends what is typed elsewhere


class IdentityForm(Unremembered, CalmForm, forms.Form):
    """Everything is optional; an empty field leaves what is recorded as it is."""

    called_name = forms.CharField(label=_("Name the child wishes to be called"), max_length=LINE, required=False)
    birth_date = forms.DateField(label=_("Birth date"), required=False)
    nik = forms.CharField(label=_("NIK"), max_length=30, required=False, help_text=_("16 digits."))
    contact_who = forms.CharField(
        label=_("Safe contact: who"),
        max_length=LINE,
        required=False,
        help_text=_("Somebody whom the child trusts and who is not suspected."),
    )
    contact_channel = forms.ChoiceField(
        label=_("Safe contact: how"), choices=[("", _("Choose a way")), *Channel.choices], required=False
    )
    contact_number = forms.CharField(
        label=_("Safe contact: number"), max_length=LINE, required=False, help_text=_("Or where to meet.")
    )
    contact_when = forms.CharField(
        label=_("Safe contact: when"),
        max_length=LINE,
        required=False,
        help_text=_("At which hours nobody else listens."),
    )
    contact_confirmed_on = forms.DateField(
        label=_("Safe contact: confirmed on"),
        required=False,
        help_text=_("The day on which somebody last made sure that this contact is safe."),
    )
    separation = forms.CharField(
        label=_("Who must not meet"),
        max_length=LONG,
        required=False,
        widget=textarea(),
        help_text=_("Who is to be kept apart, and how. Nothing of what happened."),
    )
    taken_away = forms.MultipleChoiceField(
        label=_("Take away what is recorded"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, recorded=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["nik"].widget.attrs["inputmode"] = "numeric"
        self.fields["taken_away"].choices = [(fact.value, fact.label) for fact in recorded]
        if not recorded:
            del self.fields["taken_away"]

    def clean_nik(self):
        return tidy_nik(self.cleaned_data["nik"])

    def clean(self):
        if not self.errors and not self.facts() and not self.cleaned_data.get("taken_away"):
            self.add_error(None, _("Nothing was filled in. What is recorded stays as it is."))

    def facts(self):
        """`{column: text}` of what was typed."""
        typed = {name: value for name, value in self.cleaned_data.items() if value and name != "taken_away"}
        return {name: value if isinstance(value, str) else value.isoformat() for name, value in typed.items()}


class ReferenceForm(Unremembered, CalmForm, forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=CaseReference.Kind.choices, widget=forms.RadioSelect)
    number = forms.CharField(label=_("Number"), max_length=LINE)
    asking = forms.ModelChoiceField(
        label=_("Which order it is"),
        queryset=Asking.objects.none(),
        required=False,
        empty_label=_("another decision"),
        help_text=_("Only for a court decision."),
    )

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        orders = Asking.objects.filter(case=case, kind="court_ordered").select_related("court")
        self.fields["asking"].queryset = orders
        self.fields["asking"].label_from_instance = lambda order: f"{order.court}, {order.ordered_on:%d.%m.%Y}"
        if not orders:
            del self.fields["asking"]

    def clean(self):
        if self.cleaned_data.get("asking") and self.cleaned_data.get("kind") != CaseReference.Kind.COURT_DECISION:
            self.add_error("kind", _("Only a court decision belongs to an interview that a court ordered."))

    def reference(self):
        """The number as the action takes it."""
        order = self.cleaned_data.get("asking")
        return Reference(self.cleaned_data["kind"], self.cleaned_data["number"], order.pk if order else None)


class RevealForm(CalmForm, forms.Form):
    """Which facts, and why. Nothing is chosen beforehand."""

    facts = forms.MultipleChoiceField(
        label=_("What do you need to see?"), widget=forms.CheckboxSelectMultiple, choices=Fact.choices
    )
    reason = forms.ChoiceField(label=_("Why?"), choices=Reason.choices, widget=forms.RadioSelect)

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facts"].choices = [(fact.value, fact.label) for fact in offered]


class DirectionsForm(Unremembered, CalmForm, forms.Form):
    text = forms.CharField(
        label=_("How to get there"),
        max_length=SHORT * 2,
        widget=textarea(4),
        help_text=_("Street, entrance, whom to ask for. Only those expected at an interview here will see it."),
    )
