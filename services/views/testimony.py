"""The ledger at work: outcomes after an interview, setting one right, asking again, approving."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render

from cms.accounts.models import Agency
from cms.models import Topic
from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import testimony as actions
from services.actions.needs import is_blind
from services.forms.testimony import AgainForm, CorrectionForm, OutcomeForm
from services.models import Asking, CaseMember, Interview, Testimony
from services.models.sheets import sheet_of
from services.policies import require
from services.views.loading import now, open_case


@login_required
def outcome_record(request, code, pk):
    """After the interview: what came of each topic, and who keeps the recording."""
    case = open_case(request, code)
    interview = get_object_or_404(Interview.objects.select_related("asking", "venue"), case=case, pk=pk)
    require(policies.can_record_outcome(request.user, case, now()))
    topics = list(Topic.objects.filter(pk__in=actions.topics_of(interview)))
    form = OutcomeForm(request.POST or None, topics=topics, custodians=agencies_of_the_team(case))
    if form.is_valid():
        try:
            actions.record_outcomes(case=case, interview=interview, entries=form.entries(), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    return render(request, "services/outcome_record.html", {"case": case, "interview": interview, "form": form})


@login_required
def interview_again(request, code):
    """Whoever wants to ask again meets the ledger first: what is told is shown, and the record is offered."""
    case = open_case(request, code)
    require(policies.can_ask_again(request.user, case, now()) and not is_blind(request.user, case, now()))
    sheet = sheet_of(case, now())
    agencies = own_agencies(request.user, case)
    form = AgainForm(request.POST or None, agencies=agencies, told=sheet.covered, now=now())
    if form.is_valid():
        try:
            asking = actions.ask_again(
                case=case, plan=form.plan(), agency=form.cleaned_data["agency"], by=request.user, now=now()
            )
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:asking_detail", code=case.code, pk=asking.pk)
    return render(request, "services/interview_again.html", {"case": case, "form": form, "sheet": sheet})


@login_required
def asking_detail(request, code, pk):
    """A wish to ask again: its reason, who agreed, and, once enough did, the way to a slot."""
    case = open_case(request, code)
    asking = get_object_or_404(
        Asking.objects.select_related("agency", "court").prefetch_related("topics", "approvals__by"), case=case, pk=pk
    )
    require(not is_blind(request.user, case, now()))
    role = policies.approving_role(request.user, case, now())
    refused = ()
    if request.method == "POST":
        require(role is not None)
        try:
            actions.approve(case=case, asking=asking, role=role, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect("services:asking_detail", code=case.code, pk=asking.pk)
    enough = asking.is_approved
    context = {"case": case, "asking": asking, "role": role, "refused": refused, "enough": enough}
    context["warnings"] = words_for_all(actions.warnings_of(asking)) if asking.kind == "court_ordered" else ()
    context["may_approve"] = not enough and policies.can_approve(request.user, case, asking, now())
    context["may_book"] = enough and policies.can_book_interview(request.user, case, now())
    return render(request, "services/asking_detail.html", context)


@login_required
def outcome_correct(request, code, pk):
    """Set an entry right by another one; the wrong one stays and is seen."""
    case = open_case(request, code)
    require(policies.can_correct_outcome(request.user, case, now()))
    entries = Testimony.objects.select_related("topic", "custodian", "interview", "correction")
    entry = get_object_or_404(entries, case=case, pk=pk)
    form = CorrectionForm(request.POST or None, entry=entry, custodians=agencies_of_the_team(case, entry))
    if form.is_valid():
        facts = {"right": form.entry_made(), "reason": form.cleaned_data["reason"], "by": request.user, "now": now()}
        try:
            actions.correct_outcome(case=case, testimony=entry, **facts)
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    context = {"case": case, "entry": entry, "form": form}
    return render(request, "services/outcome_correct.html", context, status=409 if form.objections else 200)


def own_agencies(user, case):
    """The agencies for which `user` works on `case`."""
    mine = CaseMember.objects.current(now()).filter(case=case, user=user).values("agency_id")
    return Agency.objects.filter(pk__in=mine).order_by("name")


def agencies_of_the_team(case, entry=None):
    """The agencies on the case, and whoever keeps the recording of `entry` by now."""
    mine = Q(pk__in=CaseMember.objects.current(now()).filter(case=case).values("agency_id"))
    return Agency.objects.filter(mine | Q(pk=entry.custodian_id) if entry is not None else mine).order_by("name")
