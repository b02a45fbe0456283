"""Keep an agency's venues, rooms, kits and people, and what the people are trained for."""

from datetime import datetime

from django.db import IntegrityError, transaction

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.hours import materialise
from services.models import Qualification, Resource, Venue
from services.models.resources import LONGEST_BUFFER


@action("resource.refused")
def save_resource(*, resource: Resource, by: User, now: datetime) -> Resource:
    """Add or change a person, room or kit. One that is out of use is offered no more; what is booked stays booked.

    Its hours are laid out anew, since its clock or its use may have changed. Refuses a person who has a row already, and
    more than two hours of preparing or cleaning.
    """
    long = [name for name in ("before_minutes", "after_minutes") if getattr(resource, name) > LONGEST_BUFFER]
    if long:
        raise Objected([Objection("buffer_too_long", values={"most": LONGEST_BUFFER}, field=name) for name in long])
    try:
        with transaction.atomic():
            resource.save()
    except IntegrityError:
        raise Objected([Objection("resource_person_twice", field="user")]) from None
    materialise(resources=[resource], now=now)
    record("resource.saved", by=by, now=now, about=resource)
    return resource


@action("venue.refused")
def save_venue(*, venue: Venue, by: User, now: datetime) -> Venue:
    """Add a venue under a code name. Refuses a name the agency uses already."""
    if Venue.objects.filter(agency=venue.agency, code_name__iexact=venue.code_name).exists():
        raise Objected([Objection("venue_named_twice", field="code_name")])
    venue.save()
    record("venue.saved", by=by, now=now, about=venue)
    return venue


@action("qualification.refused")
def save_qualification(*, qualification: Qualification, by: User, now: datetime) -> Qualification:
    """Say what a person is trained for and until when; said again, the newer day counts."""
    kept, _new = Qualification.objects.update_or_create(
        resource=qualification.resource,
        kind=qualification.kind,
        access_need=qualification.access_need,
        defaults={"expires_on": qualification.expires_on},
    )
    record("qualification.saved", by=by, now=now, about=kept, expires_on=kept.expires_on.isoformat())
    return kept


@action("qualification.refused")
def remove_qualification(*, qualification: Qualification, by: User, now: datetime) -> None:
    """Take back a training that was written down by mistake."""
    record("qualification.removed", by=by, now=now, about=qualification)
    qualification.delete()
