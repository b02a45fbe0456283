"""Therapists, rooms for sessions, and plans in progress; all by the product's own actions."""

import uuid
from datetime import timedelta

from django.db import connection

from services.actions import recovery
from services.actions.series import series_for, series_wish
from services.models import Qualification, RecoverySession
from services.rules.recovery import SeriesPlan
from tests import factories
from tests.databases import as_owner

DAYS = 200
TABLES = ("recoverymember", "recoveryplan", "handover", "recoverysession", "recoverybooking", "waitingentry", "familymember")  # fmt: skip


def therapist(cast, name="Hana", *, works=True, expires_on=None):
    """Somebody of the house who treats children: an account, a row that can be booked, a training in force."""
    person = factories.member(name, cast.house, "psychologist")
    resource = factories.person_resource(person, cast.house)
    factories.qualify(resource, Qualification.Kind.THERAPY, expires_on)
    if works:
        factories.works(resource, days=DAYS)
    return person


def therapy_rooms(cast, many=1):
    venue = factories.venue(cast.house, "Rumah Pulih")
    rooms = [factories.room(venue, f"Pulih {n}", child_friendly=True) for n in range(1, many + 1)]
    for room in rooms:
        factories.works(room, days=DAYS)
    return rooms


def weekly(person, room, *, sessions=4, hour=9, minutes=60, first=3, **more):
    """A SeriesPlan: the same hour of a workday, every week."""
    start = factories.workday(first, hour)
    starts = tuple(start + timedelta(weeks=n) for n in range(sessions))
    return SeriesPlan(person.resource.pk, room.pk, minutes, 1, starts, **more)


def book(case, by, series, key=None):
    """Book it as `by`, for whom the database must answer."""
    return recovery.book_series(
        case=case,
        plans={case: series},
        review_on=series.starts[-1].date() + timedelta(days=7),
        by=by,
        now=factories.now(),
        key=key or uuid.uuid4(),
    )


def offers(case, **asked):
    facts = {"minutes": 60, "sessions": 4, "every_weeks": 1, "now": factories.now()} | asked
    wish = series_wish(cases=facts.pop("cases", [case]), **facts)
    return series_for(wish, facts["now"])


def let_it_come(session, hours=2):
    """Its hour has come; only time does that, so the owner stands in for it."""
    span = factories.span(factories.now() - timedelta(hours=hours), minutes=60)
    taken = list(session.bookings.values_list("occupancy_id", flat=True))
    as_owner("UPDATE services_occupancy SET span = %s WHERE id = ANY (%s)", span, taken)
    as_owner("UPDATE services_recoverysession SET span = %s WHERE id = %s", span, session.pk)
    return RecoverySession.objects.get(pk=session.pk)


def facts(cast, case, **more):
    return {"case": case, "by": cast.social_worker, "now": factories.now()} | more


def keys_of(refusal):
    return list(refusal.value.keys)


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
