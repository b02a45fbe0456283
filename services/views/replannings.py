"""Planning anew: ask for a plan, watch it come, accept it. What belongs to cases one is not on is counted, never shown."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render

from cms.accounts.models import Agency, Role
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import replannings as actions
from services.actions.occupancy import SlotTaken
from services.forms.replannings import AcceptForm, ReplanningForm
from services.models import Leave, Move, Participant, Proposal, Replanning, Resource
from services.policies import require
from services.rules.replanning import STAYS_IF_POSSIBLE
from services.views.loading import now

TAKEN = Objection("proposal_taken")
AT_MOST = 30  # seconds; what thinking may take
PER_PAGE = 50


@login_required
def replanning_list(request):
    """What was planned anew for one's agencies and cases, newest first."""
    require(policies.can_see_replannings(request.user, now()))
    agencies = agencies_planned_for(request.user)
    rows = Replanning.objects.of(agencies).select_related("resource")[:PER_PAGE]
    waiting = dict.fromkeys((row.pk for row in rows), 0)
    for replanning in Proposal.objects.open(now()).values_list("replanning_id", flat=True):
        waiting[replanning] = waiting.get(replanning, 0) + 1
    context = {"rows": [(row, waiting[row.pk]) for row in rows], "may_ask": bool(agencies)}
    return render(request, "services/replanning_list.html", context)


@login_required
def replanning_create(request):
    """Say who or what is away; from a leave, that is known already."""
    agencies = agencies_planned_for(request.user)
    require(agencies)
    if leave := _leave(request, agencies):
        data = {"resource": leave.resource, "start": leave.span.lower, "end": leave.span.upper}
        return redirect(actions.plan_anew(**data, by=request.user, now=now()))
    form = ReplanningForm(request.POST or None, agencies=agencies)
    if form.is_valid():
        start, end = form.span()
        try:
            facts = {"resource": form.cleaned_data["resource"], "start": start, "end": end}
            return redirect(actions.plan_anew(**facts, by=request.user, now=now()))
        except Objected as refusal:
            form.object_to(refusal.objections)
    return render(request, "services/replanning_form.html", {"form": form}, status=409 if form.objections else 200)


@login_required
def replanning_detail(request, pk):
    """Before and after, as far as one may see the cases; on POST, accept what is ticked, all of it or nothing."""
    require(policies.can_see_replannings(request.user, now()))
    visible = Replanning.objects.of(agencies_planned_for(request.user)).select_related("resource")
    replanning = get_object_or_404(visible, pk=pk)
    counting = Proposal.objects.counting().filter(replanning=replanning)
    form = AcceptForm(request.POST if request.method == "POST" else None, proposals=counting)
    if form.is_valid() and _accept(request, replanning, form):
        return redirect(replanning)
    rows = rows_of(request.user, counting, replanning)
    context = {"replanning": replanning, "rows": rows, "form": form, "open": [row for row in rows if row["open"]]}
    context["hidden"] = max(0, replanning.affected - len(rows))
    context["percent"] = percent_of(replanning, now())
    return render(request, "services/replanning_detail.html", context, status=409 if form.objections else 200)


def agencies_planned_for(user):
    """The agencies for whose people and rooms `user` may ask for a plan."""
    keeps = policies.agency_ids(user, Role.KEEPER, now())
    coordinates = policies.agency_ids(user, Role.COORDINATOR, now())
    return Agency.objects.filter(pk__in=keeps) | Agency.objects.filter(pk__in=coordinates)


def percent_of(replanning, moment):
    """How much of the time that thinking may take is over."""
    if replanning.state == Replanning.State.DONE:
        return 100
    if replanning.thinking_since is None:
        return 5
    gone = (moment - replanning.thinking_since).total_seconds()
    return min(95, 10 + int(gone * 85 / AT_MOST))


def rows_of(user, proposals, replanning):
    """One line of the table for each proposal whose case one sees: where it is, where it would be, who would change."""
    moment = now()
    shown = list(proposals.select_related("case", "interview"))
    present = _present(shown)
    names = _names(shown, present)
    still_open = set(Proposal.objects.open(moment).filter(replanning=replanning).values_list("pk", flat=True))
    accepted = set(Move.objects.filter(key__in=[p.key for p in shown]).values_list("key", flat=True))
    allowed = policies.cases_to_book_for(user, [p.case for p in shown], moment)
    return [
        {
            "proposal": p,
            "case": p.case,
            "zone": p.interview.zone,
            "stays": p.span is not None and p.span.lower == p.was.lower,
            "people": [
                (role, names.get(present.get((p.interview_id, role))), names.get(p.picks.get(role)))
                for role in STAYS_IF_POSSIBLE
                if role in p.picks and p.picks[role] != present.get((p.interview_id, role))
            ],
            "accepted": p.key in accepted,
            "open": p.pk in still_open and p.span is not None and p.case_id in allowed,
            "waits": p.pk in still_open,
        }
        for p in shown
    ]


def _present(proposals):
    """{(interview, role): resource} of those who should stay if they can."""
    rows = Participant.objects.filter(interview__in=[p.interview_id for p in proposals], role__in=STAYS_IF_POSSIBLE)
    return {(row.interview_id, row.role): row.resource_id for row in rows}


def _names(proposals, present):
    """{resource: name} of everybody who attends or would."""
    wanted = {pk for p in proposals for role, pk in p.picks.items() if role in STAYS_IF_POSSIBLE}
    wanted |= set(present.values())
    return dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "name"))


def _leave(request, agencies):
    """The leave that the form of the leave page named, if it is of an agency one plans for."""
    if request.method != "POST" or not request.POST.get("leave", "").isdecimal():
        return None
    pk = request.POST["leave"]
    return get_object_or_404(Leave.objects.select_related("resource"), pk=pk, resource__agency__in=agencies)


def _accept(request, replanning, form):
    """True when everything ticked was moved; else the refusal is on the form."""
    chosen = list(form.cleaned_data["proposals"].select_related("case"))
    cases = [proposal.case for proposal in chosen]
    require({case.pk for case in cases} == policies.cases_to_book_for(request.user, cases, now()))
    try:
        actions.accept_proposals(replanning=replanning, proposals=chosen, by=request.user, now=now())
    except SlotTaken:
        form.object_to([TAKEN])
    except Objected as refusal:
        form.object_to(refusal.objections)
    return not form.errors
