"""Who the child is: written down, shown for a reason, erased; and the walls around it, tried in raw SQL."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.encryption.models import DataKey
from cms.encryption.sealing import Unreadable
from cms.refusals import Objected
from services import policies
from services.actions import identities
from services.models import CaseReference, ChildIdentity, Fact, VenueDirections
from services.rules.identities import Reference
from tests import factories
from tests.databases import as_owner, destroy_key
from tests.themselves import Themselves

act = Themselves(identities)
NAME, NIK, WHO, NUMBER, SEPARATE, REFERENCE, WAY = (
    "Kenari Uji Tujuh", "3201015503120001", "Nenek Kenari Uji", "0812-KENARI-77",
    "Paman Kenari Uji", "LP/B/77/KENARI", "Jalan Kenari Uji 7",
)  # fmt: skip
CANARIES = (NAME, NIK, WHO, NUMBER, SEPARATE, REFERENCE, WAY, "2015-03-17")
FACTS = {
    "called_name": NAME,
    "nik": NIK,
    "birth_date": "2015-03-17",
    "contact_who": WHO,
    "contact_channel": "whatsapp",
    "contact_number": NUMBER,
    "contact_when": "pagi",
    "contact_confirmed_on": "2026-01-05",
    "separation": SEPARATE,
}


def write(case, cast, facts=FACTS, taken_away=()):
    now = factories.now()
    return act.record_identity(
        case=case, facts=facts, taken_away=taken_away, today=now.date(), by=cast.social_worker, now=now
    )


def show(case, person, *facts):
    found = act.reveal(case=case, facts=facts, reason="prepare", by=person, now=factories.now())
    return {one.fact: one.lines for one in found}


def events(case, verb):
    return list(AuditEvent.objects.filter(case_id=case.pk, verb=verb).order_by("at"))


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def refused(statement, *values, match):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        sql(statement, *values)


@pytest.fixture
def known(case, cast):
    """A case whose identity and one reference are recorded."""
    write(case, cast)
    act.add_reference(
        case=case, reference=Reference("police_report", REFERENCE), by=cast.social_worker, now=factories.now()
    )
    return case


# --- written and shown ------------------------------------------------------------------------------------------------
def test_what_is_written_is_shown_for_a_reason_and_both_are_recorded_without_values(known, cast):
    assert show(known, cast.social_worker, *Fact) == {
        Fact.CALLED_NAME: (NAME,),
        Fact.BIRTH_DATE: ("2015-03-17",),
        Fact.NIK: (NIK,),
        Fact.CONTACT: (WHO, "WhatsApp", NUMBER, "pagi"),
        Fact.SEPARATION: (SEPARATE,),
        Fact.REFERENCES: (f"laporan polisi: {REFERENCE}",),
    }
    (event,) = events(known, "identity.revealed")
    assert event.detail == {"facts": [fact.value for fact in Fact], "reason": "prepare"}
    assert event.actor == cast.social_worker
    (written,) = events(known, "identity.recorded")
    assert set(written.detail["facts"]) == set(Fact) - {Fact.REFERENCES}
    everything = json.dumps(list(AuditEvent.objects.filter(case_id=known.pk).values("detail", "key", "verb")))
    assert not [canary for canary in CANARIES if canary in everything]


def test_only_what_was_asked_for_is_opened(known, cast):
    assert show(known, cast.companion, Fact.CALLED_NAME) == {Fact.CALLED_NAME: (NAME,)}


def test_what_is_not_typed_stays_and_what_is_taken_away_goes(known, cast):
    write(known, cast, {"called_name": "Baru"}, [Fact.SEPARATION])
    shown = show(known, cast.social_worker, *Fact)
    assert shown[Fact.CALLED_NAME] == ("Baru",)
    assert shown[Fact.NIK] == (NIK,)
    assert Fact.SEPARATION not in shown
    assert ChildIdentity.objects.get().revision == 2
    assert events(known, "identity.recorded")[-1].detail == {"facts": ["called_name"], "taken_away": ["separation"]}


def test_another_contact_is_not_the_one_that_was_confirmed(known, cast):
    write(known, cast, {"contact_who": "Bibi", "contact_channel": "call", "contact_number": "0813"})
    (shown,) = act.reveal(case=known, facts=[Fact.CONTACT], reason="reach", by=cast.social_worker, now=factories.now())
    assert shown.lines == ("Bibi", "telepon", "0813")
    assert shown.confirmed_on is None
    write(known, cast, {"contact_confirmed_on": "2026-02-01"})
    assert ChildIdentity.objects.get().contact_confirmed_on.isoformat() == "2026-02-01"
    assert events(known, "identity.recorded")[-1].detail["facts"] == ["contact"]
    write(known, cast, {}, [Fact.CONTACT])
    found = ChildIdentity.objects.get()
    assert (bool(found.contact_who), found.contact_confirmed_on) == (False, None)


def test_a_wrong_number_is_refused_and_recorded_by_its_rule_only(case, cast):
    with pytest.raises(Objected) as refusal:
        write(case, cast, {"nik": "3201"})
    assert refusal.value.keys == ("nik_malformed",)
    assert events(case, "identity.refused")[0].detail == {"rules": ["nik_malformed"]}
    assert not ChildIdentity.objects.exists()


def test_a_reference_is_withdrawn_once_and_stays(known, cast):
    reference = CaseReference.objects.get()
    facts = {"case": known, "reference": reference, "by": cast.social_worker, "now": factories.now()}
    act.withdraw_reference(**facts)
    assert show(known, cast.social_worker, Fact.REFERENCES) == {}
    assert CaseReference.objects.get().number.open() == REFERENCE
    with pytest.raises(Objected) as refusal:
        act.withdraw_reference(**facts)
    assert refusal.value.keys == ("reference_withdrawn_already",)


def test_a_court_decision_hangs_on_an_order_of_the_same_case(world):
    cast, told, fresh = world.cast, world.told, world.fresh
    with acting_as(cast.social_worker):
        facts = {"by": cast.social_worker, "at": factories.now(), "number": "1/Pen/2026", "asking": told.asking}
        with pytest.raises(DatabaseError, match="asking_of_the_same_case"), transaction.atomic():
            CaseReference.objects.create(case=fresh.case, kind="court_decision", **facts)
            sql("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="casereference_of_an_order_is_a_decision"), transaction.atomic():
            CaseReference.objects.create(case=told.case, kind="simfoni", **facts)
        with pytest.raises(DatabaseError, match="casereference_has_a_number"), transaction.atomic():
            CaseReference.objects.create(case=told.case, kind="court_decision", **{**facts, "number": ""})
        CaseReference.objects.create(case=told.case, kind="court_decision", **facts)


def test_a_confirmation_without_a_contact_is_refused_by_the_database(known):
    refused("UPDATE services_childidentity SET contact_number = ''", match="confirms_a_contact_that_is_there")


# --- moved ------------------------------------------------------------------------------------------------------------
def test_when_something_was_moved_nothing_is_shown(known, cast):
    sql("UPDATE services_childidentity SET separation = called_name")
    with pytest.raises(Unreadable):
        show(known, cast.social_worker, Fact.CALLED_NAME, Fact.SEPARATION)
    assert not events(known, "identity.revealed")


# --- erased -----------------------------------------------------------------------------------------------------------
def test_with_the_key_destroyed_everything_reads_erased(known, cast):
    write(known, cast, {"called_name": "Baru"})
    destroy_key(known.pk)
    found = act.reveal(case=known, facts=list(Fact), reason="prepare", by=cast.social_worker, now=factories.now())
    assert [(one.fact, one.lines, one.erased) for one in found] == [(fact, (), True) for fact in Fact]
    for attempt in (
        lambda: write(known, cast, {"called_name": "Lagi"}),
        lambda: act.add_reference(
            case=known, reference=Reference("simfoni", "1"), by=cast.social_worker, now=factories.now()
        ),
    ):
        with pytest.raises(Objected) as refusal:
            attempt()
        assert refusal.value.keys == ("identity_erased",)


# --- the walls --------------------------------------------------------------------------------------------------------
TABLES = ("services_childidentity", "services_casereference", "encryption_datakey", "services_childidentityformer")


def test_rows_and_keys_are_for_the_team_only(known, cast):
    write(known, cast, {"called_name": "Baru"})
    for table in TABLES:
        assert sql(f"SELECT count(*) FROM {table}") == [(1,)], table
        for stranger in (cast.other_worker, cast.outsider, cast.keeper, None):
            with acting_as(stranger):
                assert sql(f"SELECT count(*) FROM {table}") == [(0,)], table
    refused("UPDATE encryption_datakey SET wrapped = NULL, destroyed_at = now()", match="permission denied")


def test_only_who_may_write_it_writes_it_whatever_the_statement(known, cast):
    with acting_as(cast.investigator):
        assert sql("UPDATE services_childidentity SET revision = revision + 1") == 0
        assert sql("UPDATE services_casereference SET withdrawn_at = now()") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            CaseReference.objects.create(
                case=known, kind="simfoni", number="1", by=cast.investigator, at=factories.now()
            )
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        CaseReference.objects.create(case=known, kind="simfoni", number="1", by=cast.companion, at=factories.now())


def test_what_was_written_is_neither_rewritten_nor_deleted(known, cast):
    other = factories.open_case(cast)
    refused("UPDATE services_casereference SET kind = 'simfoni'", match="withdrawn, not changed")
    refused("UPDATE services_childidentity SET case_id = %s", other.pk, match="keeps its case")
    for table in ("services_casereference", "services_childidentity"):
        refused(f"DELETE FROM {table}", match="permission denied")
    for table in ("services_casereferenceformer", "services_childidentityformer"):
        refused(f"DELETE FROM {table}", match="permission denied")
        refused(f"UPDATE {table} SET pgh_label = ''", match="permission denied")


def test_the_application_has_no_right_on_fingerprints(known):
    refused("SELECT * FROM services_identityindex", match="permission denied")
    refused(
        "INSERT INTO services_identityindex (identity_id, revision, nik, name_and_birth) SELECT uuid, 1, '', '' "
        "FROM services_childidentity",
        match="permission denied",
    )


def test_roles_are_shown_what_their_work_needs(known, cast):
    now = factories.now()
    shown = {
        name: {fact.value for fact in policies.facts_shown_to(getattr(cast, name), known, now)}
        for name in ("social_worker", "companion", "psychologist", "investigator", "prosecutor", "outsider", "keeper")
    }
    assert shown == {
        "social_worker": {fact.value for fact in Fact},
        "companion": {"called_name", "separation"},
        "psychologist": {"called_name", "separation"},
        "investigator": {"called_name", "references"},
        "prosecutor": {"called_name", "references"},
        "outsider": set(),
        "keeper": set(),
    }


# --- nothing in plain --------------------------------------------------------------------------------------------------
def test_no_table_holds_any_of_it_in_plain(known, cast, things):
    """Every column of every table, history included, read as the owner."""
    write(known, cast, {"called_name": NAME + " Baru"})
    act.write_directions(venue=things["room"].venue, text=WAY, by=cast.keeper, now=factories.now())
    show(known, cast.social_worker, *Fact)
    # In the test's own transaction, as the owner would read them.
    as_owner("CREATE TABLE tests_dump (line text)")
    as_owner(
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP "
        "EXECUTE format('INSERT INTO tests_dump SELECT x::text FROM %%I x', t); END LOOP; END $$"
    )
    as_owner("GRANT SELECT ON tests_dump TO sekali_app")
    lines = [line for (line,) in sql("SELECT line FROM tests_dump")]
    assert len(lines) > 100
    assert any("d1." in line for line in lines)
    assert not [(canary, line[:80]) for canary in CANARIES for line in lines if canary in line]


# --- the way to a venue -----------------------------------------------------------------------------------------------
def test_directions_are_for_keepers_and_who_is_expected(world):
    cast, venue = world.cast, world.things["room"].venue
    act.write_directions(venue=venue, text=WAY, by=cast.keeper, now=factories.now())
    for person in (cast.keeper, cast.social_worker, cast.investigator, cast.interviewer):
        with acting_as(person):
            assert VenueDirections.objects.get().text.open() == WAY, person.name
    for person in (cast.psychologist, cast.other_worker, cast.outsider, None):
        with acting_as(person):
            assert not VenueDirections.objects.exists()
    with acting_as(cast.social_worker):
        row = VenueDirections.objects.get()
        row.text = "Lain"
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            row.save()
        sql("UPDATE services_interview SET state = 'held', held_at = now() WHERE state = 'booked'")
        assert not VenueDirections.objects.exists()
    with acting_as(cast.keeper):
        refused("UPDATE services_venuedirections SET text = 'Jalan'", match="holds_sealed_text_only")
        refused("UPDATE services_venuedirections SET text = ''", match="say_something")


def test_looking_at_directions_is_recorded(world):
    cast, venue = world.cast, world.things["room"].venue
    facts = {"venue": venue, "now": factories.now()}
    assert act.show_directions(**facts, interview=None, by=cast.keeper) == ""
    act.write_directions(**facts, text=WAY, by=cast.keeper)
    assert act.show_directions(**facts, interview=world.booked.interview, by=cast.investigator) == WAY
    with acting_as(cast.investigator):
        event = AuditEvent.objects.get(verb="directions.revealed", actor=cast.investigator)
    assert (event.case_id, event.key, event.detail) == (world.booked.case.pk, str(venue.pk), {})


def test_every_case_has_its_own_key(known, cast):
    other = factories.open_case(cast)
    write(other, cast, {"called_name": NAME})
    assert DataKey.objects.count() == 2
    destroy_key(known.pk)
    assert show(other, cast.social_worker, Fact.CALLED_NAME) == {Fact.CALLED_NAME: (NAME,)}
