from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction

from cms.database.context import acting_as, answer_as, current_user_id
from cms.database.middleware import row_security

ASKED = SimpleNamespace(COOKIES={settings.SESSION_COOKIE_NAME: "x"}, user=SimpleNamespace(pk=7, is_authenticated=True))


class Somebody:
    pk = 7


def answered(_request):
    assert current_user_id() == 7
    return "answered"


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
    with pytest.raises(transaction.TransactionManagementError):
        answer_as(Somebody())


def test_a_request_is_answered_for_whoever_asks_up_to_its_commit_and_not_beyond(own_database):
    with transaction.atomic():
        assert row_security(answered)(ASKED) == "answered"
        assert current_user_id() == 7  # what is checked at the commit knows who asks
    assert current_user_id() is None


def test_inside_somebody_elses_transaction_nothing_of_a_request_stays(own_database):
    with transaction.atomic(), acting_as(SimpleNamespace(pk=8)):
        with transaction.atomic():
            assert row_security(answered)(ASKED) == "answered"
        assert current_user_id() == 8
