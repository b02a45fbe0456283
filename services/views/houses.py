"""What a house keeps for finding a time: how far people come, and when children are busy. For its keepers alone."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from cms.accounts.models import Role
from cms.refusals import Objected
from services.actions.rhythm import remove_rhythm, save_rhythm
from services.actions.travel import save_travel
from services.forms.rhythm import RhythmForm
from services.forms.travel import TravelForm
from services.models import Rhythm, Travel
from services.policies import agencies_where
from services.views.loading import now


@login_required
def travel_edit(request, pk):
    """Which districts are next to the house, and how long the way takes."""
    agency = _kept_or_404(request, pk)
    travel = Travel.objects.filter(agency=agency).first() or Travel(agency=agency)
    form = TravelForm(request.POST or None, instance=travel)
    if form.is_valid():
        try:
            save_travel(travel=form.save(commit=False), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:resource_list")
    return render(request, "services/travel_edit.html", {"form": form, "agency": agency})


@login_required
def rhythm_list(request, pk):
    """The hours of children that the house keeps, and a form for more."""
    agency = _kept_or_404(request, pk)
    form = RhythmForm(request.POST or None, instance=Rhythm(agency=agency))
    if form.is_valid():
        try:
            save_rhythm(rhythm=form.save(commit=False), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:rhythm_list", pk=pk)
    context = {"form": form, "agency": agency, "today": localdate()}
    return render(request, "services/rhythm_list.html", context | {"kept": agency.rhythms.all()})


@login_required
@require_POST
def rhythm_remove(request, pk, rhythm):
    """Take hours back."""
    found = get_object_or_404(Rhythm, pk=rhythm, agency=_kept_or_404(request, pk))
    remove_rhythm(rhythm=found, by=request.user, now=now())
    return redirect("services:rhythm_list", pk=pk)


def _kept_or_404(request, pk):
    return get_object_or_404(agencies_where(request.user, Role.KEEPER, now()), pk=pk)
