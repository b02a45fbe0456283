"""What belongs to no case ends too: the audit, the breach register, accounts. Nothing that is still needed goes with it."""

import re
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from cms.accounts.models import Membership, User
from cms.audit import sealing
from cms.audit.models import AuditEvent, Seal
from cms.audit.recording import record
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from services.models import Availability, Breach, BreachEntry, Qualification, Resource
from services.rules.retention import line
from tests import factories
from tests.services.keeping import YEAR, close, erase, ledger, raw_as, told_cases


def seal(now):
    with as_jobs():
        while sealing.seal(now):
            pass


def faults(shipped=()):
    with as_jobs():
        return [(fault.kind, fault.where) for fault in sealing.verify(shipped)]


def events(ago, **facts):
    """Three events of so long ago, not sealed yet; their keys."""
    with transaction.atomic():
        return [record("thing.done", by=None, now=timezone.now() - ago, number=n, **facts).pk for n in range(3)]


def left(owner, keys):
    return owner.execute("SELECT count(*) FROM audit_auditevent WHERE id = ANY (%s)", [keys]).fetchone()[0]


def past_the_walls(owner, statement, *values):
    """What only somebody who owns the database could do."""
    tables = ("audit_auditevent", "audit_seal")
    for table in tables:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner.execute(statement, values)
    for table in tables:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


# --- the audit -------------------------------------------------------------------------------------------------------

OLD = 11 * YEAR


@pytest.fixture
def aged(own_database, owner):
    """Events of eleven years ago, sealed then, and of nine, sealed at that time; then this night's erasing."""
    old = events(OLD)
    seal(timezone.now() - OLD)
    young = events(9 * YEAR)
    seal(timezone.now() - 9 * YEAR)
    assert (left(owner, old), left(owner, young)) == (3, 3)
    said = erase()
    return old, young, said


def test_old_events_go_young_ones_stay_and_the_chain_still_holds(aged, owner):
    old, young, said = aged
    assert "audit: 3 rows" in said
    assert (left(owner, old), left(owner, young)) == (0, 3)
    assert faults() == []
    assert ("audit", {"audit": 3}) in [(row[0], row[4]) for row in ledger(owner)]
    assert owner.execute("SELECT count(*) FROM audit_seal WHERE event = ANY (%s)", [old]).fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM audit_seal WHERE erased_at IS NOT NULL").fetchone() == (3,)
    assert "audit: 0 rows" in erase()
    seal(timezone.now())
    assert faults() == []
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "0 faults" in out.getvalue()


def test_what_tells_of_a_case_stays_as_long_as_the_case(own_database, owner):
    house = told_cases("open", "due")
    close(house, house.due, years_ago=12, months_old=17 * 12)
    told = {name: events(OLD, case_id=getattr(house, name).case.pk) for name in ("open", "due")}
    seal(timezone.now() - OLD)
    erase()
    assert {name: left(owner, keys) for name, keys in told.items()} == {"open": 3, "due": 0}
    assert faults() == []


def test_an_event_that_is_not_sealed_stays_however_old(own_database, owner):
    loose = events(OLD)
    assert "audit: 0 rows" in erase()
    assert left(owner, loose) == 3


def test_a_period_in_the_file_does_not_reach_below_five_years(aged, own_database, owner):
    seal(timezone.now())
    with raw_as("sekali_jobs", own_database) as jobs, pytest.raises(psycopg.errors.RestrictViolation):
        jobs.execute("SELECT sekali_erase_audit(now() + interval '1 day', now())")
    assert left(owner, aged[1]) == 3
    assert line("audit").years >= 5


def test_not_even_the_owner_takes_a_young_event_or_its_link(aged, owner):
    young = aged[1]
    seal(timezone.now())
    fresh = owner.execute("SELECT event FROM audit_seal ORDER BY position DESC LIMIT 1").fetchone()[0]
    for statement, value in (
        ("DELETE FROM audit_auditevent WHERE id = %s", fresh),
        ("UPDATE audit_seal SET event = NULL, erased_at = now() + interval '9 years' WHERE event = %s", fresh),
        ("UPDATE audit_seal SET content = repeat('a', 64) WHERE event = %s", young[0]),
        ("UPDATE audit_seal SET event = NULL, erased_at = now(), late = true WHERE event = %s", young[0]),
        ("DELETE FROM audit_seal WHERE event = %s", young[0]),
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement, [value])


def test_a_young_event_that_is_made_to_look_erased_is_found(aged, owner):
    seal(timezone.now())
    with as_jobs():
        last = Seal.objects.order_by("-position").first()
    where = str(last.position)
    with pytest.raises(psycopg.errors.CheckViolation):
        past_the_walls(
            owner, "UPDATE audit_seal SET event = NULL, erased_at = now() WHERE position = %s", last.position
        )
    owner.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER; ALTER TABLE audit_seal ENABLE TRIGGER USER")
    past_the_walls(owner, "DELETE FROM audit_auditevent WHERE id = %s", last.event)
    owner.execute("ALTER TABLE audit_seal DROP CONSTRAINT seal_forgets_no_young_event")
    past_the_walls(owner, "UPDATE audit_seal SET event = NULL, erased_at = now() WHERE position = %s", last.position)
    assert {"deleted", "erased"} == {kind for kind, _where in faults()}
    backdated = "UPDATE audit_seal SET sealed_at = sealed_at - interval '12 years' WHERE position = %s"
    past_the_walls(owner, backdated, last.position)
    assert ("clock", where) in faults()
    assert ("head", where) in faults([(last.position, last.digest, last.sealed_at)])


def test_more_links_emptied_than_the_record_says_are_found(aged, owner):
    _old, young, _said = aged
    moment = owner.execute("SELECT max(erased_at) FROM audit_seal").fetchone()[0]
    past_the_walls(owner, "DELETE FROM audit_auditevent WHERE id = %s", young[0])
    past_the_walls(owner, "UPDATE audit_seal SET event = NULL, erased_at = %s WHERE event = %s", moment, young[0])
    assert [kind for kind, _where in faults()] == ["erased"]


# --- the breach register ---------------------------------------------------------------------------------------------


def breach(agency, by, *, reported, closed=None):
    """One breach of so long ago with an entry, and, if it was closed, its closing."""
    now = timezone.now()
    made = Breach.objects.create(agency=agency, kind="lost", noticed="staff", noticed_at=now - reported,
                                 summary="Telepon hilang", by=by, at=now - reported)  # fmt: skip
    steps = [("done", now - reported)] + ([("closed", now - closed)] if closed is not None else [])
    for step, moment in steps:
        BreachEntry.objects.create(breach=made, step=step, happened_at=moment, words="Dikunci", by=by, at=moment)
    return made.pk


def test_a_breach_goes_with_its_entries_five_years_after_it_was_closed(own_database, owner):
    with transaction.atomic():
        agency = factories.agency("UPTD PPA Contoh")
        person = factories.member("Kepala", agency, "coordinator")
        with acting_as(person):
            due = breach(agency, person, reported=8 * YEAR, closed=6 * YEAR)
            stays = [
                breach(agency, person, reported=8 * YEAR, closed=4 * YEAR),
                breach(agency, person, reported=20 * YEAR),
            ]
    assert "breaches: 1 rows" in erase()
    rows = owner.execute("SELECT id FROM services_breach ORDER BY id").fetchall()
    assert [row[0] for row in rows] == stays
    entries = owner.execute("SELECT breach_id FROM services_breachentry ORDER BY id").fetchall()
    assert due not in {row[0] for row in entries}
    assert len(entries) == 3


def test_a_breach_closed_today_stays_whatever_is_asked(own_database, owner):
    with transaction.atomic():
        agency = factories.agency("UPTD PPA Contoh")
        person = factories.member("Kepala", agency, "coordinator")
        with acting_as(person):
            breach(agency, person, reported=8 * YEAR, closed=timedelta())
    with raw_as("sekali_jobs", own_database) as jobs, pytest.raises(psycopg.errors.RestrictViolation):
        jobs.execute("SELECT sekali_erase_breaches(now() + interval '1 day')")
    for table in ("services_breach", "services_breachentry"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(f"DELETE FROM {table}")


# --- accounts --------------------------------------------------------------------------------------------------------


def officer(name, agency, *, ended=None, role="interviewer"):
    """Somebody who worked for the agency until so long ago, with a row to book, hours and a training."""
    person = factories.member(name, agency, role)
    resource = factories.person_resource(person, agency)
    Availability.objects.create(resource=resource, span=factories.span(timezone.now() - 20 * YEAR))
    Qualification.objects.create(resource=resource, kind="forensic", expires_on=timezone.now().date())
    long_ago = timezone.now() - 20 * YEAR
    Membership.objects.filter(user=person).update(
        starts=long_ago, ends=None if ended is None else timezone.now() - ended
    )
    User.objects.filter(pk=person.pk).update(date_joined=long_ago, last_login=None)
    return person


def names(owner):
    return {row[0] for row in owner.execute("SELECT first_name FROM accounts_user").fetchall()}


def test_whoever_left_long_ago_goes_with_what_was_theirs(own_database, owner):
    with transaction.atomic():
        agency = factories.agency("UPTD PPA Contoh")
        gone = officer("Pergi", agency, ended=OLD)
        page = Page.objects.order_by("-depth").first()
        Page.objects.filter(pk=page.pk).update(owner=gone)
        officer("Masih", agency)
        officer("Baru Pergi", agency, ended=9 * YEAR)
        back = officer("Kembali", agency, ended=OLD)
        Membership.objects.create(user=back, agency=agency, role="companion", starts=timezone.now() - YEAR)
        signed_in = officer("Masuk", agency, ended=OLD)
        User.objects.filter(pk=signed_in.pk).update(last_login=timezone.now() - YEAR)
        provider = factories.user("Penyedia")
        disabled = factories.user("Dimatikan")
        User.objects.filter(pk__in=[provider.pk, disabled.pk]).update(date_joined=timezone.now() - OLD, last_login=None)
        User.objects.filter(pk=disabled.pk).update(is_active=False)
    before = names(owner)
    assert "people: 2 rows" in erase()
    assert before - names(owner) == {"Pergi", "Dimatikan"}
    for table in ("services_resource", "accounts_membership"):
        assert owner.execute(f"SELECT count(*) FROM {table} WHERE user_id = %s", [gone.pk]).fetchone() == (0,)
    assert Page.objects.get(pk=page.pk).owner_id is None
    assert Resource.objects.count() == 4
    with transaction.atomic():
        factories.member("Pergi", agency, "companion")  # the same address, somebody new


def test_whoever_a_kept_record_names_stays_whole_until_it_goes(own_database, owner):
    with transaction.atomic():
        agency = factories.agency("UPTD PPA Contoh")
        named = officer("Tersebut", agency, ended=OLD)
        record("thing.done", by=named, now=timezone.now() - OLD)
    assert "people: 0 rows" in erase()
    assert "Tersebut" in names(owner)
    for table in ("services_resource", "accounts_membership"):
        assert owner.execute(f"SELECT count(*) FROM {table} WHERE user_id = %s", [named.pk]).fetchone() == (1,)
    seal(timezone.now() - OLD)
    assert "people: 1 rows" in erase()
    assert "Tersebut" not in names(owner)
    assert not AuditEvent.objects.filter(verb="thing.done").exists()


def test_only_background_work_may_call_them(own_database):
    calls = ("sekali_erase_audit(now(), now())", "sekali_erase_breaches(now())", "sekali_erase_people(now())")
    for role in ("sekali_app", "sekali_public"):
        with raw_as(role, own_database) as raw:
            for call in calls:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"SELECT {call}")


# Records that keep whoever they name, because they are kept themselves: a case's, the audit's, a version's, a house's, what
# was verified of a provider; and an uploaded spreadsheet, which is gone after a day.
NAMED_IN = re.compile(
    r"^(audit_auditevent|cms_protocolversion|services_\w+|wagtailcore_comment(reply)?|pghistory_events"
    r"|directory_assessment|directory_sheet)$"
)


def test_every_table_that_names_people_lets_them_go_or_holds_them_knowingly(own_database, owner):
    """A new package whose rows name people would keep them for ever, without anybody having decided so."""
    body = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = 'sekali_erase_people'").fetchone()[0]
    naming = owner.execute(
        "SELECT conrelid::regclass::text, attname FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f' AND confrelid = 'accounts_user'::regclass"
    ).fetchall()
    assert len(naming) > 50
    undecided = [(table, column) for table, column in naming if f"'{table}'" not in body and not NAMED_IN.match(table)]
    assert undecided == []
