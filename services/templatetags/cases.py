"""Words that the case pages need: ages, days, roles and lists of choices."""

from django import template
from django.utils.translation import ngettext

from cms.accounts.models import Role
from services.models import Fact
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
