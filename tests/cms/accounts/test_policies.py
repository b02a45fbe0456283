"""Roles come from memberships in force: begun, not ended, of somebody whose account is open."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from cms.accounts.models import Membership, Role
from cms.accounts.policies import has_role, roles_of, works_with_cases
from tests import factories

NOBODY = [AnonymousUser(), None]


@pytest.fixture
def house(db):
    return factories.agency("UPTD PPA Contoh", "uptd_ppa")


def member(house, role, *, starts=-1, ends=None):
    """Somebody whose membership begins and ends so many days from now."""
    person, now = factories.user("Sari"), factories.now()
    Membership.objects.create(
        user=person,
        agency=house,
        role=role,
        starts=now + timedelta(days=starts),
        ends=now + timedelta(days=ends) if ends is not None else None,
    )
    return person


def test_a_member_has_the_role(house):
    sari = member(house, Role.COMPANION)
    assert roles_of(sari, factories.now()) == {Role.COMPANION}
    assert has_role(sari, Role.COMPANION, factories.now())
    assert has_role(sari, Role.COMPANION, factories.now(), agency=house)
    assert works_with_cases(sari, factories.now())


def test_another_role_or_agency_is_not_meant(house):
    sari, elsewhere = member(house, Role.COMPANION), factories.agency("UPTD PPA Lain", "uptd_ppa")
    assert not has_role(sari, Role.PROSECUTOR, factories.now())
    assert not has_role(sari, Role.COMPANION, factories.now(), agency=elsewhere)


@pytest.mark.parametrize("period", [{"starts": 1}, {"starts": -9, "ends": -1}, {"starts": -9, "ends": 0}])
def test_a_membership_to_come_or_gone_by_gives_nothing(house, period):
    sari = member(house, Role.COMPANION, **period)
    assert roles_of(sari, factories.now()) == frozenset()
    assert not works_with_cases(sari, factories.now())


def test_a_closed_account_has_no_role(house):
    sari = member(house, Role.COMPANION)
    sari.is_active = False
    sari.save()
    assert roles_of(sari, factories.now()) == frozenset()
    assert not has_role(sari, Role.COMPANION, factories.now())


def test_a_keeper_of_rooms_works_with_no_case(house):
    assert not works_with_cases(member(house, Role.KEEPER), factories.now())


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_stranger_has_no_role(db, nobody):
    assert roles_of(nobody, factories.now()) == frozenset()
    assert not has_role(nobody, Role.COMPANION, factories.now())
