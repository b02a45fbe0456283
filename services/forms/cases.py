"""Forms of the case page: the child's facts, the team, what is recorded, what agencies need to know."""

from itertools import groupby

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency, Membership, Role
from cms.models import Topic
from cms.places import PROVINCE_CHOICES, first_today, last_today
from services.forms.base import CalmForm
from services.forms.keys import KeyedForm
from services.models import (
    AccessNeed,
    Case,
    CaseMember,
    ChildView,
    Consent,
    LegalBasis,
    Preference,
    PriorTelling,
    QuestionNeed,
    Readiness,
    SafetyFlag,
)
from services.rules import codes


class ChildForm(CalmForm, forms.ModelForm):
    """What the booking needs to know of the child. Nothing here can say who the child is."""

    years = forms.IntegerField(label=_("Age: years"), min_value=0, max_value=17)
    months = forms.IntegerField(label=_("and months"), min_value=0, max_value=11, required=False, initial=0)
    access_needs = forms.MultipleChoiceField(
        label=_("The child needs"), choices=AccessNeed.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    preferences = forms.MultipleChoiceField(
        label=_("The child would like"), choices=Preference.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    safety_flags = forms.MultipleChoiceField(
        label=_("For safety"), choices=SafetyFlag.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Case
        fields = ["reported_on", "province", "language", "interviewer_sex", "companion_sex",
                  "access_needs", "preferences", "safety_flags"]  # fmt: skip
        labels = {
            "reported_on": _("Day of the first report"),
            "interviewer_sex": _("Interviewer: the child prefers"),
            "companion_sex": _("Companion: the child prefers"),
        }
        help_texts = {"language": _("If the interviewer does not speak it, an interpreter will be needed.")}

    def __init__(self, *args, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        if self.instance.pk:
            self.initial.update(years=self.instance.age_months // 12, months=self.instance.age_months % 12)

    def clean_reported_on(self):
        day = self.cleaned_data["reported_on"]
        if day > last_today(self.now):
            raise ValidationError(_("This day is still to come. On which day was it first reported?"))
        if (last_today(self.now) - day).days > 18 * 366:
            raise ValidationError(_("This day is too long ago. Please check the year."))
        return day

    def facts(self):
        """The Case fields as plain values, for the action."""
        data = dict(self.cleaned_data)
        data["age_months"] = data.pop("years") * 12 + (data.pop("months") or 0)
        data.pop("agency", None)
        return data


class NewCaseForm(ChildForm, KeyedForm):
    agency = forms.ModelChoiceField(label=_("Your agency"), queryset=Agency.objects.none(), empty_label=None)

    field_order = ["agency", "reported_on", "years", "months", "province", "language"]

    def __init__(self, *args, user, now, **kwargs):
        super().__init__(*args, now=now, **kwargs)
        mine = Membership.objects.current(now).filter(user=user, role=Role.CASE_MANAGER).values("agency_id")
        self.fields["agency"].queryset = agencies = Agency.objects.filter(pk__in=mine)
        if len(agencies) == 1:
            self.fields["agency"].initial = agencies[0]
            self.fields["agency"].widget = forms.HiddenInput()
        self.fields["province"].initial = agencies[0].province if agencies else None
        self.user = user
        self.hand_out_key()

    def facts(self):
        """As of every child; the form's key is not one of them."""
        return {name: value for name, value in super().facts().items() if name != "key"}


class CodeForm(CalmForm, forms.Form):
    """Go to a case whose code was told on the telephone."""

    code = forms.CharField(label=_("Case code"), max_length=20)

    def clean_code(self):
        code = codes.tidy(self.cleaned_data["code"])
        if not codes.is_code(code):
            raise ValidationError(_("This code has a typing error. A code looks like K-7M4Q-2XP9."))
        return code


class MemberChoice(forms.ModelChoiceField):
    def label_from_instance(self, membership):
        return f"{membership.user.name}, {membership.agency.name}"


class MemberForm(CalmForm, forms.Form):
    """Put a colleague on the case, in the role they hold."""

    membership = MemberChoice(label=_("Who"), queryset=Membership.objects.none())
    is_suspect_parent = forms.BooleanField(label=_("This person is the parent who is suspected"), required=False)

    def __init__(self, *args, province, now, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["membership"]
        field.queryset = people_of(province, now)
        field.choices = [("", _("Choose somebody")), *grouped_by_role(field.queryset, field)]


def people_of(province, now):
    """The memberships of a province that may have a place on a case, by role and name."""
    return (
        Membership.objects.current(now)
        .filter(agency__province=province)
        .exclude(role=Role.KEEPER)
        .select_related("user", "agency")
        .order_by("role", "user__first_name")
    )


def grouped_by_role(memberships, field):
    """Choices grouped by role, so that one looks for "companion" first and for a name second."""
    labels = dict(Role.choices)
    for role, members in groupby(memberships, key=lambda membership: membership.role):
        yield str(labels[role]).capitalize(), [(m.pk, field.label_from_instance(m)) for m in members]


class ProvinceForm(forms.Form):
    province = forms.ChoiceField(label=_("Province"), choices=PROVINCE_CHOICES)


class LegalBasisForm(CalmForm, forms.ModelForm):
    class Meta:
        model = LegalBasis
        fields = ["ground"]
        widgets = {"ground": forms.RadioSelect}


class ConsentForm(CalmForm, forms.ModelForm):
    class Meta:
        model = Consent
        fields = ["giver", "giver_is_suspect", "answer"]
        widgets = {"giver": forms.RadioSelect, "answer": forms.RadioSelect}


class ChildViewForm(CalmForm, forms.ModelForm):
    class Meta:
        model = ChildView
        fields = ["means", "answer"]
        widgets = {"means": forms.RadioSelect, "answer": forms.RadioSelect}


class ReadinessForm(CalmForm, forms.ModelForm):
    """Which investigator and which companion of the team agreed, and when."""

    class Meta:
        model = Readiness
        fields = ["investigator", "companion", "agreed_on"]

    def __init__(self, *args, case, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        members = CaseMember.objects.current(now).filter(case=case)
        for name in ("investigator", "companion"):
            field = self.fields[name]
            field.queryset = field.queryset.filter(pk__in=members.filter(role=name).values("user_id"))
            field.empty_label = None
        self.fields["agreed_on"].initial = localdate(now, case.zone)

    def clean_agreed_on(self):
        return _not_in_the_future(self.cleaned_data["agreed_on"], self.now)


class PriorTellingForm(CalmForm, forms.ModelForm, KeyedForm):
    class Meta:
        model = PriorTelling
        fields = ["listener", "told_on", "recorded"]

    def __init__(self, *args, case, user, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.owner, self.user, self.now = case, user, now
        self.hand_out_key()

    def clean_told_on(self):
        return _not_in_the_future(self.cleaned_data["told_on"], self.now)

    def save(self, *, commit=True):
        self.instance.key = self.form_key
        return super().save(commit=commit)


class NeedForm(CalmForm, forms.ModelForm):
    """One topic an agency still needs; the agency is the one the person works for on this case."""

    class Meta:
        model = QuestionNeed
        fields = ["agency", "topic", "purpose", "needed_by"]

    def __init__(self, *args, agencies, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["topic"].queryset = Topic.objects.offered()
        self.fields["agency"].queryset = agencies
        self.fields["agency"].empty_label = None

    def clean_needed_by(self):
        day = self.cleaned_data["needed_by"]
        if day < first_today(self.now):
            raise ValidationError(_("This day has passed. By when is it needed?"))
        return day


def _not_in_the_future(day, now):
    if day > last_today(now):
        raise ValidationError(_("This day is still to come."))
    return day
