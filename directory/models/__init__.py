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
from directory.models.teams import TeamInvitation

__all__ = [
    "Checker",
    "DirectoryIndexPage",
    "Ease",
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
    "Status",
    "TeamInvitation",
    "Tongue",
    "Weekday",
]
