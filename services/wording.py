"""What the rules found, in words of the reader's language: reasons for a slot, what stands in the way, a child's cards.

The keys are those of `services.rules.ranking`, `services.rules.slots.Blocker` and `services.rules.days`. A key without words here is a fault
that the tests find.
"""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.utils.translation import gettext_lazy, ngettext

from cms.accounts.models import Role
from cms.blocks import WEIGHT_CHOICES
from cms.templatetags.sekali import day, when
from services.models import Resource
from services.models.cases import LANGUAGES, AccessNeed, Sex
from services.rules.days import DayCard
from services.rules.relaxing import Change, Help
from services.rules.siblings import Together
from services.rules.slots import Blocker, Reason, Wish

_ = gettext_lazy

REASONS = {
    "day_after_report": _("Day %(day)s after the report."),
    "day_within_clock": _("Day %(day)s after the report; the protocol allows %(days)s."),
    "clock_overdue": _("Day %(day)s after the report; the protocol allows %(days)s."),
    "attends_remotely": _("Attends remotely: %(role)s."),
    "hour_suits_age": _("This hour suits a child of %(years)s (%(from)s to %(to)s)."),
    "hour_unsuitable_for_age": _("For a child of %(years)s the protocol advises %(from)s to %(to)s."),
    "hour_as_preferred": _("The child prefers this: %(part)s."),
    "hour_not_as_preferred": _("The child prefers another part of the day: %(part)s."),
    "same_interviewer": _("The same interviewer as before: %(name)s."),
    "another_interviewer": _("Another interviewer than before: %(name)s."),
    "interviewer_speaks": _("%(name)s speaks the child's language: %(language)s."),
    "through_interpreter": _("An interpreter helps: %(name)s does not speak %(language)s."),
    "interviewer_language": _("%(name)s does not speak the child's language: %(language)s."),
    "trained_until": _("%(name)s is trained for this until %(day)s."),
    "sex_as_wished": _("As the child wished: %(name)s (%(role)s)."),
    "sex_not_as_wished": _("The child asked for %(sex)s: %(role)s."),
    "room": _("Room %(room)s, %(venue)s."),
    "room_in_district": _("Room %(room)s, %(venue)s, in the same district."),
    "room_in_neighbouring": _("Room %(room)s, %(venue)s, in the neighbouring district: %(district)s."),
    "room_in_other_province": _("Room %(room)s, %(venue)s, is in another province: %(district)s."),
    "childs_way": _("About %(minutes)s minutes on the way for the child."),
    "room_has": _("%(room)s has what the child needs: %(feature)s."),
    "room_lacks": _("%(room)s lacks what the child needs: %(feature)s."),
    "kept_free_around": _("Kept free for preparing and travel: %(before)s minutes before, %(after)s after."),
    "in_childs_hours": _("Within hours kept for children: %(name)s, %(from)s to %(to)s."),
    "outside_childs_hours": _("Outside school, nap, prayer and exam hours."),
    "room_in_other_district": _("Room %(room)s, %(venue)s, is in another district: %(district)s."),
}

BLOCKERS = {
    "nobody": _("Nobody suitable is known for: %(seats)s."),
    "never_free": _("No free time in the next weeks: %(seats)s."),
    "standard": _("A house would be free on %(opens)s, but its standard is not verified for that day."),
    "in_the_way": _("Without this there would be a time on %(opens)s: %(seats)s."),
    "together": _("Only without these would there be a time, on %(opens)s: %(seats)s."),
    "hours": _("At hours that suit the child not everybody can come; at other hours on %(opens)s."),
    "length": _("An interview of %(minutes)s minutes would fit on %(opens)s."),
}

HELPS = {
    "remote": _("if by video: %(seats)s"),
    "in_room": _("if in the room: %(seats)s"),
    "another": _("if %(name)s joins as %(seats)s"),
    "without": _("if nobody attends as %(seats)s and the reason is recorded"),
    "shorter": _("if it lasts %(minutes)s minutes, not %(usual)s"),
    "any_part": _("if the child can come at another part of the day"),
    "busy_hour": _("if an hour kept for school, a nap, prayer or exams is right for this child"),
    "any_hour": _("if an hour outside the advised ones is right for this child (advised: %(from)s to %(to)s)"),
    "elsewhere": _("if it is held in another province: %(room)s, %(venue)s, %(district)s"),
    "later": _("if it may be later than %(days)s days from now"),
}

HINDERS = {
    "no_venue": _("No one place has what both children need."),
    "same_things": _("Both children need the same, and it is not ready again soon enough for the second: %(seats)s."),
    "not_adjacent": _("Each child can come alone, but not one right after the other."),
}

SEATS = {
    "room": _("a child-friendly room"),
    "observation_room": _("an observation room"),
    "kit": _("a recording kit"),
    "child": _("the child"),
}
# For a child: a sentence or two, no hour, no place, no name, and no promise that nobody will ask again.
DAY = {
    "several_days": _("We meet %(times)s, on different days. The same person asks each time."),
    "step_free": _("You can get in without stairs."),
    "companion_in_room": _("Your companion comes too, and sits with you in the room."),
    "companion_next_door": _("Your companion comes too, and waits in the room next door."),
    "companion_by_video": _("Your companion is with you on a screen."),
    "quiet": _("It is quiet in there, and the light is soft."),
    "hearing_loop": _("Something in the room helps your ears to hear."),
    "also_in_room": _("In the room there is also %(roles)s."),
    "translated": _("Somebody translates, so you may use your own language."),
    "may_not_know": _("If you don't know, don't remember or don't understand, just say so."),
    "may_stop": _("You may raise your hand and stop, at any time."),
    "breaks": _("There is a break %(times)s, and you may ask for more."),
    "breaks_each_day": _("Each time there is a break %(times)s, and you may ask for more."),
    "break_when_asked": _("When you are tired you may ask for a break."),
    "watched_next_door": _("Next door somebody listens: %(roles)s. It is their work to help you."),
    "watched_by_video": _("On a screen somewhere else somebody listens: %(more)s. It is their work to help you."),
    "watched_from_both": _("Others listen, to help you. Next door: %(roles)s. On a screen: %(more)s."),
    "watched_by_nobody": _("Nobody watches from next door or on a screen."),
}
TIMES = {1: _("once"), 2: _("twice"), 3: _("three times")}
CHILDS_WORDS = {
    Role.CASE_MANAGER: _("your case manager"),
    Role.INVESTIGATOR: _("somebody from the police"),
    Role.PROSECUTOR: _("a prosecutor"),
    Role.PSYCHOLOGIST: _("a psychologist"),
    Role.PROTECTION_OFFICER: _("somebody who protects witnesses"),
    Role.LAWYER: _("a lawyer"),
    Role.PROBATION_OFFICER: _("somebody from the correctional office"),
    Role.COORDINATOR: _("a coordinator"),
    Role.KEEPER: _("somebody of the house"),
}
PARTS = {"morning": _("morning"), "afternoon": _("afternoon")}


def reason_words(reason: Reason) -> str:
    """One sentence. Its source, if any, is `reason.source`."""
    if reason.key == "all_can_come":
        count = int(str(reason.values["count"]))
        return ngettext("One person is needed and can come.", "All %(count)s people can come.", count) % {
            "count": count
        }
    return str(REASONS[reason.key]) % _said(reason.values)


def blocker_words(blocker: Blocker) -> str:
    """One or two sentences: what stands in the way, what would open a slot, and the bottleneck behind it."""
    seats = ", ".join(seat_words(seat) for seat in blocker.seats)
    if blocker.asks:
        needs = dict(AccessNeed.choices)
        asked = _("%(seat)s with: %(needs)s") if blocker.seats == ("room",) else _("%(seat)s trained for: %(needs)s")
        seats = asked % {
            "seat": seats,
            "needs": ", ".join(str(needs[need]) for need in blocker.asks),
        }
    opens = when(blocker.opens, _zone(blocker.opens)) if blocker.opens else ""
    said = str(BLOCKERS[blocker.kind]) % {"seats": seats, "opens": opens, "minutes": blocker.minutes}
    if blocker.kind == "in_the_way" and blocker.alone is not None:
        said += " " + ngettext(
            "%(count)s would do; free from %(alone)s.",
            "%(count)s would do; the first is free from %(alone)s.",
            blocker.candidates,
        ) % {"count": blocker.candidates, "alone": when(blocker.alone, _zone(blocker.alone))}
    return said


def hinder_words(found: Together) -> str:
    """One sentence: why no two times follow each other."""
    return str(HINDERS[found.hinders]) % {"seats": ", ".join(seat_words(seat) for seat in found.seats)}


def help_words(helping: Help, wish: Wish) -> str:
    """The changes that together open a time, as a half sentence: "if by video: prosecutor"."""
    said = [str(HELPS[change.kind]) % _help_values(change, helping, wish) for change in helping.changes]
    words = str(_(" and ")).join(said)
    able = [count for count in helping.able.values() if count > 1]
    if able:
        words += " (" + ngettext("%(count)s could", "%(count)s could", able[0]) % {"count": able[0]} + ")"
    return words[:1].upper() + words[1:]


def _help_values(change: Change, helping: Help, wish: Wish) -> dict[str, str]:
    chosen, band = helping.slot.chosen, wish.band
    person = next((chosen[key] for key in change.seats if key in chosen), None)
    place = chosen.get("room", person)
    return {
        "seats": ", ".join(seat_words(key) for key in change.seats),
        "name": person.name if person else "",
        "minutes": str(change.minutes),
        "usual": str(wish.minutes),
        "from": f"{band.earliest:%H.%M}" if band else "",
        "to": f"{band.latest:%H.%M}" if band else "",
        "room": place.name if place else "",
        "venue": place.venue_name if place else "",
        "district": place.district if place else "",
        "days": str(wish.windows[-1]),
    }


def weight_words(name: str) -> str:
    """What counts against a time, by the name of its weight."""
    return str(dict(WEIGHT_CHOICES)[name])


def seat_words(key: str) -> str:
    """A role, or a thing, by its seat's key."""
    return str(SEATS[key]) if key in SEATS else str(dict(Role.choices).get(key, key))


def _said(values: Mapping[str, object]) -> dict[str, str]:
    return {name: _word(name, value) for name, value in values.items()}


def _word(name: str, value: object) -> str:
    tables: dict[str, dict[str, object]] = {
        "language": dict(LANGUAGES),
        "part": dict(PARTS),
        "sex": dict(Sex.choices),
        "feature": dict(Resource.Feature.choices),
    }
    if isinstance(value, time):
        return f"{value:%H.%M}"
    if isinstance(value, date):
        return str(day(value))
    if name == "role":
        return seat_words(str(value))
    return str(tables.get(name, {}).get(str(value), value))


def _zone(moment: datetime | None) -> object:
    return moment.tzinfo if moment is not None else None


def day_words(card: DayCard) -> str:
    """What a card that a booking filled in says to the child."""
    said = {
        "times": TIMES.get(card.number, _("a few times")),
        "roles": _listed(card.roles),
        "more": _listed(card.more),
    }
    return str(DAY[card.key]) % said


def _listed(roles: tuple[str, ...]) -> str:
    """Roles in a child's words: a, b and c."""
    *before, last = [str(CHILDS_WORDS[Role(role)]) for role in roles] or [""]
    return f"{', '.join(before)}{_(' and ')}{last}" if before else last
