"""Everything one page shows about a case, read in a fixed number of queries."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from cms.audit.models import AuditEvent
from cms.encryption.models import DataKey
from services.models.accesses import RecordAccess
from services.models.cases import CaseMember
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.emergencies import EmergencyAccess
from services.models.identities import CaseReference, ChildIdentity
from services.models.interviews import Asking, Interview, Participant, State
from services.models.needs import QuestionNeed
from services.models.permits import CourtPermit
from services.models.tasks import Task
from services.models.testimony import PriorTelling, Testimony
from services.rules import states
from services.rules.accesses import ENDED, GRANTED, REFUSED, REQUESTED, USUAL_DAYS
from services.rules.invitations import lacking
from services.rules.progress import Progress
from services.rules.testimony import covered, times_told

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
    places: list
    ledger: list
    tellings: list
    askings: list
    identity: Any = None
    references: list = field(default_factory=list)
    erased: bool = False
    openings: list = field(default_factory=list)
    emergencies: list = field(default_factory=list)
    accesses: list = field(default_factory=list)
    tasks: list = field(default_factory=list)

    @property
    def joint(self):
        """The live joint interview, or None."""
        return next((i for i in self.interviews if i.kind == "joint" and i.state not in states.ENDED), None)

    @property
    def current(self):
        """The interview that is next dealt with: the newest live one of any kind that has no outcome yet, else the joint one."""
        recorded = {entry.interview_id for entry in self.ledger}
        live = (i for i in reversed(self.interviews) if i.state not in states.ENDED and i.pk not in recorded)
        return next(live, self.joint)

    @property
    def wish(self):
        """The wish to ask again that waits for approval or for a time, or None; one that can be booked comes first.

        What has been told and recorded meanwhile waits no more, unless a court ordered it.
        """
        taken = {i.asking_id for i in self.interviews if i.state not in states.ENDED}
        waiting = [
            one for one in reversed(self.askings)
            if one.pk not in taken
            and (one.kind == "court_ordered" or {topic.pk for topic in one.topics.all()} - self.covered)
        ]  # fmt: skip
        return min(waiting, key=lambda one: not one.is_approved, default=None)

    @property
    def unable(self):
        """The places, at interviews still ahead, of people who cannot come or not then, or are on leave at that hour."""
        return [place for place in self.places if place.is_unable or place.is_away]

    def agreed(self, interview):
        """Has everybody accepted whom the protocol of this interview asks?"""
        answers = [(place.role, place.response) for place in self.places if place.interview_id == interview.pk]
        return not lacking(interview.protocol.protocol_limits(), answers)

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
        """Ids of the topics that need not be asked again, as the newest entries have it."""
        return covered((entry.topic_id, entry.outcome) for entry in self.ledger if entry.stands)

    @property
    def avoided(self):
        """Askings avoided: requests that the record answered instead of the child."""
        return sum(1 for access in self.accesses if access.state in {GRANTED, ENDED})

    @property
    def ordered(self):
        """How many interviews a court ordered, held or to come."""
        return sum(1 for i in self.interviews if i.kind == "court_ordered" and i.state != State.CANCELLED)

    def for_colleague(self, user_id, moment):
        """(to answer, answers): requests that wait for the agencies of `user_id`, and theirs that were answered lately."""
        mine = {member.agency_id for member in self.members if member.user_id == user_id}
        to_answer = [
            one for one in self.accesses
            if one.testimony.custodian_id in mine and one.by_id != user_id and one.standing(moment) == REQUESTED
        ]  # fmt: skip
        lately = moment - timedelta(days=USUAL_DAYS)
        answers = [
            one for one in self.accesses
            if one.agency_id in mine
            and (one.standing(moment) == GRANTED or (one.state == REFUSED and one.decided_at >= lately))
        ]  # fmt: skip
        return to_answer, answers

    def progress(self, moment):
        """The facts `rules.progress` asks for, at `moment`."""
        roles = {member.role for member in self.members}
        guardian = self.basis is not None and self.basis.ground == LegalBasis.Ground.GUARDIAN
        agreed = self.consent is not None and self.consent.answer == "yes" and not self.consent.giver_is_suspect
        current, wish = self.current, self.wish
        return Progress(
            missing_roles=tuple(role for role in TEAM_NEEDED if role not in roles),
            legal_basis=self.basis is not None,
            consent_needed=guardian and not agreed,
            child_heard=self.view is not None and self.view.answer == ChildView.Answer.YES,
            court_asked=self.permit is not None and self.permit.step != CourtPermit.Step.REFUSED,
            needs_filed=bool(self.needs),
            ready=self.readiness is not None,
            proposed=current is not None and current.state == State.PROPOSED,
            booked=current is not None and current.state == State.BOOKED,
            unable=tuple(one.role for one in self.unable),
            agreed=current is not None and self.agreed(current),
            begun=current is not None and current.due.starts <= moment,
            held=current is not None and current.state == State.HELD,
            outcomes=current is not None and any(entry.interview_id == current.pk for entry in self.ledger),
            wished=wish is not None,
            approved=wish is not None and wish.is_approved,
        )


def sheet_of(case, moment):
    """Read the sheet of a case the person may see. Nineteen queries, however much there is."""
    return CaseSheet(
        members=list(CaseMember.objects.current(moment).filter(case=case).select_related("user", "agency")),
        basis=LegalBasis.objects.filter(case=case).first(),
        permit=CourtPermit.objects.filter(case=case).order_by("-at", "-pk").first(),
        consent=Consent.objects.filter(case=case).first(),
        view=ChildView.objects.filter(case=case).first(),
        readiness=Readiness.objects.filter(case=case).select_related("investigator", "companion").first(),
        needs=list(QuestionNeed.objects.filter(case=case).exclude(state="withdrawn").select_related("agency", "topic")),
        interviews=[
            i.seen_at(moment)
            for i in Interview.objects.of(case).select_related("venue", "protocol").prefetch_related("parts")
        ],
        places=list(
            Participant.objects.with_leave()
            .filter(interview__in=Interview.objects.ahead(moment).filter(case=case))
            .select_related("interview__case", "resource")
            .order_by("interview__span", "pk")
        ),
        ledger=list(
            Testimony.objects.filter(case=case).select_related("topic", "custodian", "interview", "correction", "by")
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
        accesses=list(
            RecordAccess.objects.filter(case=case).select_related(
                "agency", "testimony__topic", "testimony__custodian", "testimony__correction"
            )
        ),
        tasks=list(
            Task.objects.filter(case=case)
            .order_by(F("done_at").asc(nulls_first=True), "due_on", "pk")
            .select_related("owner", "done_by")
        ),
    )
