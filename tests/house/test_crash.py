"""Whatever a worker was doing when it died: all of it happened or nothing, and doing it again makes one of it.

A further job is a line of JOBS: what must be there already, what is done, and what is counted before and after.
"""

import uuid
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from django.db import connection, transaction

from cms.database.context import acting_as
from services.actions import interviews, testimony
from services.rules.testimony import Entry
from tests import factories
from tests.cast import gather, rooms
from tests.house import crash
from tests.services import conftest as moments


class Counts(NamedTuple):
    """Rows in the tables that the jobs write to; `told` is the record of all that was done."""

    booked: int = 0
    held: int = 0
    live: int = 0
    bookings: int = 0
    participants: int = 0
    attached: int = 0
    testimonies: int = 0
    told: int = 0


LOOK = """
SELECT (SELECT count(*) FROM services_interview WHERE state = 'booked'),
       (SELECT count(*) FROM services_interview WHERE state = 'held'),
       (SELECT count(*) FROM services_occupancy WHERE live),
       (SELECT count(*) FROM services_booking),
       (SELECT count(*) FROM services_participant),
       (SELECT count(*) FROM services_questionneed WHERE state = 'attached'),
       (SELECT count(*) FROM services_testimony),
       (SELECT count(*) FROM audit_auditevent
         WHERE verb IN ('interview.booked', 'interview.cancelled', 'interview.held', 'testimony.recorded'))
"""
NOTHING = Counts()
# Five people, a room, an observation room, a kit and the child.
BOOKED = Counts(booked=1, live=9, bookings=9, participants=5, attached=2, told=1)
CANCELLED = BOOKED._replace(booked=0, live=0, attached=0, told=2)
HELD = BOOKED._replace(booked=0, held=1, told=2)
RECORDED = HELD._replace(attached=0, testimonies=2, told=3)


def book(house):
    plan = moments.plan_for(house.cast, house.things, needs=frozenset(need.pk for need in house.one.needs))
    interviews.book_interview(plan=plan, key=house.key, **house.asks())


def cancel(house):
    interviews.cancel_interview(interview=house.interview, **house.asks())


def hold(house):
    interviews.hold_interview(interview=house.interview, **house.asks())


def record_outcomes(house):
    told, stopped = (need.topic_id for need in house.one.needs)
    entries = [Entry(told, "told_recorded", house.cast.police.pk, "SEGEL-1", "ab" * 32), Entry(stopped, "stopped")]
    testimony.record_outcomes(interview=house.interview, entries=entries, **house.asks())


def booked(house):
    book(house)
    house.interview = house.one.case.interviews.get()


def begun(house):
    house.interview = moments._begun(house.one, house.cast, house.things)


def held(house):
    begun(house)
    hold(house)


def nothing(_house):
    """A case that is ready to be booked, and no more."""


# what is done: (what was before, the counts before, the counts after)
JOBS = {
    book: (nothing, NOTHING, BOOKED),
    cancel: (booked, BOOKED, CANCELLED),
    hold: (begun, BOOKED, HELD),
    record_outcomes: (held, HELD, RECORDED),
}


@pytest.fixture
def house(own_database):
    with transaction.atomic():
        cast = gather()
        house = SimpleNamespace(cast=cast, things=rooms(cast), key=uuid.uuid4(), database=own_database)
        moments.give_hours(cast, house.things)
        with acting_as(cast.social_worker):
            house.one = moments._prepared(cast)
    house.asks = lambda: {"case": house.one.case, "by": cast.social_worker, "now": factories.now()}
    return house


def in_its_transaction(job, house):
    def does():
        with transaction.atomic(), acting_as(house.cast.social_worker):
            job(house)

    return does


def crash_in(job, house, every=1):
    before, none, whole = JOBS[job]
    in_its_transaction(before, house)()
    connection.close()  # what somebody is connected to cannot be cloned
    return crash.crash_at_every_statement(
        house.database, in_its_transaction(job, house), look=LOOK, none=none, whole=whole, every=every
    )


@pytest.mark.prove
@pytest.mark.parametrize("job", JOBS)
def test_a_crash_at_any_statement_leaves_all_or_nothing(house, job):
    left = crash_in(job, house)
    assert left["none"] > 5
    assert left["whole"] == 1  # killed when only the answer was still to be sent


def test_a_crash_at_some_statements_of_booking_leaves_all_or_nothing(house):
    assert crash_in(book, house, every=3)["none"] > 5


WITHDRAWN = "SELECT count(*) FROM services_questionneed WHERE state = 'withdrawn'"


def one_more(house):
    factories.need(house.one.case, house.cast, 2, state="withdrawn")  # of these there may be several


def test_the_walk_finds_a_job_that_is_done_by_halves(house):
    """Two transactions where there should be one."""

    def halves():
        for _half in range(2):
            in_its_transaction(one_more, house)()

    connection.close()
    with pytest.raises(AssertionError, match="neither all nor nothing"):
        crash.crash_at_every_statement(house.database, halves, look=WITHDRAWN, none=(0,), whole=(2,), every=3)


def test_the_walk_finds_a_job_that_is_done_twice(house):
    """Nothing of this one says that it was done already."""
    twice = in_its_transaction(one_more, house)
    connection.close()
    with pytest.raises(AssertionError, match="done again"):
        crash.crash_at_every_statement(house.database, twice, look=WITHDRAWN, none=(0,), whole=(1,))
