"""Who holds which role on a case: asked of the database, or brought along by a case that was opened for somebody."""

from datetime import timedelta

import pytest

from cms.accounts.models import Membership
from services.models import Case, CaseMember
from services.policies import can_attend_to_sessions, roles_on, works_for
from tests import factories


def opened_for(person):
    now = factories.now()
    return Case.objects.visible_to(person, now).with_roles_of(person, now).get()


def test_a_case_that_was_opened_for_somebody_brings_their_roles(case, cast, as_worker, django_assert_num_queries):
    asked = roles_on(as_worker, case, factories.now())
    opened = opened_for(as_worker)
    with django_assert_num_queries(0):
        assert roles_on(as_worker, opened, factories.now()) == asked == {"case_manager"}
    with django_assert_num_queries(1):
        assert roles_on(cast.psychologist, opened, factories.now()) == {"psychologist"}


@pytest.mark.parametrize("ended", [True, False])
def test_a_place_on_the_team_counts_while_it_lasts(case, cast, as_worker, ended):
    mine = CaseMember.objects.filter(case=case, user=as_worker)
    moment = factories.now() + timedelta(hours=0 if ended else 1)
    mine.update(ends=moment)
    brought = opened_for(as_worker).roles_held
    assert brought == ([] if ended else ["case_manager"])


def test_whoever_manages_a_case_does_so_without_a_place_on_its_team_and_only_while_at_its_agency(case, as_worker):
    CaseMember.objects.filter(case=case, user=as_worker).update(ends=factories.now())
    opened = opened_for(as_worker)
    assert [roles_on(as_worker, one, factories.now()) for one in (case, opened)] == [{"case_manager"}] * 2
    Membership.objects.filter(user=as_worker).update(ends=factories.now())
    assert [roles_on(as_worker, one, factories.now()) for one in (case, opened)] == [frozenset()] * 2


def test_a_manager_without_a_place_on_the_team_works_for_the_cases_agency_and_no_other(case, cast, as_worker):
    CaseMember.objects.filter(case=case, user=as_worker).update(ends=factories.now())
    assert works_for(as_worker, case, case.agency_id, factories.now())
    assert not works_for(as_worker, case, cast.police.pk, factories.now())
    Membership.objects.filter(user=as_worker).update(ends=factories.now())
    assert not works_for(as_worker, case, case.agency_id, factories.now())


def test_nobody_writes_attendance_in_a_closed_case(case, as_worker):
    assert can_attend_to_sessions(as_worker, case, factories.now())
    case.closed_at = factories.now()
    assert not can_attend_to_sessions(as_worker, case, factories.now())
