"""Interviews that wait for answers, and time that passes for them."""

import uuid

from cms.database.context import acting_as
from services.actions import interviews, invitations
from services.rules.invitations import Answer
from tests import factories
from tests.databases import as_owner


def book(ready, *, propose=False, by=None, **changes):
    act = interviews.propose_interview if propose else interviews.book_interview
    by = by or ready.cast.social_worker
    return act(case=ready.case, plan=ready.plan(**changes), by=by, now=factories.now(), key=uuid.uuid4())


def propose(ready, **changes):
    return book(ready, propose=True, **changes)


def place_of(interview, role):
    return interview.participants.select_related("resource__user").get(role=role)


def answer(interview, role, response="accepted", other_start=None, *, by=None):
    """Somebody answers in their own name; returns the interview as it is then."""
    place = place_of(interview, role)
    person = by or place.resource.user
    with acting_as(person):
        said = Answer(response, other_start)
        invitations.answer_invitation(participant=place, answer=said, by=person, now=factories.now())
    interview.refresh_from_db()
    return interview


ASKED = ("interviewer", "companion", "investigator", "prosecutor")  # the case manager proposed it and comes


def accept_all(interview, *, but=()):
    for role in ASKED:
        if role not in but:
            answer(interview, role)
    return interview


def let_it_lapse(interview):
    """The time to answer runs out; only time does that, so the owner stands in for it."""
    ago = "interval '1 minute'"
    as_owner(f"UPDATE services_interview SET proposed_until = now() - {ago} WHERE id = %s", interview.pk)
    as_owner(
        f"UPDATE services_occupancy SET hold_until = now() - {ago} WHERE live AND id IN"
        " (SELECT occupancy_id FROM services_booking WHERE interview_id = %s)",
        interview.pk,
    )
    interview.refresh_from_db()
    return interview
