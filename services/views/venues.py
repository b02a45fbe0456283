"""Houses and the providers that answer for them: whether new interviews can be booked there, and until when."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.refusals import Objected
from directory.policies import can_verify_anything
from directory.rules.standards import state
from services import policies
from services.actions.venues import tie_venue
from services.forms.venues import TieForm
from services.models import Venue
from services.models.venues import house_closings
from services.policies import require
from services.views.loading import now
from services.views.resources import agencies_kept


@login_required
def venue_list(request):
    """The houses that one keeps, or all of them for a verifier: who answers for each, and until when it is open."""
    require(policies.can_see_standing(request.user, now()))
    ties, today = can_verify_anything(request.user), localdate()
    venues = Venue.objects.select_related("agency", "provider").order_by("agency__name", "code_name")
    venues = list(venues if ties else venues.filter(agency__in=agencies_kept(request.user)))
    closings = house_closings(venues, today)
    rows = [(venue, closings[venue.pk], state(closings[venue.pk], today)) for venue in venues]
    return render(request, "services/venue_list.html", {"rows": rows, "ties": ties})


@login_required
def venue_tie(request, pk):
    """Say which provider answers for a house."""
    venue = get_object_or_404(Venue.objects.select_related("agency"), pk=pk)
    if not policies.can_tie_venue(request.user, venue, now()):
        raise Http404
    form = TieForm(request.POST or None, initial={"provider": venue.provider_id})
    if form.is_valid():
        try:
            tie_venue(venue=venue, provider=form.cleaned_data["provider"], by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:venue_list")
    return render(request, "services/venue_tie.html", {"form": form, "venue": venue})
