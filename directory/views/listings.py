"""The public directory. Nothing here knows who reads, and nothing is logged."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cms.page_cache import kept
from directory.forms.search import SearchForm
from directory.models import ProviderPage, ServicePage
from directory.models.faults import reported
from directory.models.finding import PER_PAGE, find, find_near
from directory.models.offers import attach_providers
from directory.rules.faults import told_publicly


@kept("n", "p", "d", "a", "g", "l", "e", "c", "o", "page")
@csrf_exempt  # it reads and changes nothing; words are sent in a body so that no address keeps them
@require_http_methods(["GET", "HEAD", "POST"])
def service_list(request):
    """Everybody who helps, by words, need and place. Words come by POST; without any, the answer is an address of codes."""
    sent = request.POST if request.method == "POST" else request.GET.copy()
    if request.method != "POST":
        sent.pop("q", None)
    form = SearchForm(sent)
    understood, asked = form.is_valid(), form.asked()
    if request.method == "POST" and not asked.text:
        return redirect(f"{reverse('directory:service_list')}?{urlencode(form.codes())}".rstrip("?"))
    found, page = page_of(asked, sent.get("page"))
    form.count(found.counts)
    shown = {"form": form, "understood": understood, "asked": asked, "found": found, "page_obj": page, "now": now()}
    shown["near"] = None if found.total else find_near(asked, now=now())
    return render(request, "directory/service_list.html", shown)


def page_of(asked, number):
    """`(found, page)`: the page asked for, or the nearest there is."""
    asked_for = int(number) if (number or "").isdecimal() and len(number) < 7 else 1
    found = find(asked, now=now(), page=max(1, asked_for))
    page = Paginator(range(found.total), PER_PAGE).get_page(number)
    return (found if page.number == asked_for else find(asked, now=now(), page=page.number)), page


@kept()
def service_detail(request, identifier):
    service = get_object_or_404(ServicePage.objects.listed().with_details(), identifier=identifier)
    attach_providers([service])
    told = told_publicly(reported(service))
    return render(request, "directory/service_detail.html", {"service": service, "told": told, "now": now()})


@kept()
def provider_detail(request, identifier):
    provider = get_object_or_404(ProviderPage.objects.listed().prefetch_related("phones"), identifier=identifier)
    services = ServicePage.objects.child_of(provider).listed().with_details().order_by("title")
    services = attach_providers(services.unconfirmed_last(localdate(now())), known=[provider])
    return render(request, "directory/provider_detail.html", {"provider": provider, "services": services, "now": now()})
