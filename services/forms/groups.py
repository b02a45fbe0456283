"""Plan a group: what kind, for how many children of which age, in which rhythm (GET); then the weeks that clash (POST)."""

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.forms.recovery import OFFER_SALT, RhythmForm, WeeksForm, weeks_said
from services.models import GroupKind
from services.models.cases import LANGUAGES
from services.rules.groups import LARGEST, OLDEST, SMALLEST, GroupPlan
from services.rules.recovery import SeriesPlan

JOIN_SALT = "services.group"
SHAPE = ("kind", "language", "capacity", "years_from", "years_to")


class GroupForm(RhythmForm):
    """What the children do there, how many and how old they are, who leads it."""

    kind = forms.ChoiceField(label=_("Kind of group"), choices=GroupKind.choices)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, initial="id")
    capacity = forms.IntegerField(label=_("Places"), min_value=SMALLEST, max_value=LARGEST, initial=6)
    years_from = forms.IntegerField(label=_("From age"), min_value=0, max_value=OLDEST, required=False)
    years_to = forms.IntegerField(label=_("To age"), min_value=0, max_value=OLDEST, required=False)
    leader = forms.TypedChoiceField(label=_("Leader"), coerce=int, required=False, empty_value=None)

    field_order = (*SHAPE, "sessions", "every_weeks", "minutes", "part", "since", "leader")

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["minutes"].initial = 90
        self.fields["leader"].choices = [("", _("anyone who is free")), *((c.resource, c.name) for c in people)]

    def clean(self):
        data = super().clean()
        low, high = data.get("years_from"), data.get("years_to")
        if (low is None) != (high is None) or (low is not None and high < low):
            self.add_error("years_to", _("Give both ages, the younger first, or leave both empty."))
        return data

    def shape(self):
        """What stays of a group when its hours are found."""
        return {name: self.cleaned_data[name] for name in SHAPE}

    def asked(self):
        """What `group_wish` wants."""
        return self.rhythm() | {"leader": self.cleaned_data["leader"]}


def signed_group(agency, series, wish, shape):
    """A group at one of the hours found, as the value of its button: only what the server offered can come back."""
    (place,) = series.places
    said = {
        "leader": place.therapist.resource,
        "room": place.room.resource,
        "minutes": wish.minutes,
        "every": wish.every_weeks,
        "weeks": weeks_said(series),
        "shape": shape,
    }
    return signing.dumps(said, salt=f"{OFFER_SALT}.group.{agency.pk}", compress=True)


def read_group(signed, agency):
    """What `signed_group` said. Raises signing.BadSignature, also after a day."""
    return signing.loads(signed, salt=f"{OFFER_SALT}.group.{agency.pk}", max_age=24 * 60 * 60)


class GroupOfferForm(WeeksForm):
    """A group's series that was offered, with a choice for every week that clashes."""

    def plan(self):
        """The GroupPlan that was chosen."""
        said = self.said
        starts = tuple(self.starts())
        series = SeriesPlan(said["leader"], said["room"], said["minutes"], said["every"], starts)
        return GroupPlan(series=series, **said["shape"])


def signed_joining(case, offer):
    """A group with the sessions that the child can attend, as the value of its button."""
    said = {"group": offer.group.pk, "sessions": [session.pk for session in offer.coming]}
    return signing.dumps(said, salt=f"{JOIN_SALT}.{case.pk}", compress=True)


class JoinForm(CalmForm, forms.Form):
    """One of the groups that were offered to this case, within a day."""

    offer = forms.CharField(error_messages={"required": _("Choose one of the groups below.")})

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.salt = f"{JOIN_SALT}.{case.pk}"

    def clean_offer(self):
        try:
            return signing.loads(self.cleaned_data["offer"], salt=self.salt, max_age=24 * 60 * 60)
        except signing.BadSignature:
            raise forms.ValidationError(_("This page was open too long. Please look at the groups again.")) from None
