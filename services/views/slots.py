"""What a search for a slot finds, ready for the page: times, days, what stands in the way and what would help."""

from dataclasses import replace

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate

from cms.accounts.models import Membership, Role
from cms.models.wording import words_for_all
from cms.refusals import Objected
from services.actions import plans
from services.actions.facts import age_on
from services.actions.slots import laid_out, spares_for, what_would_help, wish_for
from services.forms.interviews import first_plan, said, signed_slot
from services.forms.slots import SearchForm, lead_until, usual_minutes
from services.rules.parts import in_parts, windows_for
from services.rules.ranking import weighed
from services.rules.relaxing import ANOTHER, IN_ROOM, REMOTE, SHORTER, WITHOUT
from services.rules.search import answer
from services.rules.slots import ADVISED, CALENDAR, INTERVIEWER, PREFERRED
from services.views.loading import now
from services.wording import blocker_words, help_words, reason_words, weight_words

AT_FIRST = 6  # times shown before somebody asks for a day


def searched(request, case, form):
    """The search form and what it finds. `form` is the BookingForm of the same page."""
    moment = now()
    try:
        limits = plans.limits_of(plans.protocol_in_force(moment))
    except Objected as refusal:
        return {"protocol_missing": words_for_all(refusal.objections)}
    today = localdate(moment, case.zone)
    band = limits.band_for(age_on(case, today))
    facts = {"band": band, "limits": limits, "today": today, "has_prosecutor": form.has_prosecutor}
    search = SearchForm(request.GET or None, first=not form.asking, **facts)
    minutes = search.asked.get("minutes") or usual_minutes(band)
    wish = asked_wish(case, search, limits, minutes, moment, has_prosecutor=form.has_prosecutor, asking=form.asking)
    board = laid_out(wish=wish, now=moment)
    found, several = answer(board), search.sessions > 1
    if several:
        apart = limits.parts_days_apart
        found = replace(found, slots=in_parts(board, parts=search.sessions, apart=apart), blockers=())
    spares = None if found.starts() else spares_for(case=case, wish=wish, now=moment, asking=form.asking)
    helps = [] if wish.on or several else what_would_help(board=board, spares=spares, now=moment)
    return {
        "search": search,
        "found": found,
        "slots": all_shown(case, form, found, wish),
        "blockers": [blocker_words(blocker) for blocker in found.blockers],
        "helps": _all_helps(request, case, helps, wish, form.asking),
        "hold_hours": limits.hold_hours,
        "order": [(weight_words(name), days) for name, days in weighed(wish)],
        "on": wish.on,
        "zone": wish.zone,
        "standing": _standing(request, case, found, wish, form.asking),
    }


def asked_wish(case, search, limits, minutes, moment, *, has_prosecutor, asking=None):
    """What was asked for, kept to the hours that suit the child unless somebody looks further.

    Without a prosecutor only where none is on the team.
    """
    asked = search.asked
    several = {"windows": windows_for(search.sessions, limits.parts_days_apart)} if search.sessions > 1 else {}
    left_out = {Role.PROSECUTOR} if asked.get("unattended") and not has_prosecutor else set()
    wish = wish_for(
        case=case,
        limits=limits,
        minutes=minutes,
        now=moment,
        roles=[r.role for r in limits.roles if r.role not in left_out],
        presence_by_role=search.presences(),
        asking=asking,
        on=asked.get("on"),
        lead=lead_until(asked.get("since"), case.zone, moment),
        within=(ADVISED, PREFERRED, CALENDAR),
        also=asked.get("also", ()),
    )
    wish = replace(wish, **several) if wish.on else replace(wish, most=AT_FIRST, **several)
    return replace(wish, may_lack=frozenset()) if has_prosecutor else wish


def _standing(request, case, found, wish, asking):
    """As below, of the best time; once something was sent, the refusal says it."""
    if not found.slots or request.method == "POST":
        return []
    return standing_against(case, found.slots[0], wish, asking)


def standing_against(case, slot, wish, asking=None):
    """Objections that no choice of time would lift, so that nobody fills in a form for nothing."""
    plan = first_plan(case, slot, wish, asking)
    objections = plans.plan_objections(case=case, plan=plan, now=now())
    return words_for_all([o for o in objections if o.field not in {"slot", "minutes", "needs"} and not o.warning])


def all_shown(case, form, found, wish):
    """The slots for the page. The one chosen before, or else the best, is lit."""
    shown = [shown_slot(case, slot, wish) for slot in found.slots]
    lit = next((number for number, slot in enumerate(found.slots) if said(slot, wish) == form.chosen), 0)
    if shown:
        shown[lit]["chosen"] = True
    return shown


def shown_slot(case, slot, wish):
    """A slot as components/slot.html wants it."""
    return {
        "value": signed_slot(case, slot, wish),
        "start": slot.start,
        "end": slot.end,
        "facts": facts_of(slot),
        "reasons": [reason_words(reason) for reason in slot.reasons],
        "warnings": [reason_words(reason) for reason in slot.warnings],
        "weighs": slot.burden,
        "later": [(start, start + (slot.end - slot.start)) for start in slot.sessions[1:]],
    }


def facts_of(slot):
    """Who comes, each with their role, and in which rooms: (icon, words)."""
    labels = dict(Role.choices)
    people = [("person", f"{labels[key]}: {c.name}") for key, c in slot.chosen.items() if key in labels]
    return [*people, *(("room", c.name) for key, c in slot.chosen.items() if key in {"room", "observation_room"})]


def _all_helps(request, case, helps, wish, asking):
    """Each change in words, the time it opens, and the address that makes it: a search, or first a new colleague."""
    joining = _joining(helps)
    return [
        {
            "words": help_words(one, wish),
            "start": one.slot.start,
            "end": one.slot.end,
            "warnings": [reason_words(reason) for reason in one.slot.warnings],
            "adds": bool(new := joining.get(one)),
            "address": _adding(case, new, _query(request, one), asking) if new else f"?{_query(request, one)}",
        }
        for one in helps
    ]


def _joining(helps):
    """Of each help that needs somebody new on the team: the membership of the first of them. One query."""
    wanted = {}
    for one in helps:
        seats = [key for change in one.changes if change.kind == ANOTHER for key in change.seats]
        role = next((key for key in seats if key != INTERVIEWER), None)
        if role is not None:
            wanted[one] = (role, one.slot.chosen[role].resource)
    resources = {resource for _role, resource in wanted.values()}
    rows = Membership.objects.current(now()).filter(user__resource__in=resources) if resources else ()
    known = {(row.role, row.user.resource.pk): row.pk for row in rows and rows.select_related("user__resource")}
    return {one: known[key] for one, key in wanted.items() if key in known}


def _query(request, helping):
    """The page's own search with the changes made, on the day that they open."""
    query = request.GET.copy()
    for change in helping.changes:
        for name, values in _parameters(change).items():
            query.setlist(name, values if name == "minutes" else list(dict.fromkeys([*query.getlist(name), *values])))
    for role in query.getlist("inside"):
        if role in query.getlist("remote"):
            query.setlist("inside", [one for one in query.getlist("inside") if one != role])
    query["on"] = helping.slot.start.date().isoformat()
    return query.urlencode()


def _parameters(change):
    """A change as the search form says it. Another person of the team's roles is no search, but a new member."""
    if change.kind in {REMOTE, IN_ROOM}:
        return {"remote" if change.kind == REMOTE else "inside": list(change.seats)}
    if change.kind == SHORTER:
        return {"minutes": [str(change.minutes)]}
    if change.kind == WITHOUT:
        return {"unattended": ["on"]}
    if change.kind == ANOTHER and change.seats != (INTERVIEWER,):
        return {}
    return {"also": [change.kind]}


def _adding(case, membership, query, asking):
    """Where a colleague joins the team; afterwards the search goes on as it would have."""
    more = {"asking": asking.pk} if asking else {}
    asked = urlencode({"membership": membership, "then": query, **more})
    return f"{reverse('services:member_add', args=[case.code])}?{asked}"
