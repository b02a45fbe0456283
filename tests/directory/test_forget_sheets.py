"""The command that throws away what is expired sees, as its role, nothing else."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cms.database.connection import as_jobs
from cms.database.context import acting_as
from directory.models import Sheet, SheetRow
from tests.directory import factories
from tests.directory.sheets import as_csv, checked, office


def test_what_is_expired_goes_and_the_rest_is_not_even_seen(own_database):
    with transaction.atomic():
        reviewer = factories.reviewer()
        with acting_as(reviewer):
            for name in ("Lama", "Baru"):
                checked(as_csv([office(name)]), reviewer)
            then = timezone.now() - timedelta(days=2)
            Sheet.objects.filter(rows__name="Lama").update(made_at=then, ends_at=then + timedelta(days=1))
    with as_jobs(), transaction.atomic():
        assert list(SheetRow.objects.values_list("name", flat=True)) == ["Lama"]
        with pytest.raises(DatabaseError), transaction.atomic():
            SheetRow.objects.update(name="x")
    out = io.StringIO()
    call_command("forget_sheets", stdout=out)
    assert out.getvalue() == "1 spreadsheets\n"
    with transaction.atomic(), acting_as(reviewer):
        assert list(SheetRow.objects.values_list("name", flat=True)) == ["Baru"]
    connection.close()


def test_without_the_role_of_background_work_it_says_so(own_database, monkeypatch):
    monkeypatch.setattr(settings, "DATABASE_JOBS", None)
    with pytest.raises(CommandError):
        call_command("forget_sheets")
