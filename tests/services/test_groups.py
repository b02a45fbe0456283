"""Groups: planned whole, joined to the last place and no further, left, called off; and what holds them together."""

import random
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.db import DatabaseError, models, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import cases, groups, occupancy, presences, recovery, waiting
from services.actions.occupancy import SlotTaken, release, take
from services.actions.series import group_wish, series_for
from services.models import Group, GroupMembership, GroupPlace, GroupVisit, Occupancy, WaitingEntry
from tests import factories
from tests.databases import as_owner
from tests.racing import race
from tests.services import grouping, recovering
from tests.services.recovering import facts, keys_of, run

TABLES = ("group", "groupsession", "groupplace", "groupmembership", "groupvisit")


@pytest.fixture
def intan(cast):
    """She leads the group; Hana treats the children."""
    return recovering.therapist(cast, "Intan")


@pytest.fixture
def studio(cast):
    return grouping.studio(cast)


@pytest.fixture
def group(cast, intan, studio, as_worker):
    return grouping.plan(cast, intan, studio)


@pytest.fixture
def child(case, cast, hana, room):
    return grouping.in_recovery(cast, hana, room, case=case)


@pytest.fixture
def member(child, group, cast):
    return grouping.join(child, group, cast.social_worker)


# --- planning ---------------------------------------------------------------------------------------------------------


def test_a_group_is_found_and_booked_in_one_call(cast, intan, studio):
    sought = group_wish(
        agency=cast.house, minutes=90, sessions=6, every_weeks=1, now=factories.now(), leader=intan.resource.pk
    )
    best = series_for(sought, factories.now())[0]
    assert [(place.child, place.therapist.resource) for place in best.places] == [(None, intan.resource.pk)]
    assert len(best.weeks) == 6


def test_every_session_takes_its_leader_and_its_room(cast, group, intan, studio):
    assert [session.number for session in group.sessions.all()] == [1, 2, 3, 4]
    assert (grouping.live(intan.resource), grouping.live(studio), grouping.free(group)) == (4, 4, 3)
    assert AuditEvent.objects.filter(verb="recoverygroup.planned").count() == 0  # the keeper's own, not the worker's
    first = group.sessions.first()
    with pytest.raises(SlotTaken):
        take(wanted=[(intan.resource.pk, grouping.hours(first))], now=factories.now())


def test_preparing_and_cleaning_is_taken_with_it(cast, intan, studio, as_worker):
    studio.before_minutes, studio.after_minutes = 15, 30
    studio.save()
    session = grouping.plan(cast, intan, studio).sessions.first()
    assert session.room_time.span.lower == session.starts - timedelta(minutes=15)
    assert session.room_time.span.upper == session.ends + timedelta(minutes=30)


def test_the_same_key_plans_once_and_another_group_under_it_is_refused(cast, intan, studio, as_worker):
    key = uuid.uuid4()
    first = grouping.plan(cast, intan, studio, key)
    assert grouping.plan(cast, intan, studio, key) == first
    with pytest.raises(Objected) as refusal:
        grouping.plan(cast, intan, studio, key, capacity=4)
    assert keys_of(refusal) == ["form_used_differently"]
    assert Group.objects.count() == 1


def test_one_week_that_is_taken_plans_none(cast, intan, studio, as_worker):
    take(wanted=[(studio.pk, grouping.wish(intan, studio).series.spans()[2])], now=factories.now())
    with pytest.raises(SlotTaken):
        grouping.plan(cast, intan, studio)
    assert (Group.objects.count(), grouping.live(intan.resource)) == (0, 0)


def test_what_a_group_is_refused_for(cast, intan, studio, as_worker):
    for more, key in (
        ({"capacity": 1}, "group_size"),
        ({"years": (9, 8)}, "group_ages"),
        ({"hour": 17}, "recovery_outside_working_hours"),
    ):
        with pytest.raises(Objected) as refusal:
            grouping.plan(cast, intan, studio, **more)
        assert keys_of(refusal) == [key]
    elsewhere = factories.room(factories.venue(cast.police), "Polres", child_friendly=True)
    with pytest.raises(Objected) as refusal:
        grouping.plan(cast, intan, elsewhere)
    assert keys_of(refusal) == ["group_of_another_house"]
    with pytest.raises(Objected) as refusal:
        grouping.plan(cast, recovering.therapist(cast, "Lama", expires_on=factories.workday(12).date()), studio)
    assert keys_of(refusal) == ["recovery_therapist_not_trained"]


# --- joining ----------------------------------------------------------------------------------------------------------


def test_a_child_joins_and_its_own_time_is_taken(child, cast, group, member):
    assert (grouping.free(group), grouping.taken(group)) == (2, [1])
    hours = Occupancy.objects.filter(resource=child.child_resource_id, live=True)
    assert {visit.occupancy for visit in member.visits.all()} == set(hours) - {
        b.occupancy for s in child.plan.sessions.all() for b in s.bookings.select_related("occupancy")
    }
    assert [v.occupancy.span for v in member.visits.order_by("session")] == [s.span for s in group.sessions.all()]
    assert AuditEvent.objects.filter(verb="recoverygroup.joined", case_id=child.pk).count() == 1


def test_joining_twice_finds_the_first(child, cast, group, member):
    assert grouping.join(child, group, cast.social_worker, sessions=[1]) == member
    assert grouping.free(group) == 2


def test_whoever_is_booked_for_a_group_is_booked_for_nothing_else(child, cast, group, member):
    session = group.sessions.first()
    with pytest.raises(SlotTaken):
        take(wanted=[(child.child_resource_id, grouping.hours(session))], now=factories.now())


def test_the_sessions_at_which_the_child_has_something_else_are_left_out(child, cast, group):
    first, second, *_rest = group.sessions.all()
    take(wanted=[(child.child_resource_id, grouping.hours(second))], now=factories.now())
    offer = grouping.offer(child, group)
    assert offer.clashes == {second.pk: "child_busy"}
    with pytest.raises(Objected) as refusal:
        grouping.join(child, group, cast.social_worker, sessions=[first.pk, second.pk])
    assert keys_of(refusal) == ["group_sessions_clash"]
    assert grouping.join(child, group, cast.social_worker).visits.count() == 3


def test_no_group_on_the_day_of_a_session_of_its_own_nor_the_other_way_round(child, cast, intan, studio, group, member):
    same = grouping.plan(cast, intan, studio, first=3, hour=15)
    assert grouping.offer(child, same) is None  # not one session that works
    session = child.plan.sessions.first()
    with pytest.raises(Objected) as refusal:
        recovery.move_session(
            session=session, starts=group.sessions.first().starts - timedelta(hours=4), **facts(cast, child)
        )
    assert keys_of(refusal) == ["recovery_two_sessions_a_day"]


def test_weeks_of_a_plan_that_fall_on_a_groups_day_say_so(child, cast, hana, room, group, member):
    """Where the child's days are looked at for the rest of its plan, the group's are closed."""
    day = group.sessions.first().starts.astimezone(child.zone).date()
    found = recovering.offers(child, plan=child.plan, sessions=2, since=day)
    for one in found:
        assert all(week.start.astimezone(child.zone).date() != day or week.cause == "group" for week in one.weeks)
    wish = recovering.series_wish(
        cases=[child], minutes=60, sessions=2, every_weeks=1, now=factories.now(), since=day, plan=child.plan
    )
    assert wish.closed[day] in {"group", "holiday"}


def test_not_on_a_day_on_which_the_suspects_side_is_there(child, cast, group, studio):
    session = group.sessions.first()
    day = session.starts.date()
    presences.record_suspect(venue=studio.venue, first=day, last=day, today=day, **facts(cast, child))
    assert grouping.offer(child, group).clashes == {session.pk: "apart"}


def test_the_age_and_a_plan_in_progress_and_the_wall(child, cast, intan, studio, group):
    older = grouping.plan(cast, intan, studio, hour=10, years=(13, 17))
    assert grouping.offer(child, older) is None
    with pytest.raises(Objected) as refusal:
        grouping.join(child, older, cast.social_worker, sessions=[older.sessions.first().pk])
    assert keys_of(refusal) == ["group_other_age"]
    factories.qualify(cast.psychologist.resource, "therapy")
    factories.works(cast.psychologist.resource, days=60)
    evidence = grouping.plan(cast, cast.psychologist, studio, hour=11)
    with pytest.raises(Objected) as refusal:
        grouping.join(child, evidence, cast.social_worker)
    assert keys_of(refusal) == ["group_leader_on_the_other_side"]
    recovery.pause_plan(plan=child.plan, **facts(cast, child))
    with pytest.raises(Objected) as refusal:
        grouping.join(child, group, cast.social_worker)
    assert keys_of(refusal) == ["group_needs_a_plan"]


def test_who_leads_the_group_does_not_come_to_work_on_the_evidence(child, cast, intan, group, member):
    with pytest.raises(Objected) as refusal:
        cases.add_member(
            membership=intan.memberships.get(), role="psychologist", is_suspect_parent=False, **facts(cast, child)
        )
    assert keys_of(refusal) == ["recovery_therapist_on_the_other_side"]


def test_siblings_join_both(child, cast, hana, room, group, member):
    sister = grouping.in_recovery(cast, hana, room, hour=10)
    grouping.join(sister, group, cast.social_worker)
    assert grouping.taken(group) == [1, 2]


def test_the_full_group_is_refused_and_the_child_may_wait(child, cast, hana, room, group, member):
    for hour in (10, 11):
        grouping.join(grouping.in_recovery(cast, hana, room, hour=hour), group, cast.social_worker)
    late = grouping.in_recovery(cast, hana, room, hour=13)
    offer = grouping.offer(late, group)
    assert offer.free == 0
    with pytest.raises(Objected) as refusal:
        grouping.join(late, group, cast.social_worker)
    assert keys_of(refusal) == ["group_full"]
    assert grouping.live(late.child_resource) == 4  # its own sessions
    entry = waiting.join_waiting_list(case=late, urgency=2, need="group", by=cast.social_worker, now=factories.now())
    groups.leave_group(membership=member, **facts(cast, child))
    assert grouping.join(late, group, cast.social_worker).place.number == 1
    assert WaitingEntry.objects.get(pk=entry.pk).state == "placed"


def test_a_group_is_waited_for_with_a_plan_and_a_therapist_without(case, cast, child):
    with pytest.raises(Objected) as refusal:
        waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, child))
    assert keys_of(refusal) == ["waiting_has_plan"]
    other = factories.open_case(cast)
    with pytest.raises(Objected) as refusal:
        waiting.join_waiting_list(urgency=1, need="group", **facts(cast, other))
    assert keys_of(refusal) == ["waiting_group_needs_a_plan"]


# --- leaving, calling off -----------------------------------------------------------------------------------------------


def test_leaving_frees_the_place_and_the_childs_hours(child, cast, group, member):
    before = grouping.live(child.child_resource)
    groups.leave_group(membership=member, **facts(cast, child))
    assert (grouping.free(group), grouping.taken(group), grouping.live(child.child_resource)) == (3, [], before - 4)
    assert set(member.visits.values_list("state", flat=True)) == {"cancelled"}
    with pytest.raises(Objected) as refusal:
        groups.leave_group(membership=member, **facts(cast, child))
    assert keys_of(refusal) == ["group_left_already"]
    assert grouping.join(child, group, cast.social_worker).place.number == 1


@pytest.mark.parametrize("step", ["pause_plan", "cancel_plan"])
def test_a_plan_that_comes_to_rest_gives_its_place_up(child, cast, group, member, step):
    getattr(recovery, step)(plan=child.plan, **facts(cast, child))
    assert (grouping.free(group), grouping.live(child.child_resource)) == (3, 0)
    with pytest.raises(DatabaseError, match="part of a plan in progress"), transaction.atomic():
        insert_membership(child, group)


def test_a_review_waits_for_the_group_too(child, cast, group, member):
    for session in child.plan.sessions.all():
        recovery.leave_out(session=session, **facts(cast, child))
    with pytest.raises(Objected) as refusal:
        recovery.review_plan(plan=child.plan, outcome="finish", **facts(cast, child))
    assert keys_of(refusal) == ["recovery_sessions_ahead"]
    groups.leave_group(membership=member, **facts(cast, child))
    assert recovery.review_plan(plan=child.plan, outcome="finish", **facts(cast, child)).state == "ended"


def test_one_session_called_off_frees_everybody_and_tells_them(
    child, cast, group, member, intan, studio, django_capture_on_commit_callbacks
):
    session = group.sessions.first()
    before = grouping.live(child.child_resource)
    with acting_as(cast.keeper), django_capture_on_commit_callbacks(execute=True):
        groups.call_off(group=group, session=session, by=cast.keeper, now=factories.now())
    assert (grouping.live(intan.resource), grouping.live(studio)) == (3, 3)
    assert (grouping.live(child.child_resource), grouping.free(group)) == (before - 1, 2)
    assert member.visits.get(session=session).state == "cancelled"
    hana = child.plan.therapist.user
    assert sorted(one.to[0] for one in mail.outbox) == sorted([cast.social_worker.email, intan.email, hana.email])
    for letter in mail.outbox:
        words = letter.subject + letter.body
        assert not [
            w for w in (child.code, studio.name, f"{session.starts.astimezone(child.zone):%H.%M}") if w in words
        ]
    with acting_as(cast.keeper), pytest.raises(Objected) as refusal:
        groups.call_off(group=group, session=session, by=cast.keeper, now=factories.now())
    assert keys_of(refusal) == ["group_called_off_already"]


def test_the_whole_group_ended_lets_everything_go(child, cast, group, member, intan, studio):
    with acting_as(intan):
        groups.end_group(group=group, by=intan, now=factories.now())
    assert (grouping.live(intan.resource), grouping.live(studio), grouping.taken(group)) == (0, 0, [])
    assert GroupMembership.objects.get().left_at is not None
    assert set(GroupVisit.objects.values_list("state", flat=True)) == {"cancelled"}
    with pytest.raises(Objected) as refusal:
        grouping.join(child, Group.objects.get(), cast.social_worker, sessions=[group.sessions.first().pk])
    assert keys_of(refusal) == ["group_ended", "group_changed"]
    with acting_as(cast.keeper), pytest.raises(Objected) as refusal:
        groups.end_group(group=group, by=cast.keeper, now=factories.now())
    assert keys_of(refusal) == ["group_ended"]


def test_attendance_is_a_fact_written_once_when_the_hour_has_come(child, cast, group, member):
    visit = member.visits.order_by("session").first()
    with pytest.raises(Objected) as refusal:
        groups.record_visit(visit=visit, attended="came", **facts(cast, child))
    assert keys_of(refusal) == ["recovery_session_not_begun"]
    session = grouping.let_it_come(visit.session)
    assert groups.record_visit(visit=visit, attended="came", **facts(cast, child)).state == "came"
    for step, more in ((groups.record_visit, {"attended": "missed"}), (groups.leave_visit_out, {})):
        with pytest.raises(Objected) as refusal:
            step(visit=visit, **more, **facts(cast, child))
        assert keys_of(refusal) == ["recovery_session_not_booked"]
    with acting_as(cast.keeper), pytest.raises(Objected) as refusal:
        groups.call_off(group=group, session=session, by=cast.keeper, now=factories.now())
    assert keys_of(refusal) == ["group_session_begun"]


def test_one_visit_left_out_frees_the_hour_and_keeps_the_place(child, cast, group, member):
    visit = member.visits.order_by("session").first()
    groups.leave_visit_out(visit=visit, **facts(cast, child))
    assert grouping.free(group) == 2
    take(wanted=[(child.child_resource_id, grouping.hours(visit.session))], now=factories.now())


# --- what the database keeps ----------------------------------------------------------------------------------------------


def insert_membership(case, group, **changes):
    values = {
        "case": case,
        "plan": case.plan,
        "group": group,
        "place_id": None,
        "by": case.manager,
        "at": factories.now(),
    }
    return GroupMembership.objects.create(**(values | changes))


def refuses(name, statement, *values):
    """The constraint of this name refuses it; deferred ones are asked at once."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        run(statement, *values)
        run("SET CONSTRAINTS ALL IMMEDIATE")
    assert refusal.value.__cause__.diag.constraint_name == name


def test_no_statement_makes_a_group_larger_than_it_is(group, child, member):
    as_place = "SELECT tests_as_owner('INSERT INTO services_groupplace (group_id, number, capacity, at) VALUES (%s, %s, %s, now())')"
    refuses("groupplace_within_capacity", as_place, group.pk, 4, 3)
    refuses("groupplace_one_child_each", as_place, group.pk, 1, 3)
    refuses("groupplace_of_the_groups_capacity", as_place, group.pk, 4, 5)
    refuses("groupplace_is_somebodys", as_place, group.pk, 2, 3)
    refuses("groupplace_is_somebodys", "SELECT sekali_take_place(%s, now())", group.pk)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("INSERT INTO services_groupplace (group_id, number, capacity, at) VALUES (%s, 2, 3, now())", group.pk)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("UPDATE services_groupplace SET freed_at = now()")


def test_a_place_that_was_freed_is_not_taken_again(group, child, cast, member):
    groups.leave_group(membership=member, **facts(cast, child))
    place = GroupPlace.objects.get()
    with pytest.raises(DatabaseError, match="not taken again"), transaction.atomic():
        insert_membership(child, group, place=place)


def test_what_a_group_is_stays(cast, group, child, member, intan):
    session, visit = group.sessions.first(), member.visits.first()
    with acting_as(cast.keeper):
        refuses("group_ends_once", "UPDATE services_group SET capacity = 9 WHERE id = %s", group.pk)
        refuses(
            "groupsession_is_called_off_once", "UPDATE services_groupsession SET number = 9 WHERE id = %s", session.pk
        )
    refuses("groupmembership_ends_once", "UPDATE services_groupmembership SET at = now()")
    refuses("groupvisit_keeps_its_course", "UPDATE services_groupvisit SET state = 'came' WHERE id = %s", visit.pk)
    refuses("groupvisit_known_state", "UPDATE services_groupvisit SET state = 'moved' WHERE id = %s", visit.pk)
    refuses("recoveryplan_at_rest_has_no_sessions", "UPDATE services_recoveryplan SET state = 'paused'")
    run("UPDATE services_recoverysession SET state = 'cancelled'")
    refuses("recoveryplan_at_rest_is_in_no_group", "UPDATE services_recoveryplan SET state = 'paused'")


SESSION = """INSERT INTO services_groupsession (group_id, number, span, leader_time_id, room_time_id)
             SELECT group_id, 9, %s, {leader}, {room} FROM services_groupsession WHERE id = %s"""
VISIT = """INSERT INTO services_groupvisit (case_id, group_id, membership_id, session_id, occupancy_id, state)
           VALUES (%s, %s, %s, %s, %s, 'booked')"""


def test_a_session_takes_its_leader_and_its_room_whatever_a_statement_says(cast, group, intan, studio):
    first = group.sessions.first()
    later = factories.span(factories.workday(40, 14), minutes=60)
    pair = (later.lower, later.upper)
    with acting_as(cast.keeper):
        mine, room = take(wanted=[(intan.resource.pk, pair), (studio.pk, pair)], now=factories.now())
        refuses("groupsession_takes_leader_and_room", SESSION.format(leader=room.pk, room=mine.pk), later, first.pk)
        as_owner(
            "UPDATE services_qualification SET expires_on = %s WHERE resource_id = %s",
            factories.workday(30).date(),
            intan.resource.pk,
        )
        refuses("groupsession_by_a_trained_leader", SESSION.format(leader=mine.pk, room=room.pk), later, first.pk)
        as_owner("UPDATE services_resource SET agency_id = %s WHERE id = %s", cast.police.pk, intan.resource.pk)
        refuses("groupsession_of_the_agencys_own", SESSION.format(leader=mine.pk, room=room.pk), later, first.pk)
        groups.end_group(group=group, by=cast.keeper, now=factories.now())
        refuses("groupsession_of_a_group_that_goes_on", SESSION.format(leader=mine.pk, room=room.pk), later, first.pk)


def test_a_visit_takes_the_childs_own_time_at_a_session_ahead(cast, group, child, member, intan):
    first = group.sessions.first()
    groups.leave_visit_out(visit=member.visits.get(session=first), **facts(cast, child))
    leaders = first.leader_time_id
    run("SELECT 1")
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        run(VISIT, child.pk, group.pk, member.pk, first.pk, leaders)
    assert refusal.value.__cause__.diag.constraint_name == "groupvisit_takes_the_childs_time"
    with acting_as(cast.keeper):
        groups.call_off(group=group, session=first, by=cast.keeper, now=factories.now())
    (hour,) = take(wanted=[(child.child_resource_id, grouping.hours(first))], now=factories.now())
    refuses("groupvisit_of_a_session_ahead", VISIT, child.pk, group.pk, member.pk, first.pk, hour.pk)


def test_a_groups_hours_are_freed_by_what_ends_alone(cast, child, group, member):
    taken = list(Occupancy.objects.filter(live=True).exclude(pk__in=[
        b.occupancy_id for s in child.plan.sessions.all() for b in s.bookings.all()]))  # fmt: skip
    assert len(taken) == 12
    for person in (cast.keeper, cast.social_worker, cast.investigator):
        with acting_as(person):
            assert release(taken) == 0
            with pytest.raises(SlotTaken):
                occupancy.take(
                    wanted=[(taken[0].resource_id, (taken[0].span.lower, taken[0].span.upper))],
                    now=factories.now(),
                    instead_of=taken,
                )


def test_nothing_of_a_group_can_hold_a_word():
    """Every column of text is a choice from a list, a digest or a zone: no title can name a child or a reason."""
    free = {}
    for name in TABLES:
        columns = [f for f in apps.get_model("services", name)._meta.concrete_fields
                   if isinstance(f, models.CharField | models.TextField)]  # fmt: skip
        free[name] = sorted(f.name for f in columns if not f.choices)
    assert free == {name: [] for name in TABLES} | {"group": ["payload_hash"]}


# --- races ------------------------------------------------------------------------------------------------------------


def test_of_many_who_want_the_last_place_one_has_it(own_database):
    """Real connections, all at once; every other one is told calmly, and nothing of theirs is left taken."""
    with transaction.atomic():
        cast = gathered()
        with acting_as(cast.social_worker):
            group = grouping.plan(cast, cast.intan, cast.studio, capacity=2)
            grouping.join(grouping.in_recovery(cast, cast.hana, cast.room, hour=8), group, cast.social_worker)
            late = [grouping.in_recovery(cast, cast.hana, cast.room, hour=hour) for hour in (9, 10, 11, 12, 13)]
            chosen = [[one.pk for one in grouping.offer(case, group).coming] for case in late]
        resources = [case.child_resource for case in late]

    def wants(case, sessions):
        def work():
            with acting_as(cast.social_worker):
                return grouping.join(case, group, cast.social_worker, sessions=sessions)

        return work

    answers = race(*(wants(*pair) for pair in zip(late, chosen, strict=True)))
    winners = [one for one in answers if isinstance(one, GroupMembership)]
    losers = [one for one in answers if isinstance(one, Objected)]
    assert (len(winners), [list(one.keys) for one in losers]) == (1, [["group_full"]] * 4)
    with transaction.atomic(), acting_as(cast.social_worker):
        assert (grouping.free(group), grouping.taken(group)) == (0, [1, 2])
        assert sorted(grouping.live(resource) for resource in resources) == [4, 4, 4, 4, 8]


def test_a_session_called_off_while_a_child_joins_leaves_no_hour_behind(own_database):
    with transaction.atomic():
        cast = gathered()
        with acting_as(cast.social_worker):
            group = grouping.plan(cast, cast.intan, cast.studio)
            case = grouping.in_recovery(cast, cast.hana, cast.room)
            chosen = [one.pk for one in grouping.offer(case, group).coming]
            first = group.sessions.first()

    def joins():
        with acting_as(cast.social_worker):
            return grouping.join(case, group, cast.social_worker, sessions=chosen)

    def calls_off():
        with acting_as(cast.keeper):
            return groups.call_off(group=group, session=first, by=cast.keeper, now=factories.now())

    joined, called_off = race(joins, calls_off)
    assert called_off == first
    assert isinstance(joined, GroupMembership) or list(joined.keys) == ["group_changed"]
    with transaction.atomic(), acting_as(cast.social_worker):
        assert not GroupVisit.objects.filter(session=first, state="booked").exists()
        assert not Occupancy.objects.filter(resource=case.child_resource, live=True, span=first.span).exists()


def gathered():
    from tests.cast import gather

    cast = gather()
    cast.hana, cast.intan = recovering.therapist(cast), recovering.therapist(cast, "Intan")
    (cast.room,), cast.studio = recovering.therapy_rooms(cast), grouping.studio(cast)
    return cast


@pytest.mark.parametrize("seed", range(3))
def test_however_children_come_and_go_no_more_are_in_it_than_it_has_places(
    cast, hana, room, intan, studio, as_worker, seed
):
    """Joining and leaving in a random order: what is taken, what is free and who is in it agree after every step."""
    chance = random.Random(seed)  # noqa: S311 -- a walk, not a secret
    group = grouping.plan(cast, intan, studio, capacity=2)
    children = [grouping.in_recovery(cast, hana, room, hour=hour) for hour in (9, 10, 11, 13)]
    inside = {}
    for _step in range(15):
        case = chance.choice(children)
        if case.pk in inside:
            groups.leave_group(membership=inside.pop(case.pk), **facts(cast, case))
        elif len(inside) < 2:
            inside[case.pk] = grouping.join(case, group, cast.social_worker)
        else:
            with pytest.raises(Objected):
                grouping.join(case, group, cast.social_worker)
        assert grouping.taken(group) == sorted(one.place.number for one in inside.values())
        assert grouping.free(group) == 2 - len(inside)
        assert grouping.live(case.child_resource) == (8 if case.pk in inside else 4)
