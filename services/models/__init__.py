from services.models.bookings import Booking
from services.models.breaches import Breach, BreachEntry, DataKind
from services.models.cases import AccessNeed, Case, CaseMember, Preference, SafetyFlag, Sex
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.emergencies import EmergencyAccess
from services.models.identities import CaseReference, ChildIdentity, Fact, IdentityIndex
from services.models.interviews import Approval, Asking, AskingTopic, Interview, Kind, Participant, Presence, State
from services.models.needs import QuestionNeed
from services.models.permits import CourtPermit
from services.models.plans import Override, PlannedBreak
from services.models.presences import VenuePresence
from services.models.resources import Availability, Leave, Occupancy, Qualification, Resource
from services.models.retention import Closing, Erasure, LegalHold
from services.models.subjects import SubjectRequest
from services.models.tasks import ChecklistTick, Task
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
    "ChecklistTick",
    "ChildIdentity",
    "ChildView",
    "Closing",
    "Consent",
    "CourtPermit",
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
    "Occupancy",
    "Outcome",
    "Override",
    "Participant",
    "PlannedBreak",
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
    "SubjectRequest",
    "Task",
    "Testimony",
    "Venue",
    "VenueDirections",
    "VenuePresence",
]
