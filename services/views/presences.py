"""Keep child and suspect apart: where the suspect's side will have business, for those who plan."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import presences as actions
from services.forms.presences import PresenceForm
from services.models import VenuePresence
from services.policies import require
from services.views.loading import now, open_case


@login_required
def presence_list(request, code):
    """Days on which the suspect's side has business at a venue, and a form to record one more."""
    case = open_case(request, code)
    require(policies.can_keep_apart(request.user, case, now()))
    form = PresenceForm(request.POST or None, case=case, now=now())
    if form.is_valid():
        try:
            actions.record_suspect(case=case, by=request.user, now=now(), **form.facts())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:presence_list", code=case.code)
    rows = actions.suspects_of(case, localdate(now(), case.zone))
    return render(request, "services/presence_list.html", {"case": case, "form": form, "rows": rows})


@login_required
@require_POST
def presence_end(request, code, pk):
    """The suspect's side does not go there after all."""
    case = open_case(request, code)
    require(policies.can_keep_apart(request.user, case, now()))
    row = get_object_or_404(VenuePresence.objects.of_suspects(), case=case, pk=pk)
    try:
        actions.call_off(case=case, presence=row, by=request.user, now=now())
    except Objected as refusal:
        context = {"case": case, "refused": words_for_all(refusal.objections)}
        return render(request, "services/refused.html", context, status=409)
    return redirect("services:presence_list", code=case.code)
