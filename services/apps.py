from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    name = "services"
    verbose_name = _("Cases and booking")
    append_only = (
        "testimony",
        "approval",
        "recordaccess",
        "legalbasis",
        "consent",
        "childview",
        "readiness",
        "priortelling",
        "asking",
        "askingtopic",
        "closing",
        "erasure",
        "breach",
        "breachentry",
        "courtpermit",
        "plannedbreak",
        "override",
        "checklisttick",
    )
    never_deleted = (
        "case",
        "casemember",
        "questionneed",
        "interview",
        "participant",
        "booking",
        "childidentity",
        "casereference",
        "legalhold",
        "subjectrequest",
        "venuepresence",
        "task",
    )
    written_by_functions = ("occupancy", "emergencyaccess")
    erasable_history = (
        "caseformer",
        "casememberformer",
        "questionneedformer",
        "interviewformer",
        "participantformer",
        "bookingformer",
        "childidentityformer",
        "casereferenceformer",
        "taskformer",
    )
