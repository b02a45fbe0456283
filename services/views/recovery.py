"""Recovery: a case's page of it, a series found and booked, and a plan's own page with its path of sessions."""

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import recovery as actions
from services.actions.occupancy import SlotTaken
from services.actions.series import series_for, series_wish, therapists_for
from services.forms.recovery import FamilyForm, OfferForm, ReviewForm, SeriesForm, read_offer, signed_offer
from services.models import Case, FamilyMember, RecoveryPlan, WaitingEntry
from services.policies import require
from services.rules.recovery import path_of
from services.views.group_members import memberships_of
from services.views.loading import now, open_recovery

TAKEN = Objection("recovery_taken")


@login_required
def case_recovery(request, code):
    """The recovery of a case: its plan or the way to one, the waiting list, siblings."""
    case = open_recovery(request, code)
    may_lead = policies.can_lead_recovery(request.user, case, now())
    plans = list(RecoveryPlan.objects.filter(case=case).select_related("therapist", "room").order_by("-at"))
    context = {"case": case, "plans": plans, "may_lead": may_lead, "family_form": FamilyForm()}
    context["sees_evidence"] = policies.sees_recovery(request.user, case, now())
    context["live"] = any(plan.state in {"active", "paused"} for plan in plans)
    context["waiting"] = WaitingEntry.objects.in_line().filter(case=case).first()
    context["siblings"] = FamilyMember.objects.siblings_of(case, request.user, now())
    context["bookable"] = policies.siblings_to_book_with(request.user, case, now())
    context["memberships"] = memberships_of(case, now())
    context["may_attend"] = policies.can_attend_to_sessions(request.user, case, now())
    context["in_progress"] = any(plan.state == "active" for plan in plans)
    context["in_family"] = FamilyMember.objects.filter(case=case, left_at__isnull=True).exists()
    return render(request, "services/case_recovery.html", context)


@login_required
def recovery_book(request, code):
    """Find a series for this child, or for siblings together; on POST preview it, and then book it whole."""
    case = open_recovery(request, code)
    require(policies.can_lead_recovery(request.user, case, now()))
    return _series(request, case, None)


@login_required
def recovery_rest(request, code, pk):
    """Find other times for everything still ahead: to move it, to go on after a pause, or with another therapist."""
    case = open_recovery(request, code)
    plan = _plan(case, pk)
    require(policies.can_lead_recovery(request.user, case, now()))
    return _series(request, case, plan)


@login_required
def recovery_detail(request, code, pk):
    """The plan as a path of sessions, the next one lit, and what can be done with it."""
    case = open_recovery(request, code)
    plan = _plan(case, pk)
    sessions = list(plan.sessions.counted().select_related("therapist", "room"))
    lit = path_of([(session.state, session.number) for session in sessions])
    context = {"case": case, "plan": plan, "path": list(zip(sessions, lit, strict=True))}
    context["next"] = next((session for session, step in context["path"] if step.lit), None)
    context["begun"] = context["next"] is not None and context["next"].starts <= now()
    context["handovers"] = plan.handovers.select_related("therapist").all()
    context["came"] = sum(session.state == "came" for session in sessions)
    context["may_lead"] = policies.can_lead_recovery(request.user, case, now())
    context["may_attend"] = policies.can_attend_to_sessions(request.user, case, now())
    context["moved"] = plan.sessions.filter(state="moved").count()
    return render(request, "services/recovery_detail.html", context)


@login_required
def recovery_pause(request, code, pk):
    """Pause; nobody is asked why."""
    return _confirm(request, code, pk, actions.pause_plan, "recovery_pause")


@login_required
def recovery_cancel(request, code, pk):
    """Cancel for good; nobody is asked why."""
    return _confirm(request, code, pk, actions.cancel_plan, "recovery_cancel")


@login_required
def recovery_review(request, code, pk):
    """Look back at the end of a plan and say how it goes on."""
    case = open_recovery(request, code)
    plan = _plan(case, pk)
    require(policies.can_lead_recovery(request.user, case, now()))
    form = ReviewForm(request.POST or None)
    if form.is_valid():
        try:
            facts = {"case": case, "plan": plan, "outcome": form.cleaned_data["outcome"]}
            actions.review_plan(**facts, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(plan)
    context = {"case": case, "plan": plan, "form": form}
    return render(request, "services/recovery_review.html", context, status=409 if form.objections else 200)


def _confirm(request, code, pk, act, name):
    """Ask once, in words; on POST do it, or show the refusal on the same page."""
    case = open_recovery(request, code)
    plan = _plan(case, pk)
    require(policies.can_lead_recovery(request.user, case, now()))
    refused = ()
    if request.method == "POST":
        try:
            act(case=case, plan=plan, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect(plan)
    context = {"case": case, "plan": plan, "refused": refused}
    return render(request, f"services/{name}.html", context, status=409 if refused else 200)


def _series(request, case, plan):
    """Three steps at one address: search (GET), preview (POST of an offer), book (POST of the preview)."""
    if request.method == "POST" and (said := _said(request, case, plan)):
        return _offered(request, case, plan, said)
    moment = now()
    siblings = [] if plan else list(FamilyMember.objects.siblings_of(case, request.user, moment).open().order_by("pk"))
    ahead = list(plan.sessions.ahead(moment).values_list("pk", flat=True)) if plan else []
    left = len(ahead) or (max(1, plan.planned - plan.sessions.counted().count()) if plan else 0)
    people = therapists_for([case], moment)
    facts = {"people": people, "today": localdate(moment, case.zone), "siblings": len(siblings), "plan": plan}
    form = SeriesForm(request.GET or None, left=left, **facts)
    context = {"case": case, "plan": plan, "form": form, "people": people, "siblings": siblings}
    if form.is_valid():
        cases = [case, *siblings] if form.cleaned_data.get("together") else [case]
        wish = series_wish(cases=cases, now=moment, plan=plan, **form.asked())
        context |= {"searched": True, "together": len(cases)}
        context["offers"] = [
            {"series": one, "value": signed_offer(case, one, wish, cases=cases, plan=plan, replaces=ahead)}
            for one in series_for(wish, moment)
        ]
    context["lost"] = request.method == "POST"  # the offer was too old, or none
    return render(request, "services/recovery_book.html", context)


def _said(request, case, plan):
    try:
        said = read_offer(request.POST.get("offer", ""), case)
    except signing.BadSignature:
        return None
    return said if said["plan"] == (plan.pk if plan else None) else None


def _offered(request, case, plan, said):
    """The preview of an offer; with its button pressed, the booking."""
    pks = [place[0] for place in said["places"]]
    cases = {one.pk: one for one in Case.objects.recovering_with(request.user, now()).filter(pk__in=pks)}
    if cases.keys() != set(pks) or not all(
        policies.can_lead_recovery(request.user, one, now()) for one in cases.values()
    ):
        raise Http404
    data = request.POST if "book" in request.POST else None
    signed = request.POST["offer"]
    form = OfferForm(data, case=case, user=request.user, said=said, signed=signed, plan=plan)
    if form.is_valid() and (made := _book(request, case, plan, form, cases)):
        return redirect(made)
    names = {c.resource: c.name for c in therapists_for(list(cases.values()), now())}
    context = {"case": case, "plan": plan, "form": form, "together": len(pks)}
    context["places"] = [
        (cases[pk], names.get(therapist, ""), offset) for pk, therapist, _room, offset in said["places"]
    ]
    context["minutes"] = said["minutes"]
    return render(request, "services/recovery_preview.html", context, status=409 if form.objections else 200)


def _book(request, case, plan, form, cases):
    """The RecoveryPlan, or None with the refusal in words on the form."""
    plans = form.plans(cases)
    facts = {"case": case, "by": request.user, "now": now()}
    try:
        if plan:
            return actions.book_rest(plan=plan, series=plans[case], **facts)
        review_on = form.cleaned_data["review_on"]
        return actions.book_series(plans=plans, review_on=review_on, key=form.form_key, **facts)
    except SlotTaken:
        form.object_to([TAKEN])
    except Objected as refusal:
        form.object_to(refusal.objections)
    return None


def _plan(case, pk):
    return get_object_or_404(RecoveryPlan.objects.select_related("therapist", "room", "case"), case=case, pk=pk)
