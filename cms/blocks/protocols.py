"""The parts of a protocol: steps, manner, checklist, what it rests on, and its limits.

The limits check themselves here too, so that a fault is shown beside the numbers that make it.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from cms.accounts.models import Role
from cms.blocks.prose import PLAIN
from cms.limits import EXPLAINABLE, HEAVIEST, IN_ROOM, OBSERVING, REMOTE

PRESENCE_CHOICES = [(IN_ROOM, _("in the room")), (OBSERVING, _("observing")), (REMOTE, _("by video link"))]
WARNING_WORDS = {
    "length_above_protocol": _("longer than advised"),
    "length_below_protocol": _("shorter than advised"),
    "hour_unsuitable_for_age": _("an hour that does not suit the age"),
    "breaks_missing": _("no break"),
    "break_too_rare": _("breaks too far apart"),
    "sessions_same_day": _("another appointment on the same day"),
    "clock_overdue": _("later than the protocol's clock"),
    "companion_other_sex": _("a companion of the other sex than the child prefers"),
    "room_far_away": _("a room in another district"),
    "need_after_its_day": _("an agency needs it earlier"),
    "venue_shared_that_day": _("somebody of another case at the venue on that day"),
}
WARNING_CHOICES = [(key, WARNING_WORDS[key]) for key in EXPLAINABLE]
UNIT_CHOICES = [("hours", _("hours")), ("days", _("days"))]


class StepBlock(blocks.StructBlock):
    """One numbered step: who does what by when, and what the child can expect of it."""

    title = blocks.CharBlock(max_length=120, label=_("title"))
    who = blocks.MultipleChoiceBlock(choices=Role.choices, label=_("who"))
    what = blocks.RichTextBlock(features=PLAIN, label=_("what"))
    by_when = blocks.CharBlock(max_length=120, label=_("by when, in words"))
    number = blocks.IntegerBlock(min_value=1, max_value=1000, required=False, label=_("by when, as a number"))
    unit = blocks.ChoiceBlock(choices=UNIT_CHOICES, required=False, label=_("hours or days"))
    form = blocks.CharBlock(
        max_length=160,
        required=False,
        label=_("form or paper"),
        help_text=_("What is filled in or handed over in this step."),
    )
    child = blocks.TextBlock(max_length=600, required=False, label=_("what the child can expect"))

    def clean(self, value):
        """A number needs its unit and the other way round."""
        cleaned = super().clean(value)
        if bool(cleaned["number"]) != bool(cleaned["unit"]):
            raise StructBlockValidationError({"unit": ValidationError(_("Give the number together with its unit."))})
        return cleaned

    class Meta:
        label = _("step")
        icon = "list-ol"


class StepsBlock(blocks.StreamBlock):
    step = StepBlock()


class LegalBasisBlock(blocks.StructBlock):
    """An article the protocol rests on; always printed with the advice to check the official text."""

    source = blocks.CharBlock(max_length=40, required=False, label=_("source id"), help_text=_("Such as TPKS-54."))
    law = blocks.CharBlock(max_length=160, label=_("law"))
    article = blocks.CharBlock(max_length=60, label=_("article"))
    note = blocks.TextBlock(max_length=600, label=_("what it asks for, in our words"))

    class Meta:
        label = _("legal basis")
        icon = "doc-full"


class LegalBasesBlock(blocks.StreamBlock):
    law = LegalBasisBlock()


class FindingBlock(blocks.StructBlock):
    """Something research or practice found, and how far it carries."""

    finding = blocks.TextBlock(max_length=600, label=_("finding"))
    reference = blocks.CharBlock(max_length=240, label=_("where it was read"))
    link = blocks.URLBlock(max_length=240, required=False, label=_("address where it can be read"))

    class Meta:
        label = _("finding")
        icon = "search"


class FindingsBlock(blocks.StreamBlock):
    finding = FindingBlock()


class MannerBlock(blocks.StreamBlock):
    """Do and don't, a sentence each."""

    do = blocks.CharBlock(max_length=240, label=_("do"), icon="tick")
    dont = blocks.CharBlock(max_length=240, label=_("don't"), icon="cross")


class ChecklistBlock(blocks.StreamBlock):
    item = blocks.CharBlock(max_length=240, label=_("to check"), icon="tick-inverse")


SOURCE_HELP = _("A source id such as TPKS-54, or where the number comes from.")


class BandBlock(blocks.StructBlock):
    """The limits for one band of ages; the rules read these numbers and say them with their source."""

    from_years = blocks.IntegerBlock(min_value=0, max_value=17, label=_("from age (years)"))
    to_years = blocks.IntegerBlock(min_value=0, max_value=17, label=_("to age (years)"))
    shortest_minutes = blocks.IntegerBlock(min_value=1, max_value=480, label=_("shortest interview (minutes)"))
    longest_minutes = blocks.IntegerBlock(min_value=1, max_value=480, label=_("longest interview (minutes)"))
    length_source = blocks.CharBlock(max_length=240, label=_("source of the length"), help_text=SOURCE_HELP)
    earliest = blocks.TimeBlock(label=_("starts no earlier than"))
    latest = blocks.TimeBlock(label=_("ends no later than"))
    hours_source = blocks.CharBlock(max_length=240, label=_("source of the hours"), help_text=SOURCE_HELP)
    break_every_minutes = blocks.IntegerBlock(min_value=1, max_value=480, label=_("a break at least every (minutes)"))
    break_minutes = blocks.IntegerBlock(min_value=1, max_value=120, label=_("length of a break (minutes)"))
    breaks_source = blocks.CharBlock(max_length=240, label=_("source of the breaks"), help_text=SOURCE_HELP)

    def clean(self, value):
        """No minimum above its maximum, no evening before its morning."""
        cleaned = super().clean(value)
        errors = {}
        for low, high in (("from_years", "to_years"), ("shortest_minutes", "longest_minutes"), ("earliest", "latest")):
            least, most = cleaned[low], cleaned[high]
            if least is not None and most is not None and least > most:
                errors[high] = ValidationError(_("This must not be below the value before it."))
        if errors:
            raise StructBlockValidationError(errors)
        return cleaned

    class Meta:
        label = _("age band")
        icon = "group"
        form_layout = [
            blocks.BlockGroup(["from_years", "to_years"], heading=_("ages")),
            blocks.BlockGroup(["shortest_minutes", "longest_minutes", "length_source"], heading=_("length")),
            blocks.BlockGroup(["earliest", "latest", "hours_source"], heading=_("hours, local time")),
            blocks.BlockGroup(["break_every_minutes", "break_minutes", "breaks_source"], heading=_("breaks")),
        ]


class BandsBlock(blocks.StreamBlock):
    band = BandBlock()

    class Meta:
        required = False


class RequiredRoleBlock(blocks.StructBlock):
    """A role that must take part, and how it may be present."""

    role = blocks.ChoiceBlock(choices=Role.choices, label=_("role"))
    presences = blocks.MultipleChoiceBlock(choices=PRESENCE_CHOICES, label=_("may be present"))
    source = blocks.CharBlock(max_length=240, label=_("source"), help_text=SOURCE_HELP)
    must_accept = blocks.BooleanBlock(
        default=True,
        required=False,
        label=_("must accept before a proposed interview stands"),
    )

    class Meta:
        label = _("required role")
        icon = "user"


class RolesBlock(blocks.StreamBlock):
    role = RequiredRoleBlock()

    class Meta:
        required = False


WEIGHT_CHOICES = [
    ("hour_unsuitable", _("an hour outside those advised for the age")),
    ("childs_hours", _("school, nap, prayer or exam hours")),
    ("another_interviewer", _("another interviewer than before")),
    ("equipment_missing", _("a room without what the child needs")),
    ("through_interpreter", _("an interviewer who needs an interpreter")),
    ("farther", _("a room outside the province")),
    ("preference_unmet", _("another part of the day than the child prefers")),
    ("other_sex", _("a companion of another sex than the child wished")),
    ("same_province", _("a room in another district")),
    ("neighbouring", _("a room in a neighbouring district")),
]


class WeightBlock(blocks.StructBlock):
    """What counts against a time when times are ordered, in days of waiting."""

    what = blocks.ChoiceBlock(choices=WEIGHT_CHOICES, label=_("what"))
    days = blocks.FloatBlock(min_value=0, max_value=HEAVIEST, label=_("weighs as much as (days of waiting)"))

    class Meta:
        label = _("weight")
        icon = "order"


class WeightsBlock(blocks.StreamBlock):
    weight = WeightBlock()

    class Meta:
        required = False


class ReasonsBlock(blocks.StreamBlock):
    """Warnings of the booking rules that somebody may go past, saying why."""

    warning = blocks.ChoiceBlock(choices=WARNING_CHOICES, label=_("warning"), icon="warning")

    class Meta:
        required = False


class CheckItemBlock(blocks.StructBlock):
    """One thing to see to before an interview, in both languages, since versions pin it."""

    code = blocks.RegexBlock(regex=r"^[a-z][a-z0-9_]*$", max_length=40, label=_("code"))
    text_id = blocks.CharBlock(max_length=240, label=_("in Indonesian"))
    text_en = blocks.CharBlock(max_length=240, label=_("in English"))
    role = blocks.ChoiceBlock(choices=Role.choices, label=_("who sees to it"))
    hours_before = blocks.IntegerBlock(min_value=0, max_value=1000, label=_("hours before it begins"))

    class Meta:
        label = _("to see to")
        icon = "tick-inverse"


class PreparationBlock(blocks.StreamBlock):
    item = CheckItemBlock()

    class Meta:
        required = False
