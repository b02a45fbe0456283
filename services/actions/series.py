"""Find a series of recovery sessions: gather who may treat the child and where, read who is free, ask the rules. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Max, Q, When
from django.db.models.expressions import OrderBy

from cms.accounts.models import Agency, Membership
from services.actions.buffers import as_candidate, buffers_of
from services.actions.hours import public_holidays
from services.models import (
    Case,
    CaseMember,
    GroupVisit,
    Leave,
    Qualification,
    RecoveryBooking,
    RecoveryPlan,
    RecoverySession,
    Resource,
)
from services.models.free_time import free_time
from services.models.travel import reach_of
from services.rules import starts
from services.rules.recovery import SeriesFacts
from services.rules.series import Series, SeriesWish, find_series
from services.rules.slots import Candidate
from services.rules.travel import NONE, Reach

LEAD = timedelta(days=1)  # a family is told the day before, at the latest
NEAR = 14  # days around a session within which another time for it is looked for
OFFERED, A_DAY = 12, 2  # other times for one session, and of them of one day
NEAREST = 30  # therapists, and rooms, that are looked at: the agency's own first, then its district's


def series_for(wish: SeriesWish, now: datetime) -> tuple[Series, ...]:
    """The best series for a wish. One query, whatever the number of weeks."""
    return find_series(wish, _free(wish, now))


def series_wish(
    *,
    cases: Sequence[Case],
    minutes: int,
    sessions: int,
    every_weeks: int,
    now: datetime,
    since: date | None = None,
    part: str = "",
    weekdays: Iterable[int] = (),
    exam: tuple[date, date] | None = None,
    therapist: int | None = None,
    plan: RecoveryPlan | None = None,
) -> SeriesWish:
    """The wish for a series of one case, or of siblings' cases together. A handful of queries.

    `therapist` narrows to one resource id. For the rest of a `plan` its room is kept where it can be, and its own
    sessions ahead do not count as busy. `exam` are the first and last day of weeks that the child needs for school.
    """
    case = cases[0]
    zone = case.zone
    begin = now + LEAD
    if since is not None:
        begin = max(begin, datetime.combine(since, datetime.min.time(), zone))
    people = therapists_for(cases, now)
    if therapist is not None:
        people = tuple(c for c in people if c.resource == therapist)
    rooms, reaches = _rooms(Q(venue__province=case.province), *_nearest("venue__agency", case))
    if plan is not None:
        rooms = tuple(sorted(rooms, key=lambda room: room.resource != plan.room_id))
    wish = SeriesWish(
        children=tuple(one.child_resource_id for one in cases),
        therapists=people,
        rooms=rooms,
        minutes=minutes,
        sessions=sessions,
        every_weeks=every_weeks,
        zone=str(zone),
        not_before=begin,
        part=part,
        weekdays=frozenset(weekdays),
        reaches=reaches,
        ignoring=frozenset(_own(plan, now)) if plan is not None else frozenset(),
    )
    kept = dict.fromkeys(group_days(cases, now), "group")
    return _explained(wish, kept | (_days_between(*exam) if exam is not None else {}))


def group_days(cases: Sequence[Case], now: datetime) -> frozenset[date]:
    """The local days still to come on which one of these children meets its group."""
    ahead = GroupVisit.objects.ahead(now).filter(case__in=cases).values_list("session__span", flat=True)
    return frozenset(span.lower.astimezone(cases[0].zone).date() for span in ahead)


def _days_between(first: date, last: date) -> dict[date, str]:
    return {first + timedelta(days=n): "exam" for n in range((last - first).days + 1)}


def group_wish(
    *,
    agency: Agency,
    minutes: int,
    sessions: int,
    every_weeks: int,
    now: datetime,
    since: date | None = None,
    part: str = "",
    leader: int | None = None,
) -> SeriesWish:
    """The wish for a group's series, with the agency's own people and rooms; no child's time is asked for yet."""
    zone = ZoneInfo(agency.zone)
    begin = now + LEAD
    if since is not None:
        begin = max(begin, datetime.combine(since, datetime.min.time(), zone))
    people = tuple(one for one in leaders_of(agency, now) if leader in {None, one.resource})
    rooms, reaches = _rooms(Q(agency=agency))
    wish = SeriesWish(
        children=(),
        therapists=people,
        rooms=rooms,
        minutes=minutes,
        sessions=sessions,
        every_weeks=every_weeks,
        zone=agency.zone,
        not_before=begin,
        part=part,
        reaches=reaches,
    )
    return _explained(wish, {})


def leaders_of(agency: Agency, now: datetime) -> tuple[Candidate, ...]:
    """Who may lead a group of this agency: its own people, trained, with an account."""
    rows = _trained(now, ZoneInfo(agency.zone)).filter(agency=agency)
    return _with_training(rows.order_by("name", "pk")[:NEAREST])


def therapists_for(cases: Sequence[Case], now: datetime) -> tuple[Candidate, ...]:
    """Who may treat these children: trained, with an account and an agency, and on the other team of none of them."""
    case = cases[0]
    apart = CaseMember.objects.current(now).filter(case__in=cases).values("user_id")
    rows = (
        _trained(now, case.zone)
        .filter(agency__province=case.province)
        .exclude(Q(user__in=apart) | Q(user__in=[one.manager_id for one in cases]))
    )
    return _with_training(rows.order_by(*_nearest("agency", case), "pk")[:NEAREST])


def facts_of(therapist: int, zone: Any, now: datetime) -> tuple[int | None, SeriesFacts]:
    """The user behind a resource id, None where nobody may treat, and what the rules ask of whoever would."""
    row = Resource.objects.active().filter(pk=therapist, kind=Resource.Kind.PERSON).first()
    user = row.user_id if row else None
    trained = Qualification.objects.filter(resource=therapist, kind=Qualification.Kind.THERAPY)
    facts = SeriesFacts(
        now=now,
        zone=zone,
        qualified_until=max(trained.values_list("expires_on", flat=True), default=None),
        signs_in=user is not None and Membership.objects.current(now).filter(user=user).exists(),
    )
    return user, facts


def works_on_evidence(case: Case, user: int | None, now: datetime) -> bool:
    """Is the user with this id on the evidence's side of the case? Its manager is."""
    if user is None:
        return False
    return user == case.manager_id or CaseMember.objects.current(now).filter(case=case, user=user).exists()


def _trained(now: datetime, zone: Any) -> models.QuerySet[Resource]:
    return (
        Resource.objects.active()
        .filter(kind=Resource.Kind.PERSON, user__is_active=True)
        .filter(user__in=Membership.objects.current(now).values("user_id"))
        .annotate(until=Max("qualifications__expires_on", filter=Q(qualifications__kind=Qualification.Kind.THERAPY)))
        .filter(until__gte=now.astimezone(zone).date())
        .select_related("agency")
    )


def _with_training(rows: Iterable[Any]) -> tuple[Candidate, ...]:
    return tuple(
        replace(as_candidate(row), sex=row.sex, languages=frozenset(row.languages), qualified_until=row.until)
        for row in rows
    )


def other_times(*, session: RecoverySession, minutes: int, zone: Any, child: int, now: datetime) -> list[datetime]:
    """Starts near `session` at which the same therapist, the same room and the child are free, in order of time."""
    origin = _midnight(max(now + LEAD, session.starts - timedelta(days=NEAR)), zone)
    end = max(session.starts, now) + timedelta(days=NEAR)
    own = session.bookings.values_list("occupancy_id", flat=True)
    people = [session.therapist_id, session.room_id, child]
    around = buffers_of((session.therapist_id, session.room_id), room=session.room_id) | {child: NONE}
    begin = max(now + LEAD, origin)  # nothing is counted from before the origin
    free = free_time(people, start=begin, end=end, origin=origin, now=now, always=[child], ignoring=own)
    found = -1
    for resource in people:
        found &= starts.starts(free.get(resource, ()), minutes, around[resource].before, around[resource].after)
    at = int((session.starts - origin).total_seconds()) // (60 * starts.STEP)
    days = starts.every_day(starts.within_hours(SeriesWish.earliest, SeriesWish.latest, minutes), 2 * NEAR + 1)
    taken = {other.starts.astimezone(zone).date() for other in session.plan.sessions.ahead(now).exclude(pk=session.pk)}
    taken |= group_days([session.plan.case], now)
    busy = {(day - origin.date()).days for day in taken}
    near = _a_few_a_day(found & days, at, busy)[:OFFERED]
    return [origin + timedelta(minutes=start * starts.STEP) for start in sorted(near)]


def _a_few_a_day(found: int, at: int, busy: set[int]) -> list[int]:
    """Of every day that is not `busy` the starts nearest to the hour of `at`; the nearest to `at` itself first."""
    by_day: dict[int, list[int]] = {}
    for start in starts.each(found):
        if start != at and start // starts.DAY not in busy:
            by_day.setdefault(start // starts.DAY, []).append(start)
    few = [
        start
        for some in by_day.values()
        for start in sorted(some, key=lambda one: abs(one % starts.DAY - at % starts.DAY))[:A_DAY]
    ]
    return sorted(few, key=lambda start: abs(start - at))


def _free(wish: SeriesWish, now: datetime) -> Mapping[int, list[int]]:
    return free_time(
        wish.resources(),
        start=wish.not_before,
        end=wish.origin + timedelta(days=wish.days),
        origin=wish.origin,
        now=now,
        always=wish.children,
        ignoring=wish.ignoring,
    )


def _rooms(where: Q, *nearest: OrderBy) -> tuple[tuple[Candidate, ...], dict[int, Reach]]:
    """Rooms for a child, the nearest first, and by venue how far people come to it."""
    rows = (
        Resource.objects.active()
        .filter(where, kind=Resource.Kind.ROOM, child_friendly=True)
        .select_related("venue__agency__travel")
        .order_by(*nearest, "venue_id", "pk")[:NEAREST]
    )
    return tuple(as_candidate(row) for row in rows), {row.venue_id: reach_of(row.venue) for row in rows}


def _nearest(path: str, case: Case) -> list[OrderBy]:
    """An order: the case's own agency, then its district, then the rest of the province."""
    own = models.Case(When(**{path: case.agency_id}, then=0), default=1)
    district = models.Case(When(**{f"{path}__district": case.agency.district}, then=0), default=1)
    return [own.asc(), district.asc()]


def _own(plan: RecoveryPlan, now: datetime) -> Iterable[int]:
    ahead = plan.sessions.ahead(now)
    return RecoveryBooking.objects.filter(session__in=ahead.values("pk")).values_list("occupancy_id", flat=True)


def _explained(wish: SeriesWish, kept: Mapping[date, str]) -> SeriesWish:
    """The wish with the days that are closed, and who is away when, for the words beside a week that clashes.

    `kept` are the children's own days, and why: exams, their group.
    """
    first = wish.origin.date()
    days = [first + timedelta(days=n) for n in range(wish.days)]
    holidays = public_holidays(days[0].year) | public_holidays(days[-1].year)
    closed = {day: "holiday" for day in days if day in holidays} | {d: kept[d] for d in days if d in kept}
    end = wish.origin + timedelta(days=wish.days)
    away: dict[int, set[date]] = {}
    for resource, span in Leave.objects.filter(
        resource__in=wish.resources(), span__overlap=(wish.origin, end)
    ).values_list("resource_id", "span"):
        away.setdefault(resource, set()).update(_days_of(span, wish.origin))
    return replace(wish, closed=closed, away={resource: frozenset(off) for resource, off in away.items()})


def _days_of(span: Any, origin: datetime) -> Iterable[date]:
    low = max(span.lower, origin).astimezone(origin.tzinfo).date()
    last = (span.upper - timedelta(microseconds=1)).astimezone(origin.tzinfo).date()
    return [low + timedelta(days=n) for n in range((last - low).days + 1)]


def _midnight(moment: datetime, zone: Any) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
