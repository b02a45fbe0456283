"""Whom a session names: the right person or nobody, with what each page asks of them, for one query."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from cms.accounts.backend import ClosedBackend
from cms.accounts.factors import factor_ids
from cms.accounts.models import Membership, Role, User
from tests import factories


@pytest.fixture
def person(db):
    return factories.user("Sari")


def joins(person, name, role=Role.COMPANION, starts=-2, ends=None):
    now = factories.now()
    Membership.objects.create(
        user=person,
        agency=factories.agency(name),
        role=role,
        starts=now + timedelta(days=starts),
        ends=now + timedelta(days=ends) if ends is not None else None,
    )


def test_one_query_brings_the_person_their_second_steps_and_their_agency(person, django_assert_num_queries):
    joins(person, "Ended", starts=-9, ends=-3)
    joins(person, "To come", starts=1)
    joins(person, "First", starts=-5)
    joins(person, "Later", starts=-4)
    factories.user("Lain")
    second = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    with django_assert_num_queries(1):
        found = ClosedBackend().get_user(person.pk)
        brought = found, found.agency_name, sorted(factor_ids(found))
    asked = User.objects.get(pk=person.pk)
    assert brought == (person, "First", sorted(factor_ids(person)))
    assert brought[1:] == (asked.agency_name, sorted(factor_ids(asked)))
    assert second.pk in brought[2]
    assert len(brought[2]) == 2
    assert {field.attname: getattr(found, field.attname) for field in User._meta.concrete_fields} == {
        field.attname: getattr(asked, field.attname) for field in User._meta.concrete_fields
    }


def test_whoever_works_nowhere_and_has_no_second_step_brings_nothing(db):
    found = ClosedBackend().get_user(factories.user("Baru", second_step=False).pk)
    assert (found.agency_name, list(factor_ids(found))) == ("", [])


def test_an_account_that_is_shut_or_is_none_is_nobody(person):
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert ClosedBackend().get_user(person.pk) is None
    assert ClosedBackend().get_user(0) is None
