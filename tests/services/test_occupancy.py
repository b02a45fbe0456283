"""Taking resources, with real connections racing for them on a database that really commits."""

import threading
import time
import traceback
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from services.actions import occupancy
from services.actions.occupancy import SlotTaken, confirm, outside_hours, release, take
from services.models import Availability, Occupancy, Resource
from tests import factories
from tests.databases import as_owner
from tests.racing import deadlocks, race

HOUR = timedelta(hours=1)
LOCK = "SELECT id FROM services_resource WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


def rooms(count):
    house = factories.agency(f"UPTD PPA {count}")
    place = factories.venue(house)
    return [factories.room(place, f"Kamar {number}").pk for number in range(count)]


def live():
    return list(
        Occupancy.objects.filter(live=True).order_by("resource_id", "span").values_list("resource_id", flat=True)
    )


def at(start, hours=1):
    return (start, start + hours * HOUR)


@pytest.fixture
def nine():
    return factories.workday(hour=9)


# --- one after the other ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_everything_wanted_is_taken_in_the_order_wanted(nine):
    first, second = rooms(2)
    taken = take(wanted={second: at(nine), first: at(nine, 2)}, now=factories.now())
    assert [(row.resource_id, row.span.upper - row.span.lower) for row in taken] == [(second, HOUR), (first, 2 * HOUR)]
    assert all(row.pk and row.live and row.hold_until is None for row in taken)


@pytest.mark.django_db
def test_every_conflict_is_collected_and_nothing_is_taken(nine):
    first, second, third = rooms(3)
    take(wanted=[(first, at(nine)), (third, at(nine))], now=factories.now())
    with pytest.raises(SlotTaken) as refusal:
        take(wanted=[(r, at(nine + HOUR / 2)) for r in (third, second, first)], now=factories.now())
    assert refusal.value.resources == (first, third)
    assert (refusal.value.keys, str(refusal.value)) == (("slot_taken",), "slot_taken")
    assert live() == [first, third]


@pytest.mark.django_db
def test_one_after_the_other_is_no_conflict(nine):
    (room,) = rooms(1)
    take(wanted={room: at(nine)}, now=factories.now())
    take(wanted={room: at(nine + HOUR)}, now=factories.now())
    assert live() == [room, room]


@pytest.mark.django_db
def test_a_resource_out_of_use_or_absent_is_not_to_be_had(nine):
    first, second = rooms(2)
    Resource.objects.filter(pk=first).update(active=False)
    with pytest.raises(SlotTaken) as refusal:
        take(wanted={first: at(nine), second: at(nine), 10**9: at(nine)}, now=factories.now())
    assert refusal.value.resources == (first, 10**9)


@pytest.mark.django_db
def test_a_hold_counts_until_it_runs_out(nine):
    (room,) = rooms(1)
    now = factories.now()
    (held,) = take(wanted={room: at(nine)}, now=now, hold_until=now + timedelta(minutes=15))
    with pytest.raises(SlotTaken):
        take(wanted={room: at(nine)}, now=now + timedelta(minutes=14))
    (booked,) = take(wanted={room: at(nine)}, now=now + timedelta(minutes=15))
    held.refresh_from_db()
    assert (held.live, booked.live) == (False, True)


@pytest.mark.django_db
def test_a_hold_is_confirmed_or_lost(nine):
    (room,) = rooms(1)
    now = factories.now()
    held = take(wanted={room: at(nine)}, now=now, hold_until=now + HOUR)
    confirm(held, now=now)
    held[0].refresh_from_db()
    assert held[0].hold_until is None
    confirm(held, now=now + 2 * HOUR)
    late = take(wanted={room: at(nine + HOUR)}, now=now, hold_until=now + HOUR)
    with pytest.raises(SlotTaken) as refusal:
        confirm(late, now=now + HOUR)
    assert refusal.value.resources == (room,)


@pytest.mark.django_db
def test_what_is_released_is_free_at_once_and_remembered(nine):
    (room,) = rooms(1)
    taken = take(wanted={room: at(nine)}, now=factories.now())
    assert (release(taken), release(taken)) == (1, 0)
    take(wanted={room: at(nine)}, now=factories.now())
    assert Occupancy.objects.filter(resource=room).count() == 2


@pytest.mark.django_db
def test_moving_gives_up_the_old_place_in_the_same_step(nine):
    first, second = rooms(2)
    old = take(wanted={first: at(nine), second: at(nine)}, now=factories.now())
    take(wanted={first: at(nine + HOUR / 2)}, now=factories.now(), instead_of=old)
    assert live() == [first]


@pytest.mark.django_db
def test_a_move_that_fails_keeps_the_old_place(nine):
    first, second = rooms(2)
    old = take(wanted={first: at(nine)}, now=factories.now())
    take(wanted={second: at(nine)}, now=factories.now())
    with pytest.raises(SlotTaken):
        take(wanted={second: at(nine)}, now=factories.now(), instead_of=old)
    assert live() == [first, second]


@pytest.mark.django_db
def test_one_resource_wanted_twice_at_a_time_is_refused(nine):
    (room,) = rooms(1)
    with pytest.raises(SlotTaken) as refusal:
        take(wanted=[(room, at(nine)), (room, at(nine))], now=factories.now())
    assert refusal.value.resources == (room,)
    assert live() == []


@pytest.mark.django_db
def test_patience_for_locks_ends_with_the_taking(nine):
    (room,) = rooms(1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '4321ms'")
        take(wanted={room: at(nine)}, now=factories.now())
        with pytest.raises(SlotTaken):
            take(wanted={room: at(nine)}, now=factories.now())
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("4321ms",)


@pytest.mark.django_db
def test_a_refusal_leaves_the_transaction_usable_and_says_nothing_of_the_database(nine):
    (room,) = rooms(1)
    take(wanted={room: at(nine)}, now=factories.now())
    with pytest.raises(SlotTaken) as refusal:
        take(wanted={room: at(nine)}, now=factories.now())
    told = "".join(traceback.format_exception(refusal.value))
    assert refusal.value.resources == (room,)
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None
    assert "booking_one_use" not in told
    assert str(nine.year) not in told
    assert live() == [room]


@pytest.mark.django_db
def test_other_errors_of_the_database_come_without_its_words(nine):
    (room,) = rooms(1)
    with pytest.raises(IntegrityError) as error:
        take(wanted={room: (nine, nine)}, now=factories.now())  # an empty span: occupancy_lasts_some_time
    assert str(error.value) == "the database refused"
    assert error.value.__context__ is None


@pytest.mark.django_db
def test_raw_sql_cannot_overlap(nine):
    (room,) = rooms(1)
    take(wanted={room: at(nine)}, now=factories.now())
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        as_owner(
            "INSERT INTO services_occupancy (resource_id, span, live) VALUES (%s, tstzrange(%s, %s), true)",
            room,
            nine + HOUR / 2,
            nine + 3 * HOUR,
        )
    assert error.value.__cause__.diag.constraint_name == "booking_one_use_of_a_resource_at_a_time"


@pytest.mark.django_db
def test_outside_working_hours(nine):
    inside, outside, never = rooms(3)
    child = Resource.objects.create(kind="child")
    for row in (inside, outside):
        Availability.objects.create(resource_id=row, span=at(nine))
    Availability.objects.create(resource_id=inside, span=at(nine + HOUR))
    wanted = [(row, at(nine, 2)) for row in (never, inside, outside, child.pk)]
    assert outside_hours(wanted) == [outside, never]


# --- at the same time -------------------------------------------------------------------------------------------------


def test_many_race_for_one_slot_and_one_wins(own_database, nine):
    resources = rooms(3)
    answers = race(*[lambda: take(wanted=dict.fromkeys(resources, at(nine)), now=factories.now())] * 12)
    refusals = [answer for answer in answers if isinstance(answer, SlotTaken)]
    assert (len(refusals), {refusal.resources for refusal in refusals}) == (11, {tuple(resources)})
    assert live() == resources


def test_opposite_orders_do_not_deadlock(own_database, nine):
    resources = rooms(6)

    def booking(order, day):
        return lambda: take(wanted=[(r, at(nine + day * 24 * HOUR)) for r in order], now=factories.now())

    answers = race(*[booking(resources[::step], day) for day in range(4) for step in (1, -1, 1)])
    assert sum(isinstance(answer, list) for answer in answers) == 4
    assert sum(isinstance(answer, SlotTaken) for answer in answers) == 8
    assert deadlocks() == 0


def test_many_race_for_an_expired_hold(own_database, nine):
    (room,) = rooms(1)
    now = factories.now()
    with transaction.atomic():
        take(wanted={room: at(nine)}, now=now - HOUR, hold_until=now - HOUR / 2)
    answers = race(*[lambda: take(wanted={room: at(nine)}, now=now)] * 8)
    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert live() == [room]


def test_a_crash_between_two_inserts_leaves_nothing(own_database, nine):
    first, second = rooms(2)

    def crash():
        take(wanted={first: at(nine)}, now=factories.now())
        with (
            connection.cursor() as cursor,
            psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other,
        ):
            cursor.execute("SELECT pg_backend_pid()")
            other.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        take(wanted={second: at(nine)}, now=factories.now())

    (answer,) = race(crash)
    assert isinstance(answer, OperationalError)
    assert live() == []


def test_somebody_who_locks_in_another_order_costs_a_retry_at_most(own_database, nine):
    first, second = rooms(2)
    held = threading.Event()

    def careless():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [[second]])
            held.set()
            time.sleep(0.2)
            cursor.execute(LOCK, [[first]])

    def booking():
        held.wait(timeout=20)
        return take(wanted=[(first, at(nine)), (second, at(nine))], now=factories.now())

    _careless, booked = race(careless, booking)
    assert [row.resource_id for row in booked] == [first, second]


def impatient(owner, milliseconds):
    """Shorten the patience for locks, which is the database functions' own."""
    for function in ("sekali_take", "sekali_confirm"):
        owner.execute(f"ALTER FUNCTION {function} SET lock_timeout = '{milliseconds}ms'")


def test_a_lock_that_takes_too_long_is_a_polite_no(own_database, owner, nine, monkeypatch):
    (room,) = rooms(1)
    impatient(owner, 30)
    monkeypatch.setattr(occupancy, "PAUSE", 0.001)
    with transaction.atomic():
        held = take(wanted={room: at(nine + HOUR)}, now=nine - HOUR, hold_until=nine)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [[room]])
        answers = race(
            lambda: take(wanted={room: at(nine)}, now=factories.now()),
            lambda: confirm(held, now=factories.now()),
        )
    assert [type(answer) for answer in answers] == [SlotTaken, SlotTaken]
    assert [answer.resources for answer in answers] == [(room,), (room,)]


def test_a_lock_that_is_let_go_in_time_is_waited_for(own_database, owner, nine):
    (room,) = rooms(1)
    impatient(owner, 50)
    held, answers = threading.Event(), []

    def holder():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [[room]])
        held.set()
        time.sleep(0.12)  # longer than one attempt's patience

    def asker():
        held.wait(timeout=20)
        answers.extend(take(wanted={room: at(nine)}, now=factories.now()))

    assert race(holder, asker) == [None, None]
    assert [row.resource_id for row in answers] == [room]


def test_who_writes_past_the_locks_still_meets_the_constraint(own_database, nine):
    """The check sees nothing of a row that is not committed yet; the constraint waits for it and judges."""
    (room,) = rooms(1)
    written = threading.Event()

    def careless():
        as_owner("INSERT INTO services_occupancy (resource_id, span, live) VALUES (%s, %s, true)", room, at(nine))
        written.set()
        time.sleep(0.2)

    def booking():
        written.wait(timeout=20)
        take(wanted={room: at(nine)}, now=factories.now())

    _careless, answer = race(careless, booking)
    assert isinstance(answer, SlotTaken)
    assert answer.resources == (room,)
    assert answer.__context__ is None
    assert live() == [room]


def test_locks_are_let_go_with_a_refusal(own_database, nine):
    """Whoever was refused does not keep others waiting while saying so."""
    (room,) = rooms(1)
    with transaction.atomic():
        with pytest.raises(SlotTaken):
            take(wanted=[(room, at(nine)), (room, at(nine))], now=factories.now())
        assert race(lambda: take(wanted={room: at(nine)}, now=factories.now()))[0][0].resource_id == room


def test_taking_outside_a_transaction_is_a_fault(own_database, nine):
    with pytest.raises(transaction.TransactionManagementError):
        take(wanted={1: at(nine)}, now=factories.now())
