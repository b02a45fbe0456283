"""Checklist, tasks, the sheet, the pause and blinding: what they promise, and each tried to be broken."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews, needs, tasks
from services.actions.cases import file_need
from services.models import Case, CaseMember, ChecklistTick, QuestionNeed, Task
from tests import factories
from tests.databases import as_owner
from tests.services.test_interviews import book


@pytest.fixture
def booked(ready):
    ready.interview = book(ready)
    return ready


def facts(ready, **more):
    return {"case": ready.case, "by": ready.cast.social_worker, "now": factories.now()} | more


def ticked(ready, item="kit_tried", *, done=True, **more):
    return tasks.tick(interview=ready.interview, item=item, done=done, **facts(ready, **more))


def task(ready, owner=None, **changes):
    row = Task(what="transport", owner=owner or ready.cast.companion, due_on=timezone.localdate(), **changes)
    return tasks.give_task(task=row, **facts(ready))


def refusal(act, *args, **more):
    with pytest.raises(Objected) as refused:
        act(*args, **more)
    return refused.value.keys


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


# --- the checklist ----------------------------------------------------------------------------------------------------


def test_the_checklist_is_the_pinned_protocols_and_the_newest_tick_counts(booked):
    def state():
        return {s.line.item.code: s.line.done for s in tasks.checklist_of(booked.interview, factories.now())}

    assert state() == dict.fromkeys(("child_told", "way_safe", "no_exam", "kit_tried", "child_well"), False)
    ticked(booked)
    assert state()["kit_tried"] is True
    ticked(booked, done=False)
    assert state()["kit_tried"] is False
    assert ChecklistTick.objects.count() == 2
    assert [e.detail["done"] for e in AuditEvent.objects.filter(verb="checklist.ticked").order_by("at")] == [
        True,
        False,
    ]


def test_who_ticked_it_and_when_is_shown(booked):
    row = ticked(booked)
    shown = next(s for s in tasks.checklist_of(booked.interview, factories.now()) if s.line.done)
    assert (shown.tick, shown.tick.by) == (row, booked.cast.social_worker)


def test_an_item_that_is_none_and_an_interview_that_is_over_are_refused(booked):
    assert refusal(ticked, booked, "sing_a_song") == ("item_not_of_the_protocol",)
    interviews.cancel_interview(interview=booked.interview, **facts(booked))
    assert refusal(ticked, booked) == ("interview_not_booked",)


def test_a_tick_is_signed_and_stays(booked):
    ticked(booked)
    for statement in ("DELETE FROM services_checklisttick", "UPDATE services_checklisttick SET done = false"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(statement)
    copy = "INSERT INTO services_checklisttick (case_id, interview_id, item, done, by_id, at)"
    with pytest.raises(DatabaseError, match="in_own_name"), transaction.atomic():
        run(f"{copy} SELECT case_id, interview_id, item, done, %s, at FROM services_checklisttick",
            booked.cast.psychologist.pk)  # fmt: skip


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_is_given_to_the_team_only(ready):
    assert task(ready).owner == ready.cast.companion
    assert refusal(task, ready, ready.cast.keeper) == ("owner_not_of_the_team",)


def test_done_and_not_after_all_and_what_it_said_before_is_remembered(ready):
    row = task(ready)
    tasks.set_task(task=row, done=True, **facts(ready))
    row.refresh_from_db()
    assert row.done_by == ready.cast.social_worker
    assert refusal(tasks.set_task, task=row, done=True, **facts(ready)) == ("task_set_already",)
    tasks.set_task(task=row, done=False, **facts(ready))
    assert not Task.objects.get().done_at
    assert row.formers.count() == 2


@pytest.mark.parametrize("change", ["what = 'court'", "due_on = '2030-01-01'", "done_at = now()", "owner_id = by_id"])
def test_a_task_is_not_rewritten(ready, change):
    task(ready)
    with pytest.raises(IntegrityError), transaction.atomic():
        run(f"UPDATE services_task SET {change}")


def test_nobody_says_of_a_task_that_somebody_else_did_it(ready):
    task(ready)
    with pytest.raises(IntegrityError, match="not rewritten"), transaction.atomic():
        run("UPDATE services_task SET done_at = now(), done_by_id = %s", ready.cast.psychologist.pk)


def test_strangers_see_neither_ticks_nor_tasks(booked):
    ticked(booked)
    task(booked)
    for stranger in (booked.cast.other_worker, booked.cast.outsider, None):
        with acting_as(stranger):
            assert (Task.objects.count(), ChecklistTick.objects.count()) == (0, 0)


def mine(ready, user):
    with acting_as(user):
        cases = Case.objects.visible_to(user, factories.now())
        return [one.task.what if one.task else one.item.code for one in tasks.tasks_of(user, cases, factories.now())]


def test_mine_are_the_tasks_given_to_me_and_the_items_of_the_role_i_attend_in(booked):
    task(booked)
    assert sorted(mine(booked, booked.cast.companion)) == ["child_told", "child_well", "no_exam", "transport"]
    assert mine(booked, booked.cast.investigator) == ["kit_tried"]
    assert mine(booked, booked.cast.social_worker) == ["way_safe"]
    assert mine(booked, booked.cast.psychologist) == []
    ticked(booked)
    assert mine(booked, booked.cast.investigator) == []


def test_an_interview_that_is_cancelled_leaves_nothing_to_see_to(booked):
    interviews.cancel_interview(interview=booked.interview, **facts(booked))
    assert mine(booked, booked.cast.companion) == []


def test_my_tasks_cost_the_same_however_many(booked, django_assert_num_queries):
    worker = booked.cast.companion
    for _ in range(3):
        task(booked)
    with acting_as(worker):
        cases = Case.objects.visible_to(worker, factories.now())
        with django_assert_num_queries(5):
            tasks.tasks_of(worker, cases, factories.now())


# --- needs: filed late, added in the pause ----------------------------------------------------------------------------


def topic_need(ready, number=3):
    return QuestionNeed(agency=ready.cast.police, topic=factories.topic(number), purpose="investigation",
                        needed_by=timezone.localdate())  # fmt: skip


def test_a_need_filed_while_the_interview_is_booked_is_part_of_it(booked):
    need = file_need(need=topic_need(booked), **facts(booked))
    assert (need.state, need.interview) == ("attached", booked.interview)


def test_a_need_filed_before_or_after_waits(ready):
    assert file_need(need=topic_need(ready), **facts(ready)).state == "open"


def added(ready, now, number=3):
    return needs.add_in_pause(interview=ready.interview, need=topic_need(ready, number), **facts(ready, now=now))


def test_in_the_pause_a_topic_joins_the_interview_and_gets_its_outcome(booked):
    need = added(booked, booked.interview.starts + timedelta(minutes=35))
    assert (need.state, need.interview) == ("attached", booked.interview)
    assert AuditEvent.objects.get(verb="need.added").detail == {}


def test_a_topic_that_waited_joins_instead_of_a_second_one(booked):
    waiting = factories.need(booked.case, booked.cast, 3)
    assert added(booked, booked.interview.starts) == waiting
    waiting.refresh_from_db()
    assert waiting.interview == booked.interview


def test_no_topic_before_it_begins_nor_twice_nor_after_it_was_cancelled(booked):
    start = booked.interview.starts
    assert refusal(added, booked, start - timedelta(minutes=1)) == ("interview_not_begun",)
    assert refusal(added, booked, start, 0) == ("topic_in_the_interview",)
    interviews.cancel_interview(interview=booked.interview, **facts(booked))
    assert refusal(added, booked, start) == ("interview_cancelled",)


def test_no_topic_once_the_outcomes_are_written(told):
    (topic, _stopped) = told.needs
    told.interview.refresh_from_db()
    more = {"case": told.case, "by": told.cast.social_worker, "now": factories.now()}
    assert refusal(needs.add_in_pause, interview=told.interview, need=topic, **more) == ("outcomes_written_already",)


# --- blinding ---------------------------------------------------------------------------------------------------------


def make_blind():
    as_owner("ALTER TABLE cms_protocolversion DISABLE TRIGGER USER")
    as_owner("""UPDATE cms_protocolversion SET limits = limits || '{"blind": true}'""")
    as_owner("ALTER TABLE cms_protocolversion ENABLE TRIGGER USER")


def test_only_who_is_there_to_ask_is_kept_blind_and_only_if_the_protocol_says_so(ready):
    cast = ready.cast
    CaseMember.objects.create(case=ready.case, user=cast.interviewer, agency=cast.house, role="interviewer",
                              starts=factories.now() - timedelta(minutes=1))  # fmt: skip
    assert not needs.is_blind(cast.interviewer, ready.case, factories.now())
    make_blind()
    assert needs.is_blind(cast.interviewer, ready.case, factories.now())
    assert not needs.is_blind(cast.social_worker, ready.case, factories.now())
    assert not needs.is_blind(cast.companion, ready.case, factories.now())


# --- the copy of what is held -----------------------------------------------------------------------------------------


def test_the_copy_tells_of_court_breaks_reasons_ticks_and_tasks_and_not_of_the_suspect(ready):
    """Whoever may ask what is held about the child reads it all; where a suspect goes is no datum of the child's."""
    from services.actions import presences
    from services.models.copies import copy_of

    ready.interview = book(
        ready, ends=factories.workday() + timedelta(minutes=55), reasons={"length_above_protocol": "Anak minta."}
    )
    ticked(ready)
    task(ready)
    lonely = factories.venue(ready.cast.house, "Gedung Lain")
    day = factories.workday().date()
    presences.record_suspect(venue=lonely, first=day, last=day, today=day, **facts(ready))
    told = str(copy_of(ready.case, factories.now()))
    for words in ("Izin pengadilan", "Anak minta.", "Alat perekam, juru bahasa", "atur perjalanan"):
        assert words in told
    assert "Gedung Lain" not in told
