"""Half a year of sessions for three siblings, found and booked: how long, beside one search for a slot in the same run."""

import statistics
import uuid
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import transaction
from django.utils import timezone

from cms.accounts.models import Membership, Role, User
from cms.database.context import acting_as
from services.actions.cases import open_new_case
from services.actions.hours import HORIZON, materialise
from services.actions.recovery import book_series, cancel_plan
from services.actions.series import series_for, series_wish
from services.actions.slots import find_slots
from services.bench import trial
from services.bench.scratch import Say, as_owner
from services.models import Case, Qualification, RecoveryPlan, Resource
from services.rules.recovery import SeriesPlan
from services.rules.series import Series

WEEKS, SIBLINGS = 26, 3
# As many people, rooms and rows for each of them as in the full trial; only who is neither asked nor read is left out.
HOUSE = trial.Size(resources=300, rows=48_750, people=7, rooms=30, interviewers=40, days=90)
REPEATS = 15
FACTS = {"province": "ID-JB", "language": "id", "age_months": 100}


def measure(say: Say, now: datetime, *, repeats: int = REPEATS, size: trial.Size = HOUSE) -> dict[str, Any]:
    """Build the trial set, make its easier team therapists, and measure both in turns.

    `seconds` is the median of finding and booking everything, commit included; `search_ms` that of one search for a
    slot; `ratio_to_search` what the one costs in terms of the other; `sessions` those that stand booked, of three
    children; `clashes` the weeks in which another time of the week or the next had to be taken.
    """
    team = trial.build(say, now, size)[0]
    manager = _people(team, now)
    wish, searches, spent = team.wish(now), [], []
    with transaction.atomic(), acting_as(manager):
        cases = [_case(manager, now) for _sibling in range(SIBLINGS)]
        _lay_out(cases, now)
    with as_owner() as owner:
        owner.execute("VACUUM (ANALYZE) services_availability")
    say(f"{repeats} times {WEEKS} weeks for {SIBLINGS} siblings, and as many searches")
    sessions = clashes = 0
    for _turn in range(repeats):  # in turns, so that a busy moment of the machine strikes both alike
        begun = perf_counter()
        find_slots(wish=wish, now=now)
        searches.append(perf_counter() - begun)
        begun = perf_counter()
        with transaction.atomic(), acting_as(manager):
            clashes = _find_and_book(cases, manager, now)
        spent.append(perf_counter() - begun)
        with transaction.atomic(), acting_as(manager):
            sessions = _undo(cases, manager, now)
    seconds, search = statistics.median(spent), statistics.median(searches)
    return {
        "seconds": round(seconds, 4),
        "search_ms": round(search * 1000, 2),
        "ratio_to_search": round(seconds / search, 1),
        "sessions": sessions,
        "clashes": clashes,
        "weeks": WEEKS,
        "siblings": SIBLINGS,
    }


def _find_and_book(cases: list[Case], by: User, now: datetime) -> int:
    """Find the best hour for the whole family and book it; a week that clashes takes its first proposal."""
    wish = series_wish(cases=cases, minutes=60, sessions=WEEKS, every_weeks=1, now=now)
    best = series_for(wish, now)[0]
    plans = {
        case: SeriesPlan(place.therapist.resource, place.room.resource, 60, 1, _starts(best, place.offset))
        for case, place in zip(cases, best.places, strict=True)
    }
    review_on = (now + timedelta(weeks=WEEKS + 4)).date()
    book_series(case=cases[0], plans=plans, review_on=review_on, by=by, now=now, key=uuid.uuid4())
    return best.clashes


def _starts(best: Series, offset: int) -> tuple[datetime, ...]:
    chosen = sorted(week.options[0].start if week.cause else week.start for week in best.weeks)
    return tuple(start + timedelta(minutes=offset) for start in chosen)


def _undo(cases: list[Case], by: User, now: datetime) -> int:
    """Cancel what was booked, so that the next turn finds the same; returns how many sessions there were."""
    found = 0
    for plan in RecoveryPlan.objects.live().filter(case__in=cases).select_related("case"):
        found += plan.sessions.ahead(now).count()
        cancel_plan(case=plan.case, plan=plan, by=by, now=now)
    return found


def _people(team: trial.Team, now: datetime) -> User:
    """A case manager; and the team's people as therapists, who can sign in and are trained for a year."""
    agency = team.people[0].agency
    until = timezone.localdate(now) + timedelta(days=365)
    for number, resource in enumerate(team.people):
        user = User.objects.create_user(f"therapist.{number}@bench.example", first_name=resource.name)
        Membership.objects.create(user=user, agency=agency, role=Role.PSYCHOLOGIST, starts=now - timedelta(days=1))
        Resource.objects.filter(pk=resource.pk).update(user=user)
        Qualification.objects.create(resource=resource, kind=Qualification.Kind.THERAPY, expires_on=until)
    manager = User.objects.create_user("manager@bench.example", first_name="Manager")
    Membership.objects.create(user=manager, agency=agency, role=Role.CASE_MANAGER, starts=now - timedelta(days=1))
    return manager


def _case(manager: User, now: datetime) -> Case:
    facts = FACTS | {"reported_on": timezone.localdate(now)}
    return open_new_case(facts=facts, agency=manager.memberships.get().agency, by=manager, now=now)


def _lay_out(cases: list[Case], now: datetime) -> None:
    """Half a year of hours for everybody and every room that is looked at; the trial itself has fewer days."""
    wish = series_wish(cases=cases, minutes=60, sessions=WEEKS, every_weeks=1, now=now)
    materialise(
        resources=Resource.objects.filter(pk__in=wish.resources(), calendar__isnull=False), now=now, days=HORIZON
    )


__all__ = ["measure"]
