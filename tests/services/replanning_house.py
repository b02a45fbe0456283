"""A house whose interviewer falls ill, committed: two case managers, three cases of the one and one of the other."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

from django.db import transaction
from django.utils import timezone

from cms.accounts.models import Role
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from services.actions import hours, interviews, replannings
from services.actions.cases import open_new_case
from services.actions.proposing import propose_next
from services.models import CaseMember, Proposal, Replanning
from services.rules.replanning_wish import Asked, Away
from tests import factories
from tests.cast import gather, rooms
from tests.services.conftest import give_hours, plan_for, record_preparation


def build(*, stand_in=True):
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        other = factories.member("Tuti", cast.house, Role.CASE_MANAGER)
        coordinator = factories.member("Kirana", cast.house, Role.COORDINATOR)
        factories.works(factories.person_resource(other, cast.house))
        second = None
        if stand_in:
            second = factories.person_resource(factories.member("Yusuf", cast.house, Role.INTERVIEWER), cast.house, "M")
            factories.qualify(second, "forensic")
            factories.works(second)
        give_hours(cast, things)
        ones = [booked(cast, things, cast.social_worker, hour) for hour in (8, 9, 10)]
        hidden = booked(cast, things, other, 13)
    return SimpleNamespace(
        cast=cast, things=things, other=other, coordinator=coordinator, second=second, ones=ones, hidden=hidden
    )


def coordinate(house, ones):
    """Put the house's coordinator on the cases `ones` of the one manager."""
    with transaction.atomic(), acting_as(house.cast.social_worker):
        for one in ones:
            CaseMember.objects.create(
                case=one.case, user=house.coordinator, agency=house.cast.house, role="coordinator",
                starts=factories.now() - timedelta(minutes=1),
            )  # fmt: skip


def booked(cast, things, manager, hour, later=()):
    with acting_as(manager):
        facts = factories.case_facts()
        case = open_new_case(facts=facts, agency=cast.house, by=manager, now=factories.now())
        factories.add_team(case, cast)
        record_preparation(case, SimpleNamespace(
            social_worker=manager, investigator=cast.investigator, companion=cast.companion))  # fmt: skip
        need = factories.need(case, SimpleNamespace(police=cast.police, social_worker=manager))
        plan = plan_for(cast, things, starts=factories.workday(hour=hour), needs=frozenset([need.pk]), later=later)
        plan = with_manager(plan, cast, manager)
        interview = interviews.book_interview(case=case, plan=plan, by=manager, now=factories.now(), key=uuid.uuid4())
    return SimpleNamespace(case=case, interview=interview, manager=manager, code=case.code)


def with_manager(plan, cast, manager):
    from dataclasses import replace

    own, theirs = cast.social_worker.resource.pk, manager.resource.pk
    return replace(
        plan, attendees=tuple(replace(a, resource=theirs) if a.resource == own else a for a in plan.attendees)
    )


def asked(house, *resources, marks=(), day=None):
    """The wish for a plan around resources that are away on the day of the interviews, for the house."""
    start, end = day or (factories.workday(hour=0), factories.workday(hour=23))
    away = tuple(Away(resource.pk, start, end) for resource in resources)
    return Asked(house.cast.house.pk, away, tuple(marks))


def plan(house, *resources, by=None, **facts):
    """Somebody asks for a plan; nobody wrote down a leave."""
    by = by or house.cast.keeper
    with transaction.atomic(), acting_as(by):
        return replannings.plan_anew(asked=asked(house, *resources, **facts), by=by, now=factories.now())


def falls_ill(house, resource=None, *, by=None):
    """A leave of a day around the interviews, and the wish for a plan."""
    resource, by = resource or house.cast.interviewer.resource, by or house.cast.keeper
    start, end = factories.workday(hour=0), factories.workday(hour=23)
    with transaction.atomic(), acting_as(by):
        hours.add_leave(resource=resource, start=start, end=end, by=by, now=factories.now())
        return replannings.plan_anew(asked=asked(house, resource), by=by, now=factories.now())


def think(**facts):
    with as_jobs():
        return propose_next(clock=timezone.now, **{"limit": 2.0, **facts})


def as_person(person):
    """A transaction in which the database answers for `person`; what it refuses stays inside."""
    from contextlib import ExitStack

    stack = ExitStack()
    stack.enter_context(transaction.atomic())
    stack.enter_context(acting_as(person))
    stack.enter_context(transaction.atomic())
    return stack


def proposals(replanning, person):
    with as_person(person):
        return list(Proposal.objects.counting().filter(replanning=replanning).select_related("case"))


def fresh(replanning, person):
    with as_person(person):
        return Replanning.objects.get(pk=replanning.pk)
