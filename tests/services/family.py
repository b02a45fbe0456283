"""Two siblings whose cases one social worker leads, both ready to be booked."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

from services.actions.families import note_sibling
from services.actions.siblings import book_siblings
from tests import factories
from tests.services.conftest import _prepared, plan_for


def siblings_of(cast, things):
    """Both with two topics; call it inside `acting_as(cast.social_worker)`. `plans()` is a pair without any objection."""
    made = SimpleNamespace(cast=cast, things=things, by=cast.social_worker)
    made.one, made.other = _prepared(cast), _prepared(cast)
    note_sibling(case=made.one.case, code=made.other.code, by=cast.social_worker, now=factories.now())

    def plans(start=None, rest=15, **changes):
        """`{Case: InterviewPlan}`: 45 minutes each, `rest` minutes between them; `changes` go into both."""
        begin = start or factories.workday()
        starts = (begin, begin + timedelta(minutes=45 + rest))
        return {
            child.case: plan_for(cast, things, starts=at, needs=frozenset(need.pk for need in child.needs), **changes)
            for child, at in zip((made.one, made.other), starts, strict=True)
        }

    made.plans = plans
    return made


def book_both(family, *, key=None, case=None, plans=None, by=None):
    return book_siblings(
        case=case or family.one.case,
        plans=plans or family.plans(),
        by=by or family.by,
        now=factories.now(),
        key=key or uuid.uuid4(),
    )
