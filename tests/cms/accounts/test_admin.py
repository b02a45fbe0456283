"""Agencies and memberships are kept in Wagtail's admin, by whoever may manage people and by nobody else."""

import pytest
from django.urls import reverse

from cms.accounts.models import Agency, Membership, User
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from tests import factories
from tests.cast import PASSWORD
from tests.entering import enter

AGENCY = {
    "name": "UPTD PPA Baru",
    "kind": "uptd_ppa",
    "province": "ID-PA",
    "district": "Kota Contoh",
    "zone": "Asia/Jayapura",
}


@pytest.fixture
def manager(db, client):
    person = User.objects.create_superuser("pengelola@contoh.example", PASSWORD, first_name="Pengelola")
    enter(client, person)
    return person


def test_a_manager_of_people_adds_an_agency_and_puts_somebody_there(client, manager):
    assert client.post(reverse("agency:add"), AGENCY).status_code == 302
    agency = Agency.objects.get(name=AGENCY["name"])
    person = factories.user("Tini")
    facts = {"user": person.pk, "agency": agency.pk, "role": "case_manager", "starts": "2026-01-01 08:00", "ends": ""}
    assert client.post(reverse("membership:add"), facts).status_code == 302
    assert Membership.objects.get(user=person).agency == agency
    with acting_as(manager):
        assert AuditEvent.objects.filter(actor=manager, verb="agency.saved").count() == 1
        assert AuditEvent.objects.filter(actor=manager, verb="membership.saved").count() == 1


def test_an_end_before_the_beginning_is_said_beside_the_form(client, manager):
    agency = factories.agency("UPTD PPA Lama")
    facts = {
        "user": manager.pk,
        "agency": agency.pk,
        "role": "keeper",
        "starts": "2026-02-01 08:00",
        "ends": "2026-01-01 08:00",
    }
    answer = client.post(reverse("membership:add"), facts)
    assert answer.status_code == 200
    assert not Membership.objects.exists()


@pytest.mark.parametrize("name", ["agency:index", "agency:add", "membership:index", "membership:add"])
def test_nobody_else_comes_near(client, db, name):
    enter(client, factories.member("Sari", factories.agency("UPTD PPA Contoh"), "case_manager"))
    assert client.get(reverse(name)).status_code == 302
    assert not Agency.objects.filter(name=AGENCY["name"]).exists()
    assert client.post(reverse(name), AGENCY).status_code in {302, 405}
    assert not Agency.objects.filter(name=AGENCY["name"]).exists()


def test_a_superuser_manages_people_with_wagtails_own_screens(client, manager):
    facts = {"email": "baru@contoh.example", "first_name": "Baru", "last_name": "Contoh",
             "password1": PASSWORD, "password2": PASSWORD}  # fmt: skip
    assert client.post(reverse("wagtailusers_users:add"), facts).status_code == 302
    assert User.objects.get(email="baru@contoh.example").check_password(PASSWORD)
