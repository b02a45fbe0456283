"""What the search found, in words of the reader's language: reasons for a slot, and what stands in the way.

The keys are those of `services.rules.ranking` and `services.rules.slots.Blocker`. A key without words here is a fault
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
