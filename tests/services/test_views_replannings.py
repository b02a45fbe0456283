"""The pages of planning anew: what each person sees of it, and what accepting, asking and being refused look like."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from services.actions.hours import add_leave
from services.actions.occupancy import take
from services.models import Interview, Move, Participant, Replanning
from tests import factories
from tests.entering import enter
from tests.services import replanning_house
from tests.services.pages import Page
from tests.services.replanning_house import as_person, falls_ill, proposals, think


@pytest.fixture
def house(own_database):
    return replanning_house.build()


@pytest.fixture
def proposed(house):
    house.replanning = falls_ill(house)
    think()
    return house


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def client_of(person):
    client = Client()
    enter(client, person)
    return client


def seen_by(person, replanning):
    return Page(client_of(person).get(replanning.get_absolute_url()))


def codes_in(page, house):
    return {one.code for one in (*house.ones, house.hidden) if one.code in page.html}


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_each_sees_the_cases_they_are_on_and_the_rest_as_a_number(proposed):
    mine = {one.code for one in proposed.ones}
    seen = {
        name: codes_in(seen_by(person, proposed.replanning), proposed)
        for name, person in {
            "manager": proposed.cast.social_worker, "other": proposed.other, "keeper": proposed.cast.keeper,
            "coordinator": proposed.coordinator, "police": proposed.cast.investigator,
        }.items()
    }  # fmt: skip
    everybody = {*mine, proposed.hidden.code}
    assert seen == {
        "manager": mine, "other": {proposed.hidden.code}, "keeper": set(), "coordinator": set(), "police": everybody,
    }  # fmt: skip
    keeper = seen_by(proposed.cast.keeper, proposed.replanning)
    assert keeper.soup.find("table") is None
    assert "4 wawancara lain milik kasus yang tidak Anda tangani" in keeper.main
    assert "1 wawancara lain" in seen_by(proposed.cast.social_worker, proposed.replanning).main


@pytest.mark.parametrize("who", ["outsider", "other_worker"])
def test_whom_it_does_not_touch_does_not_find_it(proposed, who):
    response = client_of(getattr(proposed.cast, who)).get(proposed.replanning.get_absolute_url())
    assert response.status_code == {"outsider": 403, "other_worker": 404}[who]


def test_no_place_stands_beside_a_code_and_an_hour(proposed):
    page = seen_by(proposed.cast.social_worker, proposed.replanning)
    things = [proposed.things["room"], proposed.things["kit"]]
    assert not [thing.name for thing in things if thing.name in page.main]
    assert proposed.things["room"].venue.code_name not in page.main


def test_the_list_of_cases_says_that_something_waits(proposed):
    page = Page(client_of(proposed.cast.social_worker).get(at("case_list")))
    assert "3 wawancara perlu waktu atau orang lain" in page.main
    listed = Page(client_of(proposed.cast.social_worker).get(at("replanning_list")))
    assert "3 menunggu Anda" in listed.main
    assert proposed.replanning.get_absolute_url() in listed.html


def test_its_pages_belong_to_the_calendar_which_leads_to_them(proposed):
    client, calendar, listed = client_of(proposed.cast.keeper), at("house_day"), at("replanning_list")
    for address in (listed, at("replanning_create"), proposed.replanning.get_absolute_url(), calendar):
        (lit,) = Page(client.get(address)).soup.select(".bar-nav [aria-current]")
        assert (lit["href"], lit["aria-current"]) == (calendar, "page" if address == calendar else "true")
    assert listed in [link["href"] for link in Page(client.get(calendar)).soup.select("main .page-head a")]


# --- while it thinks --------------------------------------------------------------------------------------------------


def test_the_page_renews_itself_until_it_is_ready(house):
    replanning = falls_ill(house)
    waiting = seen_by(house.cast.keeper, replanning)
    assert [meta["content"] for meta in waiting.soup.select("meta[http-equiv=refresh]")] == ["3"]
    assert waiting.soup.find("progress")
    think()
    ready = seen_by(house.cast.keeper, replanning)
    assert ready.soup.select("meta[http-equiv=refresh], progress") == []


# --- accepting --------------------------------------------------------------------------------------------------------


def ticked(page):
    return [box["value"] for box in page.soup.select("input[name=proposals][checked]")]


def moves(person):
    with as_person(person):
        return Move.objects.count()


def test_all_that_is_ticked_is_moved_in_one_step(proposed):
    client, address = client_of(proposed.cast.social_worker), proposed.replanning.get_absolute_url()
    sent = {"proposals": ticked(Page(client.get(address)))}
    assert len(sent["proposals"]) == 3
    first, again = client.post(address, sent), client.post(address, sent)
    assert (first["Location"], again["Location"], moves(proposed.cast.social_worker)) == (address, address, 3)
    page = Page(client.get(address))
    assert page.main.count("disetujui") == 3
    assert ticked(page) == []


def test_some_are_accepted_and_the_others_stay_open(proposed):
    client, address = client_of(proposed.cast.social_worker), proposed.replanning.get_absolute_url()
    one, *others = ticked(Page(client.get(address)))
    client.post(address, {"proposals": [one]})
    assert ticked(Page(client.get(address))) == others


def test_who_may_not_book_for_a_case_may_not_accept_for_it(proposed):
    client, address = client_of(proposed.cast.investigator), proposed.replanning.get_absolute_url()
    page = Page(client.get(address))
    assert (ticked(page), len(page.soup.select("tbody tr"))) == ([], 4)
    mine = [str(p.pk) for p in proposals(proposed.replanning, proposed.cast.social_worker)]
    assert client.post(address, {"proposals": mine}).status_code == 403
    assert moves(proposed.cast.social_worker) == 0


@pytest.mark.parametrize("sent", ["hidden", "absent", "x", ""])
def test_a_proposal_that_was_not_offered_moves_nothing(proposed, sent):
    client, address = client_of(proposed.cast.social_worker), proposed.replanning.get_absolute_url()
    hidden = str(proposals(proposed.replanning, proposed.other)[0].pk)
    told = {"hidden": hidden, "absent": "999999", "x": "x", "": ""}[sent]
    response = client.post(address, {"proposals": [told]} if told else {})
    assert response.status_code in {200, 409}
    assert Page(response).errors()
    assert moves(proposed.cast.social_worker) == moves(proposed.other) == 0


def test_a_time_that_somebody_else_has_just_taken_is_refused_in_words(proposed):
    client, address = client_of(proposed.cast.social_worker), proposed.replanning.get_absolute_url()
    sent = {"proposals": ticked(Page(client.get(address)))}
    hour = proposals(proposed.replanning, proposed.cast.social_worker)[0].span
    with transaction.atomic():
        take(wanted={proposed.second.pk: (hour.lower, hour.upper)}, now=factories.now())
    response = client.post(address, sent)
    page = Page(response)
    assert (response.status_code, moves(proposed.cast.social_worker)) == (409, 0)
    assert "baru saja dipakai orang lain" in page.main
    assert len(page.soup.select("tbody tr")) == 3
    assert page.soup.select("meta[http-equiv=refresh]") == []


def test_without_a_time_there_is_a_way_to_move_it_by_hand(own_database):
    house = replanning_house.build(stand_in=False)
    replanning = falls_ill(house)
    think()
    page = seen_by(house.cast.social_worker, replanning)
    assert ticked(page) == []
    one = house.ones[0]
    assert at("interview_move", one.code, one.interview.pk) in page.html


def test_it_costs_the_same_for_one_case_and_three(proposed):
    costs = []
    for person in (proposed.other, proposed.cast.social_worker):
        client = client_of(person)
        client.get(proposed.replanning.get_absolute_url())
        with CaptureQueriesContext(connection) as captured:
            client.get(proposed.replanning.get_absolute_url())
        costs.append(len(captured))
    assert costs[0] == costs[1]


# --- asking for it ----------------------------------------------------------------------------------------------------


def test_from_the_leave_page_in_one_step(house):
    resource, keeper = house.cast.interviewer.resource, house.cast.keeper
    with as_person(keeper):
        start = factories.workday(hour=0)
        leave = add_leave(resource=resource, start=start, end=start + timedelta(days=1), by=keeper, now=factories.now())
    client = client_of(keeper)
    page = Page(client.get(at("resource_leave", resource.pk)))
    assert "4 pemesanan terdampak" in page.main
    response = client.post(at("replanning_create"), {"leave": leave.pk})
    with as_person(keeper):
        replanning = Replanning.objects.get()
        absences = list(replanning.absences.select_related("resource"))
    assert response["Location"] == replanning.get_absolute_url()
    assert [(one.resource, one.span) for one in absences] == [(resource, leave.span)]
    oneself = Page(client_of(house.cast.interviewer).get(at("resource_leave", resource.pk)))
    assert oneself.soup.select("input[name=leave]") == []


def test_a_coordinator_asks_with_a_form(house):
    client, address = client_of(house.coordinator), at("replanning_create")
    day = factories.workday().date()
    room = house.things["room"]
    offered = {box["value"] for box in Page(client.get(address)).soup.select("input[name=things]")}
    assert str(room.pk) in offered
    sent = {"things": room.pk, "starts_on": day.isoformat(), "ends_on": day.isoformat()}
    with transaction.atomic():
        room.active = False
        room.save()
    response = client.post(address, sent)
    think()
    page = Page(client.get(response["Location"]))
    assert "4 wawancara lain milik kasus" in page.main


@pytest.mark.parametrize("changed", [{"starts_on": "2020-01-01", "ends_on": "2020-01-02"}, {"ends_on": "2020-01-01"}])
def test_a_period_that_is_past_is_refused_and_what_was_typed_is_kept(house, changed):
    client, day = client_of(house.coordinator), factories.workday().date().isoformat()
    sent = {"people": str(house.second.pk), "starts_on": day, "ends_on": day} | changed
    response = client.post(at("replanning_create"), sent)
    page = Page(response)
    assert (response.status_code, bool(page.errors())) == (409, True)
    assert page.typed() == sent


@pytest.mark.parametrize(
    "sent", [{}, {"people": "x"}, {"people": "9" * 30}, {"venues": "\u0663"}, {"leave": "999999"}, {"leave": "x"}]
)
def test_bad_input_starts_nothing(house, sent):
    response = client_of(house.coordinator).post(at("replanning_create"), sent)
    assert response.status_code in {200, 404, 409}
    with as_person(house.cast.keeper):
        assert not Replanning.objects.exists()


def test_resources_of_another_agency_are_not_to_be_planned_for(house):
    elsewhere = factories.venue(house.cast.other_worker.memberships.get().agency)
    other = factories.room(elsewhere, "Lain")
    day = factories.workday().date().isoformat()
    days = {"starts_on": day, "ends_on": day}
    for sent in ({"things": other.pk}, {"venues": elsewhere.pk}, {"things": [other.pk, house.things["kit"].pk]}):
        response = client_of(house.coordinator).post(at("replanning_create"), sent | days)
        assert (response.status_code, bool(Page(response).errors())) == (200, True)
    with as_person(house.coordinator):
        assert not Replanning.objects.exists()


def test_what_was_accepted_is_what_stands(proposed):
    client, address = client_of(proposed.cast.social_worker), proposed.replanning.get_absolute_url()
    client.post(address, {"proposals": ticked(Page(client.get(address)))})
    with as_person(proposed.cast.social_worker):
        interviewers = Participant.objects.filter(role="interviewer").values_list("resource", flat=True)
        assert set(interviewers) == {proposed.second.pk}
        assert Interview.objects.filter(state="booked").count() == 3
