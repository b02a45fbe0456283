"""Opening a case in an emergency, and the coordinator's list of those that were."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.accounts.reauthentication import must_reauthenticate
from cms.refusals import Objected
from services import policies
from services.actions import emergencies as actions
from services.forms.emergencies import EmergencyForm
from services.models import EmergencyAccess
from services.policies import require
from services.views.loading import fingerprint, now


@login_required
def emergency_open(request):
    """Ask for a code and a reason; open the case for an hour, or say that none is found, whatever the reason for that."""
    require(policies.can_open_in_emergency(request.user, now()))
    form = EmergencyForm(request.POST or None)
    if form.is_valid():
        if answer := must_reauthenticate(request):
            return answer
        data = form.cleaned_data
        try:
            access = actions.open_in_emergency(
                code=data["code"], reason=data["reason"], typed=fingerprint(data["code"]),
                site=settings.WAGTAILADMIN_BASE_URL, by=request.user, now=now(),
            )  # fmt: skip
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            if access is not None:
                return redirect("services:case_detail", code=access.code)
            form.add_error(
                "code", _("No case with this code can be opened here. Call the coordinator of its district.")
            )
    return render(request, "services/emergency_open.html", {"form": form})


@login_required
def emergency_list(request):
    """What was opened in an emergency in the agencies that the person coordinates, newest first."""
    require(policies.coordinates(request.user, now()))
    accesses = EmergencyAccess.objects.for_coordinator(request.user, now())[:100]
    return render(request, "services/emergency_list.html", {"accesses": accesses, "now": now()})


@login_required
@require_POST
def emergency_seen(request, pk):
    """The coordinator knows."""
    access = get_object_or_404(EmergencyAccess.objects.for_coordinator(request.user, now()), pk=pk)
    if access.by_id == request.user.pk:
        raise Http404
    actions.acknowledge(access=access, by=request.user, now=now())
    return redirect("services:emergency_list")
