"""The words of a protocol's page: roles, the name of a source's address, and the addresses of its versions."""

from django import template

from cms.models import limit_words

register = template.Library()


@register.filter
def roles(codes):
    """`Case manager, investigator`, of a list of role codes."""
    return limit_words.roles(codes or ())


@register.filter
def of(mapping, key):
    """What a mapping has under a key, or nothing."""
    return (mapping or {}).get(key)


@register.filter
def at(sequence, place):
    """What stands at a place of a list, counted from 0."""
    return sequence[place]


@register.simple_tag
def version_address(page, name, *numbers):
    """The address of a page's `versions`, one `version` or a `difference`, in the page's language."""
    return page.address_of(name, *numbers)
