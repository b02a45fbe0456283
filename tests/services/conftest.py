"""A team, a house with rooms, and a case that is ready to be booked."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from cms.database.context import acting_as
from services.models import ChildView, LegalBasis, Readiness
from services.rules.interviews import Attendee, InterviewPlan
from tests import factories
from tests.cast import gather, rooms


@pytest.fixture
def cast(db):
    return gather()


@pytest.fixture
def things(cast):
    return rooms(cast)


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
