from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    name = "services"
    verbose_name = _("Cases and booking")
    append_only = (
        "testimony",
        "approval",
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
        "conflict",
        "courtpermit",
        "plannedbreak",
        "override",
        "move",
        "handover",
        "checklisttick",
    )
    never_deleted = (
        "case",
        "casemember",
        "questionneed",
        "interview",
        "interviewpart",
        "participant",
        "booking",
        "childidentity",
        "casereference",
        "legalhold",
        "subjectrequest",
        "recordaccess",
        "venuepresence",
        "recoverymember",
        "recoveryplan",
        "recoverysession",
        "recoverybooking",
        "waitingentry",
        "familymember",
        "group",
        "groupsession",
        "groupmembership",
        "groupvisit",
        "task",
    )
    written_by_functions = ("occupancy", "emergencyaccess", "groupplace")
    written_by_jobs = ("proposal",)
    finished_by_jobs = ("replanning", "absence", "mark")
    erasable_history = (
        "caseformer",
        "casememberformer",
        "questionneedformer",
        "interviewformer",
        "interviewpartformer",
        "participantformer",
        "bookingformer",
        "childidentityformer",
        "casereferenceformer",
        "recordaccessformer",
        "recoverymemberformer",
        "recoveryplanformer",
        "recoverysessionformer",
        "recoverybookingformer",
        "waitingentryformer",
        "familymemberformer",
        "groupmembershipformer",
        "groupvisitformer",
        "taskformer",
    )
