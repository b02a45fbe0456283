"""Words that the case pages need: ages, days, roles and lists of choices."""

from django import template
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cms.accounts.models import Role
from services.models import Fact, RecordAccess
from services.models.identities import Reason

register = template.Library()


@register.simple_tag
def years_and_months(months):
    """`9 years 3 months` of an age in months."""
    years, rest = divmod(months, 12)
    words = ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    if rest:
        words += " " + ngettext("%(n)d month", "%(n)d months", rest) % {"n": rest}
    return words


@register.simple_tag
def days_between(first, last):
    """Whole days from one date to another."""
    return (last - first).days


@register.filter
def role_word(role):
    """A role's value in words."""
    return dict(Role.choices).get(role, role)


@register.filter
def fact_word(fact):
    """A fact of the identity, as the record keeps it, in words."""
    return dict(Fact.choices).get(fact, fact)


@register.filter
def reason_word(reason):
    """Why somebody was shown it, in words."""
    return dict(Reason.choices).get(reason, reason)


ACCESS_CHIPS = {"requested": "chip-wait", "granted": "chip-ok"}


@register.filter
def access_chip(standing):
    """The look of how a request to see a record stands."""
    return ACCESS_CHIPS.get(standing, "chip-off")


@register.filter
def access_word(standing):
    """How a request to see a record stands, in words; see services.rules.accesses.standing."""
    of_today = {"over": _("over"), "corrected": _("entry corrected since")}
    return of_today.get(standing) or dict(RecordAccess.State.choices).get(standing, standing)


@register.simple_tag
def item_words(item):
    """An item of a protocol's checklist in the language of the page."""
    return item.text(get_language() or "id")


@register.simple_tag
def choice_words(instance, name):
    """The chosen values of an array field in words, separated by commas."""
    labels = dict(instance._meta.get_field(name).base_field.choices)  # noqa: SLF001 -- Django's documented Meta API
    return ", ".join(str(labels.get(value, value)) for value in getattr(instance, name))


@register.simple_tag
def search_query(request, **changes):
    """The page's own query with some values changed; an empty value is left out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return query.urlencode()


# --- keeping ----------------------------------------------------------------------------------------------------------

CHIPS = {"running": "chip-now", "soon": "chip-wait", "late": "chip-late", "met": "chip-ok", "met_late": "chip-off"}


@register.simple_tag
def hours_left(left):
    """`2 days 5 hours left` of a timedelta; the last hour is said as such."""
    hours = int(left.total_seconds() // 3600)
    if hours < 1:
        return _("less than one hour left")
    days, rest = divmod(hours, 24)
    words = [ngettext("%(n)d day", "%(n)d days", days) % {"n": days}] if days else []
    words += [ngettext("%(n)d hour", "%(n)d hours", rest) % {"n": rest}] if rest else []
    return _("%(time)s left") % {"time": " ".join(words)}


@register.simple_tag
def clock_state(state):
    """What the clock partial calls a state of rules.clocks."""
    return {"running": "", "met_late": "met"}.get(state, state)


@register.simple_tag
def clock_chip(clock):
    """(class, word) of a clock of 3×24 hours."""
    words = {
        "running": _("in time"),
        "soon": _("due soon"),
        "late": _("overdue"),
        "met": _("done"),
        "met_late": _("done late"),
    }
    return CHIPS[clock.state], words[clock.state]


@register.simple_tag
def period_words(line):
    """`5 years, ` and so on, before the words of the event a period starts from; nothing where there is no period."""
    for unit, one, many in (
        (line.years, "%(n)d year", "%(n)d years"),
        (line.days, "%(n)d day", "%(n)d days"),
        (line.hours, "%(n)d hour", "%(n)d hours"),
    ):
        if unit:
            words = ngettext(one, many, unit) % {"n": unit}
            if line.not_before_age:
                words += ", " + _("but not before the child is %(age)d") % {"age": line.not_before_age}
            return f"{words}, "
    return ""
