"""A sealed column: written by saving, opened on purpose, loud when anything was moved, and erased with its key."""

import pickle

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.forms.models import model_to_dict

from cms.database import embedded
from cms.database.context import acting_as
from cms.encryption.keys import KeyRing, encoded_key
from cms.encryption.models import DataKey, keys_at_hand
from cms.encryption.sealing import Destroyed, Unreadable, seal
from services.models import CaseReference, ChildIdentity, VenueDirections
from tests import factories
from tests.cast import gather
from tests.databases import as_owner, destroy_key

NAME, NUMBER = "Kenari Tujuh Q", "LP/B/0815/KENARI"


@pytest.fixture
def cast(db):
    return gather()


@pytest.fixture
def worker(cast):
    with acting_as(cast.social_worker):
        yield cast.social_worker


@pytest.fixture
def case(cast, worker):
    return factories.open_case(cast)


@pytest.fixture
def identity(case):
    return ChildIdentity.objects.create(case=case, called_name=NAME, contact_number="0812")


def again(row):
    return type(row).objects.get(pk=row.pk)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() if cursor.description else cursor.rowcount


def stored(row, column):
    return sql(f"SELECT {column} FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", row.pk)[0]


def test_what_is_saved_is_sealed_and_opens_again(identity):
    assert identity.called_name.open() == NAME
    assert again(identity).called_name.open() == NAME
    assert stored(identity, "called_name").startswith(f"d1.{DataKey.objects.get().pk.hex}.")
    assert again(identity).nik.open() == ""
    assert not again(identity).nik
    assert again(identity).called_name


def test_it_opens_before_it_is_saved_as_well(case):
    assert ChildIdentity(case=case, called_name=NAME).called_name.open() == NAME


def test_saving_again_does_not_seal_again(identity):
    before = stored(identity, "called_name")
    identity.revision += 1
    identity.save()
    found = again(identity)
    found.save()
    assert stored(identity, "called_name") == before
    found.called_name = NAME
    found.save()
    assert stored(identity, "called_name") != before
    assert again(identity).called_name.open() == NAME


def test_it_is_taken_away_with_an_empty_text(identity):
    identity.called_name = ""
    identity.contact_number = None
    identity.save()
    assert stored(identity, "called_name") == stored(identity, "contact_number") == ""


def test_a_deferred_column_is_fetched_when_it_is_opened(identity):
    assert ChildIdentity.objects.defer("called_name").get().called_name.open() == NAME


def test_printing_says_sealed_and_never_what_is_in_it(identity, case):
    token = stored(identity, "called_name")
    unsaved = ChildIdentity(case=case, called_name=NAME)
    for row in (identity, again(identity), unsaved):
        shown = [
            str(row.called_name),
            repr(row.called_name),
            f"{row.called_name}",
            repr(vars(row)),
            str(row),
            repr(row),
        ]
        shown.append(repr(model_to_dict(row)))
        assert not [text for text in shown if NAME in text or token in text], shown
    assert str(identity.called_name) == "[sealed]"
    assert str(identity.nik) == ""


def test_full_clean_leaves_it_as_it_is(identity):
    found = again(identity)
    found.full_clean()
    found.save()
    assert again(identity).called_name.open() == NAME


def test_a_queryset_neither_writes_nor_searches_open_text(identity):
    token = stored(identity, "called_name")
    for attempt in (
        lambda: ChildIdentity.objects.update(called_name=NAME),
        lambda: ChildIdentity.objects.filter(called_name=NAME).exists(),
        lambda: ChildIdentity.objects.filter(called_name=token).exists(),
    ):
        with pytest.raises(TypeError) as refused, transaction.atomic():
            attempt()
        assert NAME not in str(refused.value)
    assert ChildIdentity.objects.exclude(called_name="").get() == identity
    assert ChildIdentity.objects.filter(nik="").get() == identity


def test_only_text_is_taken(identity):
    with pytest.raises(TypeError):
        identity.nik = 3201
    assert identity.called_name != NAME


def test_bulk_create_seals_too(case, worker):
    CaseReference.objects.bulk_create(
        [CaseReference(case=case, kind="simfoni", number=NUMBER, by=worker, at=factories.now())]
    )
    row = CaseReference.objects.get()
    assert stored(row, "number").startswith("d1.")
    assert row.number.open() == NUMBER


@pytest.mark.parametrize("text", [NAME, "d1.", "d1..x", "m1.test.AAAA", "d1.abc.has a blank"])
def test_the_database_takes_no_open_text_whoever_writes(identity, text):
    with pytest.raises(IntegrityError, match="childidentity_holds_sealed_text_only"), transaction.atomic():
        sql("UPDATE services_childidentity SET called_name = %s", text)


# --- moved, changed, foreign ------------------------------------------------------------------------------------------
def test_moved_to_another_column_it_does_not_open(identity):
    sql("UPDATE services_childidentity SET separation = called_name")
    with pytest.raises(Unreadable, match=r"\Achildidentity.separation: does not open in this place\Z"):
        again(identity).separation.open()
    with pytest.raises(Unreadable):
        ChildIdentity.objects.annotate(other=F("called_name")).get().separation.open()


def test_moved_to_another_row_it_does_not_open(identity, cast):
    other = factories.open_case(cast)
    theirs = ChildIdentity.objects.create(case=other, called_name="Lain")
    sql(
        "UPDATE services_childidentity SET called_name = %s WHERE uuid = %s", stored(identity, "called_name"), theirs.pk
    )
    with pytest.raises(Unreadable):
        again(theirs).called_name.open()
    assert again(identity).called_name.open() == NAME


def test_moved_to_another_table_it_does_not_open(identity, case, worker):
    reference = CaseReference.objects.create(case=case, kind="simfoni", number=NUMBER, by=worker, at=factories.now())
    sql("UPDATE services_childidentity SET nik = %s", stored(reference, "number"))
    with pytest.raises(Unreadable):
        again(identity).nik.open()


def test_even_under_the_same_row_name_another_table_does_not_open_it(identity, case, worker):
    reference = CaseReference.objects.create(
        case=case, kind="simfoni", number=NUMBER, by=worker, at=factories.now(), uuid=identity.pk
    )
    sql("UPDATE services_childidentity SET nik = %s", stored(reference, "number"))
    with pytest.raises(Unreadable):
        again(identity).nik.open()


def test_a_master_sealed_text_is_no_case_sealed_text(identity):
    forged = seal("Orang lain", label="childidentity.called_name", row=identity.pk)
    with pytest.raises(IntegrityError, match="holds_sealed_text_only"), transaction.atomic():
        sql("UPDATE services_childidentity SET called_name = %s", forged)
    with pytest.raises(Unreadable, match="another kind of key"):
        DataKey.objects.unseal(forged, label="childidentity.called_name", row=identity.pk)


def test_a_changed_character_is_noticed(identity):
    token = stored(identity, "called_name")
    place = len(token) - 10
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    sql("UPDATE services_childidentity SET called_name = %s", changed)
    with pytest.raises(Unreadable):
        again(identity).called_name.open()


def test_a_data_key_put_in_anothers_place_does_not_unwrap(identity, cast):
    other = factories.open_case(cast)
    ChildIdentity.objects.create(case=other, called_name="Lain")
    mine, theirs = DataKey.objects.get(case_id=identity.case_id), DataKey.objects.get(case_id=other.pk)
    as_owner("UPDATE encryption_datakey SET wrapped = %s WHERE id = %s", theirs.wrapped, mine.pk)
    with pytest.raises(Unreadable):
        again(identity).called_name.open()


def test_a_data_key_that_is_not_there_is_said(identity):
    sql("UPDATE services_childidentity SET called_name = %s", f"d1.{'0' * 32}.AAAA")
    with pytest.raises(Unreadable, match="its data key is not here"):
        again(identity).called_name.open()


def test_with_another_master_key_nothing_opens(identity, settings):
    settings.MASTER_KEYS = KeyRing.parse(f"test:{encoded_key()}")
    with pytest.raises(Unreadable):
        again(identity).called_name.open()
    settings.MASTER_KEYS = KeyRing.parse(f"other:{encoded_key()}")
    with pytest.raises(Unreadable, match="wrapped by the master key test, which is not here"):
        again(identity).called_name.open()


def test_row_security_hides_the_key_with_the_case(identity, cast):
    with acting_as(cast.other_worker):
        assert not DataKey.objects.exists()
        assert not ChildIdentity.objects.exists()
        with pytest.raises(Unreadable):
            identity.called_name.open()


# --- erased -----------------------------------------------------------------------------------------------------------
def test_with_its_key_destroyed_everything_of_the_case_is_erased(identity, case, worker):
    """The rows, what they said before, and the references: one key opened them all."""
    reference = CaseReference.objects.create(case=case, kind="simfoni", number=NUMBER, by=worker, at=factories.now())
    identity.called_name = "Baru"
    identity.save()
    assert identity.formers.get().called_name.open() == NAME
    destroy_key(case.pk)
    for sealed in (again(identity).called_name, identity.formers.get().called_name, again(reference).number):
        with pytest.raises(Destroyed, match="erased"):
            sealed.open()
    identity.nik = "3201"
    with pytest.raises(Destroyed):
        identity.save()


def test_a_destroyed_key_stays_destroyed_and_nobody_puts_another_in(identity):
    key = DataKey.objects.get()
    for statement in (
        "UPDATE encryption_datakey SET wrapped = NULL, destroyed_at = now()",
        "UPDATE encryption_datakey SET wrapped = 'm1.test.AAAA'",
        "DELETE FROM encryption_datakey",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            sql(statement)
    for statement, said in (
        ("UPDATE encryption_datakey SET case_id = case_id + 1", "a key keeps its case"),
        ("UPDATE encryption_datakey SET id = gen_random_uuid()", "a key keeps its case"),
        ("UPDATE encryption_datakey SET wrapped = NULL", "datakey_is_wrapped_or_destroyed"),
    ):
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            as_owner(statement)
    destroy_key(identity.case_id)
    with pytest.raises(DatabaseError, match="stays destroyed"), transaction.atomic():
        as_owner("UPDATE encryption_datakey SET wrapped = %s, destroyed_at = NULL", key.wrapped)


def test_background_jobs_destroy_a_key_and_put_none_in(own_database):
    """What the site may not do at all."""
    address = embedded.url("sekali_jobs", own_database, settings.TEST_POSTGRES)
    with transaction.atomic():
        people = gather()
        with acting_as(people.social_worker):
            ChildIdentity.objects.create(case=factories.open_case(people), called_name=NAME)
    with psycopg.connect(address, autocommit=True) as jobs:
        with pytest.raises(psycopg.errors.RestrictViolation, match="by the owner only"):
            jobs.execute("UPDATE encryption_datakey SET wrapped = 'm1.test.AAAA'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            jobs.execute("DELETE FROM encryption_datakey")
        assert jobs.execute("UPDATE encryption_datakey SET wrapped = NULL, destroyed_at = now()").rowcount == 1


# --- keys -------------------------------------------------------------------------------------------------------------
def test_a_case_has_one_key_however_often_it_is_asked_for(identity, case, worker):
    CaseReference.objects.create(case=case, kind="simfoni", number=NUMBER, by=worker, at=factories.now())
    assert DataKey.objects.of_case(case.pk) == DataKey.objects.get()


def test_two_at_once_get_the_same_key(own_database):
    from threading import Thread

    with transaction.atomic():
        people = gather()
        with acting_as(people.social_worker):
            case = factories.open_case(people)
    found = []

    def ask():
        try:
            with transaction.atomic(), acting_as(people.social_worker):
                found.append(DataKey.objects.of_case(case.pk).pk)
        finally:
            connection.close()

    threads = [Thread(target=ask) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_keys_at_hand_are_fetched_once_and_forgotten(identity, django_assert_num_queries):
    found = again(identity)
    with keys_at_hand(), django_assert_num_queries(1):
        found.called_name.open()
        found.contact_number.open()
    with django_assert_num_queries(1):
        found.called_name.open()


def test_a_key_shows_nothing_of_itself(identity):
    key = DataKey.objects.get()
    assert key.wrapped not in repr(key)
    assert key.wrapped not in str(key)
    raw = key.unwrapped("x")
    assert raw not in pickle.dumps(key)


# --- under the master key ----------------------------------------------------------------------------------------------
def test_directions_are_sealed_under_the_master_key(cast):
    from services.models import Venue

    with acting_as(cast.keeper):
        venue = Venue.objects.create(code_name="Melati", agency=cast.house, province="ID-JB")
        row = VenueDirections.objects.create(venue=venue, text="Pintu biru", by=cast.keeper, at=factories.now())
        assert stored(row, "text").startswith("m1.test.")
        assert again(row).text.open() == "Pintu biru"
        assert not DataKey.objects.exists()
