"""Finding protocols and pages to read by their words: published ones, in the reader's language, that anybody may open.

Wagtail keeps the index in the database (a page is entered when it is saved); the words of both languages are stemmed by
the same Indonesian rules, which leave English words nearly as they are.
"""

from wagtail.fields import StreamField
from wagtail.models import Locale, Page
from wagtail.search import index

from cms.excerpts import excerpt
from cms.models.pages import CardsPage, GlossaryPage, GuidePage
from cms.models.protocols import ProtocolPage

KINDS = (ProtocolPage, GuidePage, CardsPage, GlossaryPage)
MOST = 20
LONGEST = 200  # characters of a question


def found_pages(words, language):
    """`[(page, excerpt)]`, the best first, `MOST` at most; each excerpt as `cms.excerpts.excerpt` gives it."""
    locale = Locale.objects.get(language_code=language)
    pages = Page.objects.live().public().type(*KINDS).filter(locale=locale)
    found = pages.specific().search(words[:LONGEST], operator="or")[:MOST]
    return [(page, excerpt(texts_of(page), words[:LONGEST])) for page in found]


def texts_of(page):
    """What stands on a page, part by part, without markup."""
    for field in page.search_fields:
        if isinstance(field, index.SearchField) and field.field_name != "title":
            value = getattr(page, field.field_name)
            kept = page._meta.get_field(field.field_name)  # noqa: SLF001 -- Django's documented Meta API
            yield from kept.get_searchable_content(value) if isinstance(kept, StreamField) else [value or ""]


def enter_all():
    """Enter every page anew: those of a site whose pages were saved before they could be found."""
    for kind in KINDS:
        for page in kind.objects.all():
            index.insert_or_update_object(page)
