"""Words of the recovery pages: why a week clashes, and what can be done about it."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

CAUSES = {
    "holiday": _("public holiday"),
    "exam": _("school exams"),
    "leave": _("therapist or room is away"),
    "training": _("the therapist's training ends before"),
    "therapist_busy": _("the therapist has no time"),
    "room_busy": _("the room is taken"),
    "therapist_around": _("too little time around it for the therapist"),
    "room_around": _("too little time to prepare or clean the room"),
    "child_busy": _("the child has another appointment"),
    "group": _("the child meets its group that day"),
    "session_that_day": _("the child has another session that day"),
    "apart": _("not a good day at this house"),
}
OPTIONS = {
    "same_week": _("Another time in the same week"),
    "next_week": _("In the next week"),
    "leave_out": _("Leave this week out"),
}


@register.filter
def cause_word(cause):
    """Why a week of a series clashes, in words."""
    return CAUSES.get(cause, cause)


@register.filter
def option_word(kind):
    """What can be done about a week that clashes, in words."""
    return OPTIONS.get(kind, kind)


@register.filter
def entry(table, key):
    """`table[key]`, or the key itself where there is none."""
    return table.get(key, key)
