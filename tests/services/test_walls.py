"""Who sees what, asked of the database itself: as the application, in raw SQL, without any queryset of ours."""

import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cms.accounts.models import Membership
from cms.audit.models import AuditEvent
from cms.audit.recording import record
from cms.database.context import acting_as
from services import policies
from services.actions import interviews
from services.models import Booking, Case, CaseMember, Interview, Occupancy
from tests import factories
from tests.databases import as_owner
from tests.services.conftest import plan_for, record_preparation

CASE_TABLES = sorted(
    model._meta.db_table
    for model in apps.get_app_config("services").get_models()
    if any(field.name == "case" for field in model._meta.concrete_fields)
)


def a_moment_ago():
    """Before this test's transaction began: the database's own now() is when it did."""
    return timezone.now() - timedelta(seconds=30)


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.fixture
def booked(ready):
    interviews.book_interview(
        case=ready.case, plan=ready.plan(), by=ready.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )
    return ready


@pytest.mark.parametrize("table", [*CASE_TABLES, "services_case"])
def test_every_table_with_a_case_has_row_security_that_binds_its_owner_too(db, table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone() == (True, True)


@pytest.mark.parametrize("table", ["services_case", "services_casemember", "services_interview", "services_booking",
                                   "services_legalbasis", "services_participant", "services_questionneed"])  # fmt: skip
def test_rows_are_for_members_only(booked, table):
    assert count(table) > 0
    for stranger in (booked.cast.outsider, booked.cast.other_worker, booked.cast.keeper, None):
        with acting_as(stranger):
            assert count(table) == 0


def test_a_member_sees_the_case(booked):
    with acting_as(booked.cast.prosecutor):
        assert count("services_case") == 1
        assert list(Case.objects.visible_to(booked.cast.prosecutor, timezone.now())) == [booked.case]


def test_an_ended_place_on_the_team_hides_the_case(booked):
    CaseMember.objects.filter(user=booked.cast.prosecutor).update(ends=a_moment_ago())
    with acting_as(booked.cast.prosecutor):
        assert count("services_case") == 0


def test_an_ended_membership_of_the_agency_hides_the_case(booked):
    Membership.objects.filter(user=booked.cast.prosecutor).update(ends=a_moment_ago())
    with acting_as(booked.cast.prosecutor):
        assert count("services_case") == 0


def test_a_role_that_ended_hides_the_case_whatever_else_one_does_there(booked):
    Membership.objects.filter(user=booked.cast.prosecutor).update(role="keeper")
    with acting_as(booked.cast.prosecutor):
        assert count("services_case") == 0


def test_a_manager_who_left_the_agency_sees_and_manages_nothing(booked):
    worker = booked.cast.social_worker
    Membership.objects.filter(user=worker).update(ends=a_moment_ago())
    assert count("services_case") == 0
    assert count("services_interview") == 0
    assert not Case.objects.visible_to(worker, timezone.now()).exists()
    assert not policies.roles_on(worker, booked.case, timezone.now())


def test_a_disabled_account_sees_nothing(booked):
    type(booked.cast.prosecutor).objects.filter(pk=booked.cast.prosecutor.pk).update(is_active=False)
    with acting_as(booked.cast.prosecutor):
        assert count("services_case") == 0


def test_a_stranger_cannot_write_into_a_case(booked):
    with (
        acting_as(booked.cast.outsider),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        CaseMember.objects.create(
            case=booked.case,
            user=booked.cast.outsider,
            agency=booked.cast.house,
            role="companion",
            starts=timezone.now(),
        )


def test_a_stranger_cannot_change_a_case(booked):
    with acting_as(booked.cast.outsider), connection.cursor() as cursor:
        cursor.execute("UPDATE services_case SET manager_id = %s", [booked.cast.outsider.pk])
        assert cursor.rowcount == 0


def test_occupancy_names_no_case_and_is_seen_by_all_who_book(booked):
    assert {field.name for field in Occupancy._meta.concrete_fields} == {"id", "resource", "span", "live", "hold_until"}
    taken = Occupancy.objects.filter(live=True).count()
    with acting_as(booked.cast.other_worker):
        assert Occupancy.objects.filter(live=True).count() == taken
        assert not Booking.objects.exists()


def test_somebody_elses_case_books_around_ours(booked):
    """The search and the locks see that the room is taken although the booking itself is hidden."""
    from services.actions.occupancy import SlotTaken

    cast = booked.cast
    other = factories.open_case(cast)
    factories.add_team(other, cast)
    record_preparation(other, cast)
    CaseMember.objects.filter(case=booked.case).update(starts=factories.long_ago(), ends=a_moment_ago())
    as_owner("UPDATE services_case SET manager_id = %s WHERE id = %s", cast.psychologist.pk, booked.case.pk)
    assert not Interview.objects.filter(case=booked.case).exists()
    with pytest.raises(SlotTaken):
        interviews.book_interview(
            case=other, plan=plan_for(cast, booked.things), by=cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )
    free = plan_for(cast, booked.things, starts=factories.workday(hour=13))
    assert interviews.book_interview(
        case=other, plan=free, by=cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )


def test_audit_is_read_by_the_cases_members_and_the_actor_only(booked):
    with acting_as(booked.cast.prosecutor):
        event = record("case.opened", by=booked.cast.prosecutor, now=timezone.now(), case_id=booked.case.pk)
    assert AuditEvent.objects.filter(pk=event.pk).exists()
    with acting_as(booked.cast.other_worker):
        assert not AuditEvent.objects.filter(pk=event.pk).exists()
        mine = record("case.hidden", by=booked.cast.other_worker, now=timezone.now())
        assert AuditEvent.objects.filter(pk=mine.pk).exists()


def test_the_public_role_cannot_read_a_closed_table(own_database):
    import psycopg
    from django.conf import settings

    from cms.database import embedded

    with psycopg.connect(
        embedded.url("sekali_public", own_database, settings.TEST_POSTGRES), autocommit=True
    ) as public:
        assert public.execute("SELECT count(*) FROM wagtailcore_page").fetchone()[0] > 0
        for table in [*CASE_TABLES, "services_case", "accounts_user", "django_session", "audit_auditevent"]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                public.execute(f"SELECT 1 FROM {table} LIMIT 1")


def test_append_only_tables_refuse_their_owner_too(owner):
    import psycopg

    only_grow = [f"services_{name}" for name in apps.get_app_config("services").append_only]
    for table in (*only_grow, "audit_auditevent"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(f"TRUNCATE {table} CASCADE")


def test_the_owners_bypass_is_declared_so_that_data_migrations_do_not_work_on_nothing(owner):
    rows = owner.execute("SELECT tablename FROM pg_policies WHERE policyname = 'owner_bypass'").fetchall()
    assert {row[0] for row in rows} >= {*CASE_TABLES, "services_case", "audit_auditevent"}
