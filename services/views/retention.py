"""Keeping: what is kept how long, and, of one case, when it ends, what holds it, and who asked for a copy."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language

from cms.models.wording import source_names, words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import retention as actions
from services.forms.retention import ClosingForm, HoldForm, ReopeningForm
from services.models import Closing, Erasure, LegalHold, SubjectRequest
from services.policies import require
from services.rules.clocks import three_days
from services.rules.retention import case_due_on, line, lines
from services.views.loading import now, open_case


@login_required
def retention_list(request):
    """What we keep, what for, on which ground and how long: for everybody who signs in here."""
    tongue = "en" if (get_language() or "id").startswith("en") else "id"
    names = source_names({source for one in lines() for source in one.sources})
    rows = [
        {
            "line": one,
            "name": one.name[tongue],
            "purpose": one.purpose[tongue],
            "starts": one.starts[tongue],
            "sources": [names[source] for source in one.sources],
        }
        for one in lines()
    ]
    erased = Erasure.objects.filter(case_id__isnull=False)
    context = {"rows": rows, "erased": erased.count(), "last": Erasure.objects.first()}
    return render(request, "services/retention_list.html", context)


@login_required
def case_keeping(request, code):
    """When this case may be erased, what holds it, and the requests for a copy with their clocks."""
    case = open_case(request, code)
    moment = now()
    require(policies.can_see_keeping(request.user, case, moment))
    requests = [
        (row, three_days(row.received_at, moment, row.ended_at)) for row in SubjectRequest.objects.filter(case=case)
    ]
    context = {
        "case": case,
        "requests": requests,
        "may_decide": policies.can_decide_keeping(request.user, case, moment),
    }
    context["steps"] = Closing.objects.filter(case=case).select_related("by")
    context["holds"] = LegalHold.objects.filter(case=case).select_related("by", "lifted_by")
    context["held"] = any(hold.lifted_at is None for hold in context["holds"])
    context["due_on"] = due_on(case)
    return render(request, "services/case_keeping.html", context)


@login_required
def case_close(request, code):
    """Close the case for a reason, once nothing is open in it any more."""
    return _decide(request, code, ClosingForm, "services/case_close.html", actions.close_case)


@login_required
def case_reopen(request, code):
    """Open a closed case again for a reason."""
    return _decide(request, code, ReopeningForm, "services/case_reopen.html", actions.reopen_case)


@login_required
def hold_place(request, code):
    """Keep the case from being erased for a reason."""
    return _decide(request, code, HoldForm, "services/hold_place.html", actions.place_hold)


def _decide(request, code, form_class, template, act):
    """One reason, one action, and back to the page of keeping."""
    case = open_case(request, code)
    require(policies.can_decide_keeping(request.user, case, now()))
    form = form_class(request.POST or None)
    if form.is_valid():
        try:
            act(case=case, reason=form.cleaned_data["reason"], by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:case_keeping", code=case.code)
    return render(request, template, {"case": case, "form": form, "due_on": due_on(case)})


@login_required
def hold_lift(request, code, pk):
    """Ask once, in words, then let the hold go."""
    case = open_case(request, code)
    require(policies.can_decide_keeping(request.user, case, now()))
    hold = get_object_or_404(LegalHold, case=case, pk=pk)
    refused = ()
    if request.method == "POST":
        try:
            actions.lift_hold(case=case, hold=hold, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect("services:case_keeping", code=case.code)
    context = {"case": case, "hold": hold, "refused": refused, "due_on": due_on(case)}
    return render(request, "services/hold_lift.html", context, status=409 if refused else 200)


def due_on(case):
    """The first day on which the case may be erased, or None while it is open."""
    if case.closed_at is None:
        return None
    facts = {"closed_at": case.closed_at, "opened_at": case.opened_at, "age_months": case.age_months}
    return case_due_on(line("case"), zone=case.zone, **facts)
