"""Words and places that the calendar pages need."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.places import zone_word
from cms.templatetags.sekali import day
from services.rules import house

register = template.Library()


@register.filter
def zone_at(_day, zone):
    """WIB, WITA or WIT."""
    return zone_word(zone)


@register.filter
def short_day(date):
    """`Kam, 3 Des`: the year stands elsewhere on the page."""
    return day(date).rpartition(" ")[0]


@register.filter
def minutes_after(moment, first):
    """Whole minutes from one moment to another: where a bar begins."""
    return int((moment - first).total_seconds() // 60)


@register.filter
def at(items, place):
    """The item at a place of a list."""
    return items[place]


@register.filter
def day_state(stretches):
    """The state that names a whole day."""
    return house.leading(stretches)


@register.simple_tag
def free_words(stretches):
    """`6 h 10 min free` of a day, or that nothing is."""
    minutes = sum(one.minutes for one in stretches if one.state == house.FREE)
    if not minutes:
        return _("nothing free")
    said = {"hours": minutes // 60, "minutes": minutes % 60}
    return (_("%(hours)d h %(minutes)d min free") if minutes % 60 else _("%(hours)d h free")) % said


@register.simple_tag
def left_out_words(why, count):
    """Why something of a calendar makes nobody busy."""
    words = {
        "free": ngettext("%(n)d time that says free", "%(n)d times that say free", count),
        "cancelled": ngettext("%(n)d time that was cancelled", "%(n)d times that were cancelled", count),
        "elsewhen": ngettext(
            "%(n)d appointment outside the coming four months",
            "%(n)d appointments outside the coming four months",
            count,
        ),
        "zone": ngettext(
            "%(n)d appointment in a time zone that is not known",
            "%(n)d appointments in a time zone that is not known",
            count,
        ),
        "unclear": ngettext(
            "%(n)d appointment without a clear beginning and end",
            "%(n)d appointments without a clear beginning and end",
            count,
        ),
    }
    return words[why] % {"n": count}
