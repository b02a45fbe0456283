"""The pages of planning anew for several at once: the form in its two steps, and what the plan says of each interview."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from services.actions.hours import add_leave
from services.models import Replanning
from services.rules.replanning_wish import Marked
from tests import factories
from tests.services import replanning_house
from tests.services.pages import Page
from tests.services.replanning_house import as_person, plan, proposals, think
from tests.services.test_views_replannings import at, client_of, codes_in, moves, seen_by


@pytest.fixture
def house(own_database):
    return replanning_house.build()


@pytest.fixture
def coordinated(house):
    """The coordinator is on two of the manager's three cases."""
    replanning_house.coordinate(house, house.ones[:2])
    return house


def asked_for(person):
    """({resource name: its first day}, {interview: kind}) of the newest plan that `person` sees."""
    with as_person(person):
        newest = Replanning.objects.first()
        absences = newest.absences.select_related("resource")
        days = {one.resource.name: one.span.lower.astimezone(factories.JAKARTA).date() for one in absences}
        return days, dict(newest.marks.values_list("interview", "kind"))


def test_a_whole_house_is_closed_with_a_day_of_its_own_for_somebody(house):
    client, address = client_of(house.coordinator), at("replanning_create")
    day, venue = factories.workday().date(), house.things["room"].venue
    sent = {"people": [house.second.pk], "venues": [venue.pk], "starts_on": day.isoformat(), "ends_on": day.isoformat()}
    more = Page(client.post(address, sent | {"more": "1"}))
    assert more.errors() == []
    shown = more.typed()
    assert shown["people"] == str(house.second.pk)
    assert {f"from_{house.things[one].pk}" for one in ("room", "plain", "observation")} <= shown.keys()
    assert f"from_{house.things['kit'].pk}" not in shown
    with as_person(house.coordinator):
        assert not Replanning.objects.exists()
    later = day + timedelta(days=1)
    own = {f"from_{house.second.pk}": later.isoformat(), f"until_{house.second.pk}": later.isoformat()}
    assert client.post(address, shown | own).status_code == 302
    rooms = {house.things[one].name: day for one in ("room", "plain", "observation")}
    assert asked_for(house.coordinator) == ({**rooms, house.second.name: later}, {})


def test_an_interview_is_named_and_another_left_alone(coordinated):
    house = coordinated
    client, address = client_of(house.coordinator), at("replanning_create")
    page = Page(client.post(address, {"more": "1"}))
    assert codes_in(page, house) == {one.code for one in house.ones[:2]}
    first, second = (one.interview.pk for one in house.ones[:2])
    response = client.post(address, {"detailed": "1", "move": [first], "freeze": [second]})
    assert response.status_code == 302
    assert asked_for(house.coordinator) == ({}, {first: "move", second: "freeze"})
    think()
    page = Page(client.get(response["Location"]))
    assert "disebut: harus pindah" in page.main
    assert "Wawancara yang disebut mendapat waktu lain." in page.main
    assert "Wawancara yang disebut" in Page(client.get(at("replanning_list"))).main


def test_a_named_one_leaves_the_days_that_were_given(coordinated):
    house, day = coordinated, factories.workday().date()
    sent = {
        "detailed": "1",
        "move": [house.ones[0].interview.pk],
        "off_from": day,
        "off_until": day + timedelta(days=9),
    }
    assert client_of(house.coordinator).post(at("replanning_create"), sent).status_code == 302
    with as_person(house.coordinator):
        off = Replanning.objects.get().marks.get().off
    local = [moment.astimezone(factories.JAKARTA).date() for moment in (off.lower, off.upper)]
    assert local == [day, day + timedelta(days=9)]


@pytest.mark.parametrize("field", ["move", "freeze"])
def test_an_interview_of_another_case_answers_as_one_that_is_not_there(coordinated, field):
    house, day = coordinated, factories.workday().date().isoformat()
    client = client_of(house.coordinator)
    others = [house.ones[2].interview.pk, house.hidden.interview.pk, 999_999]  # not hers, another manager's, nobody's
    said = []
    for pk in others:
        sent = {"detailed": "1", "people": house.second.pk, "starts_on": day, "ends_on": day, field: [pk]}
        page = Page(client.post(at("replanning_create"), sent))
        said.append([words.replace(str(pk), "N") for words in page.errors()])
        assert codes_in(page, house) == {one.code for one in house.ones[:2]}
    assert said[0] == said[1] == said[2] != []
    with as_person(house.coordinator):
        assert not Replanning.objects.exists()


def test_a_keeper_names_people_and_rooms_and_no_interview(house):
    page = Page(client_of(house.cast.keeper).post(at("replanning_create"), {"more": "1"}))
    assert codes_in(page, house) == set()
    assert page.soup.select("input[name=move], input[name=freeze]") == []


def test_both_at_once_nothing_at_all_and_no_day_are_refused_and_what_was_chosen_is_kept(coordinated):
    house, day = coordinated, factories.workday().date().isoformat()
    client, one = client_of(house.coordinator), str(house.ones[0].interview.pk)
    cases = [
        ({"detailed": "1", "move": one, "freeze": one}, 409),
        ({"detailed": "1"}, 409),
        ({"people": str(house.second.pk)}, 200),
        ({"people": str(house.second.pk), "starts_on": day}, 200),
        ({"people": str(house.second.pk), "starts_on": "0001-01-01", "ends_on": day}, 200),
        ({"detailed": "1", "move": one, "off_from": day, "off_until": "9999-12-31"}, 200),
        ({"detailed": "1", "move": one, "off_from": day, "off_until": "2020-01-01"}, 409),
    ]
    for sent, status in cases:
        response = client.post(at("replanning_create"), sent)
        page = Page(response)
        assert (response.status_code, bool(page.errors())) == (status, True), sent
        assert page.typed().items() >= sent.items()
    with as_person(house.coordinator):
        assert not Replanning.objects.exists()


def test_from_a_leave_one_may_add_others(house):
    resource, keeper = house.cast.interviewer.resource, house.cast.keeper
    start = factories.workday(hour=0)
    with as_person(keeper):
        leave = add_leave(resource=resource, start=start, end=start + timedelta(days=2), by=keeper, now=factories.now())
    client, address = client_of(keeper), f"{at('replanning_create')}?leave={leave.pk}"
    assert address in Page(client.get(at("resource_leave", resource.pk))).html
    typed = Page(client.get(address)).typed()
    days = {"starts_on": start.date().isoformat(), "ends_on": (start + timedelta(days=1)).date().isoformat()}
    assert typed == {"people": str(resource.pk), **days}
    with as_person(keeper):
        assert not Replanning.objects.exists()
    assert client_of(house.coordinator).get(f"{at('replanning_create')}?leave=999999").status_code == 404


def test_the_diff_says_which_absence_it_was_and_no_room_beside_an_hour(house):
    room = house.things["room"]
    replanning = plan(house, house.cast.interviewer.resource, room)
    think()
    page = seen_by(house.cast.social_worker, replanning)
    why = [row.select("td")[2].get_text(" ", strip=True) for row in page.soup.select("tbody tr")]
    name = house.cast.interviewer.resource.name
    assert why == [f"{name} tidak ada (1) ruang wawancara tidak bisa dipakai (2)"] * 3
    assert [room.name in str(table) for table in page.soup.select("table")] == [False]
    listed = [item.get_text(" ", strip=True) for item in page.soup.select("ol.people li")]
    assert [
        one.startswith(f"{number} · {name}")
        for number, (one, name) in enumerate(zip(listed, (name, room.name), strict=True), 1)
    ] == [True] * 2


def test_a_frozen_one_that_is_hit_says_whom_to_call(coordinated):
    house = coordinated
    frozen = house.ones[0]
    marks = [Marked(frozen.interview.pk, "freeze")]
    replanning = plan(house, house.cast.interviewer.resource, marks=marks, by=house.coordinator)
    think()
    page = seen_by(house.coordinator, replanning)
    assert "tidak ada jalan keluar" in page.main
    assert f"Hubungi {frozen.manager.name}, manajer kasusnya." in page.main
    assert str(frozen.interview.pk) not in {box["value"] for box in page.soup.select("input[name=proposals]")}
    own = seen_by(frozen.manager, replanning)
    assert "Anda yang memutuskan" in own.main
    assert at("interview_move", frozen.code, frozen.interview.pk) in own.html
    left = proposals(replanning, frozen.manager)
    sent = {"proposals": [p.pk for p in left if p.mark == "freeze"]}
    response = client_of(frozen.manager).post(replanning.get_absolute_url(), sent)
    assert (response.status_code, moves(frozen.manager)) == (409, 0)


def test_the_form_and_the_list_cost_the_same_for_one_and_for_several(coordinated):
    house = coordinated
    plan(house, house.cast.interviewer.resource, house.second, by=house.cast.keeper)

    def costs(person, act):
        client = client_of(person)
        act(client)
        with CaptureQueriesContext(connection) as captured:
            act(client)
        return len(captured)

    def names(client):
        return client.post(at("replanning_create"), {"more": "1"})

    before = costs(house.coordinator, names), costs(house.coordinator, lambda c: c.get(at("replanning_list")))
    replanning_house.coordinate(house, house.ones[2:])
    plan(house, house.things["room"], house.things["kit"], by=house.cast.keeper)
    after = costs(house.coordinator, names), costs(house.coordinator, lambda c: c.get(at("replanning_list")))
    assert before == after
