"""Who the child is: what is recorded, shown for a reason, written anew; and the way to a venue. Values stand in answers
to a POST only: never in an address, a title, a message or a form that nobody filled in.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from cms.accounts.reauthentication import must_reauthenticate
from cms.audit.models import AuditEvent
from cms.encryption.models import DataKey
from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import identities as actions
from services.forms import identities as forms
from services.models import CaseReference, ChildIdentity, Fact, Interview, Resource, VenueDirections
from services.policies import require
from services.views.loading import now, open_case


@login_required
def identity_detail(request, code):
    """Which facts are recorded; on POST, those chosen, for the reason given. Asks first whether it is still you."""
    case = open_case(request, code)
    shown_to = policies.facts_shown_to(request.user, case, now())
    require(bool(shown_to))
    if answer := must_reauthenticate(request):
        return answer
    context = {"case": case, **_recorded(case), "shown": None}
    offered = [fact for fact in Fact if fact in shown_to and fact in context["recorded"]]
    form = forms.RevealForm(request.POST or None, offered=offered)
    if form.is_valid():
        facts, reason = [Fact(value) for value in form.cleaned_data["facts"]], form.cleaned_data["reason"]
        context["shown"] = actions.reveal(case=case, facts=facts, reason=reason, by=request.user, now=now())
    revealed = AuditEvent.objects.filter(case_id=case.pk, verb="identity.revealed").select_related("actor")
    context |= {"form": form, "offered": offered, "revealed": revealed.order_by("-at")[:10]}
    context["may_record"] = policies.can_record_identity(request.user, case, now())
    return render(request, "services/identity_detail.html", context)


@login_required
def identity_edit(request, code):
    """Write facts down, or take them away, without reading them."""
    case = open_case(request, code)
    require(policies.can_record_identity(request.user, case, now()))
    recorded = [fact for fact in _recorded(case)["recorded"] if fact != Fact.REFERENCES]
    form = forms.IdentityForm(request.POST or None, recorded=recorded)
    if form.is_valid():
        taken = [Fact(value) for value in form.cleaned_data.get("taken_away", ())]
        today = localdate(now(), case.zone)
        try:
            actions.record_identity(
                case=case, facts=form.facts(), taken_away=taken, today=today, by=request.user, now=now()
            )
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    return render(request, "services/identity_form.html", {"case": case, "form": form, "recorded": recorded})


@login_required
def reference_add(request, code):
    """Add the number under which somebody else keeps this case."""
    case = open_case(request, code)
    require(policies.can_record_identity(request.user, case, now()))
    form = forms.ReferenceForm(request.POST or None, case=case)
    if form.is_valid():
        try:
            actions.add_reference(case=case, reference=form.reference(), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    context = {"case": case, "form": form, "references": _recorded(case)["references"]}
    return render(request, "services/reference_form.html", context)


@login_required
@require_POST
def reference_withdraw(request, code, pk):
    """It was wrong, or is used no more."""
    case = open_case(request, code)
    require(policies.can_record_identity(request.user, case, now()))
    reference = get_object_or_404(CaseReference, case=case, pk=pk)
    try:
        actions.withdraw_reference(case=case, reference=reference, by=request.user, now=now())
    except Objected as refusal:
        refused = words_for_all(refusal.objections)
        return render(request, "services/refused.html", {"case": case, "refused": refused}, status=409)
    return redirect("services:reference_add", code=case.code)


@login_required
def interview_directions(request, code, pk):
    """How to get there, for who is expected. The page names neither the case nor the hour."""
    case = open_case(request, code)
    interview = get_object_or_404(Interview.objects.select_related("venue"), case=case, pk=pk)
    require(policies.can_be_shown_the_way(request.user, interview))
    if answer := must_reauthenticate(request):
        return answer
    context = {"venue": interview.venue, "back": interview, "asked": request.method == "POST"}
    if context["asked"]:
        context["text"] = actions.show_directions(
            venue=interview.venue, interview=interview, by=request.user, now=now()
        )
    return render(request, "services/directions.html", context)


@login_required
def resource_directions(request, pk):
    """A keeper writes how to get to a room's venue; what is written is shown on asking."""
    resource = get_object_or_404(Resource.objects.kept_by(request.user, now()).select_related("venue__agency"), pk=pk)
    if resource.venue is None or not policies.can_keep(request.user, resource.venue.agency, now()):
        raise Http404
    venue, text, show = resource.venue, "", "show" in request.POST
    if show and (answer := must_reauthenticate(request)):
        return answer
    if show:
        text = actions.show_directions(venue=venue, interview=None, by=request.user, now=now())
    form = forms.DirectionsForm(request.POST or None if not show else None)
    if form.is_valid():
        actions.write_directions(venue=venue, text=form.cleaned_data["text"], by=request.user, now=now())
        return redirect("services:resource_list")
    context = {"venue": venue, "form": form, "text": text, "asked": show}
    context["written"] = VenueDirections.objects.filter(venue=venue).exists()
    return render(request, "services/resource_directions.html", context)


def _recorded(case):
    """What is recorded, nothing opened: facts in their order, the references, and whether all of it is erased."""
    identity = ChildIdentity.objects.filter(case=case).first()
    references = list(CaseReference.objects.standing().filter(case=case))
    recorded = identity.recorded() if identity else []
    return {
        "recorded": [*recorded, *([Fact.REFERENCES] if references else [])],
        "references": references,
        "erased": DataKey.objects.filter(case_id=case.pk, destroyed_at__isnull=False).exists(),
    }
