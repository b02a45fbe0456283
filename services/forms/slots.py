"""Look for a time: a search by GET, so that nothing is lost by bookmarking it, and nothing of a child stands in it."""

from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Role
from services.actions.slots import LEAD
from services.forms.base import CalmForm
from services.rules.interviews import IN_ROOM, REMOTE
from services.rules.relaxing import ANOTHER, ANY_HOUR, ANY_PART, BUSY_HOUR, ELSEWHERE, LATER

WIDER = [
    (ANY_PART, _("any part of the day, whatever the child prefers")),
    (BUSY_HOUR, _("school, nap, prayer and exam hours")),
    (ANY_HOUR, _("hours outside those advised for the age")),
    (ANOTHER, _("interviewers who are not on the team")),
    (ELSEWHERE, _("rooms in other provinces")),
    (LATER, _("as far ahead as hours are known")),
]


class DayForm(CalmForm, forms.Form):
    """From which day on, or the one day, that times are wanted for."""

    since = forms.DateField(label=_("Not before"), required=False)
    on = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_since(self):
        day = self.cleaned_data["since"]
        if day and day < self.today:
            raise ValidationError(_("This day has passed. Choose today or a later day."))
        if day and day > self.today + timedelta(days=365):
            raise ValidationError(_("This day is more than a year away. Please check the year."))
        return day


class SearchForm(DayForm):
    """How long, from which day, who attends how, and where to look besides."""

    minutes = forms.TypedChoiceField(label=_("Length"), coerce=int, required=False)
    parts = forms.TypedChoiceField(
        label=_("Sessions"),
        coerce=int,
        required=False,
        help_text=_(
            "For a child who cannot tell everything in one sitting: the same people and room, on several days."
        ),
    )
    unattended = forms.BooleanField(label=_("No prosecutor can attend"), required=False)
    remote = forms.MultipleChoiceField(
        label=_("May attend by video"), required=False, widget=forms.CheckboxSelectMultiple
    )
    inside = forms.MultipleChoiceField(
        label=_("In the room, not behind the glass"), required=False, widget=forms.CheckboxSelectMultiple
    )
    also = forms.MultipleChoiceField(
        label=_("Also offer"), choices=WIDER, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data=None, *, band, limits, has_prosecutor, first=True, **kwargs):
        """`first`: no interview of this case came before, so that it may be planned in several sessions."""
        if data and not data.get("minutes"):
            data = data.copy()  # a day or a change was chosen, no length: the usual one goes on
            data["minutes"] = usual_minutes(band)
        super().__init__(data, **kwargs)
        self.fields["minutes"].choices = [(m, _("%d minutes") % m) for m in range(15, 181, 5)]
        self.fields["minutes"].initial = usual_minutes(band)
        if first and limits.parts_most > 1:
            self.fields["parts"].choices = [
                (1, _("one session")),
                *((n, _("%d sessions") % n) for n in range(2, limits.parts_most + 1)),
            ]
        else:
            del self.fields["parts"]
        self.fields["remote"].choices = _roles(limits, REMOTE)
        self.fields["inside"].choices = [
            (role.role, _role(role.role)) for role in limits.roles if role.allows(IN_ROOM) and len(role.presences) > 1
        ]
        for name in ("remote", "inside"):
            if not self.fields[name].choices:
                del self.fields[name]
        if has_prosecutor:
            del self.fields["unattended"]

    @property
    def asked(self):
        """What was asked for; nothing, while there is nothing or something wrong was typed."""
        return self.cleaned_data if self.is_valid() else {}

    @property
    def sessions(self):
        """How many sessions are looked for: one, unless more were asked for."""
        return self.asked.get("parts") or 1

    def presences(self):
        """Role to how it attends, where that was chosen; the protocol's usual way goes for the rest."""
        asked = self.asked
        return {**dict.fromkeys(asked.get("inside", ()), IN_ROOM), **dict.fromkeys(asked.get("remote", ()), REMOTE)}


def usual_minutes(band):
    """The middle of what the protocol allows at this age, on a step of five minutes; 45 where it says nothing."""
    if band is None:
        return 45
    return (band.shortest_minutes + band.longest_minutes) // 2 // 5 * 5


def lead_until(day, zone, moment):
    """How long from `moment` until `day` begins in `zone`; at least what gathering a team takes."""
    if day is None:
        return LEAD
    return max(LEAD, datetime.combine(day, time.min, zone) - moment)


def _roles(limits, presence):
    return [(role.role, _role(role.role)) for role in limits.roles if role.allows(presence)]


def _role(role):
    return dict(Role.choices)[role]
