"""Keep how far people come to a house: the districts next to it, and the minutes that are kept free for the way."""

from datetime import datetime

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import Travel
from services.rules.travel import BANDS


@action("travel.refused")
def save_travel(*, travel: Travel, by: User, now: datetime) -> Travel:
    """Say it anew for the house. Refuses a nearer band that takes longer than a farther one.

    Bookings made before keep the time that was kept free then.
    """
    minutes = [getattr(travel, band) for band in BANDS]
    if minutes != sorted(minutes):
        raise Objected([Objection("travel_nearer_takes_longer", field="farther")])
    travel.by, travel.at = by, now
    travel.save()
    record("travel.saved", by=by, now=now, about=travel)
    return travel
