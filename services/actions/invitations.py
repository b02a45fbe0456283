"""Answer an invitation, attend otherwise, send a substitute: what happens to somebody's place at an interview."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.timezone import localdate

from cms.audit.recording import action, record
from cms.database.context import acting_as
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy, reminders
from services.actions.buffers import booked_spans
from services.actions.facts import conflicted_users
from services.actions.interviews import answered, locked, own_resource, stand_if_agreed, step, taken_for
from services.actions.plans import facts_for, plan_of
from services.models import Booking, Case, CaseMember, Interview, Participant, Qualification, Reminder, Resource
from services.models.free_time import free_time
from services.rules import matching, states
from services.rules.interviews import Attendee, objections
from services.rules.invitations import (
    UNABLE,
    answer_objections,
    new_objections,
    observers_have_a_room,
    substitute_objections,
    with_presence,
    with_substitute,
)


@action("invitation.refused")
def answer_invitation(*, participant, answer, by, now):
    """Somebody says whether they come (`answer` is a rules.invitations.Answer). Returns the Participant.

    They alone, until the interview begins, and as often as they change their mind; nobody asks why. With the last
    answer that was waited for, a proposal stands. Whoever booked is told when somebody cannot come.
    """
    interview = _locked_for(participant, by)
    participant = Participant.objects.select_for_update(of=("self",)).get(pk=participant.pk, resource__user=by)
    step(interview, states.ANSWER, now)
    if found := answer_objections(answer, now=now):
        raise Objected(found)
    participant.response, participant.answered_at = answer.response, now
    participant.other_start = answer.other_start
    participant.save(update_fields=["response", "answered_at", "other_start"])
    record("invitation.answered", by=by, now=now, about=participant, case_id=interview.case_id, answer=answer.response)
    with acting_as(interview.booked_by):
        if participant.response in UNABLE and interview.booked_by_id != by.pk and _sees(interview, now):
            reminders.tell(interview, [interview.booked_by_id], Reminder.Kind.CHANGED, now=now)
        stood = stand_if_agreed(interview, by=interview.booked_by, now=now)
    if stood:
        record("interview.confirmed", by=by, now=now, about=interview, case_id=interview.case_id)
    return participant


@action("participant.refused")
def change_presence(*, case, interview, participant, presence, by, now):
    """Let somebody attend otherwise, within what the protocol allows; they are asked anew. Returns the Participant.

    Refuses what the rules hold against the change itself; what stood in the way before does not hinder it.
    """
    interview = locked(case, interview)
    step(interview, states.ATTEND, now)
    participant = Participant.objects.get(pk=participant.pk, interview=interview)
    if participant.presence == presence:
        return participant
    before = plan_of(interview)
    after = with_presence(before, _attendee(participant), presence)
    facts = facts_for(case=case, plan=after, now=now, besides=interview)
    said = [[*objections(plan, facts), *observers_have_a_room(plan)] for plan in (before, after)]
    if found := new_objections(*said):
        raise Objected(found)
    participant.presence = presence
    _ask_anew(participant, by, now)
    reminders.tell(interview, _user_of(participant) - {by.pk}, Reminder.Kind.CHANGED, now=now)
    record("participant.attends_otherwise", by=by, now=now, about=participant, case_id=case.pk, presence=presence)
    return participant


@action("participant.refused")
def substitute_participant(*, case, interview, participant, resource, by, now):
    """Send `resource` (a person's Resource) in somebody's place, in the same role. Returns the Participant.

    Every rule is asked again. The place is taken through the one helper, the former person is free in the same step,
    and their row's former state is kept. Raises Objected, or occupancy.SlotTaken when the substitute is not free.
    """
    interview = locked(case, interview)
    step(interview, states.SUBSTITUTE, now)
    participant = Participant.objects.select_related("resource").get(pk=participant.pk, interview=interview)
    if participant.resource_id == resource.pk:
        raise Objected([Objection("substitute_is_the_same")])
    before = plan_of(interview)
    plan = with_substitute(before, _attendee(participant), resource.pk)
    if found := substitute_objections(plan, facts_for(case=case, plan=plan, now=now, besides=interview)):
        raise Objected(found)
    former = _user_of(participant)
    _exchange(interview, before, plan, resource, now)
    participant.resource = resource
    _ask_anew(participant, by, now)
    reminders.tell(interview, former - {by.pk}, Reminder.Kind.CHANGED, now=now)
    reminders.invite(interview, by=by, now=now)
    record("participant.substituted", by=by, now=now, about=participant, case_id=case.pk, role=participant.role)
    if stand_if_agreed(interview, by=by, now=now):
        record("interview.confirmed", by=by, now=now, about=interview, case_id=case.pk)
    return participant


@dataclass(frozen=True)
class Substitute:
    """Somebody who could come instead: what speaks for and against them, and the objections that would stop it."""

    resource: Resource
    words: list[matching.Word]
    objections: list[Objection]


def substitutes_for(*, case, interview, participant, now):
    """Who could come in somebody's place, the most suitable first. A fixed number of queries, however many there are.

    Members of the team in the same role; for an interviewer, everybody trained in the province if the team has none.
    """
    plan = plan_of(interview)
    mine = _attendee(participant)
    people = _pool(case, participant, now)
    everybody = plan
    for person in people:
        everybody = with_extra(everybody, Attendee(person.pk, participant.role, participant.presence))
    facts = facts_for(case=case, plan=everybody, now=now, besides=interview)
    free = _free(interview, [person.pk for person in people], now)
    conflicted = conflicted_users(case)
    wanted = wanted_of(case, participant.role, interview.starts.astimezone(ZoneInfo(interview.zone)).date())
    found = []
    for person in people:
        other = with_substitute(plan, mine, person.pk)
        here = facts_within(facts, other)
        suitor = suitor_of(person, person.user_id in conflicted, free=person.pk in free)
        found.append((matching.order(suitor, wanted), Substitute(
            person, matching.words(suitor, wanted), substitute_objections(other, here))))  # fmt: skip
    return [one for _order, one in sorted(found, key=lambda pair: (bool(pair[1].objections), pair[0]))]


def suitors(*, case, memberships, now):
    """[(membership, words, suits)] for people who may join the team as companion or interpreter, the best first."""
    conflicted = conflicted_users(case)
    day = localdate(now, case.zone)
    found = []
    for membership in memberships:
        resource = getattr(membership.user, "resource", None)
        if resource is None or not resource.active:
            continue
        wanted = wanted_of(case, membership.role, day)
        suitor = suitor_of(resource, membership.user_id in conflicted)
        found.append(
            (matching.order(suitor, wanted), membership, matching.words(suitor, wanted), matching.suits(suitor, wanted))
        )
    return [(membership, words, suits) for _order, membership, words, suits in sorted(found, key=lambda row: row[0])]


def wanted_of(case, role, day):
    """What this child needs of somebody in `role`; a child who signs needs sign language."""
    language = "ins" if "deaf" in case.access_needs and role != matching.COMPANION else case.language
    sex = {matching.COMPANION: case.companion_sex, matching.INTERVIEWER: case.interviewer_sex}.get(role, "")
    return matching.Wanted(role, day, language, sex)


def suitor_of(resource, conflicted, *, free=None):
    """A Suitor of a person's row; its qualifications should be prefetched."""
    trained: dict[str, date] = {}
    for held in resource.qualifications.all():
        trained[held.kind] = max(held.expires_on, trained.get(held.kind, held.expires_on))
    return matching.Suitor(resource.pk, resource.sex, frozenset(resource.languages), trained, conflicted, free)


def with_extra(plan, attendee):
    return replace(plan, attendees=(*plan.attendees, attendee))


def facts_within(facts, plan):
    """The facts as they bear on one plan, of facts that were gathered for more people."""
    return replace(facts, outside_hours=facts.outside_hours & frozenset(plan.resources()))


def _pool(case, participant, now):
    members = CaseMember.objects.current(now).filter(case=case, role=participant.role).values("user_id")
    people = Resource.objects.active().filter(kind=Resource.Kind.PERSON).exclude(pk=participant.resource_id)
    chosen = people.filter(user_id__in=members)
    if participant.role == matching.INTERVIEWER and not chosen.exists():
        chosen = people.filter(
            agency__province=case.province, qualifications__kind=Qualification.Kind.FORENSIC
        ).distinct()
    return list(chosen.select_related("agency").prefetch_related("qualifications").order_by("pk"))


def _free(interview, resources, now):
    """Those of the resources that are at work and not taken for the whole of the interview, of each of its sessions."""
    free = set(resources)
    for session in interview.sessions:
        minutes = int((session.ends - session.starts).total_seconds() // 60)
        found = free_time(resources, start=session.starts, end=session.ends, origin=session.starts, now=now)
        free &= {pk for pk, stretches in found.items() if stretches == [0, minutes]}
    return free


def _exchange(interview, before, plan, resource, now):
    """Take the newcomer's time and let go of whoever is no longer in the plan, in one step."""
    taken = list(taken_for(interview))
    own = [one for one in taken if one.resource_id in before.resources() and one.resource_id not in plan.resources()]
    if resource.pk in before.resources():
        occupancy.release(own)  # already there in another role
        return
    # The way there and back is theirs, not their forerunner's.
    wanted = [(pk, span) for pk, span in booked_spans(interview.case, plan) if pk == resource.pk]
    made = occupancy.take(wanted=wanted, now=now, hold_until=interview.proposed_until, instead_of=own)
    Booking.objects.bulk_create(Booking(case_id=interview.case_id, interview=interview, occupancy=one) for one in made)


def _ask_anew(participant: Any, by: Any, now: Any) -> None:
    begin = answered(participant.resource_id == own_resource(by), now)
    participant.response, participant.answered_at, participant.other_start = (
        begin["response"],
        begin["answered_at"],
        None,
    )
    participant.save(update_fields=["resource", "presence", "response", "answered_at", "other_start"])


def _attendee(participant):
    return Attendee(participant.resource_id, participant.role, participant.presence)


def _user_of(participant):
    return {participant.resource.user_id} if participant.resource.user_id else set()


def _sees(interview, now):
    """Does whoever booked it still work on the case, so that there is somebody to be told?"""
    return Case.objects.visible_to(interview.booked_by, now).filter(pk=interview.case_id).exists()


def _locked_for(participant, by):
    """The interview of somebody's place, its row locked where a member of the case is to be had to lock it.

    A place of the pool's interviewer shows them the interview, which they cannot lock; whoever booked it can.
    """
    interview = Interview.objects.select_related("booked_by", "protocol").filter(pk=participant.interview_id).first()
    if interview is None:  # of the pool, one sees what lies ahead only
        raise Objected([Objection("invitation_over")])
    for person in (by, interview.booked_by):
        with acting_as(person):
            if mine := Interview.objects.select_for_update().filter(pk=interview.pk).first():
                mine.booked_by, mine.protocol = interview.booked_by, interview.protocol
                return mine
    return interview
