"""What is booked of everybody and everything when people are shown a meeting from one hour to another.

A room is prepared and cleaned, a person comes and goes home: that time is taken with an interview, and with a session of a
series, and never shown. This is the one place that says so for every action that takes resources; the searches ask the same
rules (rules.slots.Seat.buffer).
"""

from collections.abc import Iterable, Mapping, Sequence

from services.models import Case, Resource
from services.models.travel import reach_of
from services.rules.interviews import IN_ROOM, REMOTE, InterviewPlan
from services.rules.recovery import SeriesPlan
from services.rules.siblings import Around, Span, spans_of_both
from services.rules.slots import Candidate, Seat
from services.rules.travel import NONE, Buffer, Reach

Presences = Mapping[int, tuple[str, str]]  # role and presence by resource id


def booked_spans(case: Case, plan: InterviewPlan) -> list[tuple[int, Span]]:
    """Resource ids with what is booked of each (UTC or aware, half-open), in id order, the child's among them. One query.

    An interview in several sessions books each of them. Whoever attends remotely travels nowhere, and neither does anybody when the room is not known.
    """
    around = {case.child_resource_id: NONE} | buffers_of(plan.resources(), room=plan.room, presences=_presences(plan))
    return [(pk, buffer.around(*session)) for pk, buffer in sorted(around.items()) for session in plan.sessions]


def spans_together(plans: Sequence[tuple[Case, InterviewPlan]]) -> list[list[tuple[int, Span]]]:
    """What `booked_spans` says of two siblings' interviews, in order of time: whoever is there for both comes once.

    Each of them is one session. Two queries.
    """
    former, latter = (_around(case, plan) for case, plan in plans)
    return [sorted(spans.items()) for spans in spans_of_both(former, latter)]


def session_spans(case: Case, plan: SeriesPlan) -> list[tuple[int, Span]]:
    """Of every session in turn: the therapist, the room and the child, with what is booked of each. One query.

    Each session has its minutes to itself, whatever stands beside it, so that it can be moved or left out alone.
    """
    return _each_session(plan, (case.child_resource_id,))


def group_spans(plan: SeriesPlan) -> list[tuple[int, Span]]:
    """Of every session of a group in turn: its leader and its room. A child's own time is taken when it joins. One query."""
    return _each_session(plan, ())


def _each_session(plan: SeriesPlan, children: tuple[int, ...]) -> list[tuple[int, Span]]:
    around = buffers_of((plan.therapist, plan.room), room=plan.room) | dict.fromkeys(children, NONE)
    return [(pk, around[pk].around(*span)) for span in plan.spans() for pk in (plan.therapist, plan.room, *children)]


def buffers_of(resources: Iterable[int], *, room: int | None, presences: Presences | None = None) -> dict[int, Buffer]:
    """By resource id the minutes around a meeting in `room`; none of a resource that is not there. One query.

    Whoever is not among `presences` comes to the room.
    """
    asked = list(resources)
    seats, reach = _seats(asked, room, presences or {})
    return dict.fromkeys(asked, NONE) | {pk: seat.buffer(candidate, reach) for pk, (seat, candidate) in seats.items()}


def _around(case: Case, plan: InterviewPlan) -> dict[int, Around]:
    def around(buffer: Buffer) -> Span:
        return buffer.around(plan.starts, plan.ends)

    seats, reach = _seats(plan.resources(), plan.room, _presences(plan))
    found = dict.fromkeys((case.child_resource_id, *plan.resources()), Around(around(NONE), around(NONE)))
    for pk, (seat, candidate) in seats.items():
        own, whole = (around(seat.buffer(candidate, way)) for way in (None, reach))
        found[pk] = Around(own, whole, there=seat.presence != REMOTE)
    return found


def _presences(plan: InterviewPlan) -> Presences:
    return {attendee.resource: (attendee.role, attendee.presence) for attendee in plan.attendees}


def _seats(
    resources: Iterable[int], room: int | None, presences: Presences
) -> tuple[dict[int, tuple[Seat, Candidate]], Reach | None]:
    """Where each sits of those that are there; and how far the room is for them, if that is known. One query."""
    rows = Resource.objects.filter(pk__in=list(resources)).select_related("agency", "venue__agency__travel")
    known = {row.pk: row for row in rows.order_by("pk")}
    place = known.get(room) if room is not None else None
    reach = reach_of(place.venue) if place is not None and place.venue is not None else None
    seats = {}
    for pk, row in known.items():
        role, presence = presences.get(pk, (row.kind, IN_ROOM))
        seats[pk] = Seat(str(role), (), presence), as_candidate(row)
    return seats, reach


def as_candidate(resource: Resource) -> Candidate:
    """A resource with what is booked around it, where it stands or starts from, and what it has."""
    venue = resource.venue if resource.kind != Resource.Kind.PERSON else None
    place = venue.agency if venue else resource.agency
    return Candidate(
        resource.pk,
        resource.name,
        venue=venue.pk if venue else None,
        venue_name=venue.code_name if venue else "",
        district=place.district if place else "",
        province=venue.province if venue else place.province if place else "",
        own=Buffer(resource.before_minutes, resource.after_minutes),
        features=frozenset(resource.features),
    )
