"""Moving an interview: choose another time, confirm, done. Nobody is asked why."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions.moves import move_interview, plan_of_move, standing_of
from services.actions.occupancy import SlotTaken
from services.actions.plans import limits_of
from services.actions.slots import find_slots, wish_to_move
from services.forms.interviews import SlotForm
from services.forms.slots import DayForm, lead_until
from services.policies import require
from services.views.interviews import TAKEN, interview_of
from services.views.loading import now, open_case
from services.views.slots import AT_FIRST, all_shown
from services.wording import blocker_words


@login_required
def interview_move(request, code, pk):
    """Offer other times for a booked interview, the least disturbing first; on POST, move it or say why not."""
    case = open_case(request, code)
    interview = interview_of(case, pk)
    require(policies.can_book_interview(request.user, case, now()))
    form = SlotForm(request.POST or None, case=case, user=request.user)
    if form.is_valid() and _move(request, case, interview, form):
        return redirect("services:interview_detail", code=case.code, pk=pk)
    context = {"case": case, "interview": interview, "form": form}
    several = len(interview.sessions) > 1
    context["movable"] = interview.state == "booked" and interview.starts > now() and not several
    context["stopped"] = words_for_all([Objection("extended_not_moved")]) if several else ()
    if context["movable"]:
        context |= _search(request, case, interview, form)
    status = 409 if form.objections else 200
    return render(request, "services/interview_move.html", context, status=status)


def _move(request, case, interview, form):
    """True when it was moved, now or by the same form before; else the refusal is on the form."""
    start, picks = form.start_and_picks()
    try:
        plan = plan_of_move(interview, start, picks)
        move_interview(case=case, interview=interview, plan=plan, by=request.user, now=now(), key=form.form_key)
    except SlotTaken:
        form.object_to([TAKEN])
    except Objected as refusal:
        form.object_to(refusal.objections)
    return not form.errors


def _search(request, case, interview, form):
    moment, standing = now(), standing_of(interview)
    today = localdate(moment, case.zone)
    search = DayForm(request.GET or None, today=today)
    asked = search.cleaned_data if search.is_valid() else {}
    wish = wish_to_move(
        interview=interview,
        standing=standing,
        limits=limits_of(interview.protocol),
        now=moment,
        on=asked.get("on"),
        lead=lead_until(asked.get("since"), case.zone, moment),
    )
    found = find_slots(wish=wish if wish.on else replace(wish, most=AT_FIRST), now=moment)
    found = replace(found, slots=tuple(slot for slot in found.slots if not _is_now(slot, standing)))
    return {
        "search": search,
        "found": found,
        "slots": all_shown(case, form, found, wish),
        "blockers": [blocker_words(blocker) for blocker in found.blockers],
        "on": asked.get("on"),
        "zone": wish.zone,
    }


def _is_now(slot, standing):
    return slot.start == standing.plan.starts and standing.picks.items() <= slot.picks.items()
