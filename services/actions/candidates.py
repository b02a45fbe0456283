"""Who and what could fill the seats of a case's interview: its own people, the pools of its province, and others besides.

Reads only. Every pool costs the same few queries, whatever the numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from cms.accounts.models import Membership, Role
from cms.places import PROVINCES, zone_of
from services.actions.buffers import as_candidate
from services.models import AccessNeed, Case, CaseMember, Qualification, Resource
from services.models.travel import reach_of
from services.models.venues import house_closings
from services.rules.slots import CHILD, INTERVIEWER, KIT, OBSERVATION_ROOM, ROOM, Candidate, Seat
from services.rules.travel import Reach

SIGN_LANGUAGE = "ins"
HELPFUL = {AccessNeed.HEARING: Resource.Feature.HEARING_LOOP, AccessNeed.AUTISM: Resource.Feature.QUIET}
FARTHER = 120  # rooms and kits of other provinces that are looked at, at most


def members_of(case: Case, now: datetime) -> dict[str, tuple[Candidate, ...]]:
    """The people of the case by role, as far as they have a row that can be booked."""
    rows = (
        CaseMember.objects.current(now)
        .filter(case=case, is_suspect_parent=False, user__resource__active=True)
        .select_related("user__resource__agency")
        .order_by("role", "user__resource__pk")
    )
    found: dict[str, tuple[Candidate, ...]] = {}
    for member in rows:
        found[member.role] = (*found.get(member.role, ()), _person(member.user.resource))
    return found


def interviewers_for(case: Case, own: Iterable[int], now: datetime, *, interpreted: bool) -> tuple[Candidate, ...]:
    """Everybody who may interview this child, each with the last day of the training that is needed.

    `own` are resource ids of the case's interviewers; without any, it is everybody of the province who is trained.
    """
    own = frozenset(own)
    today = now.astimezone(case.zone).date()
    people = Resource.objects.active().filter(kind=Resource.Kind.PERSON)
    if own:
        people = people.filter(pk__in=own)
    else:
        people = people.filter(
            agency__province=case.province, qualifications__kind=Qualification.Kind.FORENSIC
        ).distinct()
    needs = training_needs(case)
    found = []
    for person in people.select_related("agency").prefetch_related("qualifications").order_by("pk"):
        until = _trained_until(person, needs)
        if own or (until is not None and until >= today and _suits(person, case, interpreted=interpreted)):
            # The case's own interviewer is offered untrained, too: the rules say at once what is missing.
            found.append(_person(person, None if own else until))
    return tuple(found)


def training_needs(case: Case) -> tuple[str, ...]:
    """The child's needs that an interviewer must be trained for."""
    return tuple(sorted(frozenset(case.access_needs) - {AccessNeed.WHEELCHAIR}))


def room_needs(case: Case) -> tuple[str, ...]:
    """The child's needs that every room must answer."""
    return tuple(need.value for need in (AccessNeed.WHEELCHAIR,) if need in case.access_needs)


def _trained_until(person: Resource, needs: Iterable[str]) -> date | None:
    """The last day on which all the training that this child needs is in force; None where some is missing."""
    held = list(person.qualifications.all())
    last = [max((q.expires_on for q in held if q.kind == Qualification.Kind.FORENSIC), default=None)]
    for need in needs:
        fitting = [
            q.expires_on for q in held if q.kind == Qualification.Kind.DISABILITY and q.access_need in {"", need}
        ]
        last.append(max(fitting, default=None))
    days = [day for day in last if day is not None]
    return min(days) if len(days) == len(last) else None


def language_of(case: Case) -> str:
    """What the interview is held in: sign language with a deaf child."""
    return SIGN_LANGUAGE if AccessNeed.DEAF in case.access_needs else case.language


def _suits(person: Resource, case: Case, *, interpreted: bool) -> bool:
    """Does a person of the pool speak the child's language (or somebody interprets), and is of the sex asked for?"""
    speaks = language_of(case) in person.languages or interpreted
    return speaks and (not case.interviewer_sex or person.sex == case.interviewer_sex)


def things_for(
    case: Case, now: datetime, *, observed: bool, farther: bool = False, staying: int | None = None
) -> tuple[list[Seat], dict[int, Reach]]:
    """A child-friendly room, the recording kit, an observation room where somebody observes; and the child.

    All of the child's province; with `farther`, of others on the same clock besides. And how far each venue is reached.
    Each until the last day on which its house can be booked; `staying` is the venue of what is booked already.
    """
    pools: dict[str, list[Candidate]] = {ROOM: [], KIT: [], CHILD: []}
    if observed:
        pools[OBSERVATION_ROOM] = []
    near = _of_provinces([case.province]) & Q(kind__in=set(pools) - {CHILD})
    rows = _suitable(case).filter(Q(pk=case.child_resource_id) | near)
    reaches: dict[int, Reach] = {}
    found = [*rows.order_by("pk"), *(_farther(case, pools) if farther else ())]
    last = _last_days(case, found, now, staying)
    for row in found:
        pools[str(row.kind)].append(_thing(row, last))
        if row.venue is not None:
            reaches[row.venue.pk] = reach_of(row.venue)
    asks = {ROOM: room_needs(case)}
    return [Seat(key, tuple(pool), asks=asks.get(key, ())) for key, pool in pools.items()], reaches


def things_farther(
    case: Case, keys: Iterable[str], now: datetime
) -> tuple[dict[str, tuple[Candidate, ...]], dict[int, Reach]]:
    """Rooms and kits of other provinces on the same clock, for the seats of these keys; how each venue is reached."""
    pools: dict[str, list[Candidate]] = {}
    reaches: dict[int, Reach] = {}
    found = list(_farther(case, keys))
    last = _last_days(case, found, now)
    for row in found:
        pools.setdefault(str(row.kind), []).append(_thing(row, last))
        if row.venue is not None:
            reaches[row.venue.pk] = reach_of(row.venue)
    return {key: tuple(pool) for key, pool in pools.items()}, reaches


def others_for(case: Case, seats: Iterable[Seat], now: datetime) -> dict[str, tuple[Candidate, ...]]:
    """People of the child's province who hold a seat's role and are not on the team, by role. Two queries.

    A companion is trained and an interpreter speaks the child's language, as the rules of an interview want it.
    """
    roles = {seat.key for seat in seats} & set(Role.values) - {INTERVIEWER}
    team = CaseMember.objects.current(now).filter(case=case).values("user_id")
    rows = (
        Membership.objects.current(now)
        .filter(role__in=roles, agency__province=case.province, user__resource__active=True)
        .exclude(user__in=team)
        .select_related("user__resource__agency")
        .prefetch_related("user__resource__qualifications")
        .order_by("user__resource__pk")
    )
    found: dict[str, dict[int, Candidate]] = {}
    for row in rows:
        other = _other(case, row.role, row.user.resource, now)
        if other is not None:
            found.setdefault(row.role, {})[other.resource] = other
    return {role: tuple(people.values()) for role, people in found.items()}


def _other(case: Case, role: str, person: Resource, now: datetime) -> Candidate | None:
    if role == Role.INTERPRETER and language_of(case) not in person.languages:
        return None
    if role != Role.COMPANION:
        return _person(person)
    trained = [q.expires_on for q in person.qualifications.all() if q.kind == Qualification.Kind.COMPANION]
    until = max(trained, default=None)
    return _person(person, until) if until and until >= now.astimezone(case.zone).date() else None


def _suitable(case: Case) -> QuerySet[Resource]:
    """Things in use; of the rooms only those made for children, and step-free ones where the child needs that."""
    rooms = Q(kind=Resource.Kind.ROOM)
    unfit = rooms & Q(child_friendly=False)
    if AccessNeed.WHEELCHAIR in case.access_needs:
        unfit |= rooms & ~Q(features__contains=[Resource.Feature.STEP_FREE])
    return Resource.objects.active().exclude(unfit).select_related("agency", "venue__agency__travel")


def wanted_of_a_room(case: Case) -> frozenset[str]:
    """The equipment that makes a room better for this child; what it cannot do without is asked of every room."""
    return frozenset(feature.value for need, feature in HELPFUL.items() if need in case.access_needs)


def _of_provinces(provinces: Iterable[str]) -> Q:
    portable = Q(kind=Resource.Kind.KIT, venue=None, agency__province__in=provinces)
    return Q(venue__province__in=provinces) | portable


def _farther(case: Case, keys: Iterable[str]) -> QuerySet[Resource]:
    others = [code for code in PROVINCES if code != case.province and zone_of(code) == case.zone]
    kinds = set(keys) & {ROOM, KIT, OBSERVATION_ROOM}
    return _suitable(case).filter(_of_provinces(others), kind__in=kinds).order_by("pk")[:FARTHER]


def _person(resource: Resource, until: date | None = None) -> Candidate:
    languages = frozenset(resource.languages)
    return replace(as_candidate(resource), sex=resource.sex, languages=languages, qualified_until=until)


def _thing(resource: Resource, last: Mapping[int, date]) -> Candidate:
    until = last.get(resource.venue_id) if resource.venue_id is not None else None
    always = resource.kind == Resource.Kind.CHILD
    return replace(as_candidate(resource), always_free=always, qualified_until=until)


def _last_days(case: Case, rows: Iterable[Resource], now: datetime, staying: int | None = None) -> dict[int, date]:
    """By venue the last day on which its house can be booked, where one is known. Two queries at most."""
    venues = {row.venue.pk: row.venue for row in rows if row.venue is not None and row.venue.pk != staying}
    closings = house_closings(venues.values(), now.astimezone(case.zone).date())
    return {pk: day - timedelta(days=1) for pk, day in closings.items() if day is not None}
