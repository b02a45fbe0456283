"""Gather what the rules need to know, in a fixed number of queries."""

from zoneinfo import ZoneInfo

from django.utils.timezone import localdate

from cms.limits import ProtocolLimits
from services.models import (
    Approval,
    CaseMember,
    ChildView,
    Consent,
    Interview,
    LegalBasis,
    QuestionNeed,
    Readiness,
    Resource,
)
from services.rules.interviews import InterviewFacts, PersonFacts


def latest(model, case):
    """The newest record of a kind about a case, or None: it is the one that counts."""
    return model.objects.filter(case=case).order_by("-at", "-pk").first()


def interview_facts(*, case, plan, protocol, outside, now, moving=None):
    """The `InterviewFacts` for `plan`. `outside` holds ids of resources that do not work at that time.

    `moving` is the Interview that would become `plan`: it does not stand in its own way.
    """
    others = Interview.objects.live().filter(case=case).exclude(pk=moving.pk if moving else None)
    resources = {
        resource.pk: resource
        for resource in Resource.objects.active()
        .filter(pk__in=plan.resources())
        .prefetch_related("qualifications")
        .select_related("venue")
    }
    venue = next((r.venue for pk, r in resources.items() if pk == plan.room), None)
    zone = venue.zone if venue else case.zone
    starts, ends = plan.starts.astimezone(zone), plan.ends.astimezone(zone)
    basis, consent, view = latest(LegalBasis, case), latest(Consent, case), latest(ChildView, case)
    approvals = list(Approval.objects.filter(asking=plan.asking).values_list("role", "by_id")) if plan.asking else []
    former = former_interviewer(case)
    return InterviewFacts(
        now=now,
        today=localdate(now, zone),
        day=starts.date(),
        starts_at=starts.time(),
        ends_at=ends.time(),
        age_months=age_on(case, starts.date()),
        language=case.language,
        access_needs=frozenset(case.access_needs),
        interviewer_sex=case.interviewer_sex,
        companion_sex=case.companion_sex,
        limits=ProtocolLimits.from_json(protocol.limits),
        people=_people(case, resources, now),
        child_friendly_rooms=_of(resources, "room", child_friendly=True),
        rooms=_of(resources, "room"),
        kits=_of(resources, "kit"),
        open_needs=frozenset(QuestionNeed.objects.open().filter(case=case).values_list("pk", flat=True)),
        names={pk: resource.name for pk, resource in resources.items()},
        outside_hours=frozenset(outside),
        legal_basis=basis.ground if basis else "",
        consent_answer=consent.answer if consent else "",
        consent_of_suspect=bool(consent and consent.giver_is_suspect),
        child_view=view.answer if view else "",
        ready=_ready(case, resources),
        joint_exists=others.filter(kind="joint").exists(),
        same_day_sessions=_sessions_on(others, starts.date(), zone),
        reported_on=case.reported_on,
        approvals=frozenset(role for role, _by in approvals),
        approvers=len({by for _role, by in approvals}),
        former_interviewer=former.pk if former else None,
        former_interviewer_available=bool(former and former.active),
    )


def age_on(case, day):
    """The child's age in months on `day`, from the age at opening; months are counted as 30.44 days."""
    return case.age_months + max(0, int((day - localdate(case.opened_at, case.zone)).days / 30.44))


def former_interviewer(case):
    """The interviewer's Resource of the last held interview, or None."""
    last = Interview.objects.filter(case=case, state="held").order_by("-span").first()
    participant = last.participants.filter(role="interviewer").select_related("resource").first() if last else None
    return participant.resource if participant else None


def _people(case, resources, now):
    roles: dict[int, set[str]] = {}
    suspects = set()
    for user, role, suspect in (
        CaseMember.objects.current(now).filter(case=case).values_list("user_id", "role", "is_suspect_parent")
    ):
        roles.setdefault(user, set()).add(role)
        if suspect:
            suspects.add(user)
    return {
        pk: PersonFacts(
            name=resource.name,
            sex=resource.sex,
            languages=frozenset(resource.languages),
            trained={q.kind: q.expires_on for q in resource.qualifications.all()},
            is_suspect_parent=resource.user_id in suspects,
            member_roles=frozenset(roles.get(resource.user_id, ())),
        )
        for pk, resource in resources.items()
        if resource.kind == Resource.Kind.PERSON
    }


def _of(resources, kind, **having):
    return frozenset(
        pk
        for pk, r in resources.items()
        if r.kind == kind and all(getattr(r, key) == value for key, value in having.items())
    )


def _ready(case, resources):
    by_user = {resource.user_id: pk for pk, resource in resources.items() if resource.user_id}
    pairs = Readiness.objects.filter(case=case).values_list("investigator_id", "companion_id")
    return frozenset((by_user[i], by_user[c]) for i, c in pairs if i in by_user and c in by_user)


def _sessions_on(interviews, day, zone):
    spans = interviews.values_list("span", flat=True)
    return sum(1 for span in spans if span.lower.astimezone(zone).date() == day)


def local_span(interview):
    """(start, end) of an interview on its venue's own clock."""
    zone = ZoneInfo(interview.zone)
    return interview.span.lower.astimezone(zone), interview.span.upper.astimezone(zone)
