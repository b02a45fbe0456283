"""Working hours: authored as weekly events of a resource's calendar, laid out in advance as Availability.

Nothing expands a recurrence while somebody waits for a slot: this module does, at every save and once a night
(`manage.py materialise_hours`). django-scheduler's tables hold the hours; no booking is ever stored in them.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.db import transaction
from django.db.models import Prefetch
from psycopg.types.range import TimestamptzRange
from schedule.models import Calendar, Event, Rule

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import Availability, Leave, OutsideBusy, Resource
from services.rules.hours import (
    Block,
    Span,
    Weekly,
    block_objections,
    grouped,
    laid_out,
    occurrences,
    weekdays_of,
    written,
)

HORIZON = 230  # days laid out ahead: half a year of sessions begun within a fortnight, and a month for a missed night
REBASE_AFTER = timedelta(days=366)  # an old recurrence is slow for whoever expands it
LONGEST_LEAVE = timedelta(days=366)
TITLE = "working hours"


@action("hours.refused")
def set_hours(*, resource: Resource, blocks: Sequence[Block], by: User, now: datetime) -> None:
    """Replace the weekly hours of `resource` and lay them out. Refuses blocks that end before they start, are shorter
    than a quarter of an hour or overlap.
    """
    if objections := block_objections(blocks):
        raise Objected(objections)
    resource = Resource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
    write_hours(resource, blocks, now)
    materialise(resources=[resource], now=now)
    record("hours.saved", by=by, now=now, about=resource, blocks=len(blocks))


@action("leave.refused")
def add_leave(*, resource: Resource, start: datetime, end: datetime, by: User, now: datetime) -> Leave:
    """`resource` is away from `start` until `end` (aware). No reason is asked. Refuses an end that is not after the
    start, one that is past, and more than a year at once.

    What is already booked stays booked: moving it is for whoever manages that case.
    """
    if end <= start:
        raise Objected([Objection("leave_ends_before_it_starts", field="ends")])
    if end <= now:
        raise Objected([Objection("leave_is_past", field="ends")])
    if end - start > LONGEST_LEAVE:
        raise Objected([Objection("leave_too_long", field="ends")])
    leave = Leave.objects.create(resource=resource, span=TimestamptzRange(start, end), by=by, at=now)
    materialise(resources=[resource], now=now)
    record("leave.saved", by=by, now=now, about=resource)
    return leave


@action("leave.refused")
def remove_leave(*, leave: Leave, by: User, now: datetime) -> None:
    """Take back a leave; the working hours under it return."""
    resource = leave.resource
    leave.delete()
    materialise(resources=[resource], now=now)
    record("leave.removed", by=by, now=now, about=resource)


def blocks_of(resource: Resource) -> list[Block]:
    """The week as it was authored, by weekday and hour. Two queries."""
    zone, found = ZoneInfo(resource.zone), []
    for event in Event.objects.filter(calendar=resource.calendar_id).select_related("rule"):
        begins = event.start.astimezone(zone)
        ends = event.end.astimezone(zone).time()
        found += [Block(day, begins.time(), ends) for day in weekdays_of(event.rule.params if event.rule else "") or ()]
    return sorted(found)


def write_hours(resource: Resource, blocks: Iterable[Block], now: datetime) -> None:
    """Author the week in the resource's calendar: one weekly event per pair of hours, begun this week."""
    if resource.calendar_id is None:
        slug = f"resource-{resource.pk}"
        resource.calendar = Calendar.objects.create(name=slug, slug=slug)  # a slug only: no name of anybody
        resource.save(update_fields=["calendar"])
    Event.objects.filter(calendar=resource.calendar_id).delete()
    zone = ZoneInfo(resource.zone)
    Event.objects.bulk_create(
        Event(calendar_id=resource.calendar_id, title=TITLE, rule=_rule(weekdays), **_first(weekdays, hours, zone, now))
        for hours, weekdays in grouped(blocks).items()
    )


def _rule(weekdays: frozenset[int]) -> Rule:
    params = written(weekdays)
    rule = Rule.objects.filter(frequency="WEEKLY", params=params).first()
    return rule or Rule.objects.create(name=params[len("byweekday:") :], frequency="WEEKLY", params=params)


def _first(weekdays: frozenset[int], hours: tuple[time, time], zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    today = now.astimezone(zone).date()
    day = today - timedelta(days=today.weekday() - min(weekdays))
    return {"start": datetime.combine(day, hours[0], zone), "end": datetime.combine(day, hours[1], zone)}


def materialise(*, resources: Iterable[Resource], now: datetime, days: int = HORIZON) -> int:
    """Lay out the working hours of `resources` from today for `days` days, in place of what was there.

    Less leave, busy times outside and Indonesian public holidays, in each resource's own zone. Returns the number of rows. A handful of
    queries whatever the number of resources; their rows are locked in id order.
    """
    with transaction.atomic():
        ids = sorted(resource.pk for resource in resources)
        events = Event.objects.select_related("rule").prefetch_related("occurrence_set").order_by("pk")
        locked = (
            Resource.objects.filter(pk__in=ids)
            .order_by("pk")
            .select_for_update(of=("self",))
            .prefetch_related(Prefetch("calendar__event_set", queryset=events), "leaves")
            .prefetch_related(Prefetch("outside_busy", queryset=OutsideBusy.objects.select_related("calendar")))
        )
        rows = [
            Availability(resource_id=resource.pk, span=TimestamptzRange(low, high))
            for resource in locked
            for low, high in working_time(resource, now=now, days=days)
        ]
        Availability.objects.filter(resource__in=ids).delete()
        Availability.objects.bulk_create(rows, batch_size=5000)
    return len(rows)


def working_time(resource: Resource, *, now: datetime, days: int = HORIZON) -> list[Span]:
    """When `resource` works in the `days` days from today, in UTC. What it is asked for should be prefetched."""
    if resource.calendar is None or not resource.active:
        return []
    zone = ZoneInfo(resource.zone)
    today = now.astimezone(zone).date()
    start = datetime.combine(today, time(), zone)
    end = datetime.combine(today + timedelta(days=days), time(), zone)
    working = [span for event in resource.calendar.event_set.all() for span in expand(event, zone, start, end)]
    outside = [busy for busy in resource.outside_busy.all() if busy.calendar.kept_at]
    away = [(one.span.lower, one.span.upper) for rows in (resource.leaves.all(), outside) for one in rows]
    off = [day for day in public_holidays(today.year) | public_holidays(end.year) if today <= day < end.date()]
    return laid_out(working, away=away, holidays=off, zone=zone, start=start, end=end)


def expand(event: Event, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """The occurrences of an event that touch `start` to `end`, called-off ones left out.

    Weekly hours are plain arithmetic. Whatever else stands in the calendar is asked of django-scheduler in the
    resource's own zone: in UTC its weekdays shift in eastern Indonesia, and a fixed offset crashes it.
    """
    weekly = weekly_of(event, zone)
    if weekly is not None:
        return occurrences(weekly, zone, start, end)
    theirs = event.get_occurrences(start.astimezone(zone), end.astimezone(zone), clear_prefetch=False)
    return sorted((one.start, one.end) for one in theirs if not one.cancelled and one.start < end and one.end > start)


def weekly_of(event: Event, zone: ZoneInfo) -> Weekly | None:
    """An event as plain weekly hours; None if it is anything else."""
    days = weekdays_of(event.rule.params) if event.rule and event.rule.frequency == "WEEKLY" else None
    if days is None:
        return None
    begins = event.start.astimezone(zone)
    return Weekly(
        weekdays=days,
        first=begins.date(),
        starts=begins.time(),
        minutes=int((event.end - event.start).total_seconds() // 60),
        until=event.end_recurring_period,
        changes={
            one.original_start: None if one.cancelled else (one.start, one.end) for one in event.occurrence_set.all()
        },
    )


def rebase(*, now: datetime) -> int:
    """Bring recurrences that began more than a year ago to the present, by whole weeks. Returns how many."""
    old = Event.objects.filter(start__lt=now - REBASE_AFTER, rule__frequency="WEEKLY").select_related("rule")
    moved = [event for event in old if weekdays_of(event.rule.params) is not None]
    for event in moved:
        gone = timedelta(weeks=(now - event.start).days // 7)
        event.start, event.end = event.start + gone, event.end + gone
    Event.objects.bulk_update(moved, ["start", "end"], batch_size=500)
    return len(moved)


@lru_cache(maxsize=16)
def public_holidays(year: int) -> frozenset[date]:
    """Indonesia's public holidays of a year; days of the moon are estimates until they are proclaimed."""
    return frozenset(holidays.country_holidays("ID", years=year))
