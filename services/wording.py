"""What the search found, in words of the reader's language: reasons for a slot, and what stands in the way.

The keys are those of `services.rules.ranking` and `services.rules.slots.Blocker`. A key without words here is a fault
that the tests find.
"""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.utils.translation import gettext_lazy, ngettext

from cms.accounts.models import Role
from cms.templatetags.sekali import day, when
from services.models.cases import LANGUAGES, Sex
from services.rules.slots import Blocker, Reason

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
    "room_in_other_district": _("Room %(room)s, %(venue)s, is in another district: %(district)s."),
}

BLOCKERS = {
    "nobody": _("Nobody suitable is known for: %(seats)s."),
    "never_free": _("No free time in the next weeks: %(seats)s."),
    "in_the_way": _("Without this there would be a time on %(opens)s: %(seats)s."),
    "together": _("Only without these would there be a time, on %(opens)s: %(seats)s."),
    "length": _("An interview of %(minutes)s minutes would fit on %(opens)s."),
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
    opens = when(blocker.opens, _zone(blocker.opens)) if blocker.opens else ""
    said = str(BLOCKERS[blocker.kind]) % {"seats": seats, "opens": opens, "minutes": blocker.minutes}
    if blocker.kind == "in_the_way" and blocker.alone is not None:
        said += " " + ngettext(
            "%(count)s would do; free from %(alone)s.",
            "%(count)s would do; the first is free from %(alone)s.",
            blocker.candidates,
        ) % {"count": blocker.candidates, "alone": when(blocker.alone, _zone(blocker.alone))}
    return said


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
