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
from directory.models.teams import TeamInvitation

__all__ = [
    "Checker",
    "DirectoryIndexPage",
    "Ease",
    "Gender",
    "How",
    "Price",
    "ProviderPage",
    "ProviderPhone",
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
