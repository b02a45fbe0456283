"""People, agencies and memberships: each promise of the database, tried to be broken."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from cms.accounts.models import Membership, Role, User
from tests import factories


@pytest.fixture
def house(db):
    return factories.agency("Rumah")


def joins(person, house, role=Role.COMPANION, starts=-2, ends=None):
    now = factories.now()
    ends = now + timedelta(days=ends) if ends is not None else None
    return Membership.objects.create(
        user=person, agency=house, role=role, starts=now + timedelta(days=starts), ends=ends
    )


def test_one_account_for_an_address_however_it_is_written(db):
    factories.user("Sari", "sari@contoh.example")
    with pytest.raises(IntegrityError, match="user_one_account_per_address"), transaction.atomic():
        User.objects.create(email="SARI@contoh.example", first_name="Lain")
    assert User.objects.get_by_natural_key("Sari@Contoh.Example").name == "Sari"


def test_an_address_is_kept_in_small_letters_and_a_password_as_a_hash(db):
    person = User.objects.create_user("Sari@Contoh.Example", "satu-kali-saja", first_name="Sari")
    assert person.email == "sari@contoh.example"
    assert "satu-kali-saja" not in person.password
    assert not User.objects.create_user("lain@contoh.example", first_name="Lain").has_usable_password()


def test_a_role_is_held_once_at_a_time(house):
    person = factories.user()
    joins(person, house)
    with pytest.raises(IntegrityError, match="membership_one_open_per_role"), transaction.atomic():
        joins(person, house)
    joins(person, house, Role.PSYCHOLOGIST)
    Membership.objects.update(ends=factories.now())
    assert joins(person, house)


@pytest.mark.parametrize("ends", [-2, -3])
def test_a_membership_ends_after_it_starts(house, ends):
    with pytest.raises(IntegrityError, match="membership_ends_after_it_starts"), transaction.atomic():
        person, now = factories.user(), factories.now()
        starts, end = now - timedelta(days=2), now + timedelta(days=ends)
        Membership.objects.create(user=person, agency=house, role=Role.KEEPER, starts=starts, ends=end)


def test_somebody_who_works_somewhere_is_not_deleted(house):
    person = factories.user()
    joins(person, house)
    with pytest.raises(ProtectedError):
        person.delete()
    with pytest.raises(ProtectedError):
        house.delete()


def test_ones_agency_is_the_first_that_is_in_force(house):
    person, later = factories.user(), factories.agency("Lain")
    assert person.agency_name == ""
    joins(person, later, starts=-1)
    joins(person, house, starts=-9, ends=-3)
    assert User.objects.get().agency_name == "Lain"


def test_a_name_is_how_somebody_is_printed(db):
    assert str(factories.user("Sari")) == "Sari"
