"""The public search form. Names and values are short neutral codes: they end up in addresses. Words typed go by POST only."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cms.places import DISTRICTS, PROVINCES, districts_of
from directory.models import Ease, Gender, Price, ServiceKind, Tongue
from directory.models.finding import Asked
from directory.rules.queries import LONGEST

OLDEST_CHILD = 17  # years
COUNTED = ("n", "g", "l", "e", "c")


def place_choices():
    """`JB` for `ID-JB`, by name."""
    return sorted(
        ((code.removeprefix("ID-"), name) for code, (name, _zone) in PROVINCES.items()), key=lambda two: two[1]
    )


def worded(choices):
    return [(code, capfirst(word)) for code, word in choices]


def kind_choices():
    return worded(ServiceKind.choices)


def district_choices(province):
    """`3273` for `32.73`, by name; none without a province."""
    named = [(code.replace(".", ""), name) for code, name in districts_of(f"ID-{province}")]
    return sorted(named, key=lambda two: two[1])


class SearchForm(forms.Form):
    """`?n=c4&p=JB`: which help, and where; `a` a child's age, `l` a language, `e` an easement, `c` the price, `o` open now.

    What was not understood counts as not asked. `q`, somebody's own words, is only ever sent in a body.
    """

    q = forms.CharField(label=_("In your own words"), max_length=LONGEST, required=False)
    n = forms.ChoiceField(label=_("What do you need?"), required=False)
    p = forms.ChoiceField(label=_("Where?"), required=False)
    d = forms.ChoiceField(label=_("Regency or city"), required=False)
    a = forms.IntegerField(label=_("Age of the child"), min_value=0, max_value=OLDEST_CHILD, required=False)
    g = forms.ChoiceField(label=_("For whom"), required=False)
    l = forms.ChoiceField(label=_("Language"), required=False)  # noqa: E741 -- a code in an address
    e = forms.ChoiceField(label=_("With a disability"), required=False)
    c = forms.ChoiceField(label=_("Cost"), required=False)
    o = forms.BooleanField(label=_("Open now"), required=False)

    def __init__(self, data):
        super().__init__(data, auto_id="find-%s")
        province = data.get("p", "")
        choices = {
            "n": [("", _("Anything that helps")), *kind_choices()],
            "p": [("", _("All of Indonesia")), *place_choices()],
            "d": [("", _("All of this province")), *district_choices(province)],
            "g": [("", _("For everybody")), *worded(Gender.choices)],
            "l": [("", _("Any language")), *worded(Tongue.choices)],
            "e": [("", _("No special need")), *worded(Ease.choices)],
            "c": [("", _("Whatever it costs")), *worded(choice for choice in Price.choices if choice[0] != Price.SOME)],
        }
        for name, of_it in choices.items():
            self.fields[name].choices = of_it
        self.fields["q"].widget.attrs |= {"autocomplete": "off", "enterkeyhint": "search"}

    def asked(self):
        """`Asked`, whether or not all of it was understood."""
        value = self.cleaned_data.get if self.errors is not None else None
        province, district = value("p"), value("d")
        return Asked(
            text=value("q") or "",
            province=f"ID-{province}" if province else "",
            district=DISTRICTS[f"{district[:2]}.{district[2:]}"][0] if district else "",
            kind=value("n") or "",
            age=value("a"),
            gender=value("g") or "",
            language=value("l") or "",
            ease=value("e") or "",
            cost=value("c") or "",
            open=bool(value("o")),
        )

    def count(self, counts):
        """Write beside each choice how many services there would be with it."""
        for name in COUNTED:
            of_it = counts.get(name, {})
            field = self.fields[name]
            field.choices = [(code, f"{word} ({of_it.get(code, 0)})" if code else word) for code, word in field.choices]
        self.open_now = counts.get("o", {}).get("1", 0)

    def codes(self):
        """What was understood, as the short codes of an address, without the words: `{"n": "c4"}`."""
        return {
            name: self[name].value() if name != "o" else "1"
            for name, value in self.cleaned_data.items()
            if name != "q" and value not in {"", None, False}
        }

    @property
    def filtered(self):
        """Was anything asked beside words, need and province?"""
        return bool(self.codes().keys() - {"n", "p"})
