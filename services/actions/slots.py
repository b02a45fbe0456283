"""Find a slot: build the wish from a case, read who is free, and ask the rules. Reads only; nothing is held or booked.

Occupancy names no case, so a search around somebody else's booking sees that a resource is taken and nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import DateRange

from cms.accounts.models import Role
from cms.limits import ProtocolLimits
from services.actions.candidates import (
    interviewers_for,
    language_of,
    members_of,
    others_for,
    things_farther,
    things_for,
    training_needs,
    wanted_of_a_room,
)
from services.actions.hours import HORIZON
from services.models import Asking, Case, Interview, Participant, Preference, VenuePresence
from services.models.free_time import free_time
from services.rules.board import Board
from services.rules.moves import Standing
from services.rules.relaxing import ANOTHER, BOUND, ELSEWHERE, LATER, Help, Spares, what_helps, worth_reading
from services.rules.search import answer, board_for, is_enough
from services.rules.slots import (
    CHILD,
    INTERPRETER,
    INTERVIEWER,
    OF_ONE_VENUE,
    WINDOWS,
    Candidate,
    Found,
    FreeTime,
    Seat,
    Wish,
)
from services.rules.venues import without_days

LEAD = timedelta(hours=2)  # nobody can gather a team sooner
ALSO = (*BOUND, ANOTHER, ELSEWHERE, LATER)  # what a wish may be widened by


def find_slots(*, wish: Wish, now: datetime) -> Found:
    """Answer a wish: ranked slots with their reasons, or what stands in the way."""
    return answer(laid_out(wish=wish, now=now))


def laid_out(*, wish: Wish, now: datetime) -> Board:
    """The board of a wish: the candidates' free time, one query per window (14, then 42, then 90 days).

    It stops when enough is found. Holds that ran out by `now` do not count as busy.
    """
    board = board_for(wish)
    for days in wish.windows:
        widen(board, days, now)
        if is_enough(board):
            break
    return board


def widen(board: Board, days: int, now: datetime) -> None:
    """Lay the free time until the end of day `days` on a board, from where it ends. One query."""
    wish, begin = board.wish, board.windows[-1][1] if board.windows else board.wish.not_before
    board.add(_free(wish, wish.resources(), begin, days, now), days)


def what_would_help(*, board: Board, spares: Spares | None, now: datetime) -> tuple[Help, ...]:
    """The smallest changes that open a slot, or an earlier day than the board's own soonest.

    Without `spares` nothing is read. With them, the free time of those that could matter in the days that were searched
    is, and the days that are laid out beyond: two queries.
    """
    if spares is None:
        return what_helps(board, Spares())
    wish, days = board.wish, board.behind // (24 * 60)
    spares = worth_reading(board, spares)
    farther = [candidate for pool in spares.elsewhere.values() for candidate in pool]
    spares = replace(spares, free=_free(wish, spares.resources(), wish.not_before, days, now, farther))
    last = _last_day(wish.not_before, wish.zone, now)
    if last > days:
        later = _free(wish, wish.resources(), wish.origin + timedelta(days=days), last, now)
        spares = replace(spares, later=later, later_days=last)
    return what_helps(board, spares)


def spares_for(*, case: Case, wish: Wish, now: datetime, asking: Asking | None = None) -> Spares:
    """Who else could come and where else it could be. A continuation keeps its interviewer. Seven queries at most."""
    another = others_for(case, wish.seats, now)
    if asking is None or asking.kind != "continuation":
        interpreted = any(seat.key == INTERPRETER for seat in wish.seats)
        pool = interviewers_for(case, (), now, interpreted=interpreted)
        known = {c.resource for seat in wish.seats if seat.key == INTERVIEWER for c in seat.candidates}
        another[INTERVIEWER] = tuple(c for c in pool if c.resource not in known)
    things = [seat.key for seat in wish.seats if seat.key in OF_ONE_VENUE]
    elsewhere, reaches = things_farther(case, things, now)
    return Spares(another=another, elsewhere=elsewhere, reaches=reaches)


def _free(
    wish: Wish,
    resources: Iterable[int],
    start: datetime,
    days: int,
    now: datetime,
    more: Iterable[Candidate] = (),
) -> FreeTime:
    """Free time from `start` until the end of day `days` of the wish; `more` are candidates besides the wish's own."""
    free = free_time(
        resources,
        start=start,
        end=wish.origin + timedelta(days=days),
        origin=wish.origin,
        now=now,
        always=wish.always_free(),
        ignoring=wish.ignoring,
    )
    return _offered(free, wish.barred_days(more), wish)


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
    within: Iterable[str] = (),
    also: Iterable[str] = (),
    staying: int | None = None,
) -> Wish:
    """The wish for an interview of `case`: who must come, which rooms and kits would do, what the child prefers.

    `roles` are the roles to be seated (the protocol's required ones when left out; a needed interpreter joins them);
    each is filled by one of the case's current members in it. The interviewer is the case's, or else any trained one of
    the province. `presence_by_role` says who observes or is remote; an observer brings an observation room along.
    `chosen` narrows seats to one resource id each. After an `asking` the former interviewer is preferred, and for a
    continuation required. `ignoring`: occupancy ids of the asker's own holds. `within` are the hours that bind (see
    Wish); `also` (of `ALSO`) widens: interviewers who are not the case's own, any part of the day, any hour, rooms of
    other provinces, as many days as are laid out. `staying`: the venue of what is booked already, which its standard does
    not close. Eight queries at most, nine with other provinces, whatever the numbers.
    """
    presences, wider = presence_by_role or {}, frozenset(also)
    members = members_of(case, now)
    wanted = list(dict.fromkeys([*(roles if roles is not None else [r.role for r in limits.roles]), INTERVIEWER]))
    if INTERPRETER not in wanted and INTERPRETER in members:
        wanted.append(INTERPRETER)
    former = _former_interviewer(asking)
    seats = [
        Seat(role, members.get(role, ()), _presence(role, presences, limits)) for role in wanted if role != INTERVIEWER
    ]
    own = () if ANOTHER in wider else [candidate.resource for candidate in members.get(INTERVIEWER, ())]
    interviewers = interviewers_for(case, own, now, interpreted=INTERPRETER in wanted)
    if former is not None and asking is not None and asking.kind == "continuation":
        interviewers = tuple(c for c in interviewers if c.resource == former)
    seats.append(Seat(INTERVIEWER, interviewers, _presence(INTERVIEWER, presences, limits), asks=training_needs(case)))
    observed = any(seat.presence == "observing" for seat in seats)
    things, reaches = things_for(case, now, observed=observed, farther=ELSEWHERE in wider, staying=staying)
    seats += things
    return Wish(
        seats=tuple(_narrowed(seat, chosen or {}) for seat in seats),
        minutes=minutes,
        zone=str(case.zone),
        not_before=now + lead,
        age_months=case.age_months,
        limits=limits,
        reported_on=case.reported_on,
        language=language_of(case),
        prefers=frozenset(case.preferences) & {Preference.MORNING, Preference.AFTERNOON},
        within=_binding(within, wider),
        may_lack=frozenset({Role.PROSECUTOR.value}),  # TPKS art. 49
        prefer_sex={Role.COMPANION.value: case.companion_sex} if case.companion_sex else {},
        same_interviewer=former,
        district=case.agency.district,
        province=case.province,
        reaches=reaches,
        calendar=tuple(rhythm.hours() for rhythm in case.agency.rhythms.kept_at(now.astimezone(case.zone).date())),
        wants=wanted_of_a_room(case),
        ignoring=frozenset(ignoring),
        barred=_barred(case, now),
        on=on,
        windows=tuple(sorted({*WINDOWS, _last_day(now + lead, str(case.zone), now)})) if LATER in wider else WINDOWS,
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
        staying=interview.venue_id,
    )
    return replace(
        wish,
        seats=tuple(seat for seat in wish.seats if seat.key in picks or seat.key == CHILD),
        same_interviewer=wish.same_interviewer or picks.get(INTERVIEWER),
        keeps=frozenset(picks.values()),
    )


def _last_day(not_before: datetime, zone: str, now: datetime) -> int:
    """How many days from the first day of a wish hours are laid out for; fewer than its windows if it begins late."""
    clock = ZoneInfo(zone)
    return max(HORIZON - (not_before.astimezone(clock).date() - now.astimezone(clock).date()).days, WINDOWS[-1])


def _offered(free: FreeTime, barred: Mapping[int, tuple[date, ...]], wish: Wish) -> FreeTime:
    """Free time less the days on which a venue is not to be offered. What booking would refuse is not proposed."""
    if not barred:
        return free
    return {
        resource: without_days(stretches, barred[resource], wish.origin) if resource in barred else stretches
        for resource, stretches in free.items()
    }


def _barred(case: Case, now: datetime) -> dict[int, tuple[date, ...]]:
    """`{venue: days}` on which this case's suspect's side has business there."""
    today = now.astimezone(case.zone).date()
    ahead = DateRange(today, today + timedelta(days=HORIZON + 1))
    rows = VenuePresence.objects.standing().of_suspects().filter(case=case, days__overlap=ahead)
    found: dict[int, tuple[date, ...]] = {}
    for venue, days in rows.values_list("venue", "days"):
        first, end = max(days.lower, ahead.lower), min(days.upper, ahead.upper)
        found[venue] = (*found.get(venue, ()), *(first + timedelta(days=n) for n in range((end - first).days)))
    return found


def _binding(within: Iterable[str], wider: frozenset[str]) -> frozenset[str]:
    return frozenset(within) - {limit for kind, limit in BOUND.items() if kind in wider}


def _presence(role: str, presences: Mapping[str, str], limits: ProtocolLimits) -> str:
    required = limits.required(role)
    return presences.get(role) or (required.presences[0] if required and required.presences else "in_room")


def _narrowed(seat: Seat, chosen: Mapping[str, int]) -> Seat:
    if seat.key not in chosen:
        return seat
    kept = tuple(c for c in seat.candidates if c.resource == chosen[seat.key])
    return replace(seat, candidates=kept)


def _former_interviewer(asking: Asking | None) -> int | None:
    if asking is None:
        return None
    former = Participant.objects.filter(interview=asking.follows_id, role=INTERVIEWER).values_list(
        "resource", flat=True
    )
    return former.first()


__all__ = [
    "ALSO",
    "LEAD",
    "find_slots",
    "laid_out",
    "spares_for",
    "what_would_help",
    "widen",
    "wish_for",
    "wish_to_move",
]
