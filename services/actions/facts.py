"""Gather what the rules need to know, in a fixed number of queries."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.timezone import localdate
from psycopg.types.range import DateRange

from cms.limits import ProtocolLimits
from services.models import (
    Approval,
    Asking,
    CaseMember,
    ChildView,
    Conflict,
    Consent,
    CourtPermit,
    Interview,
    LegalBasis,
    Occupancy,
    Qualification,
    QuestionNeed,
    Readiness,
    Resource,
    VenuePresence,
)
from services.models.presences import others_at
from services.models.venues import house_closings
from services.rules.interviews import InterviewFacts, PersonFacts
from services.rules.permits import CourtFacts
from services.rules.venues import PlaceFacts


def latest(model, case):
    """The newest record of a kind about a case, or None: it is the one that counts."""
    return model.objects.filter(case=case).order_by("-at", "-pk").first()


def interview_facts(*, case, plan, protocol, outside, now, besides=None):
    """The `InterviewFacts` for `plan`. `outside` holds ids of resources that do not work at that time.

    `besides` is the Interview that the plan is of, when it exists already: it is neither a second one nor a session more.
    """
    resources = {
        resource.pk: resource
        for resource in Resource.objects.active()
        .filter(pk__in=plan.resources())
        .prefetch_related("qualifications")
        .select_related("venue__agency")
    }
    venue = next((r.venue for pk, r in resources.items() if pk == plan.room), None)
    zone = venue.zone if venue else case.zone
    starts, ends = plan.starts.astimezone(zone), plan.ends.astimezone(zone)
    basis, consent, view = latest(LegalBasis, case), latest(Consent, case), latest(ChildView, case)
    approvals = list(Approval.objects.filter(asking=plan.asking).values_list("role", "by_id")) if plan.asking else []
    asked_on = Asking.objects.filter(pk=plan.asking, case=case).values_list("at", flat=True).first()
    former = former_interviewer(case)
    needed_by = dict(QuestionNeed.objects.open().filter(case=case).values_list("pk", "needed_by"))
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
        open_needs=frozenset(needed_by),
        names={pk: resource.name for pk, resource in resources.items()},
        outside_hours=frozenset(outside),
        legal_basis=basis.ground if basis else "",
        consent_answer=consent.answer if consent else "",
        consent_of_suspect=bool(consent and consent.giver_is_suspect),
        child_view=view.answer if view else "",
        child_view_is_new=asked_on is None or bool(view and view.at >= asked_on),
        ready=_ready(case, resources),
        joint_exists=_others(case, now, besides).filter(kind="joint").exists(),
        same_day_sessions=_sessions_on(case, starts, now, besides),
        reported_on=case.reported_on,
        approvals=frozenset(role for role, _by in approvals),
        approvers=len({by for _role, by in approvals}),
        former_interviewer=former.pk if former else None,
        former_interviewer_available=bool(former and former.active),
        conflicted=_conflicted(case, resources),
        step_free_rooms=frozenset(pk for pk, r in resources.items() if Resource.Feature.STEP_FREE in r.features),
        childrens_hours=tuple(rhythm.hours() for rhythm in case.agency.rhythms.kept_at(starts.date())),
        court=court_facts(case),
        place=_place(
            case, resources, venue, DateRange(starts.date(), ends.date(), "[]"), localdate(now, zone), besides
        ),
        needed_by=needed_by,
        session_days=tuple(start.astimezone(zone).date() for start, _end in plan.sessions),
    )


def court_facts(case):
    """What is known of the court's permit."""
    permit = latest(CourtPermit, case)
    return CourtFacts(permit.step, permit.dated) if permit else CourtFacts()


def _place(case, resources, venue, days, today, besides):
    if venue is None:
        return PlaceFacts()
    suspect = VenuePresence.Side.SUSPECT
    own = VenuePresence.objects.standing().of_suspects().filter(case=case, venue=venue, days__overlap=days)
    return PlaceFacts(
        barred=own.exists(),
        shared=others_at(venue, days, suspect, case),
        elsewhere=frozenset(
            pk
            for pk, r in resources.items()
            if r.kind in {Resource.Kind.OBSERVATION_ROOM, Resource.Kind.KIT} and r.venue_id not in {None, venue.pk}
        ),
        district=venue.agency.district,
        child_district=case.agency.district,
        closes_on=house_closings([venue], today)[venue.pk],
        stays=besides is not None and besides.venue_id == venue.pk,
        unassessed=not venue.bound,
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
            trained=_until(resource, lambda q: q.kind),
            trained_for=_until(resource, lambda q: q.access_need, kind=Qualification.Kind.DISABILITY),
            is_suspect_parent=resource.user_id in suspects,
            member_roles=frozenset(roles.get(resource.user_id, ())),
        )
        for pk, resource in resources.items()
        if resource.kind == Resource.Kind.PERSON
    }


def _conflicted(case, resources):
    users = conflicted_users(case)
    return frozenset(pk for pk, resource in resources.items() if resource.user_id in users)


def conflicted_users(case):
    """Ids of users who stand on the suspect's side of this case."""
    return frozenset(Conflict.objects.filter(case=case).values_list("person_id", flat=True))


def _until(resource, key, kind=None):
    """`{key(qualification): its last valid day}`; of several the one that lasts longest counts."""
    held = sorted(resource.qualifications.all(), key=lambda q: q.expires_on)
    return {key(q): q.expires_on for q in held if kind is None or q.kind == kind}


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


def _others(case, now, besides):
    standing = Interview.objects.standing(now).filter(case=case)
    return standing.exclude(pk=besides.pk) if besides is not None else standing


def _sessions_on(case, starts, now, besides):
    """How often the child is expected anywhere on the local day of `starts`. Occupancy says that, and of what nothing."""
    midnight = starts.replace(hour=0, minute=0, second=0, microsecond=0)
    day = (midnight, midnight + timedelta(days=1))
    expected = Occupancy.objects.filter(resource=case.child_resource_id, live=True, span__overlap=day).filter(
        Q(hold_until__isnull=True) | Q(hold_until__gt=now)
    )
    return (
        expected.exclude(pk__in=besides.bookings.values("occupancy_id")) if besides is not None else expected
    ).count()


def local_span(interview):
    """(start, end) of an interview on its venue's own clock."""
    zone = ZoneInfo(interview.zone)
    return interview.span.lower.astimezone(zone), interview.span.upper.astimezone(zone)
