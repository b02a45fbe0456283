"""What every template may ask for: the same page in the other language, and hours in the words of their place.

Hours are printed as `Kam, 3 Des 2026 09.00 WIB`; a zone is a `ZoneInfo` or its name, and none means the current one.
"""

import json
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.urls import translate_url
from django.utils import timezone
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import get_language, override
from wagtail.models import Page

from cms.page_cache import remembered
from cms.places import PROVINCE_CHOICES, zone_word

register = template.Library()

DASH = "\N{EN DASH}"


def _page_urls(page, request):
    """Published translations of a page, by language code."""
    if not getattr(page, "pk", None):
        return {}  # a preview of a page that was never saved
    return remembered(request, f"translations {page.pk}", lambda: _translated(page, request))


def _translated(page, request):
    others = page.get_translations().live().select_related("locale")
    return {other.locale.language_code: other.get_url(request) for other in others}


@register.simple_tag(takes_context=True)
def language_links(context):
    """The page being read, in each language: a list of `code`, `name`, `url`, `current`.

    A Wagtail page without a published translation offers that language's front door, never a dead end.
    """
    request = context.get("request")
    here = request.get_full_path() if request else "/"
    page = context.get("page")
    is_page = isinstance(page, Page)
    translated = _page_urls(page, request) if is_page else {}
    links = []
    for code, name in settings.LANGUAGES:
        current = code == get_language()
        if current:
            url = here
        elif is_page:
            url = translated.get(code) or front_door(code)
        else:
            url = translate_url(here, code)
        links.append({"code": code, "name": name, "url": url, "current": current})
    return links


@register.simple_tag
def front_door(language=None):
    """The address of the home page in a language."""
    code = language or get_language() or settings.LANGUAGE_CODE
    return "/" if code == settings.LANGUAGE_CODE else f"/{code}/"


@register.simple_tag(takes_context=True)
def protocols_url(context):
    """The address of the published protocols in the page's language, or an empty string."""
    if hasattr(context.get("page"), "list_url"):  # a protocol knows the list it stands in
        return context["page"].list_url
    request, language = context.get("request"), get_language() or settings.LANGUAGE_CODE
    return remembered(request, f"protocols {language}", lambda: _protocols_url(request, language))


def _protocols_url(request, language):
    from cms.models import ProtocolIndexPage

    index = ProtocolIndexPage.objects.live().filter(locale__language_code=language).first()
    return index.get_url(request) if index else ""


@register.simple_tag
def provinces():
    """The 38 provinces as `(code, name)`, by name."""
    return sorted(PROVINCE_CHOICES, key=lambda choice: choice[1])


def _local(moment, zone):
    if not timezone.is_aware(moment):
        return moment
    return timezone.localtime(moment, ZoneInfo(str(zone)) if zone else None)


def _word(moment, zone):
    return zone_word(zone or getattr(moment, "tzinfo", None))


@register.filter
def day(moment, zone=None):
    """`Kam, 3 Des 2026`, of a date or of a moment in a zone."""
    if not moment:
        return ""
    local = _local(moment, zone) if hasattr(moment, "hour") else moment
    return f"{WEEKDAYS_ABBR[local.weekday()]}, {local.day} {str(MONTHS_3[local.month]).capitalize()} {local.year}"


@register.filter
def hour(moment, zone=None):
    """`09.00 WIB`."""
    if not moment:
        return ""
    local = _local(moment, zone)
    return f"{local:%H.%M} {_word(local, zone)}"


@register.filter
def when(moment, zone=None):
    """`Kam, 3 Des 2026 09.00 WIB`."""
    return f"{day(moment, zone)} {hour(moment, zone)}" if moment else ""


@register.simple_tag
def span(start, end, zone=None):
    """`Kam, 3 Des 2026 09.00-09.50 WIB`, with a dash between; over midnight both days are named."""
    first, last = _local(start, zone), _local(end, zone)
    if first.date() != last.date():
        return f"{when(start, zone)} {DASH} {when(end, zone)}"
    return f"{day(start, zone)} {first:%H.%M}{DASH}{last:%H.%M} {_word(first, zone)}"


@register.filter
def in_language(text, code):
    """A translatable text in a language that is not the page's."""
    with override(code):
        return str(text)


@register.filter
def as_json(value):
    """A value as JSON for a `data-` attribute; the template escapes it."""
    return json.dumps(value)


@register.filter
def in_fours(text):
    """`ABCD EFGH …`: a long secret as somebody can type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


BROWSERS = [("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("Chrome", "Chrome"), ("Safari", "Safari")]  # fmt: skip
SYSTEMS = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
           ("Linux", "Linux")]  # fmt: skip


@register.filter
def device(user_agent):
    """`Firefox, Windows`: what a browser says it is, in two words; empty when it says nothing known."""
    found = [next((name for mark, name in kind if mark in user_agent), "") for kind in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))


@register.inclusion_tag("components/session_end.html", takes_context=True)
def session_end(context):
    """The words that a page shows when its session nears its end; nothing for whoever is not signed in."""
    from cms.accounts import wall
    from cms.accounts.views import who  # the readers' process has no sign-in, and none of its packages

    request = context.get("request")
    if request is None or "signed_in_at" not in request.session:
        return {}
    return {"left": wall.left(request.session), "warning": wall.WARNING, "who": who(request.user)}
