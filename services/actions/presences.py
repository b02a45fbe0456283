"""Record where the suspect's side will have business, so that the child is never there on the same day.

The child's own side is written by the database whenever an interview is booked, moved or cancelled (migration 0036).
"""

from django.db import IntegrityError, transaction
from psycopg.types.range import DateRange

from cms.audit.recording import action, record
from cms.database.errors import violated
from cms.objections import Objection
from cms.refusals import Objected
from services.models import VenuePresence
from services.rules.presences import day_objections

APART = "venuepresence_keeps_child_and_suspect_apart"


@action("presence.refused")
def record_suspect(*, case, venue, first, last, today, by, now):
    """The suspect's side has business at `venue` from `first` to `last`, its local days. Returns the VenuePresence.

    Refuses a day on which the child is expected there: one of the two has to move first. `today` is the venue's.
    """
    if found := day_objections(first, last, today):
        raise Objected(found)
    try:
        with transaction.atomic():
            row = VenuePresence.objects.create(
                case=case,
                venue=venue,
                side=VenuePresence.Side.SUSPECT,
                days=DateRange(first, last, "[]"),
                by=by,
                at=now,
            )
    except IntegrityError as error:
        if violated(error) != APART:
            raise
        raise Objected([Objection("suspect_and_child_that_day", "BARNAHUS", field="venue")]) from None
    record("presence.recorded", by=by, now=now, about=row, case_id=case.pk)
    return row


@action("presence.refused")
def call_off(*, case, presence, by, now):
    """The suspect's side has no business there after all. Refuses one that was called off already."""
    row = VenuePresence.objects.of_suspects().select_for_update().get(pk=presence.pk, case=case)
    if row.ended_at is not None:
        raise Objected([Objection("presence_ended_already")])
    row.ended_at, row.ended_by = now, by
    row.save(update_fields=["ended_at", "ended_by"])
    record("presence.ended", by=by, now=now, about=row, case_id=case.pk)
    return row


def suspects_of(case, today):
    """Standing rows of the suspect's side from `today` on; each with `shared`: is a child of another case there, too?"""
    rows = VenuePresence.objects.standing().of_suspects().filter(case=case, days__overlap=DateRange(today, None))
    return list(rows.with_others(VenuePresence.Side.CHILD).select_related("venue", "by"))
