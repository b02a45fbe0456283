"""Those who move, and those who book, at the same moment; on real connections."""

import uuid
from types import SimpleNamespace

import pytest
from django.db import transaction

from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews, moves
from services.actions.occupancy import SlotTaken
from services.models import Interview, Move
from tests import factories
from tests.cast import gather, rooms
from tests.racing import deadlocks, race_as
from tests.services.conftest import give_hours, plan_for, record_preparation
from tests.services.test_moves import book, move


@pytest.fixture
def house(own_database):
    """Two cases, each with its interview, committed."""
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            ones = [_booked_case(cast, things, hour) for hour in (8, 10)]
    return SimpleNamespace(cast=cast, things=things, ones=ones)


def _booked_case(cast, things, hour):
    case = factories.open_case(cast)
    factories.add_team(case, cast)
    record_preparation(case, cast)
    need = factories.need(case, cast)
    one = SimpleNamespace(case=case, cast=cast, need=need)
    one.plan = lambda **changes: plan_for(cast, things, needs=frozenset([need.pk]), **changes)
    one.interview = book(one, starts=factories.workday(hour=hour))
    return one


def kinds(answers):
    return sorted(type(answer).__name__ for answer in answers)


def test_two_movers_race_for_one_hour_and_one_wins(house):
    answers = race_as(house.cast.social_worker, *[lambda one=one: move(one) for one in house.ones] * 3)
    won = {answer.pk for answer in answers if isinstance(answer, Interview)}
    assert len(won) == 1
    lost = [answer for answer in answers if not isinstance(answer, Interview)]
    assert {type(answer) for answer in lost} <= {SlotTaken, Objected}  # the winner's twin finds it moved already
    with transaction.atomic(), acting_as(house.cast.social_worker):
        starts = sorted(Interview.objects.values_list("span", flat=True), key=lambda span: span.lower)
        assert sum(span.lower == factories.workday(hour=13) for span in starts) == 1
    assert deadlocks() == 0


def test_the_same_form_sent_twice_at_once_moves_once(house):
    one, key = house.ones[0], uuid.uuid4()
    answers = race_as(house.cast.social_worker, *[lambda: move(one, key=key)] * 4)
    assert kinds(answers) == ["Interview"] * 4
    with transaction.atomic(), acting_as(house.cast.social_worker):
        assert Move.objects.count() == 1


def test_two_who_exchange_their_hours_do_not_deadlock(house):
    first, second = house.ones
    eight, ten = first.interview.starts, second.interview.starts
    answers = race_as(house.cast.social_worker, lambda: move(first, starts=ten), lambda: move(second, starts=eight))
    assert kinds(answers) == ["SlotTaken", "SlotTaken"]  # neither is free while the other has not gone
    assert deadlocks() == 0
    changes = [
        (first.interview, ten),
        (second.interview, eight),
    ]
    with transaction.atomic(), acting_as(house.cast.social_worker):
        both = [moves.Change(i, moves.plan_of_move(i, to, {}), uuid.uuid4()) for i, to in changes]
        moves.move_all(both, by=house.cast.social_worker, now=factories.now())
        assert list(Interview.objects.order_by("pk").values_list("span", flat=True)) == [
            factories.span(ten, 45), factories.span(eight, 45),
        ]  # fmt: skip


def test_a_mover_and_a_booker_race_for_one_hour(house):
    with transaction.atomic(), acting_as(house.cast.social_worker):
        case = factories.open_case(house.cast)
        factories.add_team(case, house.cast)
        record_preparation(case, house.cast)

    def booking():
        plan = plan_for(house.cast, house.things, starts=factories.workday(hour=13))
        return interviews.book_interview(
            case=case, plan=plan, by=house.cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )

    answers = race_as(house.cast.social_worker, booking, lambda: move(house.ones[0]), lambda: move(house.ones[1]))
    assert kinds(answers) == ["Interview", "SlotTaken", "SlotTaken"]
    assert deadlocks() == 0
