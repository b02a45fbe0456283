"""The public directory. Nothing here knows who reads, and nothing is logged."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate, now

from directory.forms.search import SearchForm
from directory.models import ProviderPage, ServicePage
from directory.models.faults import reported
from directory.models.offers import attach_providers
from directory.rules.faults import told_publicly

PER_PAGE = 20


def service_list(request):
    """Everybody who helps, by need and place."""
    form = SearchForm(request.GET)
    understood = form.is_valid()
    found = ServicePage.objects.listed().of_kind(form.kind).for_province(form.province)
    found = found.unconfirmed_last(localdate(now())).with_details()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    services = attach_providers(page.object_list)
    shown = {"form": form, "understood": understood, "page_obj": page, "services": services, "now": now()}
    return render(request, "directory/service_list.html", shown)


def service_detail(request, identifier):
    service = get_object_or_404(ServicePage.objects.listed().with_details(), identifier=identifier)
    attach_providers([service])
    told = told_publicly(reported(service))
    return render(request, "directory/service_detail.html", {"service": service, "told": told, "now": now()})


def provider_detail(request, identifier):
    provider = get_object_or_404(ProviderPage.objects.listed().prefetch_related("phones"), identifier=identifier)
    services = ServicePage.objects.child_of(provider).listed().with_details().order_by("title")
    services = attach_providers(services.unconfirmed_last(localdate(now())))
    return render(request, "directory/provider_detail.html", {"provider": provider, "services": services, "now": now()})
