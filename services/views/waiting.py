"""The waiting list for therapy, a case's place on it, and which cases are of one family."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import families as family_actions
from services.actions import waiting as actions
from services.forms.recovery import FamilyForm, WaitingForm
from services.models import RecoveryPlan, WaitingEntry
from services.policies import require
from services.views.loading import now, open_recovery, record_hidden


@login_required
def waiting_list(request):
    """Who waits, the most urgent first, then the longest waiting; a code only where one leads the case."""
    require(policies.can_see_waiting(request.user, now()))
    context = {"rows": [(row, (now() - row.since).days) for row in actions.in_line(now())]}
    context["urgencies"] = dict(WaitingEntry.Urgency.choices)
    context["needs"] = dict(WaitingEntry.Need.choices)
    context["may_offer"] = policies.coordinates(request.user, now())
    return render(request, "services/waiting_list.html", context)


@login_required
@require_POST
def waiting_offer(request, pk):
    """Tell whoever leads the case that a therapist has time."""
    require(policies.coordinates(request.user, now()))
    try:
        actions.offer_place(entry=pk, by=request.user, now=now())
    except Objected as refusal:
        context = {"refused": words_for_all(refusal.objections)}
        return render(request, "services/waiting_refused.html", context, status=409)
    return redirect("services:waiting_list")


@login_required
def waiting_add(request, code):
    """Put the case on the list, with its urgency."""
    case = open_recovery(request, code)
    require(policies.can_lead_recovery(request.user, case, now()))
    has_plan = RecoveryPlan.objects.live().filter(case=case).exists()
    form = WaitingForm(request.POST or None, has_plan=has_plan)
    if form.is_valid():
        try:
            actions.join_waiting_list(case=case, by=request.user, now=now(), **form.cleaned_data)
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:case_recovery", code=case.code)
    context = {"case": case, "form": form}
    return render(request, "services/waiting_add.html", context, status=409 if form.objections else 200)


@login_required
@require_POST
def waiting_withdraw(request, code, pk):
    """Take the case off the list."""
    case = open_recovery(request, code)
    require(policies.can_lead_recovery(request.user, case, now()))
    entry = get_object_or_404(WaitingEntry, case=case, pk=pk)
    try:
        actions.leave_waiting_list(case=case, entry=entry, by=request.user, now=now())
    except Objected as refusal:
        context = {"refused": words_for_all(refusal.objections), "case": case}
        return render(request, "services/refused.html", context, status=409)
    return redirect("services:case_recovery", code=case.code)


@login_required
@require_POST
def family_note(request, code):
    """Note that another case that one leads is a sibling's."""
    case = open_recovery(request, code)
    require(policies.can_lead_recovery(request.user, case, now()))
    form = FamilyForm(request.POST)
    if form.is_valid():
        try:
            family_actions.note_sibling(case=case, code=form.cleaned_data["code"], by=request.user, now=now())
        except Objected as refusal:
            if "family_not_yours" in refusal.keys:
                record_hidden(request.user, form.cleaned_data["code"], now())
            form.object_to(refusal.objections)
        else:
            return redirect("services:case_recovery", code=case.code)
    context = {"case": case, "form": form}
    return render(request, "services/family_note.html", context, status=409 if form.objections else 200)


@login_required
@require_POST
def family_leave(request, code):
    """Take the case out of its family: it was noted by mistake."""
    case = open_recovery(request, code)
    require(policies.can_lead_recovery(request.user, case, now()))
    family_actions.leave_family(case=case, by=request.user, now=now())
    return redirect("services:case_recovery", code=case.code)
