"""The light form: a provider or a service in sections of plain native fields, for a telephone as for a desk.

`LightForm` holds one plain form and its rows. While somebody writes it gives whatever can be read (`changes()`), so that a
draft is kept although a number is half typed; `strict`, before a listing is sent, every row is asked by the rules as well.
"""

from dataclasses import dataclass, field

from django import forms
from django.db import models
from django.forms.models import fields_for_model
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cms.models.wording import words_for_all
from cms.places import PROVINCES, districts_of
from directory.forms.rows import MOST_ROWS, ROWS
from directory.models import Ease, ProviderPage, ServicePage, Tongue
from directory.rules import listings as rules

ADDRESS = ("street", "city", "postal_code")
CODES = {"languages": Tongue, "easements": Ease}
ENGLISH = "_en"
OFFICE_WEEK = range(1, 6)  # Monday to Friday
WEEK = "week"  # the wish for the rest of it
LEAST_ROWS = {"phones": 1, "schedules": 1, "special_days": 0, "areas": 1}


@dataclass(frozen=True)
class Section:
    """A part of the form: fields by name, and rows by name with a star before it."""

    key: str
    heading: object
    holds: tuple
    folded: bool = False
    help: object = ""


PROVIDER = (
    Section("name", _("Name"), ("title", "alternate_name", "description")),
    Section("reach", _("How to reach you"), ("*phones", "email", "website")),
    Section("place", _("Where you are"), ("hidden_place", "province", *ADDRESS)),
    Section("english", _("In English"), ("title_en", "description_en"), folded=True),
)
SERVICE = (
    Section("name", _("What it is"), ("title", "kind", "description", "status", "alert")),
    Section(
        "reach",
        _("How to reach you"),
        ("*phones", "email", "website", "application", "responds_within"),
        help=_("Without a number of its own, the provider's number is shown."),
    ),
    Section(
        "hours",
        _("Opening hours"),
        ("*schedules", "*special_days", "hours_note"),
        help=_("If you close for a break, write two lines for one day."),
    ),
    Section(
        "whom",
        _("For whom"),
        ("minimum_age", "maximum_age", "gender", "eligibility", "*areas", "languages", "easements"),
    ),
    Section(
        "standard",
        _("What people should know before they come"),
        ("requirements", "duration", "price", "cost", "product", "complaints"),
        folded=True,
    ),
    Section("place", _("If it is at another place than the provider"), ("province", *ADDRESS), folded=True),
    Section(
        "english",
        _("In English"),
        ("title_en", "alternate_name", *(name for name in ServicePage.text_fields if name.endswith(ENGLISH))),
        folded=True,
    ),
)


def plainly(model_field, **options):
    """A model's field as this form shows it."""
    if isinstance(model_field, models.URLField):
        options["assume_scheme"] = "https"
    if isinstance(model_field, models.TextField):
        options["widget"] = forms.Textarea(attrs={"rows": 3, "maxlength": rules.LONGEST_TEXT})
    if model_field.name == "title":
        options["label"], options["help_text"] = _("Name"), ""
    return model_field.formfield(**options)


class Main(forms.Form):
    def __init__(self, *args, model, names, **kwargs):
        kwargs["use_required_attribute"] = False
        super().__init__(*args, **kwargs)
        fields = fields_for_model(
            model, fields=[name for name in names if name not in CODES], formfield_callback=plainly
        )
        for name, codes in CODES.items():
            if name in names:
                label = capfirst(model._meta.get_field(name).related_model._meta.verbose_name_plural)  # noqa: SLF001 -- Django's documented Meta API
                choices = [(code, capfirst(word)) for code, word in codes.choices]
                widget = forms.CheckboxSelectMultiple
                fields[name] = forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=widget)
        self.fields.update((name, fields[name]) for name in names)


@dataclass
class Shown:
    """A section with what stands in it: `items` are (bound field or None, rows or None, their name)."""

    section: Section
    items: list = field(default_factory=list)
    open: bool = True


class LightForm:
    """`page` is the listing, `draft` its latest draft; `more` names rows that one more is wanted of (`?more=phones`)."""

    def __init__(self, page, draft, data=None, *, more="", strict=False):
        self.page, self.draft, self.data = page, draft, data
        self.is_service = isinstance(page, ServicePage)
        self.sections = SERVICE if self.is_service else PROVIDER
        names = [name for section in self.sections for name in section.holds]
        if draft.facts().shelter:
            names = [name for name in names if name not in ADDRESS]
        self.more = more
        self.main = Main(
            data,
            model=ServicePage if self.is_service else ProviderPage,
            names=[name for name in names if not name.startswith("*")],
            initial=told(draft),
        )
        self.sets = {name[1:]: self._rows(name[1:], strict=strict) for name in names if name.startswith("*")}
        self.names = names

    def _rows(self, name, *, strict):
        row = ROWS[name].form
        options = {"prefix": name, "form_kwargs": {"strict": strict}}
        if self.data is not None:
            return ROWS[name](self.data, **options)
        initial = [row.told(part) for part in getattr(self.draft, name).all()]
        initial += self._office_week(initial) if name == "schedules" and self.more == WEEK else []
        initial += [{}] * (LEAST_ROWS[name] - len(initial))
        return ROWS[name](initial=initial + [{}] * (self.more == name), **options)

    @staticmethod
    def _office_week(initial):
        """The rest of an office week, with the first row's hours."""
        like = {key: initial[0][key] for key in ("opens", "closes", "all_day")} if initial else {}
        known = {row["weekday"] for row in initial}
        return [{"weekday": day, **like} for day in OFFICE_WEEK if day not in known]

    def grow(self, name):
        """One more row under what was typed; the data must be a copy."""
        name = self.set_of(name)
        self.data[f"{name}-TOTAL_FORMS"] = str(min(self.sets[name].total_form_count() + 1, MOST_ROWS))
        self.sets[name] = self._rows(name, strict=False)

    @staticmethod
    def set_of(wish):
        return "schedules" if wish == WEEK else wish

    @property
    def complete(self):
        """Could everything that was typed be read?"""
        return all([self.main.is_valid(), *(rows.is_valid() for rows in self.sets.values())])

    def changes(self):
        """What can be read, as `update_listing` and `save_draft` want it; what cannot is left out and stays on screen."""
        self.main.is_valid()
        found = {name: in_lines(value) for name, value in self.main.cleaned_data.items()}
        for name in CODES:
            if name in found:
                found[name] = [{"code": code} for code in found[name]]
        for name, rows in self.sets.items():
            parts = rows.parts()
            if parts is not None:
                found[name] = parts
        return found

    def refuse(self, objections):
        """Put objections beside their fields, and above the form what speaks of none that is shown."""
        self.main.is_valid()
        for worded in words_for_all(objections):
            if worded.field in self.sets:
                self.sets[worded.field].non_form_errors().append(str(worded))
            else:
                self.main.add_error(worded.field if worded.field in self.main.fields else None, str(worded))

    def troubles(self):
        """[(element, what it is called, words)] of everything that is not right, in the order of the form."""
        if self.data is None:
            return []
        found = [("", "", words) for words in self.main.non_field_errors()]
        for name in self.names:
            if name.startswith("*"):
                found += self._troubles_of_rows(name[1:])
            else:
                bound = self.main[name]
                found += [(bound.auto_id, bound.label, words) for words in bound.errors]
        return found

    def _troubles_of_rows(self, name):
        rows = self.sets[name]
        found = [(f"rows-{name}", self.heading(name), words) for words in rows.non_form_errors()]
        for row in rows.forms:
            found += [(f"rows-{name}", self.heading(name), words) for words in row.non_field_errors()]
            found += [(bound.auto_id, bound.label, words) for bound in row for words in bound.errors]
        return found

    def heading(self, name):
        return capfirst(type(self.draft)._meta.get_field(name).related_model._meta.verbose_name_plural)  # noqa: SLF001 -- as above

    def shown(self):
        """The sections as a template walks them; one in which something is wrong is never folded."""
        wrong = {element for element, _label, _words in self.troubles()}
        return [self._shown(section, wrong) for section in self.sections]

    def _shown(self, section, wrong):
        shown = Shown(section)
        elements = set()
        for name in section.holds:
            if name.startswith("*"):
                shown.items.append((None, self.sets[name[1:]], name[1:], self.heading(name[1:])))
            elif name in self.main.fields:
                bound = self.main[name]
                elements.add(bound.auto_id)
                shown.items.append((bound, None, name, ""))
        shown.open = not section.folded or bool(elements & wrong)
        return shown

    def districts(self):
        """Names to choose from: of the provinces that stand in the form."""
        provinces = {row["place"].value() for row in self.sets["areas"]} if "areas" in self.sets else set()
        return [name for code in PROVINCES if code in provinces for _code, name in districts_of(code)]

    @property
    def zone(self):
        return self.draft.zone if self.is_service else timezone.get_current_timezone()


def in_lines(value):
    """Browsers send the ends of lines as two characters; here one is kept."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def told(draft):
    """What the plain form shows of a draft, by field."""
    found = {name: getattr(draft, name) for name in {*_names(draft)}}
    return found | {name: [part.code for part in getattr(draft, name).all()] for name in CODES if hasattr(draft, name)}


def _names(draft):
    sections = SERVICE if isinstance(draft, ServicePage) else PROVIDER
    return [name for section in sections for name in section.holds if not name.startswith("*") and name not in CODES]


class NewServiceForm(forms.Form):
    """A name and a kind; the rest comes in the light form."""

    def __init__(self, data=None):
        super().__init__(data, use_required_attribute=False)
        self.fields.update(fields_for_model(ServicePage, fields=["title", "kind"], formfield_callback=plainly))
        self.fields["kind"].required = True

    def refuse(self, objections):
        for worded in words_for_all(objections):
            self.add_error(worded.field if worded.field in self.fields else None, str(worded))


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    refuse = NewServiceForm.refuse


class NewProviderForm(InviteForm):
    title = forms.CharField(label=_("Name of the provider"), max_length=255)
    hidden_place = forms.BooleanField(label=_("Its office is a shelter"), required=False)
    field_order = ["title", "hidden_place", "name", "email"]
