"""How much is in date, for everybody; and one tap for a provider or a reviewer: this listing is still correct."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.models.wording import words_for_all
from cms.page_cache import kept
from cms.places import PROVINCES
from cms.refusals import Objected
from directory.actions.freshness import confirm_listing
from directory.models import ProviderPage, ServiceKind, ServicePage
from directory.rules import freshness as rules


@kept()
def freshness_share(request):
    """The share in date by kind of help and by province, the lowest first; nothing is left out."""
    today, listed = localdate(now()), ServicePage.objects.listed()
    by_kind = rules.shares(listed.counted_by_kind(today))
    by_province = rules.shares(listed.counted_by_province(today))
    shown = {
        "whole": rules.together(by_kind.values()),
        "kinds": lowest_first(
            (capfirst(dict(ServiceKind.choices).get(code, _("kind not said"))), share)
            for code, share in by_kind.items()
        ),
        "provinces": lowest_first(
            (PROVINCES[code][0] if code else _("All of Indonesia"), share) for code, share in by_province.items()
        ),
        "short": rules.SHORT,
        "long": rules.LONG,
        "grace": rules.GRACE,
        "today": today,
    }
    return render(request, "directory/freshness_share.html", shown)


def lowest_first(named):
    return sorted(named, key=lambda one: (one[1].percent, one[0]))


@login_required
@require_POST
def listing_confirm(request, identifier):
    """Confirm it, and say so or say why not. `how` is read for reviewers alone. Sent twice, it is said twice."""
    page = editable_or_404(request.user, identifier)
    refused = []
    try:
        confirm_listing(page=page, by=request.user, now=now(), how=request.POST.get("how", "")[:10])
    except Objected as refusal:
        refused = words_for_all(refusal.objections)
    told = {"listing": page, "refused": refused}
    return render(request, "directory/listing_confirm.html", told, status=409 if refused else 200)


def editable_or_404(user, identifier):
    """The provider or the service of this name that the person may change; others' look as if they were not there."""
    for model in (ServicePage, ProviderPage):
        page = model.objects.editable_by(user).filter(identifier=identifier).first()
        if page is not None:
            return page
    raise Http404
