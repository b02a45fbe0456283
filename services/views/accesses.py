"""Asking to see a record instead of asking the child, the answer, and the sealed reference, shown for a while.

The sealed reference stands in answers to a POST only, after proving again that it is still the same person.
"""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.accounts.reauthentication import must_reauthenticate
from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import accesses as actions
from services.actions.needs import is_blind
from services.forms.accesses import AccessForm, AnswerForm
from services.models import RecordAccess, Testimony
from services.policies import require
from services.rules.accesses import REQUESTED, usual_end
from services.views.loading import now, open_case
from services.views.testimony import own_agencies

# No interview among them: a coordinator who answers sees the entry, and nothing else of the case.
WHOLE = ("testimony__topic", "testimony__custodian", "agency", "by", "decided_by", "ended_by")


@login_required
def record_request(request, code, pk):
    """Ask to see the record of one topic instead of asking the child: what for, and it is on its way."""
    case = open_case(request, code)
    require(policies.can_ask_again(request.user, case, now()) and not is_blind(request.user, case, now()))
    entries = Testimony.objects.select_related("topic", "custodian", "correction")
    entry = get_object_or_404(entries, case=case, pk=pk)
    form = AccessForm(request.POST or None, agencies=own_agencies(request.user, case))
    if form.is_valid():
        try:
            access = actions.request_record(case=case, testimony=entry, by=request.user, now=now(), **form.cleaned_data)
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(access)
    status = 409 if form.objections else 200
    return render(request, "services/record_request.html", {"case": case, "entry": entry, "form": form}, status=status)


@login_required
def access_detail(request, code, pk):
    """A request and its answer. A POST shows the sealed reference: to who asked while they may, to who keeps it always."""
    case = open_case(request, code)
    access = _of(request, case, pk)
    context = _context(request, case, access)
    if request.method == "POST":
        require(context["may_use"] or context["keeps"])
        if answer := must_reauthenticate(request):
            return answer
        facts = {"access": access, "by": request.user, "now": now()}
        try:
            context["shown"] = (
                actions.show_own_reference(**facts) if context["keeps"] else actions.show_reference(case=case, **facts)
            )
        except Objected as refusal:
            context["refused"] = words_for_all(refusal.objections)
    status = 409 if context.get("refused") else 200
    return render(request, "services/access_detail.html", context, status=status)


@login_required
def access_decide(request, code, pk):
    """Whoever works on the case for the agency that keeps the record says yes or no."""
    case = open_case(request, code)
    access = _of(request, case, pk)
    require(policies.can_answer_access(request.user, access, case, now()))
    form = _answer_form(request, access)
    if form.is_valid() and _answered(request, access, form):
        return redirect(access)
    context = {"case": case, "access": access, "form": form}
    return render(request, "services/access_decide.html", context, status=409 if form.objections else 200)


@login_required
def access_end(request, code, pk):
    """Who asked withdraws while it waits; who keeps the record ends it early. Nobody is asked why."""
    case = open_case(request, code)
    access = _of(request, case, pk)
    waits = access.state == REQUESTED
    may = policies.can_use_access if waits else policies.can_answer_access
    require(may(request.user, access, case, now()))
    refused = ()
    if request.method == "POST":
        try:
            (actions.withdraw if waits else actions.end)(access=access, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect(access)
    context = {"case": case, "access": access, "waits": waits, "refused": refused}
    return render(request, "services/access_end.html", context, status=409 if refused else 200)


@login_required
def custody_list(request):
    """What a coordinator answers, since nobody of the agency is on the case. No case is named."""
    require(policies.coordinates(request.user, now()))
    waiting = RecordAccess.objects.in_custody().select_related("testimony__topic", "testimony__custodian", "agency")
    return render(request, "services/custody_list.html", {"accesses": list(waiting[:100])})


@login_required
def custody_decide(request, pk):
    """The coordinator's answer, an early end, or a look at the agency's own sealed reference."""
    require(policies.coordinates(request.user, now()))
    access = get_object_or_404(RecordAccess.objects.in_custody().select_related(*WHOLE), pk=pk)
    context = {"access": access, "standing": access.standing(now()), "refused": ()}
    answering = "answer" in request.POST
    form = _answer_form(request, access, bound=answering)
    if answering and form.is_valid() and _answered(request, access, form):
        return redirect("services:custody_list")
    if "end" in request.POST:
        try:
            actions.end(access=access, by=request.user, now=now())
        except Objected as refusal:
            context["refused"] = words_for_all(refusal.objections)
        else:
            return redirect("services:custody_list")
    if "show" in request.POST:
        if answer := must_reauthenticate(request):
            return answer
        context["shown"] = actions.show_own_reference(access=access, by=request.user, now=now())
    status = 409 if form.objections or context["refused"] else 200
    return render(request, "services/custody_decide.html", context | {"form": form}, status=status)


def _of(request, case, pk):
    require(not is_blind(request.user, case, now()))
    return get_object_or_404(RecordAccess.objects.select_related(*WHOLE, "testimony__correction"), case=case, pk=pk)


def _context(request, case, access):
    moment = now()
    return {
        "case": case,
        "access": access,
        "standing": access.standing(moment),
        "may_use": policies.can_use_access(request.user, access, case, moment),
        "may_answer": policies.can_answer_access(request.user, access, case, moment),
        "keeps": policies.works_for(request.user, case, access.testimony.custodian_id, moment),
        "shown": None,
    }


def _answer_form(request, access, *, bound=True):
    end = usual_end(localdate(now(), access.zone))
    return AnswerForm((request.POST or None) if bound else None, usual_end=end)


def _answered(request, access, form):
    """Was it? If not, the form says why not."""
    data, facts = form.cleaned_data, {"access": access, "by": request.user, "now": now()}
    try:
        if form.grants():
            actions.grant(until=data["until"], instructions=data["instructions"], **facts)
        else:
            actions.refuse(reason=data["refusal"], **facts)
    except Objected as refusal:
        form.object_to(refusal.objections)
        return False
    return True
