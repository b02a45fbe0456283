"""The interview day in cards for the child, made of a booking: for staff to print, or to show on the house's own device."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from cms.middleware import LEAVES_NOTHING
from services import policies
from services.actions.moves import things_of
from services.models.days import day_facts, general_cards
from services.policies import require
from services.rules.days import arranged, told
from services.rules.states import AHEAD
from services.views.interviews import interview_of
from services.views.loading import now, open_case
from services.wording import day_words


@login_required
def interview_day(request, code, pk):
    """The cards as they will be printed or shown, and both ways to do it."""
    case, interview, cards = _day(request, code, pk)
    context = {"case": case, "interview": interview, "cards": cards}
    return render(request, "services/interview_day.html", context)


@login_required
@require_POST
def interview_day_show(request, code, pk):
    """One card at a time, for a child who holds the device. Whoever showed it is signed out first.

    So there is nothing to go back to: closing the page is all that leaving it needs.
    """
    _case, _interview, cards = _day(request, code, pk)
    logout(request)
    response = render(request, "services/interview_day_show.html", {"cards": cards})
    response.headers["Clear-Site-Data"] = LEAVES_NOTHING
    return response


def _day(request, code, pk):
    """The case, the interview that is ahead, and its cards as `[{text, drawing, picture, alternative, recording}]`."""
    case = open_case(request, code)
    interview = interview_of(case, pk)
    require(policies.can_show_the_day(request.user, case, now()))
    if interview.state_at(now()) not in AHEAD:
        raise Http404
    cards = arranged(general_cards(get_language()), told(day_facts(interview, things_of(interview))))
    return case, interview, [_in_words(card) for card in cards]


def _in_words(card):
    if hasattr(card, "text"):
        return {name: getattr(card, name) for name in ("text", "drawing", "picture", "alternative", "recording")}
    return {"text": day_words(card), "drawing": card.drawing}
