"""Plan a group, let a child join it and leave it, call sessions off: each one savepoint, all of it or nothing.

Whatever ends lets go of what it held by the database's own hand (migration 0053): a keeper who calls a session off frees
hours of children whose names and cases they never see.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Prefetch

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.database.errors import violated
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy
from services.actions.buffers import group_spans
from services.actions.facts import age_on
from services.actions.series import facts_of, works_on_evidence
from services.models import (
    Group,
    GroupMembership,
    GroupSession,
    GroupVisit,
    Occupancy,
    RecoveryPlan,
    RecoverySession,
    Resource,
    SessionState,
    VenuePresence,
    WaitingEntry,
)
from services.notices import something_to_read
from services.rules.groups import (
    ChildsDays,
    JoiningFacts,
    calling_off_objections,
    clashes_of,
    fits_age,
    group_objections,
    joining_objections,
)
from services.rules.recovery import SESSION_STEPS, attendance_objections, moving_objections

PLACE = "SELECT sekali_take_place(%s, %s)"
CONCERNS = "SELECT sekali_group_concerns(%s)"
# A constraint that refuses the row, and the rule that says the same in words.
LAST_JUDGES = {
    "groupmembership_of_a_plan_in_progress": "group_needs_a_plan",
    "groupmembership_on_one_side_of_the_wall": "group_leader_on_the_other_side",
    "groupvisit_of_a_session_ahead": "group_changed",
    "groupsession_by_a_trained_leader": "recovery_therapist_not_trained",
}


@dataclass(frozen=True)
class GroupOffer:
    """A group that a child could join: its sessions ahead, and by id why it cannot come to some of them. No other child."""

    group: Any  # a Group with `taken`
    sessions: list = field(default_factory=list)
    clashes: dict = field(default_factory=dict)

    @property
    def free(self):
        return self.group.capacity - self.group.taken

    @property
    def coming(self):
        """The sessions that the child can attend."""
        return [session for session in self.sessions if session.pk not in self.clashes]


# --- the group -------------------------------------------------------------------------------------------------------


@action("recoverygroup.refused")
def plan_group(*, agency, plan, by, now, key):
    """Book a group with all its sessions: leader and room, all of them or none. Returns the Group.

    `plan` is a GroupPlan. The same `key` with the same contents finds the first result; with others it is refused. Raises
    Objected with every objection, and occupancy.SlotTaken when somebody was faster.
    """
    digest = hashlib.sha256(json.dumps([agency.pk, asdict(plan)], default=str).encode()).hexdigest()
    if earlier := _planned_before(key, digest):
        return earlier
    _refuse_group(agency, plan, now)
    wanted = group_spans(plan.series)
    if occupancy.outside_hours(wanted):
        raise Objected([Objection("recovery_outside_working_hours")])
    try:
        taken = occupancy.take(wanted=wanted, now=now)
    except occupancy.SlotTaken:
        # A double click: the twin booked while we waited for the lock.
        if earlier := _planned_before(key, digest):
            return earlier
        raise
    made = _save_group(agency, plan, by, now, key=key, payload_hash=digest)
    _save_sessions(made, plan, iter(taken))
    record("recoverygroup.planned", by=by, now=now, about=made, sessions=len(plan.series.starts))
    return made


def _planned_before(key, digest):
    earlier = Group.objects.filter(key=key).first()
    if earlier is not None and earlier.payload_hash != digest:
        raise Objected([Objection("form_used_differently")])
    return earlier


def _refuse_group(agency, plan, now):
    _user, facts = facts_of(plan.series.therapist, ZoneInfo(agency.zone), now)
    found = group_objections(plan, facts)
    own = Resource.objects.active().filter(agency=agency)
    leads = own.filter(pk=plan.series.therapist, kind=Resource.Kind.PERSON).exists()
    meets = own.filter(pk=plan.series.room, kind=Resource.Kind.ROOM, child_friendly=True).exists()
    if not (leads and meets):
        found.append(Objection("group_of_another_house"))
    if found:
        raise Objected(found)


def _save_group(agency, plan, by, now, **key):
    series = plan.series
    try:
        with transaction.atomic():
            return Group.objects.create(
                agency=agency,
                kind=plan.kind,
                language=plan.language,
                capacity=plan.capacity,
                years_from=plan.years_from,
                years_to=plan.years_to,
                leader_id=series.therapist,
                room_id=series.room,
                zone=agency.zone,
                every_weeks=series.every_weeks,
                minutes=series.minutes,
                by=by,
                at=now,
                **key,
            )
    except IntegrityError as error:
        raise Objected([Objection(LAST_JUDGES.get(violated(error), "form_used_differently"))]) from None


def _save_sessions(group, plan, rows):
    """`rows` are the occupancies in the order of `group_spans`: of each session its leader's, then its room's."""
    GroupSession.objects.bulk_create(
        GroupSession(
            group=group, number=number, span=DateTimeTZRange(*span), leader_time=next(rows), room_time=next(rows)
        )
        for number, span in enumerate(plan.series.spans(), start=1)
    )


@action("recoverygroup.refused")
def call_off(*, group, session, by, now):
    """Call one session off, for everybody: every hour it took is free at once, and whoever is concerned is told.

    Nobody is asked why. Refuses one that has begun or is called off already.
    """
    Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
    session = GroupSession.objects.select_for_update(of=("self",)).get(pk=session.pk, group=group)
    found = calling_off_objections(cancelled=session.cancelled_at is not None, begun=session.starts <= now)
    if found:
        raise Objected(found)
    _tell([session.pk], by)
    session.cancelled_at = now
    session.save(update_fields=["cancelled_at"])
    record("recoverygroup.called_off", by=by, now=now, about=session)
    return session


@action("recoverygroup.refused")
def end_group(*, group, by, now):
    """End a group for good: its sessions ahead are called off, every place and every child's hour is free. Tells everybody."""
    group = Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
    if group.ended_at is not None:
        raise Objected([Objection("group_ended")])
    _tell(list(group.sessions.ahead(now).values_list("pk", flat=True)), by)
    group.ended_at = now
    group.save(update_fields=["ended_at"])
    record("recoverygroup.ended", by=by, now=now, about=group)
    return group


def _tell(sessions, by):
    """The one neutral mail to whoever is concerned. Who that is, whoever calls off is not shown."""
    with connection.cursor() as cursor:
        cursor.execute(CONCERNS, [sessions])
        concerned = [row[0] for row in cursor.fetchall()]
    people = User.objects.filter(pk__in=concerned, is_active=True).exclude(pk=by.pk).exclude(email="")
    something_to_read(list(people.order_by("pk")), settings.WAGTAILADMIN_BASE_URL)


# --- a child in it ----------------------------------------------------------------------------------------------------


def groups_for(case, now):
    """GroupOffers in the child's province that suit its age; its own language, then free places, then few clashes first.

    A fixed number of queries, however many groups there are. A full one is among them: the child can wait for a place.
    """
    day = now.astimezone(case.zone).date()
    joined = GroupMembership.objects.current().filter(case=case).values("group_id")
    ahead = Prefetch("sessions", queryset=GroupSession.objects.ahead(now), to_attr="meetings")
    groups = (
        Group.objects.going_on()
        .filter(agency__province=case.province)
        .exclude(pk__in=joined)
        .with_taken()
        .select_related("agency", "leader", "room__venue")
        .prefetch_related(ahead)
    )
    suitable = [
        group for group in groups
        if group.meetings and fits_age(age_on(case, day) // 12, group.years_from, group.years_to)
    ]  # fmt: skip
    known = _days_of(case, now)
    offers = [_offer(case, group, group.meetings, known) for group in suitable]
    return sorted(
        (offer for offer in offers if offer.coming),
        key=lambda one: (one.group.language != case.language, one.free < 1, len(one.clashes), one.group.pk),
    )


def _offer(case, group, sessions, known):
    meetings = {session.pk: (session.starts, session.ends) for session in sessions}
    child, apart = known
    child = replace(child, apart=apart.get(group.room.venue_id, ()))
    return GroupOffer(group, list(sessions), clashes_of(meetings, child, case.zone))


def _days_of(case, now):
    """What the child does from now on, and by venue the days on which the suspect's side of its case is there. Four queries."""
    taken = Occupancy.objects.taken(now).filter(resource=case.child_resource_id, span__endswith__gt=now)
    own = RecoverySession.objects.filter(case=case, state=SessionState.BOOKED, span__startswith__gt=now)
    others = GroupVisit.objects.ahead(now).filter(case=case)
    spans = [*own.values_list("span", flat=True), *others.values_list("session__span", flat=True)]
    child = ChildsDays(
        busy=[(span.lower, span.upper) for span in taken.values_list("span", flat=True)],
        days=frozenset(span.lower.astimezone(case.zone).date() for span in spans),
    )
    apart: dict[int, list[tuple[date, date]]] = {}
    for venue, days in VenuePresence.objects.standing().of_suspects().filter(case=case).values_list("venue_id", "days"):
        apart.setdefault(venue, []).append((days.lower, days.upper))
    return child, apart


@action("recoverygroup.refused")
def join_group(*, case, plan, group, sessions, by, now):
    """Take a place in a group for the child, and its own time for `sessions` (ids), as part of its recovery plan.

    `sessions` are those that somebody saw and said yes to, without those that clash. Refuses when no place is free, when a
    session clashes after all, when the group changed meanwhile; a child that is in the group already is found there. Raises
    Objected, and occupancy.SlotTaken when the child's time was taken in the same moment. Returns the GroupMembership.
    """
    plan = RecoveryPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk, case=case)
    if earlier := GroupMembership.objects.current().filter(case=case, group=group).first():
        return earlier
    group = Group.objects.select_related("leader", "room").get(pk=group.pk)
    offer = _offer(case, group, group.sessions.ahead(now), _days_of(case, now))
    _refuse_joining(case, plan, offer, sessions, now)
    chosen = [session for session in offer.sessions if session.pk in set(sessions)]
    place = _take_place(group, now)
    taken = occupancy.take(wanted=[(case.child_resource_id, (one.starts, one.ends)) for one in chosen], now=now)
    membership = _save_membership(plan, group, place, zip(chosen, taken, strict=True), by, now)
    waits = WaitingEntry.objects.filter(case=case, state=WaitingEntry.State.WAITING, need=WaitingEntry.Need.GROUP)
    waits.update(state=WaitingEntry.State.PLACED)
    record("recoverygroup.joined", by=by, now=now, about=membership, case_id=case.pk, sessions=len(chosen))
    return membership


def _refuse_joining(case, plan, offer, sessions, now):
    group = offer.group
    first = min((one.starts for one in offer.sessions), default=now)
    facts = JoiningFacts(
        years=age_on(case, first.astimezone(case.zone).date()) // 12,
        years_from=group.years_from,
        years_to=group.years_to,
        in_progress=plan.state == "active",
        ended=group.ended_at is not None,
        closed=case.closed_at is not None,
        leader_works_on_case=works_on_evidence(case, group.leader.user_id, now),
        ahead={one.pk for one in offer.sessions},
        clashing=offer.clashes,
    )
    if found := joining_objections(sessions, facts):
        raise Objected(found)


def _take_place(group, now):
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [group.pk, now])
        place = cursor.fetchone()[0]
    if place is None:
        raise Objected([Objection("group_full")])
    return place


def _save_membership(plan, group, place, times, by, now):
    try:
        with transaction.atomic():
            made = GroupMembership.objects.create(
                case_id=plan.case_id, plan=plan, group=group, place_id=place, by=by, at=now
            )
            GroupVisit.objects.bulk_create(
                GroupVisit(case_id=plan.case_id, group=group, membership=made, session=session, occupancy=taken)
                for session, taken in times
            )
    except IntegrityError as error:
        raise Objected([Objection(LAST_JUDGES.get(violated(error), "group_changed"))]) from None
    return made


@action("recoverygroup.refused")
def leave_group(*, case, membership, by, now):
    """Leave a group: the place and the child's hours ahead are free at once. Nobody is asked why."""
    membership = GroupMembership.objects.select_for_update(of=("self",)).get(pk=membership.pk, case=case)
    if membership.left_at is not None:
        raise Objected([Objection("group_left_already")])
    return _leave(membership, by, now)


def leave_groups(*, plan, by, now):
    """Leave every group of a plan that comes to rest: what an absent child holds, another one waits for."""
    for membership in plan.memberships.current().select_for_update(of=("self",)).order_by("pk"):
        _leave(membership, by, now)


def _leave(membership, by, now):
    membership.left_at = now
    membership.save(update_fields=["left_at"])
    record("recoverygroup.left", by=by, now=now, about=membership, case_id=membership.case_id)
    return membership


def visits_of(plan):
    """Every visit to a group that belongs to a plan, past ones too."""
    return GroupVisit.objects.filter(membership__plan=plan)


@action("recoverygroup.refused")
def record_visit(*, case, visit, attended, by, now):
    """Write down the fact: `came` or `missed`. Nothing else, and no note."""
    visit = GroupVisit.objects.select_for_update(of=("self",)).select_related("session").get(pk=visit.pk, case=case)
    found = attendance_objections(visit.state, attended, begun=visit.session.starts <= now)
    return _set_visit(visit, attended, found, "recoverygroup.attended", by, now)


@action("recoverygroup.refused")
def leave_visit_out(*, case, visit, by, now):
    """The child does not come to one session; its hour is free at once, its place is kept. Nobody is asked why."""
    visit = GroupVisit.objects.select_for_update(of=("self",)).select_related("session").get(pk=visit.pk, case=case)
    found = moving_objections(visit.state, "leave_out", begun=visit.session.starts <= now)
    return _set_visit(visit, "leave_out", found, "recoverygroup.visit_left_out", by, now)


def _set_visit(visit, step, found, verb, by, now):
    if found:
        raise Objected(found)
    visit.state = SESSION_STEPS[visit.state][step]
    visit.save(update_fields=["state"])
    record(verb, by=by, now=now, about=visit, case_id=visit.case_id)
    return visit
