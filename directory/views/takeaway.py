"""What somebody takes along: a province on paper, as one file, as cards. Public; nothing is logged.

Addresses, titles and file names are neutral. A file is made when it is asked for and kept in this process for a day at
most, under a digest of what it is made of.
"""

from hashlib import sha256

from django.core.cache import caches
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cms.page_cache import kept
from cms.places import first_today
from cms.squares import squares
from directory.forms.atlas import AreaForm
from directory.models import ServiceKind, ServicePage
from directory.models.offers import attach_providers
from directory.models.takeaway import outlines, whole
from directory.rules import takeaway as rules

PER_PART = 200  # services of one printed part
PER_SHEET = 24  # cards: three sheets of eight
COPIES = 8  # of one card, on one sheet
AT_ONCE = 200  # services read at once for a file
KEPT = 24 * 60 * 60  # seconds
HEADING = 200  # bytes, more than any heading of a file takes


@kept("p", "page")
@require_safe
def area_print(request):
    """Every service of a province by district and kind, in parts that a printer survives; else, a choice of province."""
    form = AreaForm(request.GET)
    shown = {"form": form, "understood": form.is_valid(), "province": form.province, "code": form.code}
    if form.province:
        found, _digest = outlines(form.province)
        placed = rules.by_district(found, ServiceKind.values)
        page = Paginator(placed, PER_PART).get_page(request.GET.get("page"))
        services = {service.pk: service for service in whole([outline for _group, outline in page.object_list])}
        entries = [(group, services[one.key]) for group, one in page.object_list if one.key in services]
        missing = rules.missing_kinds(found, ServiceKind.values)
        shown |= {"page_obj": page, "entries": entries, "total": len(found), "missing": missing}
        shown |= {"today": first_today(now())}
    return render(request, "directory/area_print.html", shown)


@require_safe
def area_file(request):
    """A province as one file that needs neither the net nor a script. At most `rules.LARGEST_FILE` bytes."""
    form = AreaForm(request.GET)
    if not form.province:
        return redirect("directory:area_print")
    found, digest = outlines(form.province)
    more = request.build_absolute_uri(f"{reverse('directory:area_print')}?p={form.code}")
    today = first_today(now())
    key = sha256(f"{get_language()} {more} {today} {digest}".encode()).hexdigest()
    made = caches["files"].get_or_set(key, lambda: _file(found, form.province, more=more, today=today), KEPT)
    name = f"info-{form.code}.html"
    return HttpResponse(made, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _file(found, province, **besides):
    """The bytes of a file: the frame first, then as many services as there is room for, in their order."""
    in_order = rules.in_order(found, ServiceKind.values)
    missing = rules.missing_kinds(found, ServiceKind.values)
    frame = {"province": province, "missing": missing, "total": len(found), **besides}

    def bytes_of(entries, left_out):
        shown = frame | {"entries": entries, "taken": len(entries), "left_out": left_out}
        return render_to_string("directory/area_file.html", shown).encode()

    room = rules.LARGEST_FILE - len(bytes_of([], rules.left_out(in_order, 0))) - HEADING * (len(ServiceKind) + 1)
    entries = list(rules.fitting(_entries(in_order, besides["today"]), room))
    return bytes_of(entries, rules.left_out(in_order, len(entries)))


def _entries(in_order, today):
    """`((service, words), bytes)`, read a few at a time: nobody reads a hundred thousand to keep six hundred."""
    for start in range(0, len(in_order), AT_ONCE):
        for service in whole(in_order[start : start + AT_ONCE]):
            words = render_to_string("directory/_takeaway.html", {"service": service, "today": today, "file": True})
            yield (service, words), len(words.encode())


@kept("x")
@require_safe
def service_card(request, identifier):
    """One service as a card, or as a sheet of the same card (`?x=8`): a number, and the way to its page."""
    service = get_object_or_404(ServicePage.objects.listed().with_details(), identifier=identifier)
    attach_providers([service])
    copies = COPIES if request.GET.get("x") == str(COPIES) else 1
    cards = [(service, *_squares(request, service))] * copies
    return render(request, "directory/service_card.html", {"service": service, "cards": cards, "copies": COPIES})


@kept("p", "page")
@require_safe
def card_sheet(request):
    """A card of every service of a province, in the order of its file."""
    form = AreaForm(request.GET)
    if not form.province:
        return redirect("directory:area_print")
    found, _digest = outlines(form.province)
    page = Paginator(rules.in_order(found, ServiceKind.values), PER_SHEET).get_page(request.GET.get("page"))
    cards = [(service, *_squares(request, service)) for service in whole(page.object_list)]
    shown = {"page_obj": page, "cards": cards, "province": form.province, "code": form.code}
    return render(request, "directory/card_sheet.html", shown)


def _squares(request, service):
    path = reverse("directory:service_detail", args=[service.identifier])
    return squares(request.build_absolute_uri(path))
