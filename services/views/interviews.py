"""Interviews: find a slot and book it, look at one, say that it was held, cancel it."""

from dataclasses import replace
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.accounts.models import Role
from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import interviews as actions
from services.actions.facts import age_on
from services.actions.needs import is_blind
from services.actions.occupancy import SlotTaken
from services.actions.slots import find_slots, wish_for
from services.actions.tasks import checklist_of
from services.forms.interviews import (
    BookingForm,
    SearchForm,
    first_plan,
    lead_until,
    remote_choices,
    said,
    signed_slot,
    usual_minutes,
)
from services.models import Asking, CaseMember, Interview
from services.models.sheets import sheet_of
from services.policies import require
from services.rules.interviews import REMOTE
from services.rules.tasks import undone
from services.views.loading import now, open_case
from services.wording import blocker_words, reason_words

AT_FIRST = 6  # times shown before somebody asks for a day
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
    has_prosecutor = CaseMember.objects.current(now()).filter(case=case, role=Role.PROSECUTOR).exists()
    form = BookingForm(
        request.POST or None,
        case=case,
        user=request.user,
        has_prosecutor=has_prosecutor,
        kind=kind,
        asking=asking,
        **_of_the_protocol(case),
    )
    if form.is_bound and (interview := _book(request, case, form)):
        return redirect(interview)
    context = {"case": case, "form": form, "asking": asking, "sheet": sheet_of(case, now())}
    context |= _search(request, case, form, has_prosecutor)
    return render(request, "services/interview_book.html", context, status=409 if form.objections else 200)


@login_required
def interview_detail(request, code, pk):
    """When, where, who, which topics; what can be done next with it."""
    case = open_case(request, code)
    interview = _interview(case, pk)
    people = interview.participants.select_related("resource", "resource__agency")
    rooms = [b.occupancy.resource for b in interview.bookings.select_related("occupancy__resource")]
    things = [resource for resource in rooms if resource.kind not in {"person", "child"}]
    needs = interview.needs.select_related("topic", "agency")
    context = {"case": case, "interview": interview, "people": people, "things": things, "needs": needs}
    context["begun"] = interview.starts <= now()
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
    context["recorded"] = interview.testimonies.exists()
    context["may_be_shown_the_way"] = policies.can_be_shown_the_way(request.user, interview)
    return render(request, "services/interview_detail.html", context)


@login_required
def interview_hold(request, code, pk):
    """Say that it took place, then go on to what came of each topic."""
    return _confirm(request, code, pk, actions.hold_interview, policies.can_record_outcome, "interview_hold")


@login_required
def interview_cancel(request, code, pk):
    """Cancel; nobody is asked why. Everybody and everything is free at once."""
    return _confirm(request, code, pk, actions.cancel_interview, policies.can_book_interview, "interview_cancel")


def _confirm(request, code, pk, act, allowed, name):
    """Ask once, in words; on POST do it, or show the refusal on the same page."""
    case = open_case(request, code)
    interview = _interview(case, pk)
    require(allowed(request.user, case, now()))
    refused = ()
    if request.method == "POST":
        try:
            act(case=case, interview=interview, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            after = "services:outcome_record" if name == "interview_hold" else "services:interview_detail"
            return redirect(after, code=case.code, pk=interview.pk)
    context = {"case": case, "interview": interview, "refused": refused}
    return render(request, f"services/{name}.html", context, status=409 if refused else 200)


def _book(request, case, form):
    """The Interview, the first one when the form is sent again, or None with the refusal in words on the form."""
    if (earlier := form.booked_already()) or not form.is_valid():
        return earlier
    try:
        return actions.book_interview(case=case, plan=form.plan(), by=request.user, now=now(), key=form.form_key)
    except SlotTaken:
        form.object_to([TAKEN])
    except Objected as refusal:
        form.object_to(refusal.objections)
    return None


def _of_the_protocol(case):
    """What the booking form takes from the protocol in force: the limits of the age, and what wants a reason."""
    try:
        limits = actions.limits_of(actions.protocol_in_force(now()))
    except Objected:
        return {}
    return {"band": limits.band_for(age_on(case, localdate(now(), case.zone))), "explain": limits.reasons_for}


def _search(request, case, form, has_prosecutor):
    """The search form and what it finds, ready for the template."""
    moment = now()
    try:
        limits = actions.limits_of(actions.protocol_in_force(moment))
    except Objected as refusal:
        return {"protocol_missing": words_for_all(refusal.objections)}
    today = localdate(moment, case.zone)
    band = limits.band_for(age_on(case, today))
    choices = remote_choices(limits, dict(Role.choices))
    search = SearchForm(
        request.GET or None, band=band, remote_roles=choices, today=today, has_prosecutor=has_prosecutor
    )
    asked = search.cleaned_data if search.is_valid() else {}
    wish = wish_for(
        case=case,
        limits=limits,
        minutes=asked.get("minutes") or usual_minutes(band),
        now=moment,
        roles=[r.role for r in limits.roles if not (asked.get("unattended") and r.role == Role.PROSECUTOR)],
        presence_by_role=dict.fromkeys(asked.get("remote", ()), REMOTE),
        asking=form.asking,
        on=asked.get("on"),
        lead=lead_until(asked.get("since"), case.zone, moment),
    )
    if not wish.on:
        wish = replace(wish, most=AT_FIRST)
    found = find_slots(wish=wish, now=moment)
    return {
        "search": search,
        "found": found,
        "slots": _all_shown(case, form, found, wish),
        "blockers": [blocker_words(blocker) for blocker in found.blockers],
        "on": asked.get("on"),
        "zone": wish.zone,
        "standing": _standing(request, case, found, wish, form.asking),
    }


def _standing(request, case, found, wish, asking):
    """Objections that no choice of time would lift, so that nobody fills in a form for nothing."""
    if not found.slots or request.method == "POST":
        return []
    plan = first_plan(case, found.slots[0], wish, asking)
    objections = actions.plan_objections(case=case, plan=plan, now=now())
    return words_for_all([o for o in objections if o.field not in {"slot", "minutes", "needs"} and not o.warning])


def _all_shown(case, form, found, wish):
    """The slots for the page. The one chosen before, or else the best, is lit."""
    shown = [_shown(case, slot, wish) for slot in found.slots]
    lit = next((number for number, slot in enumerate(found.slots) if said(slot, wish) == form.chosen), 0)
    if shown:
        shown[lit]["chosen"] = True
    return shown


def _shown(case, slot, wish):
    """A slot as components/slot.html wants it."""
    labels = dict(Role.choices)
    people = [("person", f"{labels[key]}: {c.name}") for key, c in slot.chosen.items() if key in labels]
    rooms = [("room", c.name) for key, c in slot.chosen.items() if key in {"room", "observation_room"}]
    return {
        "value": signed_slot(case, slot, wish),
        "start": slot.start,
        "end": slot.end,
        "facts": [*people, *rooms],
        "reasons": [reason_words(reason) for reason in slot.reasons],
        "warnings": [reason_words(reason) for reason in slot.warnings],
    }


def _interview(case, pk):
    return get_object_or_404(Interview.objects.select_related("venue", "protocol", "asking"), case=case, pk=pk)
