"""What holds therapy and evidence apart, whoever asks and by whatever statement."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import emergencies, families, recovery, retention, waiting
from services.actions.series import other_times
from services.models import Case, RecoveryMember
from services.models.copies import copy_of
from tests import factories
from tests.databases import as_owner
from tests.services import recovering
from tests.services.recovering import TABLES, facts, keys_of, run


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


CASE_TABLES = sorted(
    model._meta.db_table
    for model in apps.get_app_config("services").get_models()
    if any(field.name == "case" for field in model._meta.concrete_fields)
)


def everything(world, hana):
    """A plan, a place on the list and a sibling on the case that has its ledger: something in every recovery table."""
    cast, case = world.cast, world.told.case
    room = recovering.therapy_rooms(cast)[0]
    with acting_as(cast.social_worker):
        waiting.join_waiting_list(case=case, urgency=1, need="alone", by=cast.social_worker, now=factories.now())
        made = recovering.book(case, cast.social_worker, recovering.weekly(hana, room))
        families.note_sibling(case=case, code=world.fresh.code, by=cast.social_worker, now=factories.now())
        recovery.leave_out(session=made.sessions.first(), **facts(cast, case))
        session = made.sessions.ahead(factories.now()).first()
        times = other_times(
            session=session, minutes=60, zone=case.zone, child=case.child_resource_id, now=factories.now()
        )
        recovery.move_session(session=session, starts=times[0], **facts(cast, case))
        recovery.pause_plan(plan=made, **facts(cast, case))
    return made


def test_by_raw_sql_each_side_sees_nothing_of_the_other(world, hana):
    everything(world, hana)
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    cast = world.cast
    ours = {f"services_{name}" for name in TABLES} | {f"services_{name}former" for name in TABLES if name != "handover"}
    with acting_as(cast.social_worker):
        led = {table: count(table) for table in ours}
    assert {t for t, n in led.items() if not n} <= {"services_recoverymemberformer", "services_recoverybookingformer",
                                                     "services_familymemberformer"}  # fmt: skip
    evidence = (cast.investigator, cast.prosecutor, cast.companion, cast.psychologist, cast.interviewer)
    for person in (*evidence, cast.other_worker, cast.keeper, cast.outsider, None):
        with acting_as(person):
            assert {table: count(table) for table in ours} == dict.fromkeys(ours, 0)
            assert not AuditEvent.objects.filter(verb__regex="^(recovery|family)").exists()
    with acting_as(hana):
        seen = {table for table in CASE_TABLES if count(table)}
        assert seen == {f"services_{name}" for name in ("recoverymember", "recoveryplan", "handover", "recoverysession",
                        "recoverybooking", "recoveryplanformer", "recoverysessionformer", "recoverymemberformer")} & set(seen)  # fmt: skip
        assert {"services_recoveryplan", "services_recoverysession", "services_handover"} <= seen
        assert list(Case.objects.values_list("code", flat=True)) == [world.told.code]
        assert not Case.objects.visible_to(hana, factories.now()).exists()
        assert list(Case.objects.recovering_with(hana, factories.now())) == [world.told.case]
        assert not AuditEvent.objects.exclude(actor=hana).exists()


def test_a_therapist_cannot_let_anybody_in_nor_change_the_case(world, hana):
    made = everything(world, hana)
    as_owner("UPDATE services_recoverymember SET starts = starts - interval '1 hour'")
    with acting_as(hana):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            RecoveryMember.objects.create(
                case=made.case, user=world.cast.keeper, agency=world.cast.house, starts=factories.now()
            )
        assert run("UPDATE services_case SET province = 'ID-BA'") == 0
        assert run("UPDATE services_waitingentry SET urgency = 3") == 0


def test_an_emergency_shows_nothing_of_the_therapy(world, hana):
    everything(world, hana)
    worker = world.cast.other_worker
    words = {"reason": "Anak hilang sejak pagi.", "typed": "f" * 32, "site": "https://sekali.example.org"}
    with acting_as(worker):
        emergencies.open_in_emergency(code=world.told.code, by=worker, now=factories.now(), **words)
        assert count("services_interview") == 1
        assert {name: count(f"services_{name}") for name in TABLES} == dict.fromkeys(TABLES, 0)


def test_a_case_whose_recovery_goes_on_is_not_closed(world, hana):
    made = everything(world, hana)
    with acting_as(world.cast.social_worker):
        with pytest.raises(Objected) as refusal:
            retention.close_case(reason="done", **facts(world.cast, made.case))
        assert keys_of(refusal) == ["recovery_goes_on"]


def test_a_copy_for_the_child_tells_of_the_recovery_but_of_no_hour_to_come(world, hana):
    made = everything(world, hana)
    with acting_as(world.cast.social_worker):
        parts = {part["title"]: part["entries"] for part in copy_of(made.case, factories.now())["parts"]}
        (treated,) = (entries for title, entries in parts.items() if title in {"Recovery", "Pemulihan"})
        words = str(treated)
        assert len(treated) == 3  # the plan, the place on the list, the family; no session has passed
        assert not [s for s in made.sessions.all() if f"{s.starts.astimezone(made.case.zone):%H.%M}" in words]
        assert "Hana" not in words
        other = copy_of(world.booked.case, factories.now())["parts"]
    assert not {"Recovery", "Pemulihan"} & {part["title"] for part in other}
