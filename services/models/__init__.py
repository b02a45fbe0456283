from services.models.bookings import Booking
from services.models.cases import AccessNeed, Case, CaseMember, Preference, SafetyFlag, Sex
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.identities import CaseReference, ChildIdentity, Fact, IdentityIndex
from services.models.interviews import Approval, Asking, AskingTopic, Interview, Kind, Participant, Presence, State
from services.models.needs import QuestionNeed
from services.models.resources import Availability, Leave, Occupancy, Qualification, Resource
from services.models.testimony import Outcome, PriorTelling, RecordAccess, Testimony
from services.models.venues import Venue, VenueDirections

__all__ = [
    "AccessNeed",
    "Approval",
    "Asking",
    "AskingTopic",
    "Availability",
    "Booking",
    "Case",
    "CaseMember",
    "CaseReference",
    "ChildIdentity",
    "ChildView",
    "Consent",
    "Fact",
    "IdentityIndex",
    "Interview",
    "Kind",
    "Leave",
    "LegalBasis",
    "Occupancy",
    "Outcome",
    "Participant",
    "Preference",
    "Presence",
    "PriorTelling",
    "Qualification",
    "QuestionNeed",
    "Readiness",
    "RecordAccess",
    "Resource",
    "SafetyFlag",
    "Sex",
    "State",
    "Testimony",
    "Venue",
    "VenueDirections",
]
