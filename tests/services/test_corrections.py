"""A wrong entry of the ledger stays, and another one says what is right; what is covered follows the last."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import testimony as testimony_actions
from services.models import QuestionNeed, Testimony
from services.models.sheets import sheet_of
from services.rules.testimony import AgainPlan, Entry
from tests import factories
from tests.themselves import Themselves

HASH = "ab" * 32
testimony = Themselves(testimony_actions)


def correct(told, entry, right, reason="typed_wrong", by=None):
    facts = {"case": told.case, "testimony": entry, "right": right, "reason": reason}
    return testimony.correct_outcome(**facts, by=by or told.cast.social_worker, now=factories.now())


def keys(call, *args, **facts):
    with pytest.raises(Objected) as refusal:
        call(*args, **facts)
    return set(refusal.value.keys)


def damaged(told, entry=None):
    entry = entry or told.entry
    return correct(told, entry, Entry(entry.topic_id, "told_not_recorded"), "damaged")


def test_a_correction_is_another_entry_and_the_wrong_one_stays(told):
    before = Testimony.objects.filter(pk=told.entry.pk).values().get()
    fresh = damaged(told)
    assert Testimony.objects.filter(pk=told.entry.pk).values().get() == before
    assert (fresh.corrects_id, fresh.interview_id, fresh.topic_id, fresh.outcome, fresh.custodian_id) == (
        told.entry.pk,
        told.entry.interview_id,
        told.entry.topic_id,
        "told_not_recorded",
        None,
    )
    assert set(Testimony.objects.filter(case=told.case).standing()) == {fresh, told.stopped}
    event = AuditEvent.objects.get(verb="testimony.corrected")
    assert event.detail == {"corrects": told.entry.pk, "reason": "damaged"}


def test_what_is_covered_follows_the_last_entry(told):
    sheet = lambda: sheet_of(told.case, factories.now())  # noqa: E731 -- asked three times
    assert sheet().covered == {told.entry.topic_id}
    fresh = damaged(told)
    assert sheet().covered == frozenset()
    found = Entry(fresh.topic_id, "told_recorded", told.cast.police.pk, "SEGEL-2", HASH)
    again = correct(told, fresh, found, "found")
    assert sheet().covered == {told.entry.topic_id}
    assert list(Testimony.objects.filter(case=told.case).covered()) == [again]
    assert [one.pk for one in sheet().ledger if not one.stands] == [told.entry.pk, fresh.pk]


def test_what_is_no_longer_recorded_may_be_asked_for_again(told):
    plan = AgainPlan("continuation", frozenset([told.entry.topic_id]), "Rekaman rusak.")
    facts = {"case": told.case, "plan": plan, "agency": told.cast.house, "by": told.cast.social_worker}
    assert keys(testimony.ask_again, **facts, now=factories.now()) == {"topic_already_told"}
    damaged(told)
    assert testimony.ask_again(**facts, now=factories.now()).kind == "continuation"


def test_needs_follow_the_ledger(told):
    def states():
        return dict(QuestionNeed.objects.filter(case=told.case).values_list("topic_id", "state"))

    first, second = told.entry.topic_id, told.stopped.topic_id
    assert states() == {first: "covered", second: "open"}
    damaged(told)
    assert states() == {first: "open", second: "open"}
    kept = Entry(second, "told_recorded", told.cast.police.pk, "SEGEL-3", HASH)
    correct(told, told.stopped, kept, "found")
    assert states() == {first: "open", second: "covered"}


def test_a_need_filed_anew_is_not_opened_twice(told):
    old = QuestionNeed.objects.get(case=told.case, topic=told.entry.topic)
    factories.need(told.case, told.cast, 0)
    damaged(told)
    old.refresh_from_db()
    assert old.state == "covered"
    assert QuestionNeed.objects.filter(case=told.case, topic=told.entry.topic, state="open").count() == 1


@pytest.mark.parametrize(
    ("right", "reason", "expected"),
    [
        ({"outcome": "stopped"}, "", {"correction_reason_missing"}),
        ({}, "typed_wrong", {"correction_changes_nothing"}),
        ({"reference": ""}, "sealed_anew", {"recording_reference_missing"}),
        ({"sha256": "AB" * 32}, "typed_wrong", {"recording_hash_malformed"}),
        ({"outcome": "whatever"}, "typed_wrong", {"outcome_missing"}),
    ],
)
def test_a_correction_says_what_is_right_and_why(told, right, reason, expected):
    entry = told.entry
    facts = {"outcome": "told_recorded", "custodian": told.cast.police.pk, "reference": entry.reference, "sha256": HASH}
    assert keys(correct, told, entry, Entry(entry.topic_id, **facts | right), reason) == expected
    assert Testimony.objects.filter(case=told.case).count() == 2


def test_only_the_last_entry_is_corrected(told):
    damaged(told)
    assert keys(correct, told, told.entry, Entry(told.entry.topic_id, "stopped")) == {"corrected_already"}


# --- what the database holds, whoever inserts -------------------------------------------------------------------------


def insert(told, **changes):
    facts = {
        "case": told.case, "interview": told.interview, "topic_id": told.entry.topic_id, "outcome": "stopped",
        "corrects": told.entry, "correction_reason": "typed_wrong", "by": told.cast.social_worker,
        "at": factories.now(),
    }  # fmt: skip
    made = Testimony.objects.create(**facts | changes)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return made


def refused(told, constraint, **changes):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        insert(told, **changes)


def test_no_chain_branches(told):
    insert(told)
    refused(told, "corrects_id")


def test_a_correction_is_of_the_same_case_interview_and_topic(told, world):
    refused(told, "testimony_corrects_the_same_topic", topic_id=factories.topic(5).pk)
    other = world.booked
    from services.actions.interviews import hold_interview

    hold_interview(case=other.case, interview=other.interview, by=told.cast.social_worker, now=factories.now())
    elsewhere = {"case": other.case, "interview": other.interview}
    refused(told, "testimony_corrects_the_same_topic", **elsewhere)


def test_a_correction_has_a_reason_and_a_first_entry_none(told):
    refused(told, "testimony_corrected_for_a_reason", correction_reason="")
    refused(told, "testimony_corrected_for_a_reason", corrects=None, topic_id=factories.topic(5).pk)


def test_an_entry_corrects_neither_itself_nor_a_later_one(told):
    for later in (0, 1):
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("SELECT nextval(pg_get_serial_sequence('services_testimony', 'id'))")
            pk = cursor.fetchone()[0]
        refused(told, "testimony_corrects_an_earlier_entry", pk=pk, corrects=Testimony(pk=pk + later))


def test_a_topic_still_has_one_first_entry(told):
    refused(told, "testimony_once_per_interview_and_topic", corrects=None, correction_reason="")


def test_who_does_not_write_the_ledger_does_not_correct_it(told):
    with (
        acting_as(told.cast.companion),
        pytest.raises(DatabaseError, match="corrected_by_who_may"),
        transaction.atomic(),
    ):
        insert(told, by=told.cast.companion)
    with acting_as(told.cast.investigator):
        assert insert(told, by=told.cast.investigator).stands
