"""Places at interviews: one's own invitations, how somebody attends, who comes instead, who must not come."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from cms.accounts.models import Role
from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import conflicts
from services.actions import invitations as actions
from services.actions.interviews import missing_answers
from services.actions.occupancy import SlotTaken
from services.actions.plans import limits_of
from services.forms.cases import people_of
from services.forms.invitations import AnswerForm, ConflictForm, PresenceForm, SubstituteForm
from services.models import Case, Participant
from services.policies import require
from services.rules import states
from services.rules.matching import COMPANION, INTERPRETER
from services.views.loading import now, open_case

MOST_SUITORS = 6  # of one role, on the team form


@login_required
def invitation_list(request):
    """To which interviews one is asked to come. No case code stands beside an hour: somebody may look on."""
    require(policies.can_see_invitations(request.user, now()))
    places = Participant.objects.of_person(request.user, now()).select_related("interview")
    places = places.prefetch_related("interview__parts")
    codes = dict(Case.objects.visible_to(request.user, now()).values_list("pk", "code"))
    rows = [(place, _address_of(place, codes.get(place.case_id))) for place in places]
    return render(request, "services/invitation_list.html", {"rows": rows})


@login_required
def invitation_answer(request, pk):
    """Say whether one comes; nobody asks why not."""
    require(policies.can_see_invitations(request.user, now()))
    mine = Participant.objects.of_person(request.user, now()).select_related("interview__venue")
    place = get_object_or_404(mine, pk=pk)
    zone = ZoneInfo(place.interview.zone)
    form = AnswerForm(request.POST or None, zone=zone, initial=_said(place, zone))
    if form.is_valid():
        try:
            actions.answer_invitation(participant=place, answer=form.answer(), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:invitation_list")
    context = {"form": form, "place": place, "interview": place.interview}
    return render(request, "services/invitation_answer.html", context, status=409 if form.objections else 200)


@login_required
def participant_presence(request, code, pk):
    """In the room, behind the glass or by video: within what the protocol allows."""
    case, place = _place(request, code, pk)
    allowed = presences_of(place.interview, place.role)
    form = PresenceForm(request.POST or None, allowed=allowed, initial={"presence": place.presence})
    if form.is_valid():
        presence = form.cleaned_data["presence"]
        facts = {"case": case, "interview": place.interview, "participant": place}
        try:
            actions.change_presence(**facts, presence=presence, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(place.interview)
    context = {"case": case, "place": place, "interview": place.interview, "form": form}
    return render(request, "services/participant_presence.html", context, status=409 if form.objections else 200)


@login_required
def participant_substitute(request, code, pk):
    """Who could come instead, with the reasons; on POST, they are asked."""
    case, place = _place(request, code, pk)
    facts = {"case": case, "interview": place.interview, "participant": place}
    found = actions.substitutes_for(**facts, now=now())
    able = [one for one in found if not one.objections and all(w.good or w.key != "not_free" for w in one.words)]
    form = SubstituteForm(request.POST or None, people=[one.resource for one in able])
    if form.is_valid():
        try:
            actions.substitute_participant(**facts, resource=form.chosen(), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        except SlotTaken:
            form.object_to([Objection("substitute_taken", field="resource")])
        else:
            return redirect(place.interview)
    hindered = _worded([one for one in found if one not in able])
    context = {"case": case, "place": place, "interview": place.interview, "form": form}
    context |= {"able": list(zip(form["resource"], able, strict=True)), "hindered": hindered}
    return render(request, "services/participant_substitute.html", context, status=409 if form.objections else 200)


@login_required
def conflict_add(request, code):
    """Say who must not sit with this child; they are never offered again."""
    case = open_case(request, code)
    require(policies.can_change_case(request.user, case, now()))
    form = ConflictForm(request.POST or None, province=case.province, now=now())
    if form.is_valid():
        data = form.cleaned_data
        try:
            conflicts.record_conflict(
                case=case, person=data["membership"].user, side=data["side"], by=request.user, now=now()
            )
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:member_add", code=case.code)
    return render(request, "services/conflict_add.html", {"case": case, "form": form})


def answers_of(interview, people, user, moment):
    """What the page of an interview says about answers: one's own place, what a proposal waits for, what can be done."""
    ahead = interview.state in states.AHEAD and interview.starts > moment
    mine = next((one for one in people if one.resource.user_id == user.pk), None) if ahead else None
    waits = missing_answers(interview) if interview.state == states.PROPOSED else ()
    several = {required.role for required in limits_of(interview.protocol).roles if len(required.presences) > 1}
    return {"ahead": ahead, "mine": mine, "waits_for": waits, "several_ways": several}


def presences_of(interview, role):
    """How somebody in `role` may attend; what the protocol says nothing about may be any way."""
    required = limits_of(interview.protocol).required(role)
    return required.presences if required else ("in_room", "observing", "remote")


def suitors_by_role(case, province, moment):
    """[(role, [(membership, words, suits), …])] of companions and interpreters who could join, the best first."""
    on_team = case.members.current(moment).values("user_id")
    people = people_of(province, moment).filter(role__in=[COMPANION, INTERPRETER]).exclude(user_id__in=on_team)
    people = people.select_related("user__resource", "agency").prefetch_related("user__resource__qualifications")
    found = actions.suitors(case=case, memberships=people, now=moment)
    by_role = [
        (role, [row for row in found if row[0].role == role][:MOST_SUITORS]) for role in (COMPANION, INTERPRETER)
    ]
    return [(Role(role).label, rows) for role, rows in by_role if rows]


def _worded(people):
    """[(substitute, their objections in words)], the words of all read at once."""
    said = iter(words_for_all([objection for one in people for objection in one.objections]))
    return [(one, [next(said) for _objection in one.objections]) for one in people]


def _place(request, code, pk):
    case = open_case(request, code)
    places = Participant.objects.filter(case=case).select_related("resource__agency", "interview__protocol")
    place = get_object_or_404(places, pk=pk)
    require(policies.can_book_interview(request.user, case, now()))
    place.interview.case = case
    return case, place


def _address_of(place, code):
    return reverse("services:interview_detail", args=[code, place.interview_id]) if code else ""


def _said(place, zone):
    """The answer given before, as the form shows it."""
    other = place.other_start.astimezone(zone) if place.other_start else None
    return {
        "response": place.response,
        "other_day": other.date() if other else None,
        "other_hour": other.time() if other else None,
    }
