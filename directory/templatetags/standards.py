"""What a provider meets, for its pages; and the standing of a house, for whoever works here."""

from django import template
from django.utils import timezone

from directory.models.standards import shown_of

register = template.Library()


@register.simple_tag
def standing_of(provider, *services):
    """`[(standard, [Shown])]` of what is asked of these services of the provider."""
    kinds = sorted({service.kind for service in services} - {""})
    return shown_of(provider, kinds, timezone.localdate())


@register.simple_tag
def standing_of_all(provider, services):
    return standing_of(provider, *services)


@register.inclusion_tag("directory/_text.html")
def standard_text(thing, name, lines=False):  # noqa: FBT002 -- a template writes lines=True
    """A text of a standard or a criterion in the reader's language, marked with its own where it is another."""
    words, language = thing.text(name)
    return {"words": words, "language": language, "lines": lines}
