"""What is booked of everybody and everything when people are shown an interview from one hour to another.

A room is prepared and cleaned, a person comes and goes home: that time is taken with the interview and never shown. This is
the one place that says so for every action that takes resources; the search asks the same rules (rules.slots.Seat.buffer).
"""

from datetime import datetime

from services.models import Case, Resource
from services.models.travel import reach_of
from services.rules.interviews import IN_ROOM, InterviewPlan
from services.rules.slots import Candidate, Seat
from services.rules.travel import Buffer

Span = tuple[datetime, datetime]


def booked_spans(case: Case, plan: InterviewPlan) -> list[tuple[int, Span]]:
    """Resource ids with what is booked of each (UTC or aware, half-open), in id order, the child's among them. One query.

    Whoever attends remotely travels nowhere, and neither does anybody when the room is not known.
    """
    rows = (
        Resource.objects.filter(pk__in=plan.resources())
        .select_related("agency", "venue__agency__travel")
        .order_by("pk")
    )
    resources = {row.pk: row for row in rows}
    room = resources.get(plan.room) if plan.room is not None else None
    reach = reach_of(room.venue) if room is not None and room.venue is not None else None
    presences = {attendee.resource: (attendee.role, attendee.presence) for attendee in plan.attendees}
    wanted = {case.child_resource_id: Buffer().around(plan.starts, plan.ends)}
    for pk in plan.resources():
        role, presence = presences.get(pk, (resources[pk].kind if pk in resources else "", IN_ROOM))
        buffer = (
            Seat(str(role), (), presence).buffer(as_candidate(resources[pk]), reach) if pk in resources else Buffer()
        )
        wanted[pk] = buffer.around(plan.starts, plan.ends)
    return sorted(wanted.items())


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
