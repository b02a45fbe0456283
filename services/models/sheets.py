"""Everything one page shows about a case, read in a fixed number of queries."""

from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F

from cms.audit.models import AuditEvent
from cms.encryption.models import DataKey
from services.models.cases import CaseMember
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.emergencies import EmergencyAccess
from services.models.identities import CaseReference, ChildIdentity
from services.models.interviews import Asking, Interview, State
from services.models.needs import QuestionNeed
from services.models.permits import CourtPermit
from services.models.tasks import Task
from services.models.testimony import PriorTelling, RecordAccess, Testimony
from services.rules.progress import Progress
from services.rules.testimony import TOLD_RECORDED, times_told

TEAM_NEEDED = ("investigator", "prosecutor", "companion")


@dataclass
class CaseSheet:
    """The case page's facts. Lists are in reading order; `basis`, `permit`, `consent` and `view` are the newest or None."""

    members: list
    basis: Any
    permit: Any
    consent: Any
    view: Any
    readiness: Any
    needs: list
    interviews: list
    ledger: list
    tellings: list
    askings: list
    identity: Any = None
    references: list = field(default_factory=list)
    erased: bool = False
    openings: list = field(default_factory=list)
    emergencies: list = field(default_factory=list)
    avoided: int = 0
    tasks: list = field(default_factory=list)

    @property
    def joint(self):
        """The live joint interview, or None."""
        return next((i for i in self.interviews if i.kind == "joint" and i.state != State.CANCELLED), None)

    @property
    def joint_day(self):
        """The local day of the joint interview that is booked, or None: needs with an earlier day are late."""
        joint = self.joint
        booked = joint is not None and joint.state == State.BOOKED
        return joint.starts.astimezone(ZoneInfo(joint.zone)).date() if booked else None

    def without_the_past(self):
        """The sheet as a blind interviewer sees it: no ledger, no earlier tellings, no wishes to ask again."""
        return replace(self, ledger=[], tellings=[], askings=[])

    @property
    def told(self):
        """Times told, tellings outside included."""
        return times_told(len(self.tellings), sum(1 for i in self.interviews if i.state == State.HELD))

    @property
    def covered(self):
        return {entry.topic_id for entry in self.ledger if entry.outcome == TOLD_RECORDED}

    def progress(self, moment):
        """The facts `rules.progress` asks for, at `moment`."""
        roles = {member.role for member in self.members}
        guardian = self.basis is not None and self.basis.ground == LegalBasis.Ground.GUARDIAN
        agreed = self.consent is not None and self.consent.answer == "yes" and not self.consent.giver_is_suspect
        joint = self.joint
        return Progress(
            missing_roles=tuple(role for role in TEAM_NEEDED if role not in roles),
            legal_basis=self.basis is not None,
            consent_needed=guardian and not agreed,
            child_heard=self.view is not None and self.view.answer == ChildView.Answer.YES,
            court_asked=self.permit is not None and self.permit.step != CourtPermit.Step.REFUSED,
            needs_filed=bool(self.needs),
            ready=self.readiness is not None,
            booked=joint is not None and joint.state == State.BOOKED,
            begun=joint is not None and joint.starts <= moment,
            held=joint is not None and joint.state == State.HELD,
            outcomes=joint is not None and any(entry.interview_id == joint.pk for entry in self.ledger),
        )


def sheet_of(case, moment):
    """Read the sheet of a case the person may see. Eighteen queries, however much there is."""
    return CaseSheet(
        members=list(CaseMember.objects.current(moment).filter(case=case).select_related("user", "agency")),
        basis=LegalBasis.objects.filter(case=case).first(),
        permit=CourtPermit.objects.filter(case=case).order_by("-at", "-pk").first(),
        consent=Consent.objects.filter(case=case).first(),
        view=ChildView.objects.filter(case=case).first(),
        readiness=Readiness.objects.filter(case=case).select_related("investigator", "companion").first(),
        needs=list(QuestionNeed.objects.filter(case=case).exclude(state="withdrawn").select_related("agency", "topic")),
        interviews=list(Interview.objects.of(case).select_related("venue", "protocol")),
        ledger=list(
            Testimony.objects.filter(case=case)
            .select_related("topic", "custodian", "interview")
            .annotate(requests=Count("accesses"))
        ),
        tellings=list(PriorTelling.objects.filter(case=case)),
        askings=list(Asking.objects.filter(case=case).select_related("agency").prefetch_related("topics", "approvals")),
        identity=ChildIdentity.objects.filter(case=case).first(),
        references=list(CaseReference.objects.standing().filter(case=case)),
        erased=DataKey.objects.filter(case_id=case.pk, destroyed_at__isnull=False).exists(),
        openings=list(
            AuditEvent.objects.filter(case_id=case.pk, verb="case.opened").select_related("actor").order_by("-at")[:20]
        ),
        emergencies=list(EmergencyAccess.objects.filter(case=case).select_related("by")[:20]),
        avoided=RecordAccess.objects.filter(case=case).count(),
        tasks=list(
            Task.objects.filter(case=case)
            .order_by(F("done_at").asc(nulls_first=True), "due_on", "pk")
            .select_related("owner", "done_by")
        ),
    )
