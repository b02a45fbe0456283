"""Say which provider of the directory answers for a house, so that its standards decide whether it can be booked."""

from datetime import datetime

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.models import ProviderPage
from services.models import Venue
from services.policies import can_tie_venue, may_answer


@action("venue.refused")
def tie_venue(*, venue: Venue, provider: ProviderPage | None, by: User, now: datetime) -> Venue:
    """Tie a house to the provider that answers for it, or to none. Returns the Venue.

    What is booked there stays as it is; from now on new interviews need that provider's essential criteria in force.
    Refuses whoever is no verifier, works for the house's agency or is of the provider's team: else a house that was
    never looked at could borrow the name of one that was.
    """
    if not can_tie_venue(by, venue, now) or (provider is not None and not may_answer(by, provider)):
        raise Objected([Objection("venue_tie_not_yours", field="provider")])
    venue.provider = provider
    venue.save(update_fields=["provider"])
    record("venue.tied", by=by, now=now, about=venue, provider=provider.pk if provider is not None else None)
    return venue
