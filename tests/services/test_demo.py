"""The demonstration is plainly invented, and sealed like anything else."""

import pytest
from django.db import connection, transaction

from cms.accounts.models import User
from cms.database.context import acting_as
from services import demo
from services.models import CaseReference, ChildIdentity, VenueDirections


@pytest.fixture
def shown(own_database):
    with transaction.atomic():
        demo.load(password="rumah-dengan-lampu")


def test_who_the_invented_child_is(shown):
    with transaction.atomic(), acting_as(User.objects.get(email="sari@contoh.example")):
        identity = ChildIdentity.objects.get()
        assert "contoh" in identity.called_name.open()
        assert identity.nik.open().startswith("000000")  # no district of Indonesia
        assert CaseReference.objects.get().number.open().endswith("CONTOH")
        with connection.cursor() as cursor:
            cursor.execute("SELECT called_name FROM services_childidentity")
            assert cursor.fetchone()[0].startswith("d1.")
    with transaction.atomic(), acting_as(User.objects.get(email="fajar@contoh.example")):
        assert "Contoh" in VenueDirections.objects.get().text.open()
