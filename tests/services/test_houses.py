"""What a house keeps for finding a time: hours of children, the way to it, and what its rooms need around a booking."""

import uuid
from datetime import datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions.interviews import book_interview
from services.actions.occupancy import SlotTaken, take
from services.actions.plans import plan_objections
from services.actions.rhythm import save_rhythm
from services.actions.slots import find_slots
from services.actions.travel import save_travel
from services.models import Occupancy, Resource, Rhythm, Travel
from services.rules.slots import CALENDAR
from tests import factories
from tests.entering import enter
from tests.services.pages import Page
from tests.services.test_free_time import everybody_works, wished

pytestmark = pytest.mark.django_db
SCHOOL = {
    "kind": "school", "name": "Sekolah dasar", "weekdays": [0, 1, 2, 3, 4], "starts": "07:00", "ends": "12:00",
    "from_years": "6", "to_years": "12", "first_day": "", "last_day": "",
}  # fmt: skip
WAYS = {"same_district": "0", "neighbouring": "30", "same_province": "60", "farther": "120"}


def at(name, *args):
    return reverse(f"services:{name}", args=args)


@pytest.fixture
def keeper(client, cast):
    enter(client, cast.keeper)
    return client


def school(cast, **changes):
    facts = {"kind": "school", "name": "Sekolah dasar", "weekdays": list(range(7)), "starts": time(7), "ends": time(12)}
    return Rhythm(agency=cast.house, **{**facts, **changes})


def kept(cast, **changes):
    with acting_as(cast.keeper):
        return save_rhythm(rhythm=school(cast, **changes), by=cast.keeper, now=factories.now())


def way(cast, **changes):
    with acting_as(cast.keeper):
        return save_travel(travel=Travel(agency=cast.house, **changes), by=cast.keeper, now=factories.now())


# --- the pages ----------------------------------------------------------------------------------------------------------


def test_a_keeper_writes_hours_down_and_takes_them_back(keeper, cast):
    address = at("rhythm_list", cast.house.pk)
    assert keeper.post(address, SCHOOL)["Location"] == address
    rhythm = Rhythm.objects.get(agency=cast.house)
    assert (rhythm.weekdays, rhythm.starts, rhythm.to_years, rhythm.by) == ([0, 1, 2, 3, 4], time(7), 12, cast.keeper)
    assert "Sekolah dasar" in Page(keeper.get(address)).main
    assert keeper.post(at("rhythm_remove", cast.house.pk, rhythm.pk))["Location"] == address
    assert not Rhythm.objects.exists()
    with acting_as(cast.keeper):
        verbs = AuditEvent.objects.filter(verb__startswith="rhythm.").order_by("at").values_list("verb", flat=True)
        assert list(verbs) == ["rhythm.saved", "rhythm.removed"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("ends", {"ends": "07:00"}),
        ("ends", {"ends": "x"}),
        ("last_day", {"first_day": "2026-12-02", "last_day": "2026-12-01"}),
        ("to_years", {"from_years": "13"}),
        ("to_years", {"to_years": "18"}),
        ("weekdays", {"weekdays": []}),
        ("weekdays", {"weekdays": ["9"]}),
        ("name", {"name": "x" * 61}),
    ],
)
def test_bad_hours_are_said_beside_the_field_and_kept(keeper, cast, field, changes):
    answer = keeper.post(at("rhythm_list", cast.house.pk), SCHOOL | changes)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["name"].value() == (SCHOOL | changes)["name"]
    assert not Rhythm.objects.exists()


def test_a_keeper_says_how_far_people_come(keeper, cast):
    typed = WAYS | {"neighbours": "Kab  Satu\r\n\r\nKab Dua\nKab Satu"}
    assert keeper.post(at("travel_edit", cast.house.pk), typed)["Location"] == at("resource_list")
    travel = Travel.objects.get(agency=cast.house)
    assert (travel.neighbours, travel.same_province) == (["Kab Satu", "Kab Dua"], 60)
    assert Page(keeper.get(at("travel_edit", cast.house.pk))).typed()["neighbours"] == "Kab Satu\nKab Dua"
    keeper.post(at("travel_edit", cast.house.pk), typed | {"farther": "180"})
    assert Travel.objects.get(agency=cast.house).farther == 180


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("farther", {"farther": "30"}),
        ("same_district", {"same_district": "7"}),
        ("neighbours", {"neighbours": "x" * 101}),
        ("neighbours", {"neighbours": "x" * 2001}),
    ],
)
def test_a_bad_way_is_said_beside_the_field(keeper, cast, field, changes):
    answer = keeper.post(at("travel_edit", cast.house.pk), WAYS | changes)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert not Travel.objects.exists()


def test_the_pages_cost_the_same_with_few_rows_and_many(keeper, cast):
    kept(cast)
    address = at("rhythm_list", cast.house.pk)
    few = queries(keeper, address)
    for number in range(3):
        kept(cast, name=f"Ujian {number}")
    assert queries(keeper, address) == few


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_keeper_notes_equipment_and_cleaning_of_a_room(keeper, things):
    room = things["room"]
    address = at("resource_edit", room.pk)
    typed = Page(keeper.get(address)).typed() | {
        "features": ["step_free"],
        "before_minutes": "15",
        "after_minutes": "30",
    }
    assert keeper.post(address, typed).status_code == 302
    room.refresh_from_db()
    assert (room.features, room.before_minutes, room.after_minutes) == (["step_free"], 15, 30)
    answer = keeper.post(address, typed | {"after_minutes": "121"})
    assert list(answer.context["form"].errors) == ["after_minutes"]


# --- the database is the last judge ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("rhythm_ends_after_it_starts", "ends = starts"),
        ("rhythm_last_day_is_not_before_the_first", "first_day = '2026-12-02', last_day = '2026-12-01'"),
        ("rhythm_is_of_children", "to_years = 18"),
        ("rhythm_is_of_children", "from_years = 12, to_years = 11"),
        ("rhythm_is_on_some_day", "weekdays = '{}'"),
    ],
)
def test_hours_that_make_no_sense_are_refused(cast, constraint, change):
    kept(cast)
    refused(f"UPDATE services_rhythm SET {change}", constraint)


def test_a_nearer_way_that_takes_longer_is_refused(cast):
    way(cast, neighbouring=30, same_province=60, farther=60)
    refused("UPDATE services_travel SET same_district = 45", "travel_farther_takes_longer")
    refused("UPDATE services_travel SET farther = 255", "travel_farther_takes_longer")


def test_a_buffer_that_is_no_buffer_is_refused(things):
    refused("UPDATE services_resource SET after_minutes = 121", "resource_buffers_are_short")


def refused(statement, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_actions_say_it_in_words(cast):
    with pytest.raises(Objected) as refusal:
        kept(cast, ends=time(7))
    assert [o.key for o in refusal.value.objections] == ["rhythm_ends_before_it_starts"]
    with pytest.raises(Objected) as refusal:
        way(cast, same_district=30)
    assert [o.key for o in refusal.value.objections] == ["travel_nearer_takes_longer"]


# --- what the search makes of it ------------------------------------------------------------------------------------------


def hours(found):
    return {slot.start.hour for slot in found.slots}


def test_hours_that_are_avoided_are_not_offered(cast, things, case):
    everybody_works(cast, things)
    kept(cast, avoid=True)
    kept(cast, name="Ujian lama", starts=time(12), ends=time(17), avoid=True,
         first_day=factories.timezone.localdate() - timedelta(days=9),
         last_day=factories.timezone.localdate() - timedelta(days=2))  # fmt: skip
    day = factories.workday().date()
    wish = wished(case, on=day, within=[CALENDAR])
    assert [hours.name for hours in wish.calendar] == ["Sekolah dasar"]
    assert min(hours(find_slots(wish=wish, now=factories.now()))) == 12
    wider = wished(case, on=day, within=[CALENDAR], also=["busy_hour"])
    assert min(hours(find_slots(wish=wider, now=factories.now()))) == 8


def test_another_houses_hours_count_for_its_own_children_only(cast, things, case):
    other = cast.other_worker.memberships.get().agency
    factories.rhythm(other, cast.keeper, kind="nap", avoid=True)
    assert wished(case).calendar == ()


def test_only_step_free_rooms_for_a_wheelchair(cast, things, case):
    other = factories.room(things["room"].venue, "Landai", child_friendly=True)
    Resource.objects.filter(pk=other.pk).update(features=["step_free"])
    case.access_needs = ["wheelchair", "hearing"]
    wish = wished(case)
    (room,) = (seat for seat in wish.seats if seat.key == "room")
    assert ([c.name for c in room.candidates], room.asks) == (["Landai"], ("wheelchair",))
    assert wish.wants == {"hearing_loop"}


# --- what is booked -------------------------------------------------------------------------------------------------------


def book(ready, **changes):
    return book_interview(
        case=ready.case, plan=ready.plan(**changes), by=ready.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )


def spans(interview):
    """Resource id to how many minutes before and after the interview it is taken."""
    return {
        booking.occupancy.resource_id: (
            int((interview.starts - booking.occupancy.span.lower).total_seconds() // 60),
            int((booking.occupancy.span.upper - interview.ends).total_seconds() // 60),
        )
        for booking in interview.bookings.select_related("occupancy")
    }


def test_preparing_and_cleaning_are_booked_and_not_shown(ready):
    room = ready.things["room"]
    Resource.objects.filter(pk=room.pk).update(before_minutes=15, after_minutes=30)
    interview = book(ready)
    interview.refresh_from_db()
    assert (interview.starts, interview.ends - interview.starts) == (factories.workday(), timedelta(minutes=45))
    taken = spans(interview)
    assert (taken[room.pk], taken[ready.case.child_resource_id]) == ((15, 30), (0, 0))
    assert {span for pk, span in taken.items() if pk != room.pk} == {(0, 0)}


@pytest.mark.parametrize(("minutes", "fits"), [(60, False), (75, True)])
def test_two_bookings_respect_the_cleaning_between_them(ready, minutes, fits):
    room = ready.things["room"]
    Resource.objects.filter(pk=room.pk).update(after_minutes=30)
    book(ready)
    start = factories.workday() + timedelta(minutes=minutes)
    wanted = {room.pk: (start, start + timedelta(minutes=45))}
    if fits:
        assert take(wanted=wanted, now=factories.now())
    else:
        with pytest.raises(SlotTaken) as refusal:
            take(wanted=wanted, now=factories.now())
        assert refusal.value.resources == (room.pk,)


def test_who_comes_from_farther_is_booked_for_the_way_and_who_attends_by_video_is_not(ready):
    cast = ready.cast
    cast.police.district = cast.prosecution.district = "Kab Sebelah"
    cast.police.save()
    cast.prosecution.save()
    way(cast, neighbours=["Kab Sebelah"], neighbouring=30, same_province=60, farther=60)
    taken = spans(book(ready))
    assert (taken[cast.investigator.resource.pk], taken[cast.prosecutor.resource.pk]) == ((30, 30), (0, 0))
    assert taken[cast.interviewer.resource.pk] == (0, 0)


def test_the_search_offers_what_can_be_booked_and_nothing_beside_it(ready):
    """The same minutes on both sides: the first start that is offered on a morning can be taken, the one before not."""
    cast, room = ready.cast, ready.things["room"]
    Resource.objects.filter(pk=room.pk).update(before_minutes=15)
    cast.police.district = "Kab Sebelah"
    cast.police.save()
    way(cast, neighbouring=30, same_province=45, farther=60)
    day = factories.workday().date()
    found = find_slots(wish=wished(ready.case, minutes=45, on=day), now=factories.now())
    first = next(start for start in found.starts() if start.date() == day)  # today's depend on the hour of the test
    assert f"{first:%H.%M}" == "08.45"

    def outside(start):
        objections = plan_objections(
            case=ready.case, plan=ready.plan(starts=start, ends=start + timedelta(minutes=45)), now=factories.now()
        )
        return [o.values["name"] for o in objections if o.key == "outside_working_hours"]

    assert outside(first) == []
    assert outside(first - timedelta(minutes=15)) == ["Bima"]


def test_booking_warns_of_hours_of_children_and_refuses_a_room_with_steps(ready):
    kept(ready.cast, to_years=17)
    ready.case.access_needs = ["wheelchair"]
    keys = {o.key: o.warning for o in plan_objections(case=ready.case, plan=ready.plan(), now=factories.now())}
    assert (keys["childs_hours_disturbed"], keys["room_not_step_free"]) == (True, False)
    Resource.objects.filter(pk=ready.things["room"].pk).update(features=["step_free"])
    after = datetime.combine(factories.workday().date(), time(13), factories.JAKARTA)
    plan = ready.plan(starts=after, ends=after + timedelta(minutes=45))
    keys = {o.key for o in plan_objections(case=ready.case, plan=plan, now=factories.now())}
    assert not keys & {"childs_hours_disturbed", "room_not_step_free"}


def test_nothing_is_left_taken_of_a_booking_that_is_refused(ready):
    Resource.objects.filter(pk=ready.things["room"].pk).update(before_minutes=120)
    with pytest.raises(Objected):
        book(ready)
    assert not Occupancy.objects.exists()
