from services.models.bookings import Booking
from services.models.breaches import Breach, BreachEntry, DataKind
from services.models.cases import AccessNeed, Case, CaseMember, Preference, SafetyFlag, Sex
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.emergencies import EmergencyAccess
from services.models.identities import CaseReference, ChildIdentity, Fact, IdentityIndex
from services.models.interviews import Approval, Asking, AskingTopic, Interview, Kind, Participant, Presence, State
from services.models.moves import Move
from services.models.needs import QuestionNeed
from services.models.replannings import Proposal, Replanning
from services.models.resources import Availability, Leave, Occupancy, Qualification, Resource
from services.models.retention import Closing, Erasure, LegalHold
from services.models.subjects import SubjectRequest
from services.models.testimony import Outcome, PriorTelling, RecordAccess, Testimony
from services.models.venues import Venue, VenueDirections

__all__ = [
    "AccessNeed",
    "Approval",
    "Asking",
    "AskingTopic",
    "Availability",
    "Booking",
    "Breach",
    "BreachEntry",
    "Case",
    "CaseMember",
    "CaseReference",
    "ChildIdentity",
    "ChildView",
    "Closing",
    "Consent",
    "DataKind",
    "EmergencyAccess",
    "Erasure",
    "Fact",
    "IdentityIndex",
    "Interview",
    "Kind",
    "Leave",
    "LegalBasis",
    "LegalHold",
    "Move",
    "Occupancy",
    "Outcome",
    "Participant",
    "Preference",
    "Presence",
    "PriorTelling",
    "Proposal",
    "Qualification",
    "QuestionNeed",
    "Readiness",
    "RecordAccess",
    "Replanning",
    "Resource",
    "SafetyFlag",
    "Sex",
    "State",
    "SubjectRequest",
    "Testimony",
    "Venue",
    "VenueDirections",
]
