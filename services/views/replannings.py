"""Planning anew: ask for a plan, watch it come, accept it. What belongs to cases one is not on is counted, never shown."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.accounts.models import Agency, Role
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import replannings as actions
from services.actions.occupancy import SlotTaken
from services.forms.replannings import AcceptForm, ReplanningForm
from services.models import Interview, Leave, Mark, Move, Participant, Proposal, Replanning, Resource, State
from services.policies import require
from services.rules.replanning import STAYS_IF_POSSIBLE
from services.rules.replanning_wish import Asked, Away
from services.views.loading import now

TAKEN = Objection("proposal_taken")
AT_MOST = 30  # seconds; what thinking may take
PER_PAGE = 50
INSTANT = timedelta(microseconds=1)


@login_required
def replanning_list(request):
    """What was planned anew for one's agencies and cases, newest first."""
    require(policies.can_see_replannings(request.user, now()))
    agencies = agencies_planned_for(request.user)
    rows = Replanning.objects.of(agencies).prefetch_related("absences__resource")[:PER_PAGE]
    waiting = dict.fromkeys((row.pk for row in rows), 0)
    for replanning in Proposal.objects.open(now()).values_list("replanning_id", flat=True):
        waiting[replanning] = waiting.get(replanning, 0) + 1
    context = {"rows": [(row, waiting[row.pk]) for row in rows], "may_ask": bool(agencies)}
    return render(request, "services/replanning_list.html", context)


@login_required
def replanning_create(request):
    """Say who or what is away, and what shall move or stay besides; from a leave, who is away is known already."""
    agencies = agencies_planned_for(request.user)
    require(agencies)
    leave = _leave(request, agencies)
    if leave and request.method == "POST":
        away = Away(leave.resource_id, leave.span.lower, leave.span.upper)
        asked = Asked(leave.resource.agency_id, (away,))
        return redirect(actions.plan_anew(asked=asked, by=request.user, now=now()))
    named = interviews_to_name(request.user)
    form = ReplanningForm(request.POST or None, agencies=agencies, interviews=named, initial=_away_in(leave))
    if "more" not in request.POST and form.is_valid():
        try:
            return redirect(actions.plan_anew(asked=form.asked(), by=request.user, now=now()))
        except Objected as refusal:
            form.object_to(refusal.objections)
    context = {"form": form, "detailed": {"more", "detailed"} & request.POST.keys(), "may_name": bool(named)}
    return render(request, "services/replanning_form.html", context, status=409 if form.objections else 200)


@login_required
def replanning_detail(request, pk):
    """Before and after, as far as one may see the cases; on POST, accept what is ticked, all of it or nothing."""
    require(policies.can_see_replannings(request.user, now()))
    visible = Replanning.objects.of(agencies_planned_for(request.user)).select_related("agency")
    replanning = get_object_or_404(visible.prefetch_related("absences__resource"), pk=pk)
    counting = Proposal.objects.counting().filter(replanning=replanning)
    form = AcceptForm(request.POST if request.method == "POST" else None, proposals=counting)
    if form.is_valid() and _accept(request, replanning, form):
        return redirect(replanning)
    rows = rows_of(request.user, counting, replanning)
    context = {"replanning": replanning, "rows": rows, "form": form, "open": [row for row in rows if row["open"]]}
    context["hidden"] = max(0, replanning.affected - len(rows))
    context["percent"] = percent_of(replanning, now())
    context["names_only"] = not replanning.absences.all()
    return render(request, "services/replanning_detail.html", context, status=409 if form.objections else 200)


def interviews_to_name(user):
    """Booked and still to come, of the cases that `user` may book for, soonest first."""
    ahead = Interview.objects.ahead(now()).filter(state=State.BOOKED).select_related("case").order_by("span", "pk")
    return ahead.filter(case__in=policies.cases_to_book_for(user, {one.case for one in ahead}, now()))


def agencies_planned_for(user):
    """The agencies for whose people and rooms `user` may ask for a plan."""
    keeps = policies.agency_ids(user, Role.KEEPER, now())
    coordinates = policies.agency_ids(user, Role.COORDINATOR, now())
    return Agency.objects.filter(Q(pk__in=keeps) | Q(pk__in=coordinates))


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
    shown = list(proposals.select_related("case__manager", "interview"))
    absences = [(number, one) for number, one in enumerate(replanning.absences.all(), start=1)]
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
            "why": [(number, one) for number, one in absences if one.pk in p.hit_by],
            "frozen": p.mark == Mark.Kind.FREEZE,
            "named": p.mark == Mark.Kind.MOVE,
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
    """The leave that the leave page named, if it is of an agency one plans for."""
    pk = (request.POST if request.method == "POST" else request.GET).get("leave", "")
    if not pk.isdecimal():
        return None
    return get_object_or_404(Leave.objects.select_related("resource"), pk=pk, resource__agency__in=agencies)


def _away_in(leave):
    """What the form begins with, coming from a leave: its resource and days."""
    if leave is None:
        return {}
    zone, field = ZoneInfo(leave.resource.zone), "people" if leave.resource.kind == Resource.Kind.PERSON else "things"
    days = {"starts_on": localdate(leave.span.lower, zone), "ends_on": localdate(leave.span.upper - INSTANT, zone)}
    return {field: [leave.resource_id], **days}


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
