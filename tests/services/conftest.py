"""A team, a house with rooms, and a case that is ready to be booked."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest

from cms.database.context import acting_as
from services.actions import interviews, testimony
from services.actions.cases import open_new_case
from services.models import CaseMember, ChildView, Interview, LegalBasis, Readiness
from services.rules.interviews import Attendee, InterviewPlan
from services.rules.testimony import AgainPlan, Entry
from tests import factories
from tests.cast import gather, rooms
from tests.databases import as_owner
from tests.services import recovering


@pytest.fixture
def cast(db):
    return gather()


@pytest.fixture
def things(cast):
    return rooms(cast)


@pytest.fixture
def hana(cast):
    """A therapist of the house."""
    return recovering.therapist(cast)


@pytest.fixture
def room(cast):
    """A room for sessions."""
    return recovering.therapy_rooms(cast)[0]


@pytest.fixture
def as_worker(cast):
    """The database answers for the social worker."""
    with acting_as(cast.social_worker):
        yield cast.social_worker


@pytest.fixture
def case(cast, as_worker):
    """A case with its team and nothing else."""
    made = factories.open_case(cast)
    factories.add_team(made, cast)
    return made


def record_preparation(case, cast):
    """Everything the rules want to be recorded before a joint interview."""
    LegalBasis.objects.create(case=case, ground="best_interests", by=cast.social_worker, at=factories.now())
    ChildView.objects.create(case=case, means="talk", answer="yes", by=cast.social_worker, at=factories.now())
    factories.permit(case, cast.social_worker)
    Readiness.objects.create(
        case=case,
        investigator=cast.investigator,
        companion=cast.companion,
        agreed_on=factories.now().date(),
        by=cast.social_worker,
        at=factories.now(),
    )


def give_hours(cast, things):
    """Working hours for everybody and everything."""
    people = [
        cast.social_worker,
        cast.interviewer,
        cast.investigator,
        cast.prosecutor,
        cast.companion,
        cast.psychologist,
    ]
    for resource in [*(person.resource for person in people), *things.values()]:
        factories.works(resource)


@pytest.fixture
def ready(case, cast, things):
    """A case that can be booked, and `plan(**changes)` that makes a plan without any objection."""
    record_preparation(case, cast)
    give_hours(cast, things)
    need = factories.need(case, cast)

    def plan(**changes):
        return plan_for(cast, things, needs=frozenset([need.pk]), **changes)

    return SimpleNamespace(case=case, cast=cast, things=things, need=need, plan=plan)


def plan_for(cast, things, **changes):
    start = changes.pop("starts", None) or factories.workday()
    team = [
        Attendee(cast.interviewer.resource.pk, "interviewer"),
        Attendee(cast.companion.resource.pk, "companion"),
        Attendee(cast.investigator.resource.pk, "investigator", "observing"),
        Attendee(cast.prosecutor.resource.pk, "prosecutor", "remote"),
        Attendee(cast.social_worker.resource.pk, "case_manager", "observing"),
    ]
    facts = {
        "starts": start,
        "ends": start + timedelta(minutes=45),
        "attendees": tuple(team),
        "room": things["room"].pk,
        "kit": things["kit"].pk,
        "observation_room": things["observation"].pk,
    }
    return InterviewPlan(**{**facts, **changes})


@pytest.fixture
def world(cast, things):
    """Cases at four moments, for views: nobody is being acted for, as at the beginning of a request.

    `fresh` can be booked, `booked` has begun and waits to be held, `told` has its ledger and an approved wish to ask
    again, `other` belongs to another agency. The interviewer is on no team: the search finds them.
    """
    give_hours(cast, things)
    with acting_as(cast.social_worker):
        cases = {name: _prepared(cast) for name in ("fresh", "booked", "told")}
        cases["booked"].interview = _begun(cases["booked"], cast, things)
        _tell(cases["told"], cast, things)
    with acting_as(cast.other_worker):
        agency = cast.other_worker.memberships.get().agency
        other = open_new_case(facts=factories.case_facts(), agency=agency, by=cast.other_worker, now=factories.now())
    return SimpleNamespace(cast=cast, things=things, other=SimpleNamespace(case=other, code=other.code), **cases)


@pytest.fixture
def act(world):
    """`act(function, case, **facts)` as the case manager."""
    worker = world.cast.social_worker

    def do(function, one, **facts):
        with acting_as(worker):
            return function(case=one.case, by=worker, now=factories.now(), **facts)

    return do


@pytest.fixture
def told(world):
    """The told case, as its case manager sees it: one topic told and recorded, one stopped."""
    with acting_as(world.cast.social_worker):
        world.told.cast = world.cast
        yield world.told


def _prepared(cast):
    case = factories.open_case(cast)
    factories.add_team(case, cast)
    record_preparation(case, cast)
    needs = [factories.need(case, cast, number) for number in (0, 1)]
    member = CaseMember.objects.get(case=case, role="companion")
    return SimpleNamespace(case=case, code=case.code, needs=needs, member=member)


def _begun(one, cast, things):
    """The joint interview, booked for a morning to come and then moved to yesterday's."""
    plan = plan_for(cast, things, needs=frozenset(need.pk for need in one.needs))
    interview = interviews.book_interview(
        case=one.case, plan=plan, by=cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )
    start = factories.now() - timedelta(days=1 + Interview.objects.count())  # one a day, for the team is the same
    let_time_pass(interview, start)
    interview.refresh_from_db()
    return interview


def let_time_pass(interview, start):
    """Make it the hour `start` at which the interview took place; only time does that, so the owner stands in for it."""
    span = factories.span(start)
    taken = list(interview.bookings.values_list("occupancy_id", flat=True))
    as_owner("UPDATE services_occupancy SET span = %s WHERE id = ANY (%s)", span, taken)
    as_owner("UPDATE services_interview SET span = %s WHERE id = %s", span, interview.pk)


def _tell(one, cast, things):
    facts = {"case": one.case, "by": cast.social_worker, "now": factories.now()}
    one.interview = _begun(one, cast, things)
    interviews.hold_interview(interview=one.interview, **facts)
    told, stopped = (need.topic_id for need in one.needs)
    entries = [Entry(told, "told_recorded", cast.police.pk, "SEGEL-1", "ab" * 32), Entry(stopped, "stopped")]
    one.entry, one.stopped = testimony.record_outcomes(interview=one.interview, entries=entries, **facts)
    wish = AgainPlan("supplementary", frozenset([stopped]), "Berkas belum lengkap.")
    one.asking = testimony.ask_again(plan=wish, agency=cast.house, **facts)
    testimony.approve(asking=one.asking, role="case_manager", **facts)
    with acting_as(cast.psychologist):
        testimony.approve(**{**facts, "by": cast.psychologist}, asking=one.asking, role="psychologist")
    ChildView.objects.create(case=one.case, means="talk", answer="yes", by=cast.social_worker, at=factories.now())
