"""Closing, reopening, holding: what the actions do and refuse, and what even wrong SQL cannot do."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cms.audit.models import AuditEvent
from cms.database import grants
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import retention, subjects
from services.models import Case, Closing, LegalHold, SubjectRequest
from services.rules.retention import line_of


def keys(refused):
    return set(refused.value.keys)


def last_event(world, verb):
    with acting_as(world.cast.social_worker):
        return AuditEvent.objects.filter(verb=verb).order_by("-at").first()


def test_a_case_is_closed_with_a_reason_and_opened_again(act, world):
    act(retention.close_case, world.told, reason="done")
    with acting_as(world.cast.social_worker):
        case = Case.objects.get(pk=world.told.case.pk)
        row = Closing.objects.get(case=case)
    assert (case.closed_at, row.reason) == (row.at, "done")
    assert last_event(world, "case.closed").detail == {"reason": "done"}
    act(retention.reopen_case, world.told, reason="court")
    with acting_as(world.cast.social_worker):
        case.refresh_from_db()
    assert case.closed_at is None
    assert last_event(world, "case.reopened").detail == {"reason": "court"}


@pytest.mark.parametrize(("name", "key"), [("booked", "closing_interview_ahead")])
def test_a_case_with_an_interview_ahead_stays_open(act, world, name, key):
    with pytest.raises(Objected) as refused:
        act(retention.close_case, getattr(world, name), reason="done")
    assert keys(refused) == {key}
    assert last_event(world, "case.refused").detail == {"rules": [key]}


def test_a_case_whose_outcomes_are_not_written_stays_open(act, world):
    from services.actions.interviews import hold_interview

    act(hold_interview, world.booked, interview=world.booked.interview)
    with pytest.raises(Objected) as refused:
        act(retention.close_case, world.booked, reason="done")
    assert keys(refused) == {"closing_outcomes_missing"}


def test_a_case_with_an_open_request_stays_open(act, world):
    act(subjects.record_request, world.fresh, asker="child", asker_is_suspect=False, received_at=timezone.now())
    with pytest.raises(Objected) as refused:
        act(retention.close_case, world.fresh, reason="done")
    assert keys(refused) == {"closing_request_open"}


def test_nothing_is_done_twice(act, world):
    act(retention.close_case, world.fresh, reason="done")
    for function, facts, key in (
        (retention.close_case, {"reason": "done"}, "case_closed_already"),
        (retention.reopen_case, {"reason": "back"}, None),
        (retention.reopen_case, {"reason": "back"}, "case_open_already"),
        (retention.place_hold, {"reason": "trial"}, None),
        (retention.place_hold, {"reason": "trial"}, "hold_stands_already"),
        (retention.place_hold, {"reason": "child"}, None),
    ):
        if key is None:
            act(function, world.fresh, **facts)
        else:
            with pytest.raises(Objected) as refused:
                act(function, world.fresh, **facts)
            assert keys(refused) == {key}


def test_a_hold_is_lifted_once_by_somebody(act, world):
    hold = act(retention.place_hold, world.fresh, reason="trial")
    lifted = act(retention.lift_hold, world.fresh, hold=hold)
    assert lifted.lifted_by == world.cast.social_worker
    with pytest.raises(Objected) as refused:
        act(retention.lift_hold, world.fresh, hold=hold)
    assert keys(refused) == {"hold_lifted_already"}
    assert act(retention.place_hold, world.fresh, reason="trial").pk != hold.pk


# --- in the database itself ------------------------------------------------------------------------------------------


def breaks(world, constraint, *statements):
    """As the case manager, in raw SQL, the last statement or its deferred check is refused by `constraint`."""
    with (
        acting_as(world.cast.social_worker),
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        for sql, values in statements:
            cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    said = refused.value.__cause__.diag
    assert constraint in (said.constraint_name or said.message_primary)


def closing(world, step="closed", reason="done", at=None, case=None, by=None):
    return (
        "INSERT INTO services_closing (case_id, step, reason, by_id, at) VALUES (%s, %s, %s, %s, %s)",
        [case or world.fresh.case.pk, step, reason, by or world.cast.social_worker.pk, at or timezone.now()],
    )


def test_a_case_is_not_closed_without_a_closing(world):
    pk = world.fresh.case.pk
    set_closed = "UPDATE services_case SET closed_at = %s WHERE id = %s"
    breaks(world, "case_is_closed_by_a_closing", (set_closed, [timezone.now(), pk]))
    moment = timezone.now()
    earlier = moment - timedelta(days=3000)
    breaks(world, "case_is_closed_by_a_closing", closing(world, at=moment), (set_closed, [earlier, pk]))
    breaks(world, "closing_is_of_today", closing(world, at=earlier))
    breaks(world, "closing_has_a_reason_of_its_step", closing(world, reason="court"))
    breaks(world, "row-level security", closing(world, case=world.other.case.pk))
    breaks(world, "row-level security", closing(world, by=world.cast.investigator.pk))


def test_a_hold_and_a_request_keep_what_they_say(act, world):
    hold = act(retention.place_hold, world.fresh, reason="trial")
    now = timezone.now()
    asked = act(subjects.record_request, world.fresh, asker="child", asker_is_suspect=False, received_at=now)
    me, other = world.cast.social_worker.pk, world.cast.investigator.pk
    lift = "UPDATE services_legalhold SET lifted_at = now() + interval '1 hour', lifted_by_id = %s WHERE id = %s"
    end = "UPDATE services_subjectrequest SET ended_at = now(), ended_by_id = %s, ending = 'harm' WHERE id = %s"
    for constraint, *statements in (
        ("legalhold_is_lifted_once", ("UPDATE services_legalhold SET reason = 'child' WHERE id = %s", [hold.pk])),
        ("legalhold_is_lifted_once", (lift, [other, hold.pk])),
        ("legalhold_is_lifted_once", (lift, [me, hold.pk]), (lift, [me, hold.pk])),
        ("permission denied", ("DELETE FROM services_legalhold WHERE id = %s", [hold.pk])),
        (
            "subjectrequest_ends_once",
            ("UPDATE services_subjectrequest SET received_at = now() WHERE id = %s", [asked.pk]),
        ),
        ("subjectrequest_ends_once", (end, [other, asked.pk])),
        ("subjectrequest_ends_once", (end, [me, asked.pk]), (end, [me, asked.pk])),
        ("permission denied", ("DELETE FROM services_subjectrequest WHERE id = %s", [asked.pk])),
    ):
        breaks(world, constraint, *statements)


@pytest.mark.parametrize("model", [Closing, LegalHold, SubjectRequest])
def test_keeping_is_for_the_cases_members_only(act, world, model):
    act(retention.place_hold, world.fresh, reason="trial")
    act(subjects.record_request, world.fresh, asker="child", asker_is_suspect=False, received_at=timezone.now())
    act(retention.close_case, world.told, reason="done")
    with acting_as(world.cast.social_worker):
        assert model.objects.exists()
    for stranger in (world.cast.other_worker, world.cast.keeper, world.cast.outsider, None):
        with acting_as(stranger):
            assert not model.objects.exists()


# --- every table has its line ----------------------------------------------------------------------------------------


def test_every_model_of_the_closed_side_has_a_purpose_and_a_period():
    """Closed is what the public face has no right to. Former states follow the model whose they are."""
    public, missing = grants.ROLES.index("sekali_public"), []
    for config, model_name in grants.tables().values():
        model = apps.get_model(config.label, model_name)
        model = getattr(model, "pgh_tracked_model", model)
        closed = grants.rights(config, model_name, public) == grants.NOTHING
        if closed and line_of(model._meta.label_lower) is None:
            missing.append(model._meta.label_lower)
    assert missing == []


def test_every_line_is_about_something_that_is_there():
    from services.rules.retention import lines

    labels = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    known = labels | {f"{label.partition('.')[0]}.*" for label in labels} | {"database.*"}
    assert {label for one in lines() for label in one.models} <= known
