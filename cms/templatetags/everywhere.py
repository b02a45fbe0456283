"""The pages that every page leads to: what editors put at the foot for everybody, and the page that explains the way out."""

from django import template
from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language
from wagtail.models import Page

from cms.models import LaidPage
from cms.models.pages import Audience, readings

register = template.Library()

WAY_OUT = "keluar"  # cms/wording/pages/keluar.toml


def _for_everybody(context):
    """`[{title, url, key}]` in the language that is read, `key` of a page that was laid; asked once a request."""
    request, language = context.get("request"), get_language() or settings.LANGUAGE_CODE
    known = getattr(request, "for_everybody", {})
    if language not in known:
        laid = LaidPage.objects.filter(page__translation_key=OuterRef("translation_key")).values("key")[:1]
        pages = readings(Page.objects.filter(locale__language_code=language)).filter(audience=Audience.EVERYBODY)
        found = [
            {"title": page.title, "url": page.get_url(request), "key": page.laid_as}
            for page in pages.annotate(laid_as=Subquery(laid)).order_by("path")
        ]
        known = {**known, language: [page for page in found if page["url"]]}
        if request is not None:
            request.for_everybody = known
    return known[language]


@register.simple_tag(takes_context=True)
def way_out_page(context):
    """The address of the page that explains the way out, or an empty text while there is none."""
    return next((page["url"] for page in _for_everybody(context) if page["key"] == WAY_OUT), "")


@register.simple_tag(takes_context=True)
def footer_pages(context):
    """A list of `title`, `url`, in the order of the tree of pages."""
    return _for_everybody(context)
