"""Forms of whoever keeps rooms and hours."""

import re
from datetime import datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import User
from services.forms.base import CalmForm
from services.models import Qualification, Resource, Venue
from services.models.cases import LANGUAGES
from services.rules.hours import Block

BLOCK = re.compile(r"^\s*(\d{1,2})(?:[.:](\d{2}))?\s*[-\u2013\u2014]\s*(\d{1,2})(?:[.:](\d{2}))?\s*$")
AROUND = ["before_minutes", "after_minutes"]
FIELDS = {
    Resource.Kind.PERSON: ["name", "user", "agency", "sex", "languages", "zone", *AROUND],
    Resource.Kind.ROOM: ["name", "venue", "child_friendly", "features", *AROUND],
    Resource.Kind.OBSERVATION_ROOM: ["name", "venue", *AROUND],
    Resource.Kind.KIT: ["name", "agency", "venue", *AROUND],
}


class ResourceForm(CalmForm, forms.ModelForm):
    """A person, room or kit of an agency that one keeps. A room's agency and clock are its venue's."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )

    features = forms.MultipleChoiceField(
        label=_("Equipment"), choices=Resource.Feature.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Resource
        fields = [
            "name", "user", "agency", "venue", "sex", "languages", "child_friendly", "features",
            "before_minutes", "after_minutes", "zone", "active",
        ]  # fmt: skip
        help_texts = {"after_minutes": _("This time is booked with every interview and session, and not shown.")}
        labels = {"user": _("Account, if this person signs in"), "active": _("In use")}

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        kept = [*FIELDS[Resource.Kind(self.instance.kind)], *(["active"] if self.instance.pk else [])]
        for name in set(self.fields) - set(kept):
            del self.fields[name]
        self._offer("agency", agencies)
        self._offer("venue", Venue.objects.filter(agency__in=agencies))
        self._offer("user", User.objects.filter(memberships__agency__in=agencies, is_active=True).distinct())
        if "venue" in self.fields and self.instance.kind != Resource.Kind.KIT:
            self.fields["venue"].required = True
        if "agency" in self.fields:
            self.fields["agency"].empty_label = None

    def _offer(self, name, queryset):
        if name in self.fields:
            self.fields[name].queryset = queryset

    def resource(self):
        """The unsaved resource, with what follows from its venue."""
        resource = self.save(commit=False)
        if resource.venue and resource.kind != Resource.Kind.PERSON:
            resource.agency, resource.zone = resource.venue.agency, str(resource.venue.zone)
        return resource


class VenueForm(CalmForm, forms.ModelForm):
    class Meta:
        model = Venue
        fields = ["code_name", "agency", "province"]
        help_texts = {"code_name": _("A name only the team understands. Never an address.")}

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies
        self.fields["agency"].empty_label = None


class HoursForm(CalmForm, forms.Form):
    """A week, one line a day: `08.00-12.00, 13.00-16.00`. An empty line is a day off."""

    def __init__(self, *args, blocks=(), **kwargs):
        super().__init__(*args, **kwargs)
        for day in range(7):
            hours = [f"{block.starts:%H.%M}-{block.ends:%H.%M}" for block in blocks if block.weekday == day]
            self.fields[f"day_{day}"] = forms.CharField(
                label=WEEKDAYS[day], required=False, max_length=200, initial=", ".join(hours)
            )

    def clean(self):
        data = super().clean()
        self.blocks = []
        for day in range(7):
            try:
                self.blocks += read_hours(day, data.get(f"day_{day}", ""))
            except ValueError:
                self.add_error(f"day_{day}", _("Write hours like this: 08.00-12.00, 13.00-16.00"))
        return data


class LeaveForm(CalmForm, forms.Form):
    """From a moment until another, on the resource's own clock. No reason is asked."""

    starts_on = forms.DateField(label=_("First day"))
    starts_at = forms.TimeField(label=_("from"), initial=time(0, 0))
    ends_on = forms.DateField(label=_("Last day"))
    ends = forms.TimeField(label=_("until"), initial=time(23, 59))

    def __init__(self, *args, zone, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = zone
        for name in ("starts_at", "ends"):
            self.fields[name].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            self.fields[name].error_messages["invalid"] = _("This is not a time of day. Write it like 08:30.")

    def span(self):
        """(start, end), aware."""
        data = self.cleaned_data
        return (
            datetime.combine(data["starts_on"], data["starts_at"], self.zone),
            datetime.combine(data["ends_on"], data["ends"], self.zone),
        )


class QualificationForm(CalmForm, forms.ModelForm):
    class Meta:
        model = Qualification
        fields = ["kind", "access_need", "expires_on"]
        help_texts = {"access_need": _("Only for interviews with children with a disability; empty means all.")}

    def clean(self):
        data = super().clean()
        if data.get("access_need") and data.get("kind") != Qualification.Kind.DISABILITY:
            raise ValidationError({"access_need": _("Leave this empty for this training.")})
        return data


def read_hours(weekday, text):
    """The blocks of one day from what was typed, `08.00-12.00, 13-16`. Raises ValueError."""
    blocks = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;]", text))):
        found = BLOCK.match(part)
        if not found:
            raise ValueError(part)
        first, first_minute, last, last_minute = (int(number or 0) for number in found.groups())
        blocks.append(Block(weekday, time(first, first_minute), time(last, last_minute)))
    return blocks
