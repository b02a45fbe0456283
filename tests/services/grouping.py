"""Groups, and children in them; all by the product's own actions."""

import uuid
from datetime import timedelta

from cms.database.context import acting_as
from services.actions import groups
from services.actions.groups import groups_for
from services.models import Group, GroupPlace, GroupSession, Occupancy
from services.rules.groups import GroupPlan
from tests import factories
from tests.databases import as_owner
from tests.services import recovering


def studio(cast):
    """A room of the house for groups, apart from those in which one child is treated."""
    made = factories.room(factories.venue(cast.house, "Rumah Warna"), "Sanggar", child_friendly=True)
    factories.works(made, days=recovering.DAYS)
    return made


def wish(leader, room, *, capacity=3, kind="art", years=(None, None), language="id", **series):
    """A GroupPlan: on a weekday's afternoon, when no plan of `recovering` has a session (its are on `workday(3)`); any age, unless said."""
    series = {"first": 6, "hour": 14} | series
    return GroupPlan(kind, language, capacity, recovering.weekly(leader, room, **series), *years)


def plan(cast, leader, room, key=None, by=None, **more):
    """A group of the house, planned by its keeper."""
    by = by or cast.keeper
    with acting_as(by):
        return groups.plan_group(
            agency=cast.house, plan=wish(leader, room, **more), by=by, now=factories.now(), key=key or uuid.uuid4()
        )


def in_recovery(cast, leader, room, *, hour=9, case=None):
    """A case with a team and a plan of its own, every week on another day than the group's."""
    case = case or factories.open_case(cast)
    case.plan = recovering.book(case, cast.social_worker, recovering.weekly(leader, room, hour=hour))
    return case


def offer(case, group):
    """What this case is offered of this group; None when it is not."""
    return next((one for one in groups_for(case, factories.now()) if one.group == group), None)


def join(case, group, by, sessions=None):
    if sessions is None:
        sessions = [one.pk for one in offer(case, group).coming]
    return groups.join_group(case=case, plan=case.plan, group=group, sessions=sessions, by=by, now=factories.now())


def free(group):
    found = Group.objects.with_taken().get(pk=group.pk)
    return found.capacity - found.taken


def taken(group):
    """The numbers of its places that are taken."""
    return sorted(GroupPlace.objects.filter(group=group, freed_at__isnull=True).values_list("number", flat=True))


def live(resource):
    """How many hours of it are taken."""
    return Occupancy.objects.filter(resource=resource, live=True).count()


def let_it_come(session, hours=2):
    """Its hour has come, and everybody's in it; only time does that, so the owner stands in for it."""
    span = factories.span(factories.now() - timedelta(hours=hours), minutes=60)
    as_owner(
        "UPDATE services_occupancy SET span = %s WHERE id IN (SELECT unnest(ARRAY[leader_time_id, room_time_id])"
        " FROM services_groupsession WHERE id = %s UNION SELECT occupancy_id FROM services_groupvisit WHERE session_id = %s)",
        span, session.pk, session.pk,
    )  # fmt: skip
    as_owner("UPDATE services_groupsession SET span = %s WHERE id = %s", span, session.pk)
    return GroupSession.objects.get(pk=session.pk)


def hours(session):
    return (session.starts, session.ends)
