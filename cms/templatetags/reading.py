"""The ways to the pages to read: the front page's cards, the shelf's, and the last line of each page."""

from urllib.parse import urljoin

from django import template
from django.utils.translation import get_language
from wagtail.models import Page

from cms.models.pages import Audience, readings
from cms.templatetags.sekali import front_door

register = template.Library()

ICONS = {
    Audience.CHILD: "child",
    Audience.TEEN: "person",
    Audience.PARENT: "family",
    Audience.TEACHER: "teacher",
    Audience.OFFICER: "shield",
}


def _offered():
    """What editors put an audience on, in the language that is read."""
    pages = readings(Page.objects.filter(locale__language_code=get_language()))
    return pages.exclude(audience="").order_by("path")


@register.simple_tag(takes_context=True)
def front_pages(context):
    """What the front page leads to: `who`, a list of `words`, `icon`, `url`; `told` and `shelf`, addresses or empty texts."""
    request, found = context.get("request"), {}
    for page in _offered():
        found.setdefault(page.audience, page)
    who = [
        {"words": Audience(audience).label, "icon": icon, "url": found[audience].get_url(request)}
        for audience, icon in ICONS.items()
        if audience in found
    ]
    told = found.get(Audience.TOLD)
    shelf = urljoin(who[0]["url"], "..") if who else ""
    return {"who": who, "told": told.get_url(request) if told else "", "shelf": shelf if shelf != front_door() else ""}


@register.simple_tag(takes_context=True)
def pages_below(context, page):
    """The published pages below a page that are shown in menus: a list of `title`, `intro`, `url`."""
    request = context.get("request")
    if not page.numchild:
        return []
    return [
        {"title": below.title, "intro": below.intro, "url": below.get_url(request)}
        for below in readings(Page.objects.child_of(page).in_menu())
    ]
