"""Book one of the times that were offered."""

from dataclasses import replace
from datetime import datetime, timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Role
from services.forms.base import SHORT, CalmForm, textarea
from services.forms.keys import KeyedForm, read_key
from services.models import Interview, Presence, QuestionNeed
from services.rules.breaks import breaks_every
from services.rules.interviews import OBSERVING, Attendee, InterviewPlan
from services.rules.overrides import field_of
from services.rules.slots import THINGS

SHORT_BREAK = 10  # minutes, where the protocol says nothing
SLOT_SALT = "services.slot"


class CaseForm(CalmForm, forms.Form):
    """A form of a case."""

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case


class SlotForm(CaseForm, KeyedForm):
    """One of the times that were offered for a case, and the key that makes sending it twice one act."""

    slot = forms.CharField(label=_("Time"), error_messages={"required": _("Choose one of the times below.")})
    use_required_attribute = False  # a reason is wanted for the time that was chosen, not for another one
    chosen = None  # what the chosen slot says, once its signature is found good
    salt = SLOT_SALT

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.owner = user, self.case
        self.hand_out_key()

    def clean_slot(self):
        try:
            self.chosen = self._read(self.cleaned_data["slot"])
        except signing.BadSignature:
            raise ValidationError(_("Choose one of the times below.")) from None
        return self.cleaned_data["slot"]

    def start_and_picks(self):
        """The chosen start, aware, and who or what fills each seat: role or thing to resource id."""
        return datetime.fromisoformat(self.chosen["start"]), self.chosen["picks"]

    def sent(self):
        """The key and what the slot says, as they were sent and before anything is checked; None where either is not ours."""
        try:
            return read_key(self.data.get("key", ""), self.user, self.case), self._read(self.data.get("slot", ""))
        except signing.BadSignature:
            return None

    def _read(self, signed):
        return read_offered(signed, self.case, self.salt)


class PlanForm(CaseForm):
    """What is said of an interview besides its time: its needs, how each attends, and reasons where something is missing."""

    needs = forms.ModelMultipleChoiceField(
        label=_("Topics of this interview"),
        queryset=QuestionNeed.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    postponed_because = forms.CharField(
        label=_("If a topic is left out: why it can wait"), max_length=SHORT, required=False, widget=textarea(2)
    )
    prosecutor_absent_because = forms.CharField(
        label=_("Why no prosecutor attends"), max_length=SHORT, required=False, widget=textarea(2)
    )
    breaks = forms.TypedChoiceField(label=_("Breaks"), coerce=int, empty_value=None, required=False)
    use_required_attribute = False  # as above

    def __init__(self, *args, has_prosecutor, kind="joint", asking=None, limits=None, band=None, **kwargs):
        """`limits` of the protocol in force and its `band` for this child; without a protocol nothing can be booked."""
        super().__init__(*args, **kwargs)
        self.has_prosecutor, self.band = has_prosecutor, band
        self.attendance = _attendance(self, limits)
        self.explain = limits.reasons_for if limits else ()
        self.break_minutes = band.break_minutes if band else SHORT_BREAK
        self.fields["breaks"].choices = break_choices(band)
        for rule in self.explain:
            self.fields[field_of(rule)] = forms.CharField(
                label=_("Why this plan all the same"), max_length=SHORT, required=False, widget=textarea(2)
            )
        if has_prosecutor:
            del self.fields["prosecutor_absent_because"]
        self.kind, self.asking = kind, asking
        needs = QuestionNeed.objects.open().filter(case=self.case).select_related("topic", "agency")
        self.fields["needs"].queryset = needs
        self.fields["needs"].label_from_instance = lambda need: f"{need.topic} ({need.agency})"
        self.fields["needs"].initial = list(needs)
        if not needs:
            del self.fields["needs"], self.fields["postponed_because"]

    def why(self):
        """The fields for reasons beside warnings, as far as one was asked for or typed."""
        fields = [self[field_of(rule)] for rule in self.explain]
        return [field for field in fields if field.errors or field.value()]

    def object_to(self, objections):
        """Beside each reason that is asked for stands the warning it is about, and the warning leads there."""
        super().object_to(objections)
        shown = {}
        for worded in self.objections:
            name = field_of(worded.key)
            if worded.warning and name in self.fields:
                self[name].help_text, self.fields[name].required = worded.what, True
                worded = replace(worded, field=name)  # noqa: PLW2901 -- the same, leading elsewhere
            if worded.field in self.fields:
                worded = replace(worded, field=self.add_prefix(worded.field))  # noqa: PLW2901 -- as above
            shown.setdefault((worded.key, worded.what), worded)  # that a reason is wanted is said once
        self.objections = list(shown.values())

    def asks_the_topics_of(self, interview):
        """Are the topics that were sent those of `interview`? They are attached by then, and no longer offered."""
        topics = {str(pk) for pk in interview.needs.values_list("pk", flat=True)}
        return topics == set(self.data.getlist(self.add_prefix("needs")))

    def plan_at(self, words):
        """What is wished for at a time that was offered, as rules.interviews.InterviewPlan; `words` as in `said`."""
        included = {need.pk for need in self.cleaned_data.get("needs", ())}
        reason = self.cleaned_data.get("postponed_because", "")
        left = {need.pk for need in self.fields["needs"].queryset} - included if "needs" in self.fields else set()
        return _plan(
            words,
            kind=self.kind,
            needs=frozenset(included),
            postponed=dict.fromkeys(sorted(left), reason),
            prosecutor_absent_because=self.cleaned_data.get("prosecutor_absent_because", ""),
            asking=self.asking.pk if self.asking else None,
            attends={role: self.cleaned_data[name] for role, name in self.attendance if self.cleaned_data.get(name)},
            breaks=self._breaks(words["minutes"]),
            reasons={rule: self.cleaned_data.get(field_of(rule), "") for rule in self.explain},
        )

    def attendance_fields(self):
        """The fields that say how each attends, for the template."""
        return [self[name] for _role, name in self.attendance]

    def _breaks(self, minutes):
        """None leaves them to the protocol."""
        every = self.cleaned_data.get("breaks")
        return None if every is None else breaks_every(minutes, every, self.break_minutes)


class BookingForm(PlanForm, SlotForm):
    """One of the times offered, the needs that are part of it, and what must be said when something is missing."""

    def booked_already(self):
        """The Interview this very form has booked, when it is sent again (a broken connection, a second tap), or None.

        Its needs are attached by now and no longer offered, so the plan cannot be made again; what was sent is compared.
        """
        if (sent := self.sent()) is None:
            return None
        key, words = sent
        found = Interview.objects.filter(case=self.case, key=key, span__startswith=words["start"]).first()
        return found if found and self.asks_the_topics_of(found) else None

    def plan(self):
        """What is wished for, as rules.interviews.InterviewPlan."""
        return self.plan_at(self.chosen)


def break_choices(band):
    """How far apart the breaks may be, the protocol's own first."""
    advised = _("as the protocol advises")
    if band:
        words = {"every": band.break_every_minutes, "minutes": band.break_minutes}
        advised = _("as the protocol advises: every %(every)d minutes, %(minutes)d minutes long") % words
    often = [(every, _("every %d minutes") % every) for every in (10, 15, 20, 25, 30, 45)]
    return [("", advised), *often, (0, _("no break"))]


def first_plan(case, slot, wish, asking):
    """What booking the best slot with every open need would be: for saying early what still stands in the way."""
    needs = frozenset(QuestionNeed.objects.open().filter(case=case).values_list("pk", flat=True))
    kind = asking.kind if asking else "joint"
    return _plan(said(slot, wish), kind=kind, needs=needs, asking=asking.pk if asking else None)


def _attendance(form, limits):
    """Add a choice for each role that the protocol lets attend in several ways; [(role, name of the field)]."""
    added = []
    words, roles = dict(Presence.choices), dict(Role.choices)
    for required in limits.roles if limits else ():
        if len(required.presences) > 1:
            name = f"attends_{required.role}"
            choices = [("", _("as with the time that is chosen")), *((p, words[p]) for p in required.presences)]
            form.fields[name] = forms.ChoiceField(
                label=str(roles[required.role]).capitalize(), choices=choices, required=False
            )
            added.append((required.role, name))
    return added


def _plan(words, attends=None, **more):
    starts = datetime.fromisoformat(words["start"])
    picks, presence = words["picks"], words["presence"] | (attends or {})
    watched = any(presence.get(role) == OBSERVING for role in picks)
    return InterviewPlan(
        starts=starts,
        ends=starts + timedelta(minutes=words["minutes"]),
        attendees=tuple(
            Attendee(resource, role, presence.get(role, "in_room"))
            for role, resource in sorted(picks.items())
            if role not in THINGS
        ),
        room=picks.get("room"),
        kit=picks.get("kit"),
        observation_room=picks.get("observation_room") if watched else None,
        later=tuple(datetime.fromisoformat(start) for start in words.get("later", ())),
        **more,
    )


def said(slot, wish):
    """What a slot's radio button says, in JSON-able words."""
    return {
        "start": slot.start.isoformat(),
        "minutes": wish.minutes,
        "picks": slot.picks,
        "presence": {seat.key: seat.presence for seat in wish.seats if seat.presence != "in_room"},
        **({"later": [start.isoformat() for start in slot.sessions[1:]]} if slot.sessions else {}),
    }


def signed_slot(case, slot, wish):
    """A slot as the value of its radio button: only what the server offered for this case can come back."""
    return signing.dumps(said(slot, wish), salt=f"{SLOT_SALT}.{case.pk}", compress=True)


def read_offered(signed, case, salt=SLOT_SALT):
    """What was offered for this case under `salt`. Raises signing.BadSignature for anything else."""
    return signing.loads(signed, salt=f"{salt}.{case.pk}")
