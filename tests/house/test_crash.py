"""Whatever a worker was doing when it died: all of it happened or nothing, and doing it again makes one of it.

A further job is a line of JOBS: what must be there already, what is done, and by how much the counts change.
"""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection, connections, transaction

from cms.database.context import acting_as
from services.actions import groups, interviews, moves, recovery, replannings, testimony, waiting
from services.models import Group, Interview
from services.rules.testimony import Entry
from tests import databases, factories
from tests.cast import gather, rooms
from tests.house import crash
from tests.services import conftest as moments
from tests.services import family, grouping, recovering, replanning_house

# What is counted: rows in the tables that the jobs write to. `former…` are the states before a change.
COUNTED = {
    "booked": "services_interview WHERE state = 'booked'",
    "held": "services_interview WHERE state = 'held'",
    "live": "services_occupancy WHERE live",
    "bookings": "services_booking",
    "participants": "services_participant",
    "attached": "services_questionneed WHERE state = 'attached'",
    "testimonies": "services_testimony",
    "moves": "services_move",
    "former_interviews": "services_interviewformer",
    "former_bookings": "services_bookingformer",
    "former_participants": "services_participantformer",
    "replannings": "services_replanning",
    "absences": "services_absence",
    "plans": "services_recoveryplan",
    "therapists": "services_handover",
    "ended": "services_recoverymember WHERE ends IS NOT NULL",
    "sessions": "services_recoverysession WHERE state = 'booked'",
    "sessions_moved": "services_recoverysession WHERE state = 'moved'",
    "session_bookings": "services_recoverybooking",
    "groups": "services_group",
    "group_sessions": "services_groupsession WHERE cancelled_at IS NULL",
    "places": "services_groupplace WHERE freed_at IS NULL",
    "memberships": "services_groupmembership",
    "visits": "services_groupvisit WHERE state = 'booked'",
    "placed": "services_waitingentry WHERE state = 'placed'",
    "told": "audit_auditevent WHERE verb = ANY (ARRAY['interview.booked', 'interview.cancelled', 'interview.held',"
    " 'testimony.recorded', 'interview.moved', 'replanning.started', 'replanning.accepted', 'recoveryplan.booked',"
    " 'recoveryplan.handed_over', 'recoverysession.moved', 'recoverygroup.planned', 'recoverygroup.joined',"
    " 'recoverygroup.called_off'])",
}
LOOK = f"SELECT {', '.join(f'(SELECT count(*) FROM {rows})' for rows in COUNTED.values())}"


# --- what must be there, committed ------------------------------------------------------------------------------------


def ready():
    """A case that is ready to be booked, and no more."""
    with transaction.atomic():
        cast = gather()
        house = SimpleNamespace(cast=cast, things=rooms(cast), key=uuid.uuid4(), by=cast.social_worker)
        moments.give_hours(cast, house.things)
        with acting_as(cast.social_worker):
            house.one = moments._prepared(cast)
    house.asks = lambda: {"case": house.one.case, "by": house.by, "now": factories.now()}
    return house


def siblings():
    house = ready()
    with transaction.atomic(), acting_as(house.by):
        house.family = family.siblings_of(house.cast, house.things)
        house.plans = house.family.plans()
    return house


def booked():
    house = ready()
    in_its_transaction(book, house)()
    with transaction.atomic(), acting_as(house.by):
        house.interview = house.one.case.interviews.get()
    house.starts = factories.workday(days=8, hour=13)
    return house


def begun():
    house = ready()
    with transaction.atomic(), acting_as(house.by):
        house.interview = moments._begun(house.one, house.cast, house.things)
    return house


def held():
    house = begun()
    in_its_transaction(hold, house)()
    return house


def ill():
    """Three interviews of one case manager's whose interviewer is ill, and the plan that somebody else stands in."""
    house = replanning_house.build()
    house.by, house.replanning = house.cast.social_worker, replanning_house.falls_ill(house)
    replanning_house.think()
    house.proposals = replanning_house.proposals(house.replanning, house.by)
    return house


def closing():
    """A room and a kit that are booked, and will be away."""
    house = booked()
    house.by = house.cast.keeper
    return house


def waits():
    """A child who waits for therapy, and two who could give it."""
    house = ready()
    with transaction.atomic():
        house.hana, house.mira = (recovering.therapist(house.cast, name) for name in ("Hana", "Mira"))
        (house.room,) = recovering.therapy_rooms(house.cast)
        with acting_as(house.by):
            waiting.join_waiting_list(urgency=1, need="alone", **house.asks())
    house.series = recovering.weekly(house.hana, house.room)
    return house


def treated():
    house = waits()
    with transaction.atomic(), acting_as(house.by):
        house.plan = recovering.book(house.one.case, house.by, house.series, house.key)
        house.ahead = tuple(session.pk for session in house.plan.sessions.all())
        house.first = house.plan.sessions.order_by("span").first()
    house.starts = house.series.starts[0].replace(hour=14)
    more = {"replaces": house.ahead, "reason": "child_wishes"}
    house.rest = recovering.weekly(house.mira, house.room, sessions=5, hour=15, **more)
    return house


def gathers():
    """A child that is treated, a child of nobody's yet, and who could lead a group for both."""
    house = treated()
    with transaction.atomic():
        house.leader, house.studio = recovering.therapist(house.cast, "Intan"), grouping.studio(house.cast)
    house.by = house.cast.keeper
    return house


def grouped():
    """A group with places for two, and a child who could come to all of its sessions."""
    house = gathers()
    in_its_transaction(plan_group, house)()
    with transaction.atomic():
        house.by = house.cast.social_worker
        with acting_as(house.by):
            house.group = Group.objects.get()
            waiting.join_waiting_list(urgency=1, need="group", **house.asks())
            house.chosen = [session.pk for session in grouping.offer(house.one.case, house.group).coming]
    return house


def met():
    """The same, and the child has joined; the keeper calls a session off."""
    house = grouped()
    in_its_transaction(join_group, house)()
    house.by = house.cast.keeper
    with transaction.atomic(), acting_as(house.by):
        house.meeting = house.group.sessions.first()
    return house


# --- what is done -----------------------------------------------------------------------------------------------------


def book(house):
    plan = moments.plan_for(house.cast, house.things, needs=frozenset(need.pk for need in house.one.needs))
    interviews.book_interview(plan=plan, key=house.key, **house.asks())


def book_siblings(house):
    family.book_both(house.family, plans=house.plans, key=house.key)


def cancel(house):
    interviews.cancel_interview(interview=house.interview, **house.asks())


def hold(house):
    interviews.hold_interview(interview=house.interview, **house.asks())


def record_outcomes(house):
    told, stopped = (need.topic_id for need in house.one.needs)
    entries = [Entry(told, "told_recorded", house.cast.police.pk, "SEGEL-1", "ab" * 32), Entry(stopped, "stopped")]
    testimony.record_outcomes(interview=house.interview, entries=entries, **house.asks())


def move(house):
    interview = Interview.objects.get(pk=house.interview.pk)
    plan = moves.plan_of_move(interview, house.starts, {})
    moves.move_interview(interview=interview, plan=plan, key=house.key, **house.asks())


def accept(house):
    replannings.accept_proposals(
        replanning=house.replanning, proposals=house.proposals, by=house.by, now=factories.now()
    )


def plan_anew(house):
    asked = replanning_house.asked(house, house.things["room"], house.things["kit"])
    replannings.plan_anew(asked=asked, by=house.by, now=factories.now())


def book_series(house):
    recovering.book(house.one.case, house.by, house.series, house.key)


def hand_over(house):
    recovery.book_rest(plan=house.plan, series=house.rest, **house.asks())


def move_session(house):
    recovery.move_session(session=house.first, starts=house.starts, **house.asks())


def plan_group(house):
    wish = grouping.wish(house.leader, house.studio, capacity=2)
    groups.plan_group(agency=house.cast.house, plan=wish, by=house.by, now=factories.now(), key=house.key)


def join_group(house):
    groups.join_group(plan=house.plan, group=house.group, sessions=house.chosen, **house.asks())


def call_off(house):
    groups.call_off(group=house.group, session=house.meeting, by=house.by, now=factories.now())


FOUR_WEEKS = {"live": 12, "sessions": 4, "session_bookings": 12}
FIVE_INSTEAD = {"live": 3, "sessions": 1, "sessions_moved": 4, "session_bookings": 15}

# what is done: (what was before, by how much it changes the counts)
JOBS = {
    # Five people, a room, an observation room, a kit and the child.
    book: (ready, {"booked": 1, "live": 9, "bookings": 9, "participants": 5, "attached": 2, "told": 1}),
    # The same of two children, in one step.
    book_siblings: (
        siblings,
        {"booked": 2, "live": 18, "bookings": 18, "participants": 10, "attached": 4, "told": 2},
    ),
    cancel: (booked, {"booked": -1, "live": -9, "attached": -2, "former_interviews": 1, "told": 1}),
    hold: (begun, {"booked": -1, "held": 1, "former_interviews": 1, "told": 1}),
    record_outcomes: (held, {"attached": -2, "testimonies": 2, "told": 1}),
    move: (booked, {"moves": 1, "former_interviews": 1, "former_bookings": 9, "former_participants": 1, "told": 1}),
    # Three of them at once, each at its hour with somebody else.
    accept: (ill, {"moves": 3, "former_bookings": 27, "former_participants": 6, "told": 4}),
    plan_anew: (closing, {"replannings": 1, "absences": 2, "told": 1}),
    # Four sessions, each of a therapist, a room and the child.
    book_series: (waits, FOUR_WEEKS | {"plans": 1, "therapists": 1, "placed": 1, "told": 1}),
    # The four that were ahead, and five with somebody else instead.
    hand_over: (treated, FIVE_INSTEAD | {"therapists": 1, "ended": 1, "told": 1}),
    # Four sessions, each of a leader and a room.
    plan_group: (gathers, {"groups": 1, "group_sessions": 4, "live": 8, "told": 1}),
    # A place, and the child's own hour at each of the four.
    join_group: (grouped, {"memberships": 1, "places": 1, "visits": 4, "live": 4, "placed": 1, "told": 1}),
    # The leader's hour, the room's and the child's.
    call_off: (met, {"group_sessions": -1, "visits": -1, "live": -3, "told": 1}),
    move_session: (treated, {"sessions_moved": 1, "session_bookings": 3, "told": 1}),
}


def changed(none, by):
    """The counts `none`, changed `by` so much."""
    assert by.keys() <= COUNTED.keys()
    return tuple(count + by.get(name, 0) for name, count in zip(COUNTED, none, strict=True))


def in_its_transaction(job, house):
    def does():
        with transaction.atomic(), acting_as(house.by):
            job(house)

    return does


def crash_in(job, database, every=1):
    before, by = JOBS[job]
    does = in_its_transaction(job, before())
    connection.close()  # what somebody is connected to cannot be cloned
    none = crash.seen(database, LOOK)
    return crash.crash_at_every_statement(database, does, look=LOOK, none=none, whole=changed(none, by), every=every)


@pytest.mark.prove
@pytest.mark.parametrize("job", JOBS)
def test_a_crash_at_any_statement_leaves_all_or_nothing(own_database, job):
    left = crash_in(job, own_database)
    assert left["none"] > 5
    assert left["whole"] == 1  # killed when only the answer was still to be sent


@pytest.mark.parametrize("job", JOBS)
def test_a_crash_at_some_statements_leaves_all_or_nothing(own_database, job):
    assert crash_in(job, own_database, every=10)["none"] >= 1


WITHDRAWN = "SELECT count(*) FROM services_questionneed WHERE state = 'withdrawn'"


def one_more(house):
    factories.need(house.one.case, house.cast, 2, state="withdrawn")  # of these there may be several


def test_the_walk_finds_a_job_that_is_done_by_halves(own_database):
    """Two transactions where there should be one."""
    house = ready()

    def halves():
        for _half in range(2):
            in_its_transaction(one_more, house)()

    connection.close()
    with pytest.raises(AssertionError, match="neither all nor nothing"):
        crash.crash_at_every_statement(own_database, halves, look=WITHDRAWN, none=(0,), whole=(2,), every=3)


def test_the_walk_finds_a_job_that_is_done_twice(own_database):
    """Nothing of this one says that it was done already."""
    twice = in_its_transaction(one_more, ready())
    connection.close()
    with pytest.raises(AssertionError, match="done again"):
        crash.crash_at_every_statement(own_database, twice, look=WITHDRAWN, none=(0,), whole=(1,))


async def walk_in_a_loop(template):
    name = databases.clone(template)
    try:
        with databases.using(name):
            return crash_in(cancel, name, every=10)
    finally:
        databases.drop(name)


def test_the_walk_is_over_its_own_database_whatever_loop_runs(own_database, template, monkeypatch):
    """As after a browser's test: behind the loop's connection lies an older one, open to another database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

    def in_a_thread():
        connection.ensure_connection()
        try:
            return asyncio.run(walk_in_a_loop(template))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(in_a_thread).result()["none"] >= 1
