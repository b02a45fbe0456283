"""The pages every page leads to, where they are published: privacy, the way out, checking this site, the glossary.

They are laid from cms/wording/pages/*.toml and belong to the editors from then on. They are found by the address they were laid
under; a page that was taken off the site, or moved to another address, is simply not offered.
"""

from functools import cache

from django import template
from django.conf import settings
from django.utils.translation import get_language
from wagtail.models import Page

from cms import wording

register = template.Library()

KEYS = ("privasi", "keluar", "periksa", "glosarium")


@cache
def _slugs(language):
    """{slug: key} of the pages as they were laid in a language."""
    laid = {key: wording.load(f"pages/{key}") for key in KEYS if wording.has(f"pages/{key}")}
    return {page["slug"][language]: key for key, page in laid.items()}


def _published(context):
    """{key: (title, address)} in the language that is read; asked once a request, whoever asks first."""
    request = context.get("request")
    language = get_language() or settings.LANGUAGE_CODE
    known = getattr(request, "laid_pages", {})
    if language not in known:
        keys = _slugs(language)
        pages = Page.objects.live().filter(locale__language_code=language, slug__in=keys).order_by("-depth")
        found = {
            keys[page.slug]: (page.title, page.get_url(request)) for page in pages
        }  # the one nearest the front door
        known = {**known, language: {key: page for key, page in found.items() if page[1]}}
        if request is not None:
            request.laid_pages = known
    return known[language]


@register.simple_tag(takes_context=True)
def laid_page(context, key):
    """The address of one of them, or an empty text."""
    return _published(context).get(key, ("", ""))[1]


@register.simple_tag(takes_context=True)
def footer_pages(context):
    """A list of `title`, `url`, in the order of KEYS."""
    published = _published(context)
    return [{"title": published[key][0], "url": published[key][1]} for key in KEYS if key in published]
