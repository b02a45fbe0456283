"""One row each of a listing's telephones, hours, special days and areas, as a provider types them on a phone.

A row turns into the fields of one part (`part()`). While somebody writes, a row only has to be readable; `strict`, before
it is sent, asks the rules too, so that what is wrong stands beside the row it is wrong in.
"""

from dataclasses import replace

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import to_python

from cms.models.wording import words_for
from cms.objections import Objection
from directory.forms.search import place_choices
from directory.models import ServicePhone, Weekday
from directory.rules import listings as rules
from directory.words import refuse

LONGEST_SHORT_CODE = 6
MOST_ROWS = 60
ALL_INDONESIA = "*"
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class Row(forms.Form):
    def __init__(self, *args, strict=False, **kwargs):
        self.strict = strict
        kwargs["use_required_attribute"] = False
        super().__init__(*args, **kwargs)

    def clean(self):
        found = super().clean()
        if self.strict and not self.errors and self.has_changed():
            refuse(replace(said, field=self.shown_as.get(said.field, said.field)) for said in self.objections())
        return found

    # Where a rule speaks of a field that this row shows under another name.
    shown_as = {}

    @property
    def typed(self):
        """What was typed, without the mark that takes the row out."""
        return {name: value for name, value in self.cleaned_data.items() if name != "DELETE"}


class PhoneRow(Row):
    """A whole number or a short code in one field: three to six digits are a short code."""

    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=_("With area code, for example 021 0000 0001; or a short code such as 129."),
    )
    extension = forms.CharField(label=_("Extension"), required=False, max_length=10)
    whatsapp = forms.BooleanField(label=_("Answers on WhatsApp"), required=False)
    description = forms.CharField(label=_("What it is for"), required=False, max_length=120)
    description_en = forms.CharField(label=_("What it is for, in English"), required=False, max_length=120)
    more = ["description_en"]
    shown_as = {"short_code": "number"}

    def clean_number(self):
        typed = self.cleaned_data["number"].strip()
        if typed.isdecimal() and len(typed) <= LONGEST_SHORT_CODE:
            return typed
        number = to_python(typed, region="ID")
        if not number or not number.is_valid():
            raise ValidationError(str(words_for(Objection("phone_not_valid"))), code="phone_not_valid")
        return number

    def part(self):
        told = self.typed
        number = told.pop("number")
        short = isinstance(number, str)
        return told | {"number": "" if short else number, "short_code": number if short else ""}

    def objections(self):
        return rules.phone_objections(ServicePhone(**self.part()).facts())

    @staticmethod
    def told(phone):
        return {
            "number": phone.short_code or (phone.shown if phone.number else ""),
            "extension": phone.extension,
            "whatsapp": phone.whatsapp,
            "description": phone.description,
            "description_en": phone.description_en,
        }


class HoursRow(Row):
    weekday = forms.TypedChoiceField(
        label=_("Day"), coerce=int, choices=[("", "—"), *((day, capfirst(word)) for day, word in Weekday.choices)]
    )
    opens = forms.TimeField(label=_("Opens"), required=False, widget=TIME)
    closes = forms.TimeField(label=_("Closes"), required=False, widget=TIME)
    all_day = forms.BooleanField(label=_("24 hours"), required=False)
    valid_from = forms.DateField(label=_("Only from"), required=False, widget=DAY)
    valid_to = forms.DateField(label=_("Only until"), required=False, widget=DAY)
    more = ["valid_from", "valid_to"]

    def part(self):
        return self.typed

    def objections(self):
        return rules.one_hours_objections(rules.Hours(**self.part()))

    @classmethod
    def told(cls, schedule):
        return {name: getattr(schedule, name) for name in cls.base_fields}


class SpecialDayRow(Row):
    day = forms.DateField(label=_("Day"), widget=DAY)
    closed = forms.BooleanField(label=_("Closed all day"), required=False)
    opens = forms.TimeField(label=_("Opens"), required=False, widget=TIME)
    closes = forms.TimeField(label=_("Closes"), required=False, widget=TIME)
    all_day = forms.BooleanField(label=_("24 hours"), required=False)
    note = forms.CharField(label=_("Why"), required=False, max_length=120)
    note_en = forms.CharField(label=_("Why, in English"), required=False, max_length=120)
    more = ["note_en"]

    def part(self):
        return self.typed

    def objections(self):
        hours = {name: value for name, value in self.typed.items() if not name.startswith("note")}
        return rules.one_special_day_objections(rules.SpecialDay(**hours))

    @classmethod
    def told(cls, special):
        return {name: getattr(special, name) for name in cls.base_fields}


class AreaRow(Row):
    """All of Indonesia, or a province and perhaps one district of it."""

    place = forms.ChoiceField(label=_("Where"))
    district = forms.CharField(
        label=_("Regency or city, if only one"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"list": "districts", "autocomplete": "off"}),
    )
    more = []
    shown_as = {"province": "place"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        provinces = [(f"ID-{code}", name) for code, name in place_choices()]
        self.fields["place"].choices = [("", "—"), (ALL_INDONESIA, _("All of Indonesia")), *provinces]

    def clean(self):
        found = super().clean()
        if self.cleaned_data.get("place") == ALL_INDONESIA and self.cleaned_data.get("district"):
            self.add_error("district", ValidationError(_("Leave this empty, or choose the province above.")))
        return found

    def part(self):
        place, district = self.cleaned_data["place"], " ".join(self.cleaned_data["district"].split())
        nationwide = place == ALL_INDONESIA
        return {"nationwide": nationwide, "province": "" if nationwide else place, "district": district}

    def objections(self):
        return rules.one_area_objections(rules.Area(**self.part()))

    @staticmethod
    def told(area):
        return {"place": ALL_INDONESIA if area.nationwide else area.province, "district": area.district}


class Rows(BaseFormSet):
    """Rows that were emptied are gone, like those that are marked: nobody has to find out how to take one away."""

    def initial_form_count(self):
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take this row out")

    @property
    def kept(self):
        return [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]

    def parts(self):
        """The fields of each part, in order; None while a row cannot be read, and then the draft keeps what it had."""
        if not self.is_valid():
            return None
        return [form.part() for form in self.kept]


def rows(form):
    return formset_factory(
        form, formset=Rows, extra=0, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
    )


ROWS = {
    "phones": rows(PhoneRow),
    "schedules": rows(HoursRow),
    "special_days": rows(SpecialDayRow),
    "areas": rows(AreaRow),
}
