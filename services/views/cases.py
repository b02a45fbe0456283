"""Cases: the list, the page of one, and the small forms around it."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.accounts.models import Agency
from cms.limits import BOOKING_READS
from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import cases as actions
from services.actions.needs import is_blind
from services.actions.plans import limits_of, protocol_in_force
from services.actions.tasks import checklist_of, tasks_of
from services.forms import cases as forms
from services.forms.permits import CourtPermitForm
from services.models import (
    Case,
    CaseMember,
    ChildView,
    Consent,
    CourtPermit,
    EmergencyAccess,
    Fact,
    Interview,
    LegalBasis,
    PriorTelling,
    Proposal,
    QuestionNeed,
    Readiness,
)
from services.models.sheets import sheet_of
from services.policies import require
from services.rules.progress import next_step, steps
from services.rules.tasks import undone
from services.views.invitations import suitors_by_role
from services.views.loading import now, open_case, record_hidden, treated

PER_PAGE = 25


@login_required
def case_list(request):
    """The person's open cases, longest waiting first, and a box for a code."""
    require(policies.can_see_cases(request.user, now()))
    live = Interview.objects.live().filter(case=OuterRef("pk"), kind="joint")
    cases = Case.objects.visible_to(request.user, now()).open().order_by("reported_on", "pk")
    cases = cases.annotate(
        proposed=Exists(live.filter(state="proposed", proposed_until__gt=now())),
        booked=Exists(live.filter(state="booked")),
        held=Exists(live.filter(state="held")),
        newer=Exists(Interview.objects.ahead(now()).filter(case=OuterRef("pk")).under_another(BOOKING_READS, now())),
    )
    page = Paginator(cases, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "code_form": forms.CodeForm(), "today": localdate(now())}
    context["treated"] = Case.objects.treated_by(request.user, now()).open().order_by("code")
    context["mine"] = tasks_of(request.user, Case.objects.visible_to(request.user, now()).open(), now())
    context["may_open"] = policies.can_open_case(request.user, now())
    context["may_open_in_emergency"] = policies.can_open_in_emergency(request.user, now())
    context["coordinates"] = policies.coordinates(request.user, now())
    context["alarms"] = EmergencyAccess.objects.for_coordinator(request.user, now()).unseen().count()
    context["proposals"] = Proposal.objects.open(now()).count()
    return render(request, "services/case_list.html", context)


@login_required
@require_POST
def case_find(request):
    """Go to the case with a code; a typing error is told from a case one cannot see, never absent from hidden."""
    require(policies.can_see_cases(request.user, now()))
    form = forms.CodeForm(request.POST)
    if form.is_valid():
        mine = Case.objects.visible_to(request.user, now()) | Case.objects.treated_by(request.user, now())
        case = mine.filter(code=form.cleaned_data["code"]).first()
        if case:
            return redirect(case)
        record_hidden(request.user, form.cleaned_data["code"], now())
        form.add_error("code", _("No case with this code is open to you. Ask its case manager to add you to the team."))
    context = {"form": form, "may_open_in_emergency": policies.can_open_in_emergency(request.user, now())}
    return render(request, "services/case_find.html", context)


@login_required
def case_create(request):
    """Open a new case; its code is made by the server."""
    require(policies.can_open_case(request.user, now()))
    form = forms.NewCaseForm(request.POST or None, user=request.user, now=now())
    if form.is_valid():
        sent = {"facts": form.facts(), "agency": form.cleaned_data["agency"], "key": form.form_key}
        try:
            return redirect(actions.open_new_case(**sent, by=request.user, now=now()))
        except Objected as refusal:
            form.object_to(refusal.objections)
    return render(request, "services/case_form.html", {"form": form})


@login_required
def case_detail(request, code):
    """One page: the next step, what has been told, what is needed, the team, the clock, who looked.

    A therapist's page of a case is its recovery, and nothing else.
    """
    if treated(request.user, code):
        return redirect("services:case_recovery", code=code)
    case = open_case(request, code)
    moment = now()
    sheet = sheet_of(case, moment)
    context = shown_of(case, sheet, moment, blind=is_blind(request.user, case, moment))
    context |= {name: may(request.user, case, moment) for name, may in MAY.items()}
    wish = context["wish"]
    context["may_approve"] = wish is not None and policies.can_approve(request.user, case, wish, moment)
    if context["next"] == "book":
        context["siblings"] = policies.siblings_to_book_with(request.user, case, moment)
    context["newer_ids"] = set(
        case.interviews.ahead(moment).under_another(BOOKING_READS, moment).values_list("pk", flat=True)
    )
    context["to_answer"], context["answers"] = sheet.for_colleague(request.user.pk, moment)
    mine = next((one for one in sheet.emergencies if one.by_id == request.user.pk), None)
    if mine and not policies.roles_on(request.user, case, moment):
        context["emergency"] = mine
    return render(request, "services/case_detail.html", context)


MAY = {
    "may_tick": policies.can_tick,
    "may_plan": policies.can_book_interview,
    "may_export": policies.can_export_ledger,
    "may_correct": policies.can_correct_outcome,
    "may_change": policies.can_change_case,
    "may_keep_apart": policies.can_keep_apart,
    "may_record_permit": policies.can_record_permit,
    "sees_recovery": policies.sees_recovery,
}


def shown_of(case, sheet, moment, *, blind):
    """What the page shows whoever it is: the next step and the rest; without the past to a blind interviewer."""
    progress = sheet.progress(moment)
    if blind:
        progress = replace(progress, wished=False)
    current, ahead = sheet.current, progress.booked and not progress.begun
    return {
        "case": case,
        "current": current,
        "wish": sheet.wish if progress.wished else None,
        "sheet": sheet.without_the_past() if blind else sheet,
        "blind": blind,
        "next": next_step(progress),
        "steps": steps(progress),
        "unprepared": undone(shown.line for shown in checklist_of(current, moment)) if ahead else [],
        "missing_roles": progress.missing_roles,
        "standings": [(access, access.standing(moment)) for access in sheet.accesses],
        "facts": list(Fact),
        "clock": clock_of(case, moment),
    }


@login_required
def child_edit(request, code):
    """Change what is known of the child's needs and preferences."""
    case = open_case(request, code)
    require(policies.can_change_case(request.user, case, now()))
    form = forms.ChildForm(request.POST or None, instance=case, now=now())
    if form.is_valid():
        facts = form.facts()
        case.refresh_from_db()  # the form has already written on the instance; the action compares
        actions.update_child(case=case, facts=facts, by=request.user, now=now())
        return redirect(case)
    return render(request, "services/case_form.html", {"form": form, "case": case})


@login_required
def member_add(request, code):
    """Put a colleague of the child's province, or of another one, on the case."""
    case = open_case(request, code)
    require(policies.can_change_case(request.user, case, now()))
    elsewhere = forms.ProvinceForm(request.GET or None)
    province = elsewhere.cleaned_data["province"] if elsewhere.is_valid() else case.province
    chosen = {"membership": request.GET.get("membership")}
    form = forms.MemberForm(request.POST or None, province=province, now=now(), initial=chosen)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.add_member(case=case, role=data["membership"].role, by=request.user, now=now(), **data)
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(_after_joining(request, case))
    elsewhere = forms.ProvinceForm(initial={"province": province})
    context = {"case": case, "form": form, "elsewhere": elsewhere}
    context["suitors"] = suitors_by_role(case, province, now())
    return render(request, "services/member_add.html", context)


def _after_joining(request, case):
    """Back to the search for a time that led here, with what it asked for; else to the case."""
    if "then" not in request.GET:
        return case.get_absolute_url()
    asking = request.GET.get("asking", "")
    more = ("asking_book", [case.code, int(asking)]) if asking.isdecimal() else ("interview_book", [case.code])
    return f"{reverse(f'services:{more[0]}', args=more[1])}?{QueryDict(request.GET['then']).urlencode()}"


@login_required
def member_end(request, code, pk):
    """Ask once, in words, then let somebody leave the team."""
    case = open_case(request, code)
    require(policies.can_change_case(request.user, case, now()))
    member = get_object_or_404(CaseMember.objects.current(now()), case=case, pk=pk)
    refused = ()
    if request.method == "POST":
        try:
            actions.end_member(case=case, member=member, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect(case)
    return render(request, "services/member_end.html", {"case": case, "member": member, "refused": refused})


RECORDS = {
    "basis": (LegalBasis, forms.LegalBasisForm, policies.can_change_case),
    "consent": (Consent, forms.ConsentForm, policies.can_change_case),
    "view": (ChildView, forms.ChildViewForm, policies.can_change_case),
    "court": (CourtPermit, CourtPermitForm, policies.can_record_permit),
    "readiness": (Readiness, forms.ReadinessForm, policies.can_record_readiness),
    "telling": (PriorTelling, forms.PriorTellingForm, policies.can_change_case),
}


@login_required
def record_add(request, code, kind):
    """Write one record about the case: legal basis, consent, child's view, court, readiness, an earlier telling."""
    case = open_case(request, code)
    if kind not in RECORDS:
        raise Http404
    model, form_class, allowed = RECORDS[kind]
    require(allowed(request.user, case, now()))
    here = {"case": case, "now": now()}
    extra = {"readiness": here, "court": here, "telling": here | {"user": request.user}}.get(kind, {})
    form = form_class(request.POST or None, **extra)
    if form.is_valid():
        try:
            actions.write_down(case=case, entry=form.save(commit=False), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    earlier = model.objects.filter(case=case).select_related("by")[:10]
    return render(request, "services/record_form.html", {"case": case, "form": form, "kind": kind, "earlier": earlier})


@login_required
def need_add(request, code):
    """Say what one's agency still needs to know from the child; what is told already is shown first."""
    case = open_case(request, code)
    require(policies.can_file_need(request.user, case, now()))
    mine = CaseMember.objects.current(now()).filter(case=case, user=request.user).values("agency_id")
    form = forms.NeedForm(request.POST or None, agencies=Agency.objects.filter(pk__in=mine), now=now())
    if form.is_valid():
        try:
            actions.file_need(case=case, need=form.save(commit=False), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    sheet = sheet_of(case, now())
    shown = sheet.without_the_past() if is_blind(request.user, case, now()) else sheet
    return render(request, "services/need_form.html", {"case": case, "form": form, "sheet": shown})


@login_required
@require_POST
def need_withdraw(request, code, pk):
    """The agency no longer needs it: its own people and the case manager may say so."""
    case = open_case(request, code)
    need = get_object_or_404(QuestionNeed, case=case, pk=pk)
    mine = CaseMember.objects.current(now()).filter(case=case, user=request.user, agency=need.agency).exists()
    require(mine or policies.can_change_case(request.user, case, now()))
    try:
        actions.withdraw_need(case=case, need=need, by=request.user, now=now())
    except Objected as refusal:
        return render(
            request, "services/refused.html", {"case": case, "refused": words_for_all(refusal.objections)}, status=409
        )
    return redirect(case)


def clock_of(case, moment):
    """Days since the report against the protocol's clock, as the clock partial wants them."""
    try:
        limits = limits_of(protocol_in_force(moment))
    except Objected:
        return None
    day = (localdate(moment, case.zone) - case.reported_on).days
    state = "late" if day > limits.clock_days else "soon" if day * 3 > limits.clock_days * 2 else ""
    return {
        "day": day,
        "days": limits.clock_days,
        "source": limits.clock_source,
        "percent": min(100, day * 100 // max(1, limits.clock_days)),
        "state": state,
    }
