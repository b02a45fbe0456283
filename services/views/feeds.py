"""The calendar that only says *busy*: switched on by whoever it is about, read by whoever holds its address."""

from allauth.core.ratelimit import respond_429
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from cms.accounts.models import Agency, Role
from cms.accounts.reauthentication import must_reauthenticate
from cms.accounts.throttling import allowed
from services import policies
from services.actions import feeds as actions
from services.forms.calendars import FeedForm, SwitchForm
from services.models import Feed, FeedSwitch, Resource
from services.models.feeds import times_behind
from services.policies import require
from services.rules.feeds import busy_calendar
from services.views.loading import now
from services.views.resources import done


@require_GET
def feed(request, token):
    """The calendar behind a token. A wrong, an ended and a forbidden one look the same; nobody is asked who they are."""
    if not allowed(request, "calendar_feed"):
        return respond_429(request)
    times = times_behind(actions.hash_of(token))
    if times is None:
        raise Http404
    events = [(uid, span.lower, span.upper) for uid, span in times]
    written = busy_calendar(events, now=now(), busy=pgettext("calendar", "Busy"))
    response = HttpResponse(written, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@login_required
def feed_detail(request):
    """One's own feed: what it says, whether it answers, and its address, once. Switches, for whoever decides."""
    require(policies.can_see_house(request.user, now()))
    form, address = FeedForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        if answer := must_reauthenticate(request):
            return answer
        if token := done(form, actions.make_feed, request):
            address = request.build_absolute_uri(reverse("services:feed", args=[token]))
    own = Resource.objects.active().filter(user=request.user).select_related("agency").first()
    switches = _switches(request.user)
    context = {"form": form, "address": address, "own": own, "feed": Feed.objects.open_to(request.user),
               "switches": switches, "allowed": own and FeedSwitch.objects.allowing().filter(agency=own.agency_id).exists()}  # fmt: skip
    return render(request, "services/feed_detail.html", context)


@login_required
@require_POST
def feed_end(request):
    """End one's own feed."""
    require(policies.can_see_house(request.user, now()))
    actions.end_feed(by=request.user, now=now())
    return redirect("services:feed_detail")


@login_required
@require_POST
def feed_switch(request, pk):
    """Let an agency's people have feeds, or end all of them."""
    agency = get_object_or_404(Agency, pk=pk)
    require(policies.can_switch_feeds(request.user, agency, now()))
    form = SwitchForm(request.POST)
    form.full_clean()
    actions.switch_feeds(agency=agency, allowed=form.cleaned_data["allowed"], by=request.user, now=now())
    return redirect("services:feed_detail")


def _switches(user):
    """The agencies for which `user` decides; `allows` says whether their people may have feeds."""
    kept, led = (policies.agency_ids(user, role, now()) for role in (Role.KEEPER, Role.COORDINATOR))
    agencies = Agency.objects.filter(Q(pk__in=kept) | Q(pk__in=led))
    return list(agencies.annotate(allows=Exists(FeedSwitch.objects.allowing().filter(agency=OuterRef("pk")))))
