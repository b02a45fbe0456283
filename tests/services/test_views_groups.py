"""The pages of groups: planned in three steps, joined with one press, called off; and no child's code where it does not belong."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.database.context import acting_as
from services.actions.occupancy import take
from services.forms.groups import signed_joining
from services.models import Group, GroupMembership, GroupSession, GroupVisit
from tests import factories
from tests.entering import enter
from tests.services import grouping, recovering


@pytest.fixture
def intan(cast):
    return recovering.therapist(cast, "Intan")


@pytest.fixture
def studio(cast):
    return grouping.studio(cast)


@pytest.fixture
def group(cast, intan, studio):
    return grouping.plan(cast, intan, studio, capacity=2)


@pytest.fixture
def child(world, hana, room):
    """A case of the social worker's with its own plan."""
    with acting_as(world.cast.social_worker):
        return grouping.in_recovery(world.cast, hana, room)


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def signed_in(person):
    client = Client()
    enter(client, person)
    return client


def offer_of(client, address):
    """What the first button of the page of groups sends."""
    return client.get(address).context["offers"][0][1]


def test_plan_a_group_in_three_steps(world, cast, intan, studio):
    client, address = signed_in(cast.keeper), at("group_create", cast.house.pk)
    asked = {"kind": "music", "language": "id", "capacity": 5, "years_from": 7, "years_to": 12, "sessions": 4,
             "every_weeks": 1, "minutes": 90, "leader": intan.resource.pk}  # fmt: skip
    offer = client.get(address, asked).context["offers"][0]
    preview = client.post(address, {"offer": offer["value"]})
    form = preview.context["form"]
    said = {"offer": offer["value"], "key": form["key"].value(), "book": "1"}
    said |= {week["name"]: week["choices"][0][0] for week in form.weeks if week["options"]}
    made = client.post(address, said)
    with acting_as(cast.keeper):
        group = Group.objects.get()
        assert (group.kind, group.capacity, group.ages, group.leader) == ("music", 5, "7-12", intan.resource)
        assert group.sessions.count() == 4
        assert made.url == group.get_absolute_url()
    assert client.post(address, said).url == made.url  # sent twice, it is one


def test_bad_input_and_an_old_offer_are_answered_calmly(cast, intan, studio):
    client, address = signed_in(cast.keeper), at("group_create", cast.house.pk)
    page = client.get(
        address, {"kind": "art", "capacity": 1, "years_from": 9, "sessions": 4, "every_weeks": 1, "minutes": 90}
    )
    assert {"capacity", "years_to"} <= set(page.context["form"].errors)
    assert client.post(address, {"offer": "x"}).context["lost"]


def test_taken_meanwhile_plans_nothing_and_says_so(world, cast, intan, studio):
    client, address = signed_in(cast.keeper), at("group_create", cast.house.pk)
    asked = {
        "kind": "art",
        "language": "id",
        "capacity": 5,
        "sessions": 2,
        "every_weeks": 1,
        "minutes": 60,
        "leader": intan.resource.pk,
    }
    offer = client.get(address, asked).context["offers"][0]
    form = client.post(address, {"offer": offer["value"]}).context["form"]
    with acting_as(cast.keeper):
        take(
            wanted=[(intan.resource.pk, (offer["series"].first, offer["series"].first.replace(minute=59)))],
            now=factories.now(),
        )
    said = {"offer": offer["value"], "key": form["key"].value(), "book": "1"}
    said |= {week["name"]: week["choices"][0][0] for week in form.weeks if week["options"]}
    assert client.post(address, said).status_code == 409
    with acting_as(cast.keeper):
        assert Group.objects.count() == 0


def test_a_child_joins_with_one_press_and_its_recovery_shows_it(world, cast, child, group):
    client, address = signed_in(cast.social_worker), at("group_join", child.code)
    assert client.post(address, {"offer": offer_of(client, address)}).url == at("case_recovery", child.code)
    page = client.get(at("case_recovery", child.code))
    (shown,) = page.context["memberships"]
    assert len(shown.coming) == 4
    assert client.get(address).context["offers"] == []


def test_the_last_place_taken_meanwhile_is_said_calmly(world, cast, child, hana, room, group):
    client, address = signed_in(cast.social_worker), at("group_join", child.code)
    offer = offer_of(client, address)
    with acting_as(cast.social_worker):
        for hour in (10, 11):
            grouping.join(grouping.in_recovery(cast, hana, room, hour=hour), group, cast.social_worker)
    page = client.post(address, {"offer": offer})
    assert page.status_code == 409
    assert [one.key for one in page.context["form"].objections] == ["group_full"]
    assert at("waiting_add", child.code) in page.content.decode()
    waits = client.post(at("waiting_add", child.code), {"urgency": 1, "need": "group"})
    assert waits.status_code == 302
    assert at("group_join", child.code) in client.get(at("waiting_list")).content.decode()


@pytest.mark.parametrize("said", ["", "x"])
def test_an_offer_that_was_not_made_here_joins_nothing(world, cast, child, group, said):
    page = signed_in(cast.social_worker).post(at("group_join", child.code), {"offer": said})
    assert page.status_code == 200
    assert page.context["form"].errors["offer"]
    with acting_as(cast.social_worker):
        other = grouping.in_recovery(cast, child.plan.therapist.user, child.plan.room, hour=11)
        offer = signed_joining(other, grouping.offer(other, group))
    assert (
        signed_in(cast.social_worker)
        .post(at("group_join", child.code), {"offer": offer})
        .context["form"]
        .errors["offer"]
    )


def test_attendance_leaving_out_and_leaving(world, cast, child, group):
    client = signed_in(cast.social_worker)
    with acting_as(cast.social_worker):
        member = grouping.join(child, group, cast.social_worker)
        first, second, *_rest = member.visits.order_by("session")
        grouping.let_it_come(first.session)
    back = at("case_recovery", child.code)
    assert client.post(at("visit_attendance", child.code, first.pk), {"attended": "came"}).url == back
    assert client.post(at("visit_attendance", child.code, second.pk), {"attended": "came"}).status_code == 409
    assert client.post(at("visit_leave_out", child.code, second.pk)).url == back
    assert client.post(at("visit_leave_out", child.code, second.pk)).status_code == 409
    with acting_as(cast.social_worker):
        assert GroupVisit.objects.get(pk=first.pk).state == "came"
    assert client.post(at("group_leave", child.code, member.pk)).url == back
    assert client.post(at("group_leave", child.code, member.pk)).status_code == 409
    with acting_as(cast.social_worker):
        assert GroupMembership.objects.get().left_at is not None


def test_the_leader_calls_off_and_ends_and_sees_no_code(world, cast, child, group, intan):
    with acting_as(cast.social_worker):
        grouping.join(child, group, cast.social_worker)
        session = group.sessions.first()
    client = signed_in(intan)
    page = client.get(at("group_detail", group.pk)).content.decode()
    assert child.code not in page
    assert client.post(at("group_call_off", group.pk, session.pk)).url == at("group_detail", group.pk)
    assert client.post(at("group_call_off", group.pk, session.pk)).status_code == 409
    assert "chip-wait" in signed_in(cast.social_worker).get(at("case_recovery", child.code)).content.decode()
    assert client.post(at("group_end", group.pk)).status_code == 302
    assert client.post(at("group_end", group.pk)).status_code == 409
    with acting_as(intan):
        assert not GroupSession.objects.ahead(factories.now()).exists()


def test_who_leads_a_case_in_it_finds_that_code_and_no_other(world, cast, child, group, hana, room):
    with acting_as(cast.social_worker):
        grouping.join(child, group, cast.social_worker)
    assert child.code in signed_in(cast.social_worker).get(at("group_detail", group.pk)).content.decode()
    for person in (cast.keeper, cast.other_worker, cast.psychologist):
        assert child.code not in signed_in(person).get(at("group_detail", group.pk)).content.decode()


def test_a_session_of_another_group_is_not_found_under_this_one(world, cast, group, studio):
    other = grouping.plan(cast, recovering.therapist(cast, "Mira"), studio, hour=10)
    with acting_as(cast.keeper):
        session = other.sessions.first()
    assert signed_in(cast.keeper).get(at("group_call_off", group.pk, session.pk)).status_code == 404


@pytest.mark.parametrize("name", ["group_list", "group_join"])
def test_the_number_of_queries_does_not_grow_with_the_groups(world, cast, child, group, studio, name):
    client = signed_in(cast.social_worker)
    address = at(name, *([child.code] if name == "group_join" else []))

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    queries()
    one = queries()
    for hour, leader in ((10, "Mira"), (12, "Nina")):
        grouping.plan(cast, recovering.therapist(cast, leader), studio, hour=hour)
    assert queries() == one


def test_the_leaders_agenda_leads_to_the_group(world, cast, group, intan):
    page = signed_in(intan).get(at("agenda"))
    assert [entry["group"] for entry in page.context["entries"]] == [group] * 4
    assert group.get_absolute_url() in page.content.decode()
