"""Where the pages' links lead: those that are broken, and those that leave the site. No address is ever fetched.

Read are published pages; what a draft will change is not. A broken link is one to a page that is not published or no
longer there, or to an anchor that the page it names does not have.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag

from django.utils.translation import gettext as _
from wagtail.blocks import StructValue
from wagtail.models import Page
from wagtail.rich_text import RichText

from cms.findings import parts

ANCHORS = re.compile(r'\bid="([^"]+)"')
FOREIGN = ("http://", "https://")


@dataclass(frozen=True)
class Link:
    """One link. `why` is empty where nothing is wrong with it."""

    page: Page
    target: str
    why: str = ""


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs))


def raw_links(page):
    """`{linktype, id, href}` of every link in the page's texts, and of every address in a block of its own."""
    for _kind, value in parts(page):
        if isinstance(value, RichText):
            reader = _Links()
            reader.feed(value.source)
            yield from reader.found
        elif isinstance(value, StructValue):
            for name, part in value.items():
                if isinstance(part, Page):
                    yield {"linktype": "page", "id": str(part.pk)}
                elif isinstance(part, str) and (name == "url" or part.startswith(FOREIGN)) and part:
                    yield {"href": part}


def report(pages):
    """`(broken, external)`, lists of `Link`, of these pages (specific, published)."""
    pages = list(pages)
    raw = [(page, link) for page in pages for link in raw_links(page)]
    wanted = {int(link["id"]) for _page, link in raw if link.get("linktype") == "page" and link["id"].isdigit()}
    live = {page.pk: page for page in Page.objects.filter(pk__in=wanted)}
    broken, external = [], []
    for page, link in raw:
        href = link.get("href") or ""
        if link.get("linktype") == "page":
            target = live.get(int(link["id"])) if link["id"].isdigit() else None
            if target is None:
                broken.append(Link(page, f"#{link['id']}", _("The page is no longer there.")))
            elif not target.live:
                broken.append(Link(page, target.title, _("The page is not published.")))
        elif href.startswith(FOREIGN):
            external.append(Link(page, href))
        elif "#" in href and not href.startswith(("mailto:", "tel:")):
            broken += missing_anchor(page, href)
    return broken, external


def missing_anchor(page, href):
    """A list of the one broken link to an anchor that is not there; empty when it is."""
    path, anchor = urldefrag(href)
    target = page
    if path:
        named = Page.objects.live().filter(slug=path.rstrip("/").rpartition("/")[2])
        target = next((one for one in named if one.url == path), None)
    if target is None:
        return [Link(page, href, _("The page is no longer there."))]
    if anchor in anchors(target.specific):
        return []
    return [Link(page, href, _("The page has no such place."))]


def anchors(page):
    """The ids of a published page, as it is shown."""
    return set(ANCHORS.findall(page.make_preview_request().content.decode()))
