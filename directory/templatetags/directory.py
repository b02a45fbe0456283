"""What the directory's templates ask for: texts in the reader's language, hours, ages and places in words."""

from datetime import timedelta
from itertools import groupby

from django import template
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.places import PROVINCES
from directory.models import ServiceKind, Weekday
from directory.rules import freshness as rules

register = template.Library()
TO = "\N{EN DASH}"
DAY = 24  # hours
SHOWN_AHEAD = timedelta(days=60)


@register.inclusion_tag("directory/_text.html")
def listing_text(listing, name, lines=True):  # noqa: FBT002 -- a template writes lines=False
    """A text in the reader's language, marked with its own where only Indonesian exists; as paragraphs or as one line."""
    words, language = listing.text(name)
    return {"words": words, "language": language, "lines": lines}


@register.inclusion_tag("directory/_text.html")
def listing_summary(listing, name="description"):
    """The first words of a text, for a card."""
    words, language = listing.text(name)
    return {"words": Truncator(words).words(30), "language": language, "lines": False}


@register.simple_tag
def has_text(listing, name):
    return bool(listing.text(name)[0])


@register.simple_tag
def opening(service, now):
    """rules.Opening, or None when nothing can be said."""
    return service.opening(now)


@register.simple_tag
def freshness(listing, now):
    """`fresh`, `due` or `unconfirmed`, as rules.freshness says it of this listing's last check."""
    return rules.freshness(getattr(listing, "kind", ""), listing.checked_on, today=timezone.localdate(now)).value


@register.simple_tag
def service_kinds():
    """`(code, word)` of every kind of help, for a search form's `n`."""
    return [(code, capfirst(word)) for code, word in ServiceKind.choices]


@register.filter
def ages(service):
    """For which ages, in words; empty when the listing does not say."""
    youngest, oldest = service.minimum_age, service.maximum_age
    if youngest is None and oldest is None:
        return ""
    if oldest is None:
        return _("from %(age)s years") % {"age": youngest}
    if not youngest:
        return _("up to %(age)s years") % {"age": oldest}
    return _("%(from)s to %(to)s years") % {"from": youngest, "to": oldest}


@register.filter
def for_whom(service):
    """Ages and gender in words; empty when it is for everybody or not said."""
    return ", ".join(filter(None, [ages(service), service.get_gender_display() if service.gender else ""]))


@register.filter
def answer(service):
    """How soon somebody answers, in words: at once, within so many hours, or days from two on."""
    hours = service.responds_within
    if hours == 0:
        return _("at once")
    if hours >= 2 * DAY and hours % DAY == 0:
        return ngettext("within %(count)s day", "within %(count)s days", hours // DAY) % {"count": hours // DAY}
    return ngettext("within %(count)s hour", "within %(count)s hours", hours) % {"count": hours}


@register.simple_tag
def detail_texts():
    """`(field, label)` of the texts of a service's own page, in the order of SIPPN's sections."""
    return [
        ("eligibility", _("Who may come")),
        ("requirements", _("What to bring")),
        ("application", _("How to get it")),
        ("duration", _("How long it takes")),
        ("product", _("What you have afterwards")),
        ("complaints", _("Where to complain")),
    ]


@register.filter
def places(service):
    """Where it helps, in words."""
    named = []
    for area in service.areas.all():
        if area.nationwide:
            return _("all of Indonesia")
        province = PROVINCES[area.province][0]
        named.append(f"{area.district}, {province}" if area.district else province)
    return "; ".join(named)


@register.filter
def clock(moment):
    """`09.00`"""
    return f"{moment:%H.%M}"


@register.filter
def end(moment):
    """`16.00`; midnight as the end of a day is `24.00`."""
    return clock(moment).replace("00.00", "24.00")


@register.simple_tag
def closing(state, now):
    """Until when a service is open: `16.00`, with the day's name if that is not within a day."""
    if state.until - now < timedelta(days=1):
        return end(state.until)
    last_moment = state.until - timedelta(minutes=1)
    return f"{Weekday(last_moment.isoweekday()).label} {end(state.until)}"


@register.filter
def weekday(moment):
    return Weekday(moment.isoweekday()).label


@register.simple_tag
def week(service):
    """The hours of a week: a list of `(days, hours)` in words, equal days in one line."""
    today = timezone.localdate(timezone=service.zone)
    by_day = {
        day: [words_of(one) for one in sorted(service.hours(), key=lambda one: (one.opens is None, one.opens))
              if one.weekday == day and (one.valid_to is None or one.valid_to >= today)]
        for day in Weekday.values
    }  # fmt: skip
    lines = []
    for hours, equal_days in groupby(Weekday.values, key=lambda day: by_day[day]):
        days = list(equal_days)
        name = Weekday(days[0]).label
        if len(days) == len(Weekday):
            name = _("Every day")
        elif len(days) > 1:
            name = _("%(first)s to %(last)s") % {"first": name, "last": Weekday(days[-1]).label}
        lines.append((name, hours))
    return lines if any(hours for _days, hours in lines) else []


@register.simple_tag
def special_days(service, now):
    """The days to come within `SHOWN_AHEAD` that are not as the week says: `(date, hours in words, why)`."""
    today = timezone.localdate(now, service.zone)
    ahead = [one for one in service.special_days.all() if today <= one.day < today + SHOWN_AHEAD]
    ahead.sort(key=lambda one: (one.day, one.opens is None, one.opens))
    found = []
    for date, same_day in groupby(ahead, key=lambda one: one.day):
        spans = list(same_day)
        found.append((date, [span_of(one) for one in spans if not one.closed], spans[0].reason))
    return found


def span_of(hours):
    return _("day and night") if hours.all_day else f"{clock(hours.opens)}{TO}{end(hours.closes)}"


def words_of(hours):
    words = span_of(hours)
    first, last = hours.valid_from, hours.valid_to
    if first and last:
        return _("%(hours)s (%(first)s to %(last)s)") % {"hours": words, "first": day(first), "last": day(last)}
    if last:
        return _("%(hours)s (until %(last)s)") % {"hours": words, "last": day(last)}
    if first:
        return _("%(hours)s (from %(first)s)") % {"hours": words, "first": day(first)}
    return words


def day(date):
    from cms.templatetags.sekali import day as in_words

    return in_words(date)
