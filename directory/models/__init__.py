from directory.models.kinds import Checker, ServiceKind, Status, Tongue, Weekday
from directory.models.listings import DirectoryIndexPage, ProviderPage, ServicePage
from directory.models.parts import ProviderPhone, ServiceArea, ServiceLanguage, ServicePhone, ServiceSchedule

__all__ = [
    "Checker",
    "DirectoryIndexPage",
    "ProviderPage",
    "ProviderPhone",
    "ServiceArea",
    "ServiceKind",
    "ServiceLanguage",
    "ServicePage",
    "ServicePhone",
    "ServiceSchedule",
    "Status",
    "Tongue",
    "Weekday",
]
