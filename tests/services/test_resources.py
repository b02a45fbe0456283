"""Rooms, people and hours: for their keeper, for oneself, and absent for everybody else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cms.refusals import Objected
from services.actions.resources import save_resource
from services.models import Availability, Leave, Qualification, Resource, Venue
from tests import factories
from tests.entering import enter

NO_TIME = {"before_minutes": 0, "after_minutes": 0}
WEEK = {f"day_{day}": "08.00-12.00, 13.00-16.00" if day < 5 else "" for day in range(7)}


@pytest.fixture
def keeper(client, cast):
    enter(client, cast.keeper)
    return client


def url(name, *args):
    return reverse(f"services:{name}", args=args)


def test_a_keeper_sees_the_agencys_things_and_no_child(keeper, cast, things):
    Resource.objects.create(kind="child")
    page = keeper.get(url("resource_list"))
    shown = {resource.pk for resource in page.context["resources"]}
    assert shown == set(Resource.objects.filter(agency=cast.house).values_list("pk", flat=True))


def test_the_number_of_queries_does_not_grow(keeper, cast, things, django_assert_max_num_queries):
    keeper.get(url("resource_list"))
    with django_assert_max_num_queries(40) as few:
        keeper.get(url("resource_list"))
    for number in range(3):
        factories.room(things["room"].venue, f"Ruang {number}")
    with django_assert_max_num_queries(len(few)):
        keeper.get(url("resource_list"))


def test_somebody_who_can_be_booked_keeps_their_own_hours_only(client, cast, things):
    enter(client, cast.interviewer)
    assert [r.user for r in client.get(url("resource_list")).context["resources"]] == [cast.interviewer]
    assert client.post(url("resource_hours", cast.interviewer.resource.pk), WEEK).status_code == 302
    assert client.get(url("resource_hours", things["room"].pk)).status_code == 404
    assert client.get(url("resource_edit", cast.interviewer.resource.pk)).status_code == 404
    assert client.get(url("resource_qualifications", cast.interviewer.resource.pk)).status_code == 403


@pytest.mark.parametrize("name", ["resource_edit", "resource_hours", "resource_leave", "resource_qualifications"])
def test_what_one_does_not_keep_looks_absent(client, cast, things, name):
    for person in (cast.other_worker, cast.outsider):
        enter(client, person)
        assert client.get(url(name, things["room"].pk)).status_code == 404
        assert client.get(url(name, 999_999)).status_code == 404


def test_strangers_keep_nothing(client, cast):
    enter(client, cast.outsider)
    assert client.get(url("resource_list")).status_code == 403
    assert client.get(url("resource_create", "room")).status_code == 404
    client.logout()
    assert client.get(url("resource_list")).status_code == 302


def test_a_keeper_adds_a_venue_a_room_and_its_hours(keeper, cast):
    facts = {"code_name": "Rumah Senja", "agency": cast.house.pk, "province": "ID-PA"}
    assert keeper.post(url("venue_create"), facts).status_code == 302
    venue = Venue.objects.get(code_name="Rumah Senja")
    answer = keeper.post(
        url("resource_create", "room"), {"name": "Kenanga", "venue": venue.pk, "child_friendly": "on", **NO_TIME}
    )
    room = Resource.objects.get(name="Kenanga")
    assert answer.url == url("resource_hours", room.pk)
    assert (room.agency, room.zone, room.child_friendly) == (cast.house, "Asia/Jayapura", True)
    assert keeper.post(url("resource_hours", room.pk), WEEK).status_code == 302
    first = Availability.objects.filter(resource=room).order_by("span").first()
    assert timezone.localtime(first.span.lower, venue.zone).hour in {8, 13}


def test_a_venue_of_another_agency_cannot_be_chosen(keeper, cast):
    foreign = factories.venue(cast.police)
    answer = keeper.post(url("resource_create", "room"), {"name": "Kenanga", "venue": foreign.pk})
    assert answer.status_code == 200
    assert "venue" in answer.context["form"].errors
    assert answer.context["form"]["name"].value() == "Kenanga"


def test_a_code_name_is_used_once(keeper, cast):
    factories.venue(cast.house, "Rumah Senja")
    facts = {"code_name": "rumah senja", "agency": cast.house.pk, "province": "ID-JB"}
    answer = keeper.post(url("venue_create"), facts)
    assert answer.status_code == 200
    assert answer.context["form"].errors["code_name"]


def test_an_account_is_one_person(keeper, cast):
    facts = {"name": "Kembaran", "user": cast.interviewer.pk, "agency": cast.house.pk, "zone": "Asia/Jakarta"}
    answer = keeper.post(url("resource_create", "person"), facts)
    assert answer.status_code == 200
    assert "user" in answer.context["form"].errors


@pytest.mark.parametrize(
    "typed", ["12.00-08.00", "pagi", "8-25", "08.00-08.05", "08.00-12.00, 11.00-13.00", "x" * 500, "08.00-12.00;;-"]
)
def test_bad_hours_are_said_beside_the_day_and_kept(keeper, things, typed):
    answer = keeper.post(url("resource_hours", things["room"].pk), {**WEEK, "day_2": typed})
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"day_2"}
    assert answer.context["form"]["day_2"].value() == typed
    assert not Availability.objects.filter(resource=things["room"]).exists()


@pytest.mark.parametrize("typed", ["8-12", "08:00 - 12:00", "08.00–12.00", "8.00-12,13-16"])
def test_hours_may_be_typed_in_several_ways(keeper, things, typed):
    assert keeper.post(url("resource_hours", things["room"].pk), {"day_0": typed}).status_code == 302
    assert Availability.objects.filter(resource=things["room"]).exists()


def test_leave_takes_the_hours_away_and_gives_them_back(keeper, things):
    room = things["room"]
    keeper.post(url("resource_hours", room.pk), {f"day_{day}": "08.00-16.00" for day in range(7)})
    before = Availability.objects.filter(resource=room).count()
    today = timezone.localdate()
    facts = {
        "starts_on": today + timedelta(days=1),
        "starts_at": "00:00",
        "ends_on": today + timedelta(days=30),
        "ends": "23:59",
    }
    assert keeper.post(url("resource_leave", room.pk), facts).status_code == 302
    assert Availability.objects.filter(resource=room).count() < before
    leave = Leave.objects.get(resource=room)
    assert keeper.post(url("leave_remove", room.pk, leave.pk)).status_code == 302
    assert Availability.objects.filter(resource=room).count() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [({"ends_on": "2020-01-01"}, "ends"), ({"starts_on": "2026-02-31"}, "starts_on"), ({"ends": "25:00"}, "ends")],
)
def test_impossible_leave_is_said_and_kept(keeper, things, change, field):
    today = timezone.localdate()
    facts = {"starts_on": str(today), "starts_at": "08:00", "ends_on": str(today), "ends": "16:00", **change}
    answer = keeper.post(url("resource_leave", things["room"].pk), facts)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert all(answer.context["form"][name].value() == value for name, value in facts.items())
    assert not Leave.objects.exists()


def test_training_is_written_by_a_keeper_and_renewed(keeper, cast):
    person = cast.interviewer.resource
    facts = {"kind": "forensic", "access_need": "", "expires_on": "2030-01-01"}
    assert keeper.post(url("resource_qualifications", person.pk), facts).status_code == 302
    held = Qualification.objects.get(resource=person, kind="forensic")
    assert held.expires_on.year == 2030
    assert keeper.post(url("qualification_remove", person.pk, held.pk)).status_code == 302
    assert not Qualification.objects.filter(resource=person).exists()


def test_nobody_says_of_themselves_what_they_are_trained_for(keeper, cast):
    own = factories.person_resource(cast.keeper, cast.house)
    facts = {"kind": "forensic", "access_need": "", "expires_on": "2030-01-01"}
    assert keeper.post(url("resource_qualifications", own.pk), facts).status_code == 403
    held = factories.qualify(own, "forensic")
    assert keeper.post(url("qualification_remove", own.pk, held.pk)).status_code == 403


def test_a_training_for_a_disability_names_it_only_there(keeper, cast):
    facts = {"kind": "companion", "access_need": "deaf", "expires_on": "2030-01-01"}
    answer = keeper.post(url("resource_qualifications", cast.interviewer.resource.pk), facts)
    assert "access_need" in answer.context["form"].errors


def test_a_keeper_sees_no_case(keeper, case):
    assert keeper.get(url("case_list")).status_code == 403
    assert keeper.get(case.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", ["before_minutes", "after_minutes"])
def test_more_than_two_hours_around_a_booking_are_refused(keeper, cast, things, name):
    room = things["room"]
    setattr(room, name, 121)
    with pytest.raises(Objected) as refusal:
        save_resource(resource=room, by=cast.keeper, now=timezone.now())
    assert [(one.key, one.field) for one in refusal.value.objections] == [("buffer_too_long", name)]
