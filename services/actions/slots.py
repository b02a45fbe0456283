"""Find a slot: build the wish from a case, read who is free, and ask the rules. Reads only; nothing is held or booked.

Occupancy names no case, so a search around somebody else's booking sees that a resource is taken and nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import Q

from cms.accounts.models import Role
from cms.limits import ProtocolLimits
from services.models import (
    AccessNeed,
    Asking,
    Case,
    CaseMember,
    Interview,
    Participant,
    Preference,
    Qualification,
    Resource,
)
from services.models.free_time import free_time
from services.rules.moves import Standing
from services.rules.search import answer, board_for, is_enough
from services.rules.slots import (
    CHILD,
    INTERPRETER,
    INTERVIEWER,
    KIT,
    OBSERVATION_ROOM,
    ROOM,
    Candidate,
    Found,
    Seat,
    Wish,
)

LEAD = timedelta(hours=2)  # nobody can gather a team sooner
SIGN_LANGUAGE = "ins"


def find_slots(*, wish: Wish, now: datetime) -> Found:
    """Answer a wish: ranked slots with their reasons, or what stands in the way and what would help.

    Reads the candidates' free time in one query per window (14, then 42, then 90 days) and stops when enough is found.
    Holds that ran out by `now` do not count as busy.
    """
    board = board_for(wish)
    read = wish.not_before
    for days in wish.windows:
        end = wish.origin + timedelta(days=days)
        free = free_time(
            wish.resources(),
            start=read,
            end=end,
            origin=wish.origin,
            now=now,
            always=wish.always_free(),
            ignoring=wish.ignoring,
        )
        board.add(free, days)
        read = end
        if is_enough(board):
            break
    return answer(board)


def wish_for(
    *,
    case: Case,
    limits: ProtocolLimits,
    minutes: int,
    now: datetime,
    roles: Iterable[str] | None = None,
    presence_by_role: Mapping[str, str] | None = None,
    chosen: Mapping[str, int] | None = None,
    asking: Asking | None = None,
    on: date | None = None,
    ignoring: Iterable[int] = (),
    lead: timedelta = LEAD,
) -> Wish:
    """The wish for an interview of `case`: who must come, which rooms and kits would do, what the child prefers.

    `roles` are the roles to be seated (the protocol's required ones when left out; a needed interpreter joins them);
    each is filled by one of the case's current members in it. The interviewer is the case's, or else any trained one of
    the province. `presence_by_role` says who observes or is remote; an observer brings an observation room along.
    `chosen` narrows seats to one resource id each. After an `asking` the former interviewer is preferred, and for a
    continuation required. `ignoring`: occupancy ids of the asker's own holds. Four queries, whatever the numbers.
    """
    presences = presence_by_role or {}
    members = _members(case, now)
    wanted = list(dict.fromkeys([*(roles if roles is not None else [r.role for r in limits.roles]), INTERVIEWER]))
    if INTERPRETER not in wanted and INTERPRETER in members:
        wanted.append(INTERPRETER)
    former = _former_interviewer(asking)
    seats = [
        Seat(role, members.get(role, ()), _presence(role, presences, limits)) for role in wanted if role != INTERVIEWER
    ]
    interviewers = _interviewers(case, members, now, interpreted=INTERPRETER in wanted)
    if former is not None and asking is not None and asking.kind == "continuation":
        interviewers = tuple(c for c in interviewers if c.resource == former)
    seats.append(Seat(INTERVIEWER, interviewers, _presence(INTERVIEWER, presences, limits)))
    observed = any(seat.presence == "observing" for seat in seats)
    seats += _things(case, observed=observed)
    return Wish(
        seats=tuple(_narrowed(seat, chosen or {}) for seat in seats),
        minutes=minutes,
        zone=str(case.zone),
        not_before=now + lead,
        age_months=case.age_months,
        limits=limits,
        reported_on=case.reported_on,
        language=SIGN_LANGUAGE if AccessNeed.DEAF in case.access_needs else case.language,
        prefers=frozenset(case.preferences) & {Preference.MORNING, Preference.AFTERNOON},
        prefer_sex={Role.COMPANION.value: case.companion_sex} if case.companion_sex else {},
        same_interviewer=former,
        district=case.agency.district,
        ignoring=frozenset(ignoring),
        on=on,
    )


def wish_to_move(
    *,
    interview: Interview,
    standing: Standing,
    limits: ProtocolLimits,
    now: datetime,
    on: date | None = None,
    lead: timedelta = LEAD,
) -> Wish:
    """The wish for a booked interview at another hour: as long, the same seats, and its own times do not count as busy.

    Whoever and whatever it has now is preferred.
    """
    picks = standing.picks
    wish = wish_for(
        case=interview.case,
        limits=limits,
        minutes=standing.plan.minutes,
        now=now,
        roles=list(standing.presence),
        presence_by_role=standing.presence,
        asking=interview.asking,
        ignoring=interview.bookings.values_list("occupancy_id", flat=True),
        on=on,
        lead=lead,
    )
    return replace(
        wish,
        seats=tuple(seat for seat in wish.seats if seat.key in picks or seat.key == CHILD),
        same_interviewer=wish.same_interviewer or picks.get(INTERVIEWER),
        keeps=frozenset(picks.values()),
    )


def _members(case: Case, now: datetime) -> dict[str, tuple[Candidate, ...]]:
    """The people of the case by role, as far as they have a row that can be booked."""
    rows = (
        CaseMember.objects.current(now)
        .filter(case=case, is_suspect_parent=False, user__resource__active=True)
        .select_related("user__resource")
        .order_by("role", "user__resource__pk")
    )
    found: dict[str, tuple[Candidate, ...]] = {}
    for member in rows:
        found[member.role] = (*found.get(member.role, ()), _person(member.user.resource))
    return found


def _interviewers(
    case: Case, members: Mapping[str, tuple[Candidate, ...]], now: datetime, *, interpreted: bool
) -> tuple[Candidate, ...]:
    """Everybody who may interview this child, each with the last day of the training that is needed."""
    own = {candidate.resource for candidate in members.get(INTERVIEWER, ())}
    today = now.astimezone(case.zone).date()
    people = Resource.objects.active().filter(kind=Resource.Kind.PERSON)
    if own:
        people = people.filter(pk__in=own)
    else:
        people = people.filter(
            agency__province=case.province, qualifications__kind=Qualification.Kind.FORENSIC
        ).distinct()
    needs = frozenset(case.access_needs) - {AccessNeed.WHEELCHAIR}
    found = []
    for person in people.prefetch_related("qualifications").order_by("pk"):
        until = _trained_until(person, needs)
        if own or (until is not None and until >= today and _suits(person, case, interpreted=interpreted)):
            # The case's own interviewer is offered untrained, too: the rules say at once what is missing.
            found.append(_person(person, None if own else until))
    return tuple(found)


def _trained_until(person: Resource, needs: frozenset[str]) -> date | None:
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


def _suits(person: Resource, case: Case, *, interpreted: bool) -> bool:
    """Does a person of the pool speak the child's language (or somebody interprets), and is of the sex asked for?"""
    language = SIGN_LANGUAGE if AccessNeed.DEAF in case.access_needs else case.language
    speaks = language in person.languages or interpreted
    return speaks and (not case.interviewer_sex or person.sex == case.interviewer_sex)


def _things(case: Case, *, observed: bool) -> list[Seat]:
    """A child-friendly room, the recording kit, an observation room where somebody observes; and the child."""
    kinds = {Resource.Kind.ROOM: ROOM, Resource.Kind.KIT: KIT, Resource.Kind.CHILD: CHILD}
    if observed:
        kinds[Resource.Kind.OBSERVATION_ROOM] = OBSERVATION_ROOM
    here = Q(venue__province=case.province) | Q(kind=Resource.Kind.KIT, venue=None, agency__province=case.province)
    rows = (
        Resource.objects.active()
        .filter(Q(pk=case.child_resource_id) | (here & Q(kind__in=list(kinds)) & ~Q(kind=Resource.Kind.CHILD)))
        .exclude(kind=Resource.Kind.ROOM, child_friendly=False)
        .select_related("venue__agency")
        .order_by("pk")
    )
    pools: dict[str, list[Candidate]] = {key: [] for key in kinds.values()}
    for row in rows:
        pools[kinds[Resource.Kind(row.kind)]].append(_thing(row))
    return [Seat(key, tuple(pool)) for key, pool in pools.items()]


def _person(resource: Resource, until: date | None = None) -> Candidate:
    return Candidate(
        resource.pk,
        resource.name,
        sex=resource.sex,
        languages=frozenset(resource.languages),
        qualified_until=until,
    )


def _thing(resource: Resource) -> Candidate:
    venue = resource.venue
    return Candidate(
        resource.pk,
        resource.name,
        venue=resource.venue_id,
        venue_name=venue.code_name if venue else "",
        district=venue.agency.district if venue else "",
        always_free=resource.kind == Resource.Kind.CHILD,
    )


def _presence(role: str, presences: Mapping[str, str], limits: ProtocolLimits) -> str:
    required = limits.required(role)
    return presences.get(role) or (required.presences[0] if required and required.presences else "in_room")


def _narrowed(seat: Seat, chosen: Mapping[str, int]) -> Seat:
    if seat.key not in chosen:
        return seat
    kept = tuple(c for c in seat.candidates if c.resource == chosen[seat.key])
    return Seat(seat.key, kept, seat.presence, seat.before, seat.after)


def _former_interviewer(asking: Asking | None) -> int | None:
    if asking is None:
        return None
    former = Participant.objects.filter(interview=asking.follows_id, role=INTERVIEWER).values_list(
        "resource", flat=True
    )
    return former.first()


__all__ = ["LEAD", "find_slots", "wish_for", "wish_to_move"]
