import pytest
from django.db import connection, transaction

from cms.database.context import acting_as, current_user_id


class Somebody:
    pk = 7


def test_tests_run_as_the_application(db, role):
    assert role == "sekali_app"


def test_context_is_nobody_by_default(db):
    assert current_user_id() is None


def test_context_nests_and_ends(db):
    other = Somebody()
    other.pk = 8
    with acting_as(Somebody()):
        with acting_as(other):
            assert current_user_id() == 8
        assert current_user_id() == 7
    assert current_user_id() is None


def test_context_ends_with_the_transaction(own_database):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sekali.user_id', '7', true)")
        assert current_user_id() == 7
    assert current_user_id() is None


def test_context_needs_a_transaction(own_database):
    with pytest.raises(transaction.TransactionManagementError), acting_as(Somebody()):
        pass
