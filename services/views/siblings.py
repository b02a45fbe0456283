"""Two siblings' joint interviews, one right after the other: find a pair of times and book both in one step."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from cms.models.wording import words_for_all
from cms.refusals import Objected
from cms.templatetags.sekali import DASH
from services import policies
from services.actions.occupancy import SlotTaken
from services.actions.plans import limits_of, protocol_in_force
from services.actions.siblings import NotBoth, book_siblings, laid_out_together
from services.forms.interviews import PlanForm
from services.forms.siblings import PairForm, PairSearchForm, said_of_both, signed_pair
from services.forms.slots import usual_minutes
from services.models import FamilyMember
from services.policies import require
from services.rules.invitations import observers_have_a_room
from services.rules.search import answer
from services.rules.siblings import together
from services.views.interviews import TAKEN, needed_to_plan
from services.views.loading import now, open_case
from services.views.slots import asked_wish, facts_of, standing_against
from services.wording import blocker_words, hinder_words, reason_words

CHILDREN = ("this", "other")  # the prefixes of their forms
WORDS = (_("this child"), _("the sibling"))


@login_required
def interview_siblings(request, code):
    """Offer pairs of times for this child and a sibling; on POST, book both or say why neither."""
    case = open_case(request, code)
    require(policies.can_book_interview(request.user, case, now()))
    pair = PairForm(request.POST or None, case=case, user=request.user)
    if request.method != "POST" and not policies.can_book_joint_interview(request.user, case, now()):
        return redirect("services:interview_again", code=case.code)
    chosen, siblings = _chosen(request, case, pair)
    sibling = open_case(request, chosen.code)
    require(policies.can_book_interview(request.user, sibling, now()))
    plan_forms = [
        PlanForm(request.POST or None, prefix=prefix, case=one, **needed_to_plan(one))
        for prefix, one in zip(CHILDREN, (case, sibling), strict=True)
    ]
    if pair.is_bound and _book(request, case, pair, plan_forms):
        return redirect(case)
    context = {"case": case, "sibling": sibling, "siblings": siblings, "form": pair}
    context |= _searched(request, pair, plan_forms)
    every = (pair, *plan_forms)
    context["refused"] = any(form.objections for form in every)
    context["faulty"] = next((form for form in every if form.errors), None)
    return render(request, "services/interview_siblings.html", context, status=409 if context["refused"] else 200)


def _chosen(request, case, pair):
    """(the sibling's case, those that can be booked together with this child by number): 404 where there is none.

    A sibling whose time was chosen is found by that, also when it was booked meanwhile: by this very form, perhaps.
    """
    siblings = dict(enumerate(policies.siblings_to_book_with(request.user, case, now()), start=1))
    if (pk := pair.sibling()) is not None:
        return get_object_or_404(FamilyMember.objects.siblings_of(case, request.user, now()), pk=pk), siblings
    asked = request.GET.get("sibling", "1")
    if not asked.isdecimal() or int(asked) not in siblings:
        raise Http404
    return siblings[int(asked)], siblings


def _book(request, case, pair, plan_forms):
    """Are both booked, now or by the same form before? Else the refusal is on the forms."""
    if pair.booked_already(plan_forms):
        return True
    checked = [form.is_valid() for form in (pair, *plan_forms)]  # each says what it lacks
    if not all(checked):
        return False
    plans = pair.plans(plan_forms)
    for form in plan_forms:
        form.object_to(list(observers_have_a_room(plans[form.case])))
    if any(form.objections for form in plan_forms):
        return False
    try:
        return book_siblings(case=case, plans=plans, by=request.user, now=now(), key=pair.form_key)
    except SlotTaken:
        pair.object_to([TAKEN])
    except NotBoth as refusal:
        for form in plan_forms:
            form.object_to(refusal.found.get(form.case.pk, ()))
    except Objected as refusal:
        pair.object_to(refusal.objections)
    return False


def _searched(request, pair, plan_forms):
    """The search form, the pairs that it finds, and what is said of each child."""
    moment, cases = now(), [form.case for form in plan_forms]
    try:
        limits = limits_of(protocol_in_force(moment))
    except Objected as refusal:
        return {"protocol_missing": words_for_all(refusal.objections)}
    search, wishes = _asked(request, plan_forms, limits, moment)
    boards = laid_out_together(wishes=wishes, now=moment)
    found = together(boards)
    children = [
        {"words": words, "case": form.case, "form": form} for words, form in zip(WORDS, plan_forms, strict=True)
    ]
    if found.pairs and request.method != "POST":
        best = found.pairs[0]
        for slot, number in zip(best.slots, best.order, strict=True):
            children[number]["standing"] = standing_against(cases[number], slot, wishes[number])
    if not found.days:
        _say_why(children, boards)
    return {
        "search": search,
        "children": children,
        "pairs": _shown(pair, found, cases, wishes),
        "days": found.days,
        "on": wishes[0].on,
        "zone": wishes[0].zone,
        "hindered": hinder_words(found) if found.hinders and not any(c.get("blockers") for c in children) else "",
    }


def _asked(request, plan_forms, limits, moment):
    """The search form, and the wish of each child."""
    today = localdate(moment, plan_forms[0].case.zone)
    bands = [form.band for form in plan_forms]
    attended = all(form.has_prosecutor for form in plan_forms)
    facts = {"band": bands[0], "other_band": bands[1], "limits": limits, "today": today, "has_prosecutor": attended}
    search = PairSearchForm(request.GET or None, **facts)
    lengths = [search.asked.get(name) for name in ("minutes", "other_minutes")]
    return search, [
        asked_wish(
            form.case, search, limits, minutes or usual_minutes(band), moment, has_prosecutor=form.has_prosecutor
        )
        for form, minutes, band in zip(plan_forms, lengths, bands, strict=True)
    ]


def _say_why(children, boards):
    """Where a child has no time even alone, that is what stands in the way."""
    for child, board in zip(children, boards, strict=True):
        alone = answer(board)
        if not alone.starts():
            child["blockers"] = [blocker_words(blocker) for blocker in alone.blockers]


def _shown(pair_form, found, cases, wishes):
    """The pairs for the page. The one chosen before, or else the best, is lit."""
    said = [said_of_both(pair, cases, wishes) for pair in found.pairs]
    lit = said.index(pair_form.chosen) if pair_form.chosen in said else 0
    return [
        {
            "value": signed_pair(pair_form.case, words),
            "start": pair.slots[0].start,
            "end": pair.slots[1].end,
            "venue": pair.slots[0].chosen["room"].venue_name,
            "both": [fact for fact in facts_of(pair.slots[0]) if fact in facts_of(pair.slots[1])],
            "visits": [_visit(pair, place) for place in (0, 1)],
            "weighs": pair.burden,
            "chosen": number == lit,
        }
        for number, (pair, words) in enumerate(zip(found.pairs, said, strict=True))
    ]


def _visit(pair, place):
    """One of the two interviews of a pair; of its people and rooms those that the other has not."""
    slot, other = pair.slots[place], pair.slots[1 - place]
    return {
        "words": WORDS[pair.order[place]],
        "hours": f"{slot.start:%H.%M}{DASH}{slot.end:%H.%M}",
        "facts": [fact for fact in facts_of(slot) if fact not in facts_of(other)],
        "reasons": [reason_words(reason) for reason in slot.reasons],
        "warnings": [reason_words(reason) for reason in slot.warnings],
    }
