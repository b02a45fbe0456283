"""The providers' own pages: what stands where, what will be reviewed beside what is public, and what was."""

from functools import reduce
from operator import or_

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.models.wording import words_for_all
from cms.refusals import Objected
from directory.actions import update_listing
from directory.actions.drafts import withdraw_submission
from directory.forms.differences import differences
from directory.models import Fault, ProviderPage, ServicePage, TeamInvitation
from directory.models.standing import DRAFT, PUBLIC, SENT_BACK, WAITS, mark_of, standing, standings
from directory.models.versions import versions
from directory.policies import can_register_provider, has_provider_pages
from directory.views.opening import latest_draft, open_listing, published, shut

PER_PAGE = 10
URGENCY = [SENT_BACK, DRAFT, WAITS, PUBLIC]


@login_required
def portal(request):
    """One's own providers and their services, what wants doing first; and invitations that are open."""
    mine = (
        ProviderPage.objects.editable_by(request.user).select_related("latest_revision__user").order_by("title", "pk")
    )
    registers = can_register_provider(request.user)
    if not registers and not has_provider_pages(request.user, now()):
        shut(request)
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    invitations = TeamInvitation.objects.open(now()).addressed_to(request.user).select_related("page", "invited_by")
    shown = {
        "page_obj": page,
        "invitations": invitations,
        "registers": registers,
        "providers": kept_by(page.object_list),
        "faults": Fault.objects.open().visible_to(request.user).count(),
        "now": now(),
    }
    return render(request, "directory/portal.html", shown)


def kept_by(providers):
    """[(provider's listing, its services' listings, most urgent first)], in a fixed number of queries."""
    providers = list(providers)
    paths = [provider.path for provider in providers]
    below = reduce(or_, (Q(path__startswith=path) for path in paths), Q(pk__in=[]))
    services = list(ServicePage.objects.filter(below).select_related("latest_revision__user").order_by("title", "pk"))
    known = standings([*providers, *services])
    urgent = sorted(services, key=lambda service: URGENCY.index(known[service.pk].key))
    return [
        ((one, known[one.pk]), [(page, known[page.pk]) for page in urgent if page.path[: -Page.steplen] == one.path])
        for one in providers
    ]


@login_required
def listing_changes(request, identifier):
    """What will be reviewed beside what is public now; on POST it is sent."""
    page = open_listing(request, identifier)
    refused = []
    if request.method == "POST":
        try:
            update_listing(page=page, changes={}, by=request.user, now=now(), base=request.POST.get("base", ""))
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            messages.success(request, _("Sent. A reviewer looks at it; until then the public sees what it saw."))
            return redirect("directory:portal")
    found = differences(published(page), latest_draft(page))
    shown = {
        "listing": page,
        "standing": standing(page),
        "differences": found,
        "refused": refused,
        "base": mark_of(page),
    }
    return render(request, "directory/listing_changes.html", shown)


@login_required
def listing_withdraw(request, identifier):
    """Ask, then take back what waits for review. The draft is kept."""
    page = open_listing(request, identifier)
    refused = []
    if request.method == "POST":
        try:
            withdraw_submission(page=page, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            messages.success(request, _("Taken back. Your draft is kept."))
            return redirect("directory:listing_edit", identifier)
    shown = {"listing": page, "standing": standing(page), "refused": refused}
    return render(request, "directory/listing_withdraw.html", shown)


@login_required
def listing_history(request, identifier):
    """What was written when, by whom by role, and what became of it."""
    page = open_listing(request, identifier)
    shown = Paginator(versions(page), PER_PAGE * 2).get_page(request.GET.get("page"))
    return render(request, "directory/listing_history.html", {"listing": page, "page_obj": shown})


@login_required
def listing_version(request, identifier, revision_id):
    """One version beside what is public now."""
    page = open_listing(request, identifier)
    version = next((one for one in versions(page) if one.revision.pk == revision_id), None)
    if version is None:
        raise Http404
    found = differences(published(page), version.revision.as_object())
    shown = {"listing": page, "version": version, "differences": found}
    return render(request, "directory/listing_version.html", shown)
