from services.models.accesses import RecordAccess
from services.models.bookings import Booking
from services.models.breaches import Breach, BreachEntry, DataKind
from services.models.cases import AccessNeed, Case, CaseMember, Preference, SafetyFlag, Sex
from services.models.conflicts import Conflict
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.emergencies import EmergencyAccess
from services.models.families import FamilyMember
from services.models.feeds import Feed, FeedSwitch
from services.models.groups import (
    Group,
    GroupKind,
    GroupMembership,
    GroupPlace,
    GroupSession,
    GroupVisit,
)
from services.models.identities import CaseReference, ChildIdentity, Fact, IdentityIndex
from services.models.interviews import (
    Approval,
    Asking,
    AskingTopic,
    Interview,
    Kind,
    Participant,
    Presence,
    Response,
    State,
)
from services.models.moves import Move
from services.models.needs import QuestionNeed
from services.models.outside import OutsideBusy, OutsideCalendar
from services.models.parts import InterviewPart
from services.models.permits import CourtPermit
from services.models.plans import Override, PlannedBreak
from services.models.presences import VenuePresence
from services.models.recovery import (
    Handover,
    HandoverReason,
    PlanState,
    RecoveryBooking,
    RecoveryMember,
    RecoveryPlan,
    RecoverySession,
    ReviewOutcome,
    SessionState,
    WaitingEntry,
)
from services.models.reminders import Reminder
from services.models.replannings import Absence, Mark, Proposal, Replanning
from services.models.resources import Availability, Leave, Occupancy, Qualification, Resource
from services.models.retention import Closing, Erasure, LegalHold
from services.models.rhythm import Rhythm
from services.models.subjects import SubjectRequest
from services.models.tasks import ChecklistTick, Task
from services.models.testimony import CorrectionReason, Outcome, PriorTelling, Testimony
from services.models.travel import Travel
from services.models.venues import Venue, VenueDirections

__all__ = [
    "Absence",
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
    "Conflict",
    "Consent",
    "CorrectionReason",
    "CourtPermit",
    "DataKind",
    "EmergencyAccess",
    "Erasure",
    "Fact",
    "FamilyMember",
    "Feed",
    "FeedSwitch",
    "Group",
    "GroupKind",
    "GroupMembership",
    "GroupPlace",
    "GroupSession",
    "GroupVisit",
    "Handover",
    "HandoverReason",
    "IdentityIndex",
    "Interview",
    "InterviewPart",
    "Kind",
    "Leave",
    "LegalBasis",
    "LegalHold",
    "Mark",
    "Move",
    "Occupancy",
    "Outcome",
    "OutsideBusy",
    "OutsideCalendar",
    "Override",
    "Participant",
    "PlanState",
    "PlannedBreak",
    "Preference",
    "Presence",
    "PriorTelling",
    "Proposal",
    "Qualification",
    "QuestionNeed",
    "Readiness",
    "RecordAccess",
    "RecoveryBooking",
    "RecoveryMember",
    "RecoveryPlan",
    "RecoverySession",
    "Reminder",
    "Replanning",
    "Resource",
    "Response",
    "ReviewOutcome",
    "Rhythm",
    "SafetyFlag",
    "SessionState",
    "Sex",
    "State",
    "SubjectRequest",
    "Task",
    "Testimony",
    "Travel",
    "Venue",
    "VenueDirections",
    "VenuePresence",
    "WaitingEntry",
]
