"""What the style page shows: each component in its states, with invented words. A new component needs a line here; a test says so.

The states are always these four, where a component has them: as usual, with nothing in it, refused, with very long words.
"""

from dataclasses import dataclass, field

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

USUAL, EMPTY, REFUSED, LONG = _("As usual"), _("With nothing in it"), _("Refused or late"), _("With very long words")

WORD = _("Short words")
SENTENCE = _("A sentence as people read it here.")
LONG_TEXT = _(
    "A sentence that somebody wrote without looking at its length, with a place such as Kepulauan Pangkajene-Tangguh, "
    "an address, and words that do not end where a line would like them to end."
)
LONG_NAME = _("Integrated service unit for the protection of women and children of the regency of Kepulauan Tanimbar")


@dataclass(frozen=True)
class Part:
    """One component: its file in templates/components, what it is for, and `(state, context)` of each specimen."""

    file: str
    purpose: str
    specimens: list = field(default_factory=list)
    staff: bool = False

    @property
    def template(self):
        return f"components/{self.file}.html"

    @property
    def slug(self):
        return self.file.strip("_").replace("_", "-")


class SampleForm(forms.Form):
    """Fields of every kind that this house uses."""

    place = forms.CharField(label=_("Place"), help_text=_("A regency or a city."), max_length=80)
    need = forms.ChoiceField(label=_("Need"), choices=[("", "…"), ("a", WORD), ("b", LONG_NAME)], required=False)
    ways = forms.MultipleChoiceField(
        label=_("How to reach somebody"), choices=[("a", WORD), ("b", LONG_NAME)], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label=_("I have read this"), help_text=_("It can be undone."))


def sample_form(prefix, data=None):
    return SampleForm(data, prefix=prefix, auto_id=f"{prefix}-%s")


def fields_of(prefix, data=None):
    """[(state, context)] of each kind of field."""
    state = USUAL if data is None else REFUSED
    return [(state, {"field": bound}) for bound in sample_form(prefix, data)]


def refused_form():
    form = sample_form("refused", {})
    form.is_valid()
    return form


STEPS = [
    {"title": WORD, "text": SENTENCE, "state": "done"},
    {"title": WORD, "text": SENTENCE, "note": WORD, "state": "now"},
    {"title": LONG_NAME, "text": LONG_TEXT, "state": "later"},
]
OBJECTION = {"what": SENTENCE, "why": SENTENCE, "source": "TPKS 54", "instead": SENTENCE}
TIME = {
    "value": "1", "when": "Kam, 3 Des 2026 09.00–09.50 WIB", "facts": [("person", WORD), ("room", WORD)], "reasons": [SENTENCE],
}  # fmt: skip


def words_parts():
    return [
        Part("notice", _("Something happened, calmly said."), [
            (USUAL, {"text": SENTENCE}), (USUAL, {"text": SENTENCE, "kind": "info"}), (EMPTY, {"text": ""}),
            (REFUSED, {"text": SENTENCE, "kind": "objection", "title": WORD}), (LONG, {"text": LONG_TEXT, "title": LONG_NAME}),
        ]),
        Part("objections", _("A refusal: what, why with its source, what to do instead."), [
            (EMPTY, {"objections": []}), (REFUSED, {"objections": [OBJECTION, {**OBJECTION, "warning": True}]}),
            (LONG, {"objections": [dict.fromkeys(OBJECTION, LONG_TEXT)], "title": LONG_NAME}),
        ]),
        Part("empty", _("Nothing here yet: a drawing, plain words, one thing to do."), [
            (EMPTY, {"title": WORD, "text": SENTENCE, "action_url": "/", "action_label": WORD}),
            (LONG, {"title": LONG_NAME, "text": LONG_TEXT, "drawing": "door"}),
        ]),
        Part("facts", _("Named facts; one without a value is left out."), [
            (USUAL, {"facts": [(WORD, SENTENCE), (WORD, "3")]}), (EMPTY, {"facts": [(WORD, "")]}),
            (LONG, {"facts": [(LONG_NAME, LONG_TEXT)]}),
        ]),
        Part("card", _("One of several things to choose from."), [
            (USUAL, {"title": WORD, "url": "/", "text": SENTENCE, "facts": [(WORD, "3")], "checked": SENTENCE, "level": 4}),
            (EMPTY, {"title": WORD, "level": 4}), (REFUSED, {"title": WORD, "chip": WORD, "chip_kind": "late", "level": 4}),
            (LONG, {"title": LONG_NAME, "text": LONG_TEXT, "checked": LONG_TEXT, "level": 4}),
        ]),
        Part("path", _("What happens, step by step; the lamp stands where one is."), [
            (USUAL, {"steps": STEPS[:2]}), (EMPTY, {"steps": []}), (LONG, {"steps": STEPS}),
        ]),
    ]  # fmt: skip


def form_parts():
    return [
        Part("field", _("A field with its label, its help and what is wrong with it."),
             [*fields_of("usual"), *fields_of("lacking", {}), (LONG, {"field": sample_form("long")["place"], "label": LONG_NAME, "help": LONG_TEXT})]),
        Part("field_help", _("Its help, alone."), [(USUAL, {"field": sample_form("help")["place"]}), (EMPTY, {"field": sample_form("none")["place"], "no_help": True})]),
        Part("field_errors", _("What is wrong, alone."), [(REFUSED, {"field": sample_form("wrong", {})["place"]}), (EMPTY, {"field": sample_form("right")["place"]})]),
        Part("form_errors", _("Above a refused form: each line leads to its field."), [(REFUSED, {"form": refused_form()}), (EMPTY, {"form": sample_form("calm")})]),
        Part("pagination", _("Earlier, later, and where one is."), [
            (LONG, {"page_obj": Paginator(range(99_999), 1).page(44_444)}), (EMPTY, {"page_obj": Paginator([], 10).page(1)}),
        ]),
    ]  # fmt: skip


def staff_parts():
    parts = [
        Part("clock", _("A time limit in words; it never counts down by itself."), [
            (USUAL, {"label": WORD, "due": "Kam, 3 Des 2026", "left": WORD, "percent": 40, "source": "TPKS 41"}),
            (EMPTY, {"label": WORD, "due": WORD}), (REFUSED, {"label": WORD, "due": WORD, "percent": 100, "state": "late"}),
            (LONG, {"label": LONG_NAME, "due": LONG_TEXT, "left": LONG_TEXT, "percent": 90, "state": "soon"}),
        ]),
        Part("slot", _("A time that can be chosen, and why it is offered."), [
            (USUAL, {"slot": TIME, "name": "times", "input_id": "time-1", "chosen": True}),
            (EMPTY, {"slot": {"value": "2", "when": TIME["when"]}, "name": "times", "input_id": "time-2"}),
            (REFUSED, {"slot": {**TIME, "warnings": [SENTENCE]}, "name": "times", "input_id": "time-3"}),
            (LONG, {"slot": {**TIME, "reasons": [LONG_TEXT], "facts": [("place", LONG_TEXT)]}, "name": "times", "input_id": "time-4"}),
        ]),
    ]  # fmt: skip
    if settings.FACE != "public":  # their links lead to addresses that the readers' process does not know
        parts += [
            Part(
                "session_end",
                _("Hidden until a session ends; then it covers the page."),
                [(EMPTY, {"who": "", "left": 0})],
            ),
            Part("staff_foot", _("The end of a page for staff."), [(USUAL, {})]),
        ]
    return parts


def frame_parts():
    return [
        Part("brand", _("The house with the light on, and the name."), [(USUAL, {})]),
        Part("mark", _("The same, without the name."), [(USUAL, {})]),
    ]


# Parts of this very page, as of every other: to be seen at its top and its foot.
AROUND = ["_head", "exit", "help_now", "languages", "footer"]
DRAWINGS = ["house", "path", "window", "chair", "cup", "tree", "room", "people", "talk", "recorder", "watchers", "pause",
            "companion", "door", "hand", "phone"]  # fmt: skip
WIDE_DRAWINGS = ["scene", "landscape", "hills"]
ICONS = [
    "add",
    "back",
    "badge",
    "calendar",
    "chair",
    "chat",
    "check",
    "child",
    "clock",
    "cup",
    "document",
    "download",
    "edit",
    "exit",
    "eye",
    "family",
    "filter",
    "flag",
    "house",
    "info",
    "language",
    "law",
    "listen",
    "lock",
    "mail",
    "menu",
    "next",
    "objection",
    "path",
    "people",
    "person",
    "phone",
    "place",
    "print",
    "record",
    "remote",
    "remove",
    "room",
    "search",
    "shield",
    "teacher",
    "travel",
    "undo",
]
CHIPS = [
    ("now", _("now")), ("ok", _("in order")), ("wait", _("waiting")), ("late", _("overdue")), ("off", _("not now")),
]  # fmt: skip
