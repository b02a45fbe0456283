from directory.models.entries import Entry, Word
from directory.models.faults import Fault, Outcome, Reason
from directory.models.kinds import Checker, Ease, Gender, How, Price, ServiceKind, Status, Tongue, Weekday
from directory.models.listings import DirectoryIndexPage
from directory.models.offers import ServicePage
from directory.models.parts import (
    ProviderPhone,
    ServiceArea,
    ServiceEase,
    ServiceLanguage,
    ServicePhone,
    ServiceSchedule,
    ServiceSpecialDay,
)
from directory.models.providers import ProviderPage
from directory.models.reminders import ListingReminder
from directory.models.sheets import Sheet, SheetRow
from directory.models.standards import Assessment, Criterion, Standard
from directory.models.synonyms import Synonyms
from directory.models.teams import TeamInvitation

__all__ = [
    "Assessment",
    "Checker",
    "Criterion",
    "DirectoryIndexPage",
    "Ease",
    "Entry",
    "Fault",
    "Gender",
    "How",
    "ListingReminder",
    "Outcome",
    "Price",
    "ProviderPage",
    "ProviderPhone",
    "Reason",
    "ServiceArea",
    "ServiceEase",
    "ServiceKind",
    "ServiceLanguage",
    "ServicePage",
    "ServicePhone",
    "ServiceSchedule",
    "ServiceSpecialDay",
    "Sheet",
    "SheetRow",
    "Standard",
    "Status",
    "Synonyms",
    "TeamInvitation",
    "Tongue",
    "Weekday",
    "Word",
]
