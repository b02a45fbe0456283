"""Cases whose life is to end: told, closed, and old enough; made as time would have made them."""

import io
from datetime import timedelta
from types import SimpleNamespace

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from cms.database import embedded
from cms.database.context import acting_as
from services.actions import retention, subjects
from tests import factories
from tests.cast import gather, rooms
from tests.databases import as_owner
from tests.services.conftest import _prepared, _tell, give_hours

YEAR = timedelta(days=366)


def told_cases(*names):
    """`cast`, `things` and, by name, cases that have their ledger and an approved wish to ask again. Committed."""
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            cases = {name: _prepared(cast) for name in names}
            for one in cases.values():
                _tell(one, cast, things)
    return SimpleNamespace(cast=cast, things=things, **cases)


def close(house, one, *, years_ago=6, months_old=17 * 12):
    """Closed so many years ago, opened a year before, of a child of that age then."""
    worker = house.cast.social_worker
    with transaction.atomic(), acting_as(worker):
        retention.close_case(case=one.case, reason="done", by=worker, now=factories.now())
        moment = factories.now() - years_ago * YEAR
        as_owner(
            "UPDATE services_case SET closed_at = %s, opened_at = %s, age_months = %s WHERE id = %s",
            moment, moment - YEAR, months_old, one.case.pk,
        )  # fmt: skip


def erase(**options):
    """What the nightly command says."""
    out = io.StringIO()
    call_command("erase", stdout=out, **options)
    return out.getvalue()


def raw_as(role, name):
    return psycopg.connect(embedded.url(role, name, settings.TEST_POSTGRES), autocommit=True)


def ledger(raw):
    return raw.execute(
        "SELECT what, case_id, erased_at, reapplied_at, counts FROM services_erasure ORDER BY id"
    ).fetchall()


def hold(house, one, reason="trial"):
    worker = house.cast.social_worker
    with transaction.atomic(), acting_as(worker):
        return retention.place_hold(case=one.case, reason=reason, by=worker, now=factories.now())


def ask(house, one):
    worker = house.cast.social_worker
    now = factories.now()
    with transaction.atomic(), acting_as(worker):
        return subjects.record_request(
            case=one.case, asker="child", asker_is_suspect=False, received_at=now, by=worker, now=now
        )


def rows_of(raw, case_id):
    """{table: rows} of everything that carries this case, found in the catalogue; `raw` is the owner's connection."""
    columns = raw.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND (column_name = 'case_id' OR (column_name = 'id' AND table_name IN ('services_case', 'services_caseformer')))"
    ).fetchall()
    found = {}
    for table, column in columns:
        number = raw.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}" = %s', [case_id]).fetchone()[0]
        if number:
            found[table] = number
    return found


def tables_with(raw, *texts):
    """{table: text} wherever one of `texts` stands in any row of any table."""
    tables = [row[0] for row in raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]
    found = {}
    for table in tables:
        for text in texts:
            sql = f'SELECT count(*) FROM "{table}" part WHERE part::text LIKE %s'
            if raw.execute(sql, [f"%{text}%"]).fetchone()[0]:
                found.setdefault(table, []).append(text)
    return found


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]
