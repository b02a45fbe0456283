"""Who learns what of a group: how many places are free, anybody who plans recovery; whose child is in it, its own side alone."""

import pytest
from django.db import DatabaseError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.actions import groups, recovery
from services.models import GroupMembership, GroupPlace, GroupSession
from services.models.copies import copy_of
from tests import factories
from tests.databases import as_owner
from tests.services import grouping, recovering
from tests.services.keeping import close, erase, rows_of, told_cases
from tests.services.recovering import facts, run
from tests.services.test_erasure import OUTLIVES

NAMELESS = ("services_group", "services_groupsession", "services_groupplace")
OF_A_CHILD = (
    "services_groupmembership",
    "services_groupvisit",
    "services_groupmembershipformer",
    "services_groupvisitformer",
)


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.fixture
def house(world, hana, room):
    """Two cases of the social worker's in one group of Intan's: one goes to some sessions, the other left again."""
    cast = world.cast
    world.intan = recovering.therapist(cast, "Intan")
    world.group = grouping.plan(cast, world.intan, grouping.studio(cast))
    with acting_as(cast.social_worker):
        world.told.case.plan = grouping.in_recovery(cast, hana, room, case=world.told.case).plan
        world.member = grouping.join(world.told.case, world.group, cast.social_worker)
        groups.leave_visit_out(visit=world.member.visits.first(), **facts(cast, world.told.case))
        second = grouping.in_recovery(cast, hana, room, hour=11)
        world.second = second
        left = grouping.join(second, world.group, cast.social_worker)
        groups.leave_group(membership=left, **facts(cast, second))
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    return world


def test_the_evidence_sees_no_group_and_nobody_in_one(house):
    cast = house.cast
    for person in (cast.investigator, cast.prosecutor, cast.companion, cast.interviewer, cast.outsider, None):
        with acting_as(person):
            assert {table: count(table) for table in (*NAMELESS, *OF_A_CHILD)} == dict.fromkeys(
                (*NAMELESS, *OF_A_CHILD), 0
            )
            assert not AuditEvent.objects.filter(verb__startswith="recoverygroup").exists()


def test_who_plans_recovery_counts_free_places_and_learns_no_child(house):
    cast = house.cast
    for person in (cast.other_worker, cast.keeper, cast.psychologist, house.intan):
        with acting_as(person):
            assert [count(table) for table in NAMELESS] == [1, 4, 2]
            assert {table: count(table) for table in OF_A_CHILD} == dict.fromkeys(OF_A_CHILD, 0)
            assert grouping.free(house.group) == 2


def test_a_cases_side_sees_its_own_child_alone(house, hana):
    with acting_as(house.cast.social_worker):
        assert [count(table) for table in OF_A_CHILD] == [2, 8, 1, 5]
    as_owner("UPDATE services_recoverymember SET ends = now() WHERE case_id = %s", house.second.pk)
    with acting_as(hana):
        assert list(GroupMembership.objects.values_list("pk", flat=True)) == [house.member.pk]
        assert count("services_groupvisit") == 4


def test_a_leader_who_treats_a_child_of_the_group_sees_that_one(house):
    """Intan treats the second child as well: of the first she still learns nothing."""
    with acting_as(house.cast.social_worker):
        other = factories.open_case(house.cast)
        room = grouping.Group.objects.get().room
        other.plan = recovering.book(other, house.cast.social_worker, recovering.weekly(house.intan, room, hour=8))
        mine = grouping.join(other, house.group, house.cast.social_worker)
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    with acting_as(house.intan):
        assert list(GroupMembership.objects.all()) == [mine]


def test_nobody_else_plans_calls_off_or_lets_a_child_in(house):
    """Raw statements of people who may read a group, and may not change it."""
    cast = house.cast
    with acting_as(cast.other_worker):
        session = house.group.sessions.first()
        for statement in (
            "UPDATE services_group SET ended_at = now()",
            "UPDATE services_groupsession SET cancelled_at = now()",
        ):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                run(statement)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sekali_group_concerns(%s)", [[session.pk]])
            assert cursor.fetchall() == []
    for person in (cast.keeper, house.intan, cast.other_worker):
        with acting_as(person), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            GroupMembership.objects.create(
                case=house.told.case, plan=house.told.case.plan, group=house.group, place=GroupPlace.objects.get(freed_at__isnull=True),
                by=person, at=factories.now(),
            )  # fmt: skip
    with acting_as(cast.keeper):
        assert run("UPDATE services_groupvisit SET state = 'cancelled'") == 0


def test_a_session_is_added_by_who_plans_the_group(house):
    with acting_as(house.cast.social_worker):
        first = house.group.sessions.first()
        with pytest.raises(DatabaseError, match=r"row-level security|takes its leader"), transaction.atomic():
            GroupSession.objects.create(
                group=house.group, number=9, span=factories.span(factories.workday(40)), leader_time_id=first.leader_time_id,
                room_time_id=first.room_time_id,
            )  # fmt: skip


def test_a_copy_for_the_child_tells_of_the_group_and_of_no_hour_to_come(house):
    case = house.told.case
    with acting_as(house.cast.social_worker):
        session = grouping.let_it_come(house.group.sessions.last())
        groups.record_visit(visit=house.member.visits.get(session=session), attended="came", **facts(house.cast, case))
        parts = {part["title"]: part["entries"] for part in copy_of(case, factories.now())["parts"]}
    (treated,) = (entries for title, entries in parts.items() if title in {"Recovery", "Pemulihan"})
    assert len(treated) == 3  # the plan, the group, the session that has passed
    with acting_as(house.cast.social_worker):
        ahead = list(house.group.sessions.exclude(pk=session.pk))
    assert not [one for one in ahead if f"{one.starts.astimezone(case.zone):%H.%M}" in str(treated)]
    assert "Intan" not in str(treated)


# --- erasing ----------------------------------------------------------------------------------------------------------


def grouped(house, one, *, at_rest=True):
    """The child of a case in a group, ended so that the case can be closed."""
    cast, worker = house.cast, house.cast.social_worker
    with transaction.atomic():
        hana, intan = recovering.therapist(cast), recovering.therapist(cast, "Intan")
        (room,), studio = recovering.therapy_rooms(cast), grouping.studio(cast)
        group = grouping.plan(cast, intan, studio)
        with acting_as(worker):
            for case in (one.case, house.other.case):
                case.plan = grouping.in_recovery(cast, hana, room, case=case, hour=9 if case == one.case else 10).plan
                grouping.join(case, group, worker)
            if at_rest:
                recovery.cancel_plan(plan=one.case.plan, **facts(cast, one.case))
    return group


def taken(owner, group):
    rows = owner.execute("SELECT number FROM services_groupplace WHERE group_id = %s AND freed_at IS NULL", [group.pk])
    return [row[0] for row in rows.fetchall()]


def test_erasing_a_case_forgets_whose_place_it_was_and_keeps_its_number(own_database, owner):
    house = told_cases("due", "other")
    group = grouped(house, house.due)
    pk, child = house.due.case.pk, house.due.case.child_resource_id
    close(house, house.due)
    before = rows_of(owner, pk)
    assert {"services_groupmembership", "services_groupvisit", "services_groupvisitformer"} <= set(before)
    erase()
    assert set(rows_of(owner, pk)) <= OUTLIVES
    assert taken(owner, group) == [2]
    assert owner.execute("SELECT count(*) FROM services_groupplace").fetchone() == (2,)
    assert owner.execute("SELECT count(*) FROM services_occupancy WHERE resource_id = %s", [child]).fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM services_groupvisit WHERE state = 'booked'").fetchone() == (4,)


AGAIN = "SELECT sekali_erase_case(id, encode(sha256(convert_to(code, 'UTF8')), 'hex'), 'case', NULL, now(), now()) FROM services_case WHERE id = %s"


def test_erased_again_after_a_restore_a_child_that_is_in_a_group_once_more_leaves_it(own_database, owner):
    """The older backup knows nothing of the end of its plan: the place is freed by the erasure itself."""
    house = told_cases("due", "other")
    group = grouped(house, house.due, at_rest=False)
    assert taken(owner, group) == [1, 2]
    owner.execute(AGAIN, [house.due.case.pk])
    assert taken(owner, group) == [2]
    assert set(rows_of(owner, house.due.case.pk)) <= OUTLIVES


def test_a_groups_past_hours_are_not_swept_away_as_loose(own_database, owner):
    house = told_cases("due", "other")
    group = grouped(house, house.due, at_rest=False)
    long_ago = factories.span(factories.long_ago().replace(year=2020), minutes=60)
    hours = "SELECT leader_time_id FROM services_groupsession WHERE number = 1 UNION SELECT min(occupancy_id) FROM services_groupvisit"
    owner.execute(f"UPDATE services_occupancy SET span = %s, live = false WHERE id IN ({hours})", [long_ago])
    erase()
    assert owner.execute(f"SELECT count(*) FROM services_occupancy WHERE id IN ({hours})").fetchone() == (2,)
    assert taken(owner, group) == [1, 2]
