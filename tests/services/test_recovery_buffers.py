"""Preparing, cleaning and the way around sessions: booked on every path, given back with them, and never shown."""

import uuid
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import recovery
from services.actions.occupancy import SlotTaken, take
from services.actions.series import other_times, series_for, series_wish
from services.models import Availability, Occupancy, RecoverySession, Resource
from services.models.house import times_between
from services.rules import starts
from tests import factories
from tests.cast import gather
from tests.racing import race
from tests.services import recovering
from tests.services.recovering import facts, keys_of
from tests.services.test_houses import way

ROOM, HANA, CHILD = (10, 20), (15, 20), (0, 0)  # minutes before and after


def surround(cast, hana, room):
    """The room is prepared and cleaned; the therapist comes from the same district and rests a little afterwards."""
    Resource.objects.filter(pk=room.pk).update(before_minutes=10, after_minutes=20)
    Resource.objects.filter(pk=hana.resource.pk).update(after_minutes=5)
    way(cast, same_district=15, neighbouring=30, same_province=45, farther=60)


@pytest.fixture
def around(cast, hana, room):
    surround(cast, hana, room)


@pytest.fixture
def plan(case, cast, hana, room, around):
    return recovering.book(case, cast.social_worker, recovering.weekly(hana, room))


def kept(session):
    """Resource id to the minutes before and after a session for which it is taken now; nothing of what was let go."""
    live = Occupancy.objects.filter(pk__in=session.bookings.values("occupancy_id"), live=True)
    return {
        one.resource_id: (minutes(session.starts - one.span.lower), minutes(one.span.upper - session.span.upper))
        for one in live
    }


def minutes(length):
    return int(length.total_seconds()) // 60


def times(case, session):
    return other_times(session=session, minutes=60, zone=case.zone, child=case.child_resource_id, now=factories.now())


def ahead(plan):
    return tuple(session.pk for session in plan.sessions.ahead(factories.now()))


# --- every path that takes or moves -----------------------------------------------------------------------------------


def moved_one(case, cast, plan, _hana, _room):
    session = plan.sessions.first()
    recovery.move_session(session=session, starts=times(case, session)[0], **facts(cast, case))


def moved_the_rest(case, cast, plan, hana, room):
    series = recovering.weekly(hana, room, hour=13, replaces=ahead(plan))
    recovery.book_rest(plan=plan, series=series, **facts(cast, case))


def gone_on(case, cast, plan, hana, room):
    recovery.pause_plan(plan=plan, **facts(cast, case))
    assert not Occupancy.objects.filter(live=True).exists()
    recovery.book_rest(plan=plan, series=recovering.weekly(hana, room, first=14), **facts(cast, case))


@pytest.mark.parametrize("path", [lambda *_facts: None, moved_one, moved_the_rest, gone_on])
def test_what_is_around_a_session_is_booked_with_it_and_not_shown(case, cast, plan, hana, room, path):
    path(case, cast, plan, hana, room)
    expected = {room.pk: ROOM, hana.resource.pk: HANA, case.child_resource_id: CHILD}
    sessions = list(plan.sessions.ahead(factories.now()))
    assert [kept(session) for session in sessions] == [expected] * 4
    assert {session.span.upper - session.starts for session in sessions} == {timedelta(hours=1)}
    gone = RecoverySession.objects.exclude(pk__in=[session.pk for session in sessions])
    assert [kept(session) for session in gone] == [{}] * gone.count()
    assert Occupancy.objects.filter(live=True).count() == 3 * 4


def test_a_handover_books_the_way_of_whoever_comes_now(case, cast, plan, hana, room):
    neighbour = factories.agency("Rumah Sebelah")
    neighbour.district = "Kab Sebelah"
    neighbour.save()
    other = recovering.therapist(cast, "Intan")
    Resource.objects.filter(pk=other.resource.pk).update(agency=neighbour)
    series = recovering.weekly(other, room, replaces=ahead(plan), reason="child_wishes")
    recovery.book_rest(plan=plan, series=series, **facts(cast, case))
    expected = {room.pk: ROOM, other.resource.pk: (45, 45), case.child_resource_id: CHILD}
    assert [kept(session) for session in plan.sessions.ahead(factories.now())] == [expected] * 4
    assert not Occupancy.objects.filter(resource=hana.resource, live=True).exists()


@pytest.mark.parametrize("step", ["leave_out", "pause", "cancel"])
def test_what_is_left_out_gives_back_all_of_its_time(case, cast, plan, room, step):
    if step == "leave_out":
        for session in plan.sessions.ahead(factories.now()):
            recovery.leave_out(session=session, **facts(cast, case))
    else:
        {"pause": recovery.pause_plan, "cancel": recovery.cancel_plan}[step](plan=plan, **facts(cast, case))
    assert not Occupancy.objects.filter(live=True).exists()


def test_minutes_that_are_written_down_later_leave_what_is_booked_as_it_is(case, cast, plan, room):
    Resource.objects.filter(pk=room.pk).update(after_minutes=90)
    first, second = plan.sessions.order_by("span")[:2]
    recovery.move_session(session=second, starts=second.starts + timedelta(hours=2), **facts(cast, case))
    moved = plan.sessions.ahead(factories.now()).get(number=second.number)
    assert [kept(session)[room.pk] for session in (first, moved)] == [ROOM, (10, 90)]


def test_the_day_of_the_house_shows_the_room_as_taken_for_all_of_it(plan, room):
    session = plan.sessions.order_by("span").first()
    midnight = session.starts.astimezone(factories.JAKARTA).replace(hour=0, minute=0)
    drawn = times_between([room.pk], midnight, midnight + timedelta(days=1), factories.now())[room.pk]
    assert drawn.taken == [(session.starts - timedelta(minutes=10), session.span.upper + timedelta(minutes=20))]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("later", "fits"), [(60, False), (79, False), (80, True)])
def test_nothing_else_is_booked_while_the_room_is_cleaned(case, cast, plan, room, later, fits):
    start = plan.sessions.order_by("span").first().starts + timedelta(minutes=later)
    wanted = {room.pk: (start, start + timedelta(minutes=45))}
    if fits:
        assert take(wanted=wanted, now=factories.now())
    else:
        with pytest.raises(SlotTaken) as refusal:
            take(wanted=wanted, now=factories.now())
        assert refusal.value.resources == (room.pk,)


@pytest.mark.parametrize(("minute", "fits"), [(0, False), (15, True)])
def test_the_way_lies_within_the_working_hours(case, cast, hana, room, around, minute, fits):
    """Everybody works from eight o'clock; the therapist needs a quarter of an hour to come."""
    first = factories.workday(3, 8, minute)
    series = recovering.SeriesPlan(hana.resource.pk, room.pk, 60, 1, (first, first + timedelta(weeks=1)))
    if fits:
        assert recovering.book(case, cast.social_worker, series).sessions.count() == 2
    else:
        with pytest.raises(Objected) as refusal:
            recovering.book(case, cast.social_worker, series)
        assert keys_of(refusal) == ["recovery_outside_working_hours"]
        assert not Occupancy.objects.exists()


# --- what is offered can be taken, and nothing beside it --------------------------------------------------------------


def judged(case, cast, session, start):
    """Whether the action takes it; undone."""
    mark = transaction.savepoint()
    try:
        recovery.move_session(session=session, starts=start, **facts(cast, case))
    except (Objected, SlotTaken):
        return False
    finally:
        transaction.savepoint_rollback(mark)
    return True


@pytest.mark.parametrize("busy", [(), ((8, 0, 50), (12, 5, 40)), ((9, 50, 15), (14, 10, 5), (16, 0, 60))])
def test_of_every_day_the_times_that_the_action_takes_are_offered(case, cast, plan, hana, room, busy):
    """A session is asked to every quarter of an hour of one day; the offer is the two of those nearest to its hour."""
    session = plan.sessions.order_by("span").first()
    today = timezone.localdate(timezone=factories.JAKARTA)
    day = factories.workday((session.starts.astimezone(case.zone).date() - today).days + 1, 0)  # the next but this
    for hour, minute, length in busy:
        for resource in (room.pk, hana.resource.pk):
            start = day.replace(hour=hour, minute=minute)
            take(wanted={resource: (start, start + timedelta(minutes=length))}, now=factories.now())
    taken = [
        start
        for start in (day + timedelta(minutes=starts.STEP * n) for n in range(7 * 4, 17 * 4 + 1))
        if judged(case, cast, session, start)
    ]
    hour = session.starts.astimezone(case.zone).replace(year=day.year, month=day.month, day=day.day)
    nearest = sorted(sorted(taken, key=lambda start: abs(start - hour))[:2])
    assert nearest
    assert [start for start in times(case, session) if start.astimezone(case.zone).date() == day.date()] == nearest
    assert all(judged(case, cast, session, start) for start in times(case, session))


def test_every_series_that_is_offered_can_be_booked_whole_with_its_proposals(case, cast, room):
    """Two hours a week just fit; in the second week the room is taken up to the first of them and from its end on."""
    hana = recovering.therapist(cast, works=False)
    surround(cast, hana, room)
    first = factories.workday(3, 9)
    for start in (first, first + timedelta(days=1, hours=5)):
        Availability.objects.bulk_create(
            Availability(resource=hana.resource, span=(start + timedelta(weeks=n, minutes=-15), start + timedelta(weeks=n, minutes=80)))
            for n in range(8)
        )  # fmt: skip
    second = first + timedelta(weeks=1)
    for hour in (-1, 1):
        start = second + timedelta(hours=hour)
        take(wanted={room.pk: (start, start + timedelta(hours=1))}, now=factories.now())
    asked = {"cases": [case], "minutes": 60, "sessions": 4, "every_weeks": 1, "now": factories.now()}
    found = series_for(replace(series_wish(**asked), closed={}), factories.now())
    assert [(one.first, one.clashes) for one in found] == [
        (first + timedelta(days=1, hours=5), 0), (second + timedelta(days=1, hours=5), 0), (first, 1)
    ]  # fmt: skip
    clash = found[2].weeks[1]
    assert (clash.cause, [option.start for option in clash.options]) == (
        "room_around", [second + timedelta(days=1, hours=5), second + timedelta(days=8, hours=5)]
    )  # fmt: skip
    assert {(one.around.before, one.around.after) for one in found} == {(15, 20)}
    for one in found:
        chosen = tuple(sorted(week.options[0].start if week.cause else week.start for week in one.weeks))
        mark = transaction.savepoint()
        made = recovering.book(
            case, cast.social_worker, recovering.SeriesPlan(hana.resource.pk, room.pk, 60, 1, chosen)
        )
        assert [session.starts for session in made.sessions.order_by("span")] == list(chosen)
        transaction.savepoint_rollback(mark)


def test_siblings_in_a_row_are_booked_with_the_cleaning_between_them(case, cast, hana, room, around):
    """Each keeps its own time: when one is left out, nobody is left without the way."""
    other = factories.open_case(cast)
    best = recovering.offers(case, cases=[case, other], sessions=3)[0]
    assert [place.offset for place in best.places] == [
        0,
        105,
    ]  # 60 minutes, 20 to rest and go, 15 to come; whole quarters
    plans = {
        one: recovering.SeriesPlan(hana.resource.pk, room.pk, 60, 1, tuple(week.start + timedelta(minutes=place.offset) for week in best.weeks))
        for one, place in zip((case, other), best.places, strict=True)
    }  # fmt: skip
    review_on = factories.workday(60).date()
    recovery.book_series(plans=plans, review_on=review_on, key=uuid.uuid4(), **facts(cast, case))
    first, second = (RecoverySession.objects.filter(case=one).order_by("span") for one in (case, other))
    recovery.leave_out(session=first[0], **facts(cast, case))
    assert [kept(session)[hana.resource.pk] for session in second] == [HANA] * 3
    tight = {one: recovering.weekly(hana, room, hour=9 + n, first=40) for n, one in enumerate((case, other))}
    for made in (first[1].plan, second[0].plan):
        recovery.cancel_plan(plan=made, case=made.case, by=cast.social_worker, now=factories.now())
    with pytest.raises(SlotTaken):
        recovery.book_series(plans=tight, review_on=review_on, key=uuid.uuid4(), **facts(cast, case))
    assert not Occupancy.objects.filter(live=True).exists()


def test_a_free_fortnight_is_searched_with_as_many_queries_for_one_house_as_for_three(case, cast, hana, room, around):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            series_wish(cases=[case], minutes=60, sessions=2, every_weeks=1, now=factories.now())
        return len(seen)

    one = queries()
    for name in ("Kedua", "Ketiga"):
        factories.room(factories.venue(cast.house, name), f"Ruang {name}", child_friendly=True)
        recovering.therapist(cast, name, works=False)
    assert queries() == one


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.fixture
def two(own_database):
    """Two cases and two therapists for one room that is cleaned; committed."""
    with transaction.atomic():
        cast = gather()
        room = recovering.therapy_rooms(cast)[0]
        people = [recovering.therapist(cast, name) for name in ("Hana", "Intan")]
        surround(cast, people[0], room)
        with acting_as(cast.social_worker):
            ones = [factories.open_case(cast) for _person in people]
    return SimpleNamespace(cast=cast, room=room, people=people, cases=ones)


@pytest.mark.parametrize(("hours", "winners"), [((9, 10), 1), ((9, 11), 2)])
def test_two_who_book_side_by_side_leave_the_time_between_to_the_room(two, hours, winners):
    """An hour apart, the sessions themselves would not meet; only what is around them does."""

    def booking(case, person, hour):
        def does():
            with acting_as(two.cast.social_worker):
                return recovering.book(case, two.cast.social_worker, recovering.weekly(person, two.room, hour=hour))

        return does

    answers = race(*(booking(*three) for three in zip(two.cases, two.people, hours, strict=True)))
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(one) for one in lost] == [SlotTaken] * (2 - winners)
    with transaction.atomic(), acting_as(two.cast.social_worker):
        assert Occupancy.objects.filter(live=True, resource=two.room).count() == 4 * winners
