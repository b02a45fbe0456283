"""How long a search takes, beside the floor and beside django-scheduler, and whether all three agree."""

import statistics
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.db.models import Q
from schedule.models import Event
from schedule.periods import Period

from services.actions.slots import find_slots, laid_out, what_would_help
from services.bench import trial
from services.bench.scratch import Say, conninfo
from services.rules.relaxing import Help
from services.rules.search import answer, board_for
from services.rules.slots import Found, Wish

Spans = Mapping[int, Sequence[tuple[datetime, datetime]]]

# What no search can do without: the candidates' rows in the windows that were searched, fetched as they are.
FLOOR = """
SELECT resource_id, lower(span), upper(span) FROM services_availability
WHERE resource_id = ANY(%(ids)s) AND span && tstzrange(%(start)s, %(end)s)
UNION ALL
SELECT resource_id, lower(span), upper(span) FROM services_occupancy
WHERE resource_id = ANY(%(ids)s) AND live AND span && tstzrange(%(start)s, %(end)s)
"""


def measure(say: Say, now: datetime, *, repeats: int = 200, size: trial.Size = trial.FULL) -> dict[str, Any]:
    """Build the trial set and measure both situations. Times in milliseconds.

    The figures on top are those of the situation with the worse ratio; `speedup` is the smaller one, `agree` holds for
    both. `django_scheduler_ms` is the same question asked the way its documentation asks, of every candidate, once;
    `django_scheduler_prefetched_ms` the quickest way its API allows, which `speedup_prefetched` compares with.
    `explain_ms` is a search that finds nothing together with saying what would help; `explain_ratio` compares it with
    the quicker of the two feasible searches.
    """
    *teams, hopeless = trial.build(say, now, size)
    total = trial.count_rows()
    with psycopg.connect(**conninfo(), autocommit=True) as raw:
        situations = {team.name: _situation(team, now, raw, repeats, say) for team in teams}
    explained = _explained(hopeless, now, repeats, say)
    quickest = min(figures["p50_ms"] for figures in situations.values())
    worst = max(situations.values(), key=lambda figures: figures["ratio_to_floor"])
    return {
        **worst,
        "rows": total,
        "resources": size.resources,
        "speedup": min(figures["speedup"] for figures in situations.values()),
        "agree": all(figures["agree"] for figures in (*situations.values(), explained)),
        "explain_ms": explained["p50_ms"],
        "explain_ratio": round(explained["p50_ms"] / quickest, 2),
        "explained": explained,
        "situations": situations,
    }


def _situation(team: trial.Team, now: datetime, raw: psycopg.Connection, repeats: int, say: Say) -> dict[str, Any]:
    wish = team.wish(now)
    found = find_slots(wish=wish, now=now)
    searches, floors, read = [], [], 0
    for _turn in range(repeats):  # in turns, so that a busy moment of the machine strikes both alike
        searches.append(_timed(lambda: find_slots(wish=wish, now=now))[0])
        spent, read = _timed(lambda: _floor(raw, wish, found))
        floors.append(spent)
    say(f"{team.name}: measured {repeats} searches; now asking django-scheduler")
    trial.busy_events(team)
    slow, theirs = _timed(lambda: _scheduler_answer(team, wish, found, _documented))
    quick, also = _timed(lambda: _scheduler_answer(team, wish, found, _prefetched))
    p50, floor = statistics.median(searches), statistics.median(floors)
    return {
        "p50_ms": round(p50, 2),
        "p95_ms": round(statistics.quantiles(searches, n=20)[18], 2),
        "floor_ms": round(floor, 2),
        "ratio_to_floor": round(p50 / floor, 2),
        "django_scheduler_ms": round(slow, 1),
        "django_scheduler_prefetched_ms": round(quick, 1),
        "speedup": round(slow / p50, 1),
        "speedup_prefetched": round(quick / p50, 1),
        "slots_found": len(found.starts()),
        "days_searched": (found.windows[-1][1] - wish.origin).days,
        "candidate_rows_read": read,
        "agree": found.starts() == theirs == also == _naive(raw, wish, found),
    }


def _explained(team: trial.Team, now: datetime, repeats: int, say: Say) -> dict[str, Any]:
    """A search that finds nothing, and what would help; `agree`: each change, searched for afresh, opens what was said."""
    wish, spares = team.observed(now), team.spares()

    def explain() -> tuple[Found, tuple[Help, ...]]:
        board = laid_out(wish=wish, now=now)
        return answer(board), what_would_help(board=board, spares=spares, now=now)

    times = [_timed(explain)[0] for _turn in range(repeats)]
    found, helps = explain()
    say(f"{team.name}: explained {repeats} times")
    # Over the same days as the search that failed: whether a wider window would have been read is not the question.
    last = (replace(one.wish, windows=(one.wish.windows[-1],)) for one in helps)
    again = [find_slots(wish=changed, now=now).starts()[:1] for changed in last]
    return {
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 2),
        "helps": len(helps),
        "candidates": len(wish.resources()) + len(spares.resources()),
        "agree": not found.slots and bool(helps) and again == [[one.slot.start] for one in helps],
    }


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = perf_counter()
    result = work()
    return (perf_counter() - begun) * 1000, result


def _floor(raw: psycopg.Connection, wish: Wish, found: Found) -> int:
    rows = 0
    for start, end in found.windows:
        rows += len(raw.execute(FLOOR, {"ids": list(wish.resources()), "start": start, "end": end}).fetchall())
    return rows


def _naive(raw: psycopg.Connection, wish: Wish, found: Found) -> list[datetime]:
    """Every quarter of an hour, everybody asked, nothing shared with the search but the question."""
    working: dict[int, list[tuple[datetime, datetime]]] = {}
    busy: dict[int, list[tuple[datetime, datetime]]] = {}
    for table, into in (("services_availability", working), ("services_occupancy", busy)):
        rows = raw.execute(f"SELECT resource_id, lower(span), upper(span) FROM {table} ORDER BY 1, 2")  # noqa: S608 -- two names
        for resource, low, high in rows:
            into.setdefault(resource, []).append((low, high))
    end, moment, found_starts = found.windows[-1][1], wish.origin, []
    while moment < end:
        over = moment + timedelta(minutes=wish.minutes)
        if moment >= wish.not_before and over <= end:
            able = [any(_free(working, busy, c.resource, moment, over) for c in seat.candidates) for seat in wish.seats]
            found_starts += [moment] if all(able) else []
        moment += timedelta(minutes=15)
    return found_starts


def _free(working: Spans, busy: Spans, resource: int, start: datetime, end: datetime) -> bool:
    def last(spans: Sequence[tuple[datetime, datetime]], before: datetime) -> tuple[datetime, datetime] | None:
        place = bisect_right(spans, (before, datetime.max.replace(tzinfo=UTC)))
        return spans[place - 1] if place else None

    hours, taken = last(working.get(resource, ()), start), last(busy.get(resource, ()), end - timedelta(seconds=1))
    return hours is not None and hours[1] >= end and (taken is None or taken[1] <= start)


Expand = Callable[[int, datetime, datetime, ZoneInfo], list[Any]]


def _documented(calendar: int, start: datetime, end: datetime, zone: ZoneInfo) -> list[Any]:
    """As its documentation shows: each event of the calendar is asked for its occurrences."""
    events = Event.objects.filter(calendar=calendar).filter(Q(rule__isnull=False) | Q(start__lt=end, end__gt=start))
    return [one for event in events for one in event.get_occurrences(start.astimezone(zone), end.astimezone(zone))]


def _prefetched(calendar: int, start: datetime, end: datetime, zone: ZoneInfo) -> list[Any]:
    """As quick as its API can be: a Period over events fetched with their rules, two queries a calendar."""
    events = Event.objects.filter(calendar=calendar).filter(Q(rule__isnull=False) | Q(start__lt=end, end__gt=start))
    return list(Period(list(events.select_related("rule")), start, end, tzinfo=zone).get_occurrences())


def _scheduler_answer(team: trial.Team, wish: Wish, found: Found, expand: Expand) -> list[datetime]:
    """The same windows, the same question; free time from django-scheduler's occurrences, the rest by our own rules."""
    zone = ZoneInfo(wish.zone)
    board = board_for(wish)
    for (start, end), days in zip(found.windows, wish.windows, strict=False):
        free = {r.pk: _minutes(expand(r.calendar_id or 0, start, end, zone), wish, start, end) for r in team.everything}
        board.add(free, days)
    return answer(board).starts()


def _minutes(told: Sequence[Any], wish: Wish, start: datetime, end: datetime) -> list[int]:
    from services.actions.hours import public_holidays
    from services.rules.hours import laid_out

    zone = ZoneInfo(wish.zone)
    holidays = public_holidays(start.year) | public_holidays(end.year)
    working = [(one.start, one.end) for one in told if one.title != "busy" and not one.cancelled]
    busy = [(one.start, one.end) for one in told if one.title == "busy"]
    spans = laid_out(working, away=busy, holidays=holidays, zone=zone, start=start, end=end)
    edges = [edge for span in spans for edge in span]
    return [int((edge - wish.origin).total_seconds() // 60) for edge in edges]
