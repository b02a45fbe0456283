"""Who and what fell out, and for how long; which interviews move too and which nobody touches; what is accepted."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm
from services.models import Resource, Venue
from services.rules.replanning_wish import FREEZE, MOVE, Asked, Away, Marked

ROOMS = (Resource.Kind.ROOM, Resource.Kind.OBSERVATION_ROOM)


class Several(forms.ModelMultipleChoiceField):
    """Any number of rows, none included, each with a box to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label, **facts):
        super().__init__(label=label, queryset=None, required=False, **facts)


class Things(Several):
    """Rooms and kits, each with the code name of where it stands."""

    def label_from_instance(self, thing):
        return f"{thing.name} · {thing.venue.code_name}" if thing.venue else thing.name


class Day(forms.DateField):
    """A day of this century, or none."""

    def __init__(self, label):
        within = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 31))]
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=False, validators=within, widget=widget)


class ReplanningForm(CalmForm, forms.Form):
    """People, rooms and whole houses of one's agencies, and whole days on each one's own clock.

    Each that was chosen gets two fields of its own, `from_<id>` and `until_<id>`; left empty, the common days count.
    `interviews` are those that may be named or frozen.
    """

    people = Several(_("People who are away"))
    things = Things(_("Rooms and kits that are closed"))
    venues = Several(_("Whole houses that are closed, with all their rooms"))
    starts_on = Day(_("First day"))
    ends_on = Day(_("Last day"))
    move = Several(_("Move these too"))
    freeze = Several(_("Do not touch these"))
    off_from = Day(_("Not on these days: first"))
    off_until = Day(_("Not on these days: last"))

    def __init__(self, *args, agencies, interviews, **kwargs):
        super().__init__(*args, **kwargs)
        kept = Resource.objects.filter(agency__in=agencies).select_related("venue").order_by("kind", "name", "pk")
        self.agencies, self.interviews = agencies, interviews
        self.fields["people"].queryset = kept.filter(kind=Resource.Kind.PERSON)
        self.fields["things"].queryset = kept.filter(kind__in=[*ROOMS, Resource.Kind.KIT])
        self.fields["venues"].queryset = Venue.objects.filter(agency__in=agencies, resources__kind__in=ROOMS).distinct()
        for name in (MOVE, FREEZE):
            self.fields[name].queryset = interviews
        self.away = self._chosen(kept) if self.is_bound else []
        for one in self.away:
            for name in self._own(one):
                self.fields[name] = Day(_("First day"))
            self.fields[f"until_{one.pk}"].label = _("Last day")

    def clean(self):
        facts = super().clean()
        for one in self.away if not self.errors else ():
            if None in self._days(one):
                for name in ("starts_on", "ends_on"):
                    if not facts.get(name):
                        self.add_error(name, _("Which day? Every person and room needs a first and a last day."))
                break
        return facts

    def asked(self):
        """The wish as plain values. Whole days: from the first's midnight to the end of the last."""
        away = tuple(Away(one.pk, *_span(*self._days(one), one.zone)) for one in self.away)
        agency = self.away[0].agency_id if self.away else self.agencies.order_by("name", "pk")[0].pk
        return Asked(agency, away, (*self._moves(), *(Marked(i.pk, FREEZE) for i in self.cleaned_data[FREEZE])))

    def own_days(self):
        """[(resource, its first day, its last day)] as fields to draw."""
        return [(one, *(self[name] for name in self._own(one))) for one in self.away]

    def has_own_days(self):
        """Was any of them written down, rightly or not?"""
        return any(field.value() or field.errors for _resource, *days in self.own_days() for field in days)

    def rows(self):
        """[(interview, is it ticked to move, is it ticked to stay)] of those that may be named."""
        ticked = {name: {str(value) for value in self[name].value() or ()} for name in (MOVE, FREEZE)}
        return [(one, str(one.pk) in ticked[MOVE], str(one.pk) in ticked[FREEZE]) for one in self.interviews]

    def _chosen(self, kept):
        """Everything ticked, each once; who is not to be chosen is refused by its own field."""
        ids = {name: list(filter(_is_id, self.data.getlist(name))) for name in ("people", "things", "venues")}
        named = kept.filter(pk__in=ids["people"] + ids["things"]) | kept.filter(kind__in=ROOMS, venue__in=ids["venues"])
        people_first = {Resource.Kind.PERSON: 0}
        return sorted(
            named.exclude(kind=Resource.Kind.CHILD), key=lambda one: (people_first.get(one.kind, 1), one.name)
        )

    def _own(self, resource):
        return f"from_{resource.pk}", f"until_{resource.pk}"

    def _days(self, resource):
        """(first, last) of a resource: its own days, else the common ones."""
        own, common = self._own(resource), ("starts_on", "ends_on")
        return [
            self.cleaned_data.get(mine) or self.cleaned_data.get(all_) for mine, all_ in zip(own, common, strict=True)
        ]

    def _moves(self):
        """Those named leave the days given, or else the day they are on."""
        for one in self.cleaned_data[MOVE]:
            day = one.starts.astimezone(ZoneInfo(one.zone)).date()
            first = self.cleaned_data["off_from"] or self.cleaned_data["off_until"] or day
            last = self.cleaned_data["off_until"] or self.cleaned_data["off_from"] or day
            yield Marked(one.pk, MOVE, *_span(first, last, one.zone))


class AcceptForm(CalmForm, forms.Form):
    """The proposals that were ticked, of those one may accept."""

    proposals = Several(_("Interviews"))

    def __init__(self, *args, proposals, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["proposals"].queryset = proposals


def _is_id(sent):
    return sent.isdecimal() and len(sent) < 19


def _span(first, last, zone):
    """From the first day's midnight to the end of the last, aware."""
    zone = ZoneInfo(zone)
    return datetime.combine(first, time.min, zone), datetime.combine(last, time.max, zone)
