"""Answer an invitation, choose how somebody attends or who comes instead, say who stands on the suspect's side."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Membership
from services.forms.base import CalmForm
from services.forms.cases import MemberChoice, grouped_by_role, people_of
from services.models import Conflict, Presence, Response
from services.rules.invitations import Answer

ANSWERS = [
    (Response.ACCEPTED, _("I will come")),
    (Response.DECLINED, _("I cannot come")),
    (Response.OTHER_TIME, _("Another time would be possible")),
]


class AnswerForm(CalmForm, forms.Form):
    """Yes, no, or another time on the venue's own clock (`zone`). No reason is asked."""

    response = forms.ChoiceField(label=_("Your answer"), choices=ANSWERS, widget=forms.RadioSelect)
    other_day = forms.DateField(label=_("Which day would be possible"), required=False)
    other_hour = forms.TimeField(label=_("From what time"), required=False)

    def __init__(self, *args, zone, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = zone
        hour = self.fields["other_hour"]
        hour.widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        hour.error_messages["invalid"] = _("This is not a time of day. Write it like 08:30.")

    def clean(self):
        data = super().clean()
        if data.get("response") == Response.OTHER_TIME and data.get("other_day") and not data.get("other_hour"):
            self.add_error("other_hour", ValidationError(_("From what time would it be possible?")))
        return data

    def answer(self):
        """What is said, as rules.invitations.Answer. A day that was typed beside a yes or a no is left out."""
        data = self.cleaned_data
        day, hour = data.get("other_day"), data.get("other_hour")
        suggests = data["response"] == Response.OTHER_TIME and day and hour
        return Answer(data["response"], datetime.combine(day, hour, self.zone) if suggests else None)


class PresenceForm(CalmForm, forms.Form):
    presence = forms.ChoiceField(label=_("Attends"), widget=forms.RadioSelect)

    def __init__(self, *args, allowed, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["presence"].choices = [(value, word) for value, word in Presence.choices if value in allowed]


class SubstituteForm(CalmForm, forms.Form):
    """One of the people against whom no rule speaks."""

    resource = forms.ChoiceField(
        label=_("Who comes instead"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose somebody."), "invalid_choice": _("Choose somebody from this list.")},
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["resource"].choices = [(key, person.name) for key, person in self.people.items()]

    def chosen(self):
        """The person's Resource."""
        return self.people[self.cleaned_data["resource"]]


class ConflictForm(CalmForm, forms.Form):
    """Somebody of the province who must not sit with this child."""

    membership = MemberChoice(label=_("Who"), queryset=Membership.objects.none())
    side = forms.ChoiceField(label=_("Why not"), choices=Conflict.Side.choices, widget=forms.RadioSelect)

    def __init__(self, *args, province, now, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["membership"]
        field.queryset = people_of(province, now)
        field.choices = [("", _("Choose somebody")), *grouped_by_role(field.queryset, field)]
