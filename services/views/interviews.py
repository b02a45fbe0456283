"""Interviews: find a slot and book it, look at one, say that it was held, cancel it."""

from datetime import timedelta
from functools import partial

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.accounts.models import Role
from cms.models.version_pages import address_of_difference
from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import interviews as actions
from services.actions import plans, touching
from services.actions.facts import age_on
from services.actions.moves import things_of
from services.actions.needs import is_blind
from services.actions.occupancy import SlotTaken
from services.actions.tasks import checklist_of
from services.forms.interviews import BookingForm
from services.models import Asking, CaseMember, Interview
from services.models.sheets import sheet_of
from services.policies import require
from services.rules.invitations import observers_have_a_room
from services.rules.tasks import undone
from services.views.invitations import answers_of
from services.views.loading import now, open_case
from services.views.slots import searched

TAKEN = Objection("slot_taken", field="slot")


@login_required
def interview_book(request, code, pk=None):
    """Offer ranked times for the joint interview, or for one that was asked for; on POST, book it or say why not."""
    case = open_case(request, code)
    asking = get_object_or_404(Asking, case=case, pk=pk) if pk is not None else None
    require(policies.can_book_interview(request.user, case, now()))
    if request.method != "POST" and not asking and not policies.can_book_joint_interview(request.user, case, now()):
        return redirect("services:interview_again", code=case.code)
    kind = asking.kind if asking else "joint"
    form = BookingForm(
        request.POST or None, case=case, user=request.user, kind=kind, asking=asking, **needed_to_plan(case)
    )
    if form.is_bound and (interview := _book(request, case, form)):
        return redirect(interview)
    context = {"case": case, "form": form, "asking": asking, "sheet": sheet_of(case, now())}
    context["siblings"] = () if asking else policies.siblings_to_book_with(request.user, case, now())
    context |= searched(request, case, form)
    return render(request, "services/interview_book.html", context, status=409 if form.objections else 200)


@login_required
def interview_detail(request, code, pk):
    """When, where, who, which topics; what can be done next with it."""
    case = open_case(request, code)
    interview = interview_of(case, pk).seen_at(now())
    people = interview.participants.select_related("resource", "resource__agency")
    needs = interview.needs.select_related("topic", "agency")
    context = {"case": case, "interview": interview, "people": people, "needs": needs}
    context["things"] = things_of(interview)
    context |= {"due": interview.due, "sessions": interview.sessions}
    context["begun"] = interview.due.starts <= now()
    context["breaks"] = [(at, at + timedelta(minutes=one.minutes)) for one in interview.breaks.all()
                         for at in [interview.starts + timedelta(minutes=one.after)]]  # fmt: skip
    context |= {"checklist": checklist_of(interview, now()), "blind": is_blind(request.user, case, now())}
    context["left"] = undone(shown.line for shown in context["checklist"])
    context["may_tick"] = policies.can_tick(request.user, case, now())
    context["may_add_topic"] = (
        context["begun"] and interview.state != "cancelled" and policies.can_add_in_pause(request.user, interview)
    )
    context["overrides"] = interview.overrides.select_related("by")
    context["stopped"] = words_for_all(actions.stopping(interview)) if interview.state == "booked" else ()
    context["may_change"] = policies.can_book_interview(request.user, case, now())
    context["may_record"] = policies.can_record_outcome(request.user, case, now())
    context |= answers_of(interview, people, request.user, now())
    context["recorded"] = interview.testimonies.exists()
    context["newer"] = newer_of(interview, now())
    context["may_be_shown_the_way"] = policies.can_be_shown_the_way(request.user, interview)
    return render(request, "services/interview_detail.html", context)


def newer_of(interview, moment):
    """What the page says of a protocol that is newer than the interview's own, while it is ahead; None otherwise."""
    if interview.state not in {"booked", "proposed"} or interview.starts <= moment:
        return None
    ruling = touching.newer_protocol(interview=interview, now=moment)
    if ruling is None:
        return None
    outside = touching.outside_newer(interview=interview, ruling=ruling, now=moment)
    address = address_of_difference(ruling, interview.protocol)
    own = interview.protocol.number
    return {"version": ruling, "own": own, "address": address, "outside": words_for_all(outside)}


@login_required
def interview_confirm(request, code, pk):
    """Let a proposal stand whose people have all accepted; every rule is asked once more."""
    return _confirm(request, code, pk, actions.confirm_interview, policies.can_book_interview, "interview_confirm")


@login_required
def interview_hold(request, code, pk):
    """Say that it took place, then go on to what came of each topic; of several sessions one after the other."""
    hold = partial(actions.hold_interview, stop="stop" in request.POST)
    return _confirm(request, code, pk, hold, policies.can_record_outcome, "interview_hold")


@login_required
def interview_cancel(request, code, pk):
    """Cancel; nobody is asked why. Everybody and everything is free at once."""
    return _confirm(request, code, pk, actions.cancel_interview, policies.can_book_interview, "interview_cancel")


def _confirm(request, code, pk, act, allowed, name):
    """Ask once, in words; on POST do it, or show the refusal on the same page."""
    case = open_case(request, code)
    interview = interview_of(case, pk)
    require(allowed(request.user, case, now()))
    refused = ()
    if request.method == "POST":
        try:
            done = act(case=case, interview=interview, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        except SlotTaken:
            refused = words_for_all([TAKEN])
        else:
            after = "services:outcome_record" if done.state == "held" else "services:interview_detail"
            return redirect(after, code=case.code, pk=interview.pk)
    context = {"case": case, "interview": interview, "refused": refused}
    context |= {"due": interview.due, "sessions": interview.sessions} if name == "interview_hold" else {}
    return render(request, f"services/{name}.html", context, status=409 if refused else 200)


def _book(request, case, form):
    """The Interview, the first one when the form is sent again, or None with the refusal in words on the form."""
    if (earlier := form.booked_already()) or not form.is_valid():
        return earlier
    plan = form.plan()
    if unseen := list(observers_have_a_room(plan)):
        form.object_to(unseen)
        return None
    act = actions.propose_interview if "propose" in request.POST else actions.book_interview
    try:
        return act(case=case, plan=plan, by=request.user, now=now(), key=form.form_key)
    except SlotTaken:
        form.object_to([TAKEN])
    except Objected as refusal:
        form.object_to(refusal.objections)
    return None


def needed_to_plan(case):
    """What a PlanForm needs to know: is a prosecutor on the team, and the protocol's limits, also for the child's age."""
    prosecutors = CaseMember.objects.current(now()).filter(case=case, role=Role.PROSECUTOR)
    return {"has_prosecutor": prosecutors.exists()} | _of_the_protocol(case)


def _of_the_protocol(case):
    try:
        limits = plans.limits_of(plans.protocol_in_force(now()))
    except Objected:
        return {}
    return {"limits": limits, "band": limits.band_for(age_on(case, localdate(now(), case.zone)))}


def interview_of(case, pk):
    interviews = Interview.objects.select_related("venue", "protocol", "asking").prefetch_related("parts")
    return get_object_or_404(interviews, case=case, pk=pk)
