"""Find a series (GET), choose what to do in the weeks that clash, and book it (POST); and the small forms of a plan."""

from datetime import datetime, timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.forms.cases import CodeForm
from services.forms.keys import KeyedForm
from services.models import HandoverReason, ReviewOutcome, WaitingEntry
from services.models.recovery import EVERY_WEEKS
from services.rules.recovery import MOST_SESSIONS, SeriesPlan

OFFER_SALT, TIME_SALT = "services.series", "services.session"
LEAVE_OUT = "leave_out"
PARTS = [("", _("any time of the day")), ("morning", _("in the morning")), ("afternoon", _("in the afternoon"))]
REASONS = [choice for choice in HandoverReason.choices if choice[0] != HandoverReason.FIRST]
FAR = timedelta(days=365)


class RhythmForm(CalmForm, forms.Form):
    """How many, how often, how long, from when."""

    sessions = forms.IntegerField(label=_("Sessions"), min_value=1, max_value=MOST_SESSIONS, initial=12)
    every_weeks = forms.TypedChoiceField(label=_("How often"), coerce=int, choices=EVERY_WEEKS, initial=1)
    minutes = forms.TypedChoiceField(
        label=_("Length"), coerce=int, choices=[(m, _("%d minutes") % m) for m in (30, 45, 60, 75, 90, 120)], initial=60
    )
    part = forms.ChoiceField(label=_("Part of the day"), choices=PARTS, required=False)
    since = forms.DateField(label=_("Not before"), required=False)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_since(self):
        day = self.cleaned_data["since"]
        if day and day < self.today:
            raise ValidationError(_("This day has passed. Choose today or a later day."))
        if day and day > self.today + FAR:
            raise ValidationError(_("This day is more than a year away. Please check the year."))
        return day

    def rhythm(self):
        """What was asked for, by name, as the wishes of `actions.series` call it."""
        return {name: self.cleaned_data[name] for name in ("sessions", "every_weeks", "minutes", "part", "since")}


class SeriesForm(RhythmForm):
    """A series for one child or siblings; and the school weeks in which the child cannot come."""

    exam_from = forms.DateField(label=_("School exams from"), required=False)
    exam_until = forms.DateField(label=_("School exams until"), required=False)
    therapist = forms.TypedChoiceField(label=_("Therapist"), coerce=int, required=False, empty_value=None)
    together = forms.BooleanField(
        label=_("Together with the siblings, so that the family travels once"), required=False
    )

    def __init__(self, *args, people, siblings=0, plan=None, left=0, **kwargs):
        super().__init__(*args, **kwargs)
        names = [(c.resource, c.name) for c in people]
        self.fields["therapist"].choices = names if plan else [("", _("anyone who is free")), *names]
        if not siblings:
            del self.fields["together"]
        if plan:
            initial = {"sessions": left or plan.planned, "therapist": plan.therapist_id}
            initial |= {"every_weeks": plan.every_weeks, "minutes": plan.minutes}
            for name, value in initial.items():
                self.fields[name].initial = value

    def clean(self):
        data = super().clean()
        low, high = data.get("exam_from"), data.get("exam_until")
        if bool(low) != bool(high) or (low and high < low):
            self.add_error("exam_until", _("Give the first and the last day of the exams, in this order."))
        return data

    def asked(self):
        """What `series_wish` wants; `together` stays behind."""
        data = self.cleaned_data
        exam = (data["exam_from"], data["exam_until"]) if data.get("exam_from") else None
        return self.rhythm() | {"therapist": data["therapist"], "exam": exam}


def signed_offer(case, series, wish, *, cases, plan=None, replaces=()):
    """A series as the value of its button: only what the server offered for this case can come back."""
    said = {
        "places": [[one.pk, p.therapist.resource, p.room.resource, p.offset] for one, p in zip(cases, series.places, strict=True)],
        "minutes": wish.minutes,
        "every": wish.every_weeks,
        "weeks": weeks_said(series),
        "plan": plan.pk if plan else None,
        "replaces": list(replaces),
    }  # fmt: skip
    return signing.dumps(said, salt=f"{OFFER_SALT}.{case.pk}", compress=True)


def weeks_said(series):
    """The weeks of a series as plain values for a signed offer; `WeeksForm` reads them."""
    return [[w.start.isoformat(), w.cause, [[o.kind, o.start.isoformat()] for o in w.options]] for w in series.weeks]


def read_offer(signed, case):
    """What `signed_offer` said. Raises signing.BadSignature, also after a day."""
    return signing.loads(signed, salt=f"{OFFER_SALT}.{case.pk}", max_age=24 * 60 * 60)


class WeeksForm(CalmForm, KeyedForm):
    """A series that was offered, with a choice for every week that clashes: all of it is accepted in this one form.

    `owner` is the case or the agency for which it was offered; the key belongs to them and to `user`.
    """

    offer = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, owner, user, said, signed, **kwargs):
        super().__init__(*args, **kwargs)
        self.owner, self.user, self.said = owner, user, said
        self.weeks = [self._week(number, *week) for number, week in enumerate(said["weeks"], start=1)]
        for week in self.weeks:
            if week["options"]:
                values = [(value, value) for value, _what in week["choices"]]
                self.fields[week["name"]] = forms.ChoiceField(
                    label=week["start"], choices=values, widget=forms.RadioSelect, initial=values[0][0]
                )
        self.fields["offer"].initial = signed
        self.hand_out_key()

    def shown(self):
        """The weeks for the page; those that clash with their bound field."""
        return [week | {"field": self[week["name"]] if week["options"] else None} for week in self.weeks]

    def _week(self, number, start, cause, options):
        choices = [(str(n), (kind, datetime.fromisoformat(at))) for n, (kind, at) in enumerate(options)]
        return {
            "number": number,
            "name": f"week_{number}",
            "start": datetime.fromisoformat(start),
            "cause": cause,
            "options": bool(cause),
            "choices": [*choices, (LEAVE_OUT, (LEAVE_OUT, None))] if cause else [],
        }

    def starts(self):
        """Every start that was chosen, in order of time."""
        found = []
        for week in self.weeks:
            chosen = self.cleaned_data.get(week["name"])
            at = dict(week["choices"])[chosen][1] if week["options"] else week["start"]
            if at is not None:
                found.append(at)
        return sorted(found)


class OfferForm(WeeksForm):
    """A plan's series: with the day on which the team looks back or, for the rest of one, the reason for somebody new."""

    reason = forms.ChoiceField(label=_("Why the therapist changes"), choices=REASONS, widget=forms.RadioSelect)
    review_on = forms.DateField(label=_("Look back together on"))

    def __init__(self, *args, case, said, plan=None, **kwargs):
        super().__init__(*args, owner=case, said=said, **kwargs)
        if plan:
            del self.fields["review_on"], self.fields["key"]
        else:
            self.fields["review_on"].initial = localdate(self.weeks[-1]["start"], case.zone) + timedelta(days=7)
        if not plan or plan.therapist_id == said["places"][0][1]:
            del self.fields["reason"]

    def plans(self, cases):
        """{Case: SeriesPlan} for `cases` by primary key."""
        starts, found = self.starts(), {}
        for pk, therapist, room, offset in self.said["places"]:
            later = tuple(start + timedelta(minutes=offset) for start in starts)
            found[cases[pk]] = SeriesPlan(
                therapist,
                room,
                self.said["minutes"],
                self.said["every"],
                later,
                replaces=tuple(self.said["replaces"]),
                reason=self.cleaned_data.get("reason", ""),
            )
        return found


class MoveForm(CalmForm, forms.Form):
    """Another time for one session."""

    time = forms.CharField(label=_("New time"), error_messages={"required": _("Choose one of the times below.")})

    def __init__(self, *args, session, times, **kwargs):
        super().__init__(*args, **kwargs)
        self.salt = f"{TIME_SALT}.{session.pk}"
        self.options = [(signing.dumps(at.isoformat(), salt=self.salt), at) for at in times]

    def clean_time(self):
        try:
            said = signing.loads(self.cleaned_data["time"], salt=self.salt, max_age=24 * 60 * 60)
        except signing.BadSignature:
            raise ValidationError(_("Choose one of the times below.")) from None
        return datetime.fromisoformat(said)


class AttendanceForm(CalmForm, forms.Form):
    attended = forms.ChoiceField(
        label=_("Did the child come?"),
        choices=[("came", _("came")), ("missed", _("did not come"))],
        widget=forms.RadioSelect,
    )


class ReviewForm(CalmForm, forms.Form):
    outcome = forms.ChoiceField(label=_("How it goes on"), choices=ReviewOutcome.choices, widget=forms.RadioSelect)


class WaitingForm(CalmForm, forms.ModelForm):
    class Meta:
        model = WaitingEntry
        fields = ["urgency", "need"]
        widgets = {"urgency": forms.RadioSelect, "need": forms.RadioSelect}

    def __init__(self, *args, has_plan, **kwargs):
        super().__init__(*args, **kwargs)
        field, group = self.fields["need"], WaitingEntry.Need.GROUP
        field.choices = [choice for choice in WaitingEntry.Need.choices if (choice[0] == group) == has_plan]
        if has_plan:
            field.initial = group


class FamilyForm(CodeForm):
    """The case of a brother or sister, by its code."""

    code = forms.CharField(label=_("Code of the sibling's case"), max_length=20)
