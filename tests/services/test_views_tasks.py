"""Checklist, tasks, sheet, pause and blinding on the pages."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms.database.context import acting_as
from services.actions import interviews
from services.models import CaseMember, ChecklistTick, PriorTelling, QuestionNeed, Task
from tests import factories
from tests.entering import enter
from tests.services import corpus
from tests.services.conftest import plan_for
from tests.services.pages import Page
from tests.services.test_interviews import book
from tests.services.test_tasks import make_blind

TODAY = timezone.localdate()


def at(name, *args):
    return reverse(f"services:{name}", args=args)


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def seen(world):
    with acting_as(world.cast.social_worker):
        yield


@pytest.fixture
def coming(ready):
    """An interview that is still to come, and its address; nobody is acted for while pages are asked."""
    ready.interview = book(ready)
    ready.args = [ready.case.code, ready.interview.pk]
    return ready


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- the checklist ----------------------------------------------------------------------------------------------------


def test_an_item_is_ticked_and_taken_back_and_the_next_step_follows(client, coming):
    enter(client, coming.cast.companion)
    page = Page(client.get(at("interview_detail", *coming.args)))
    assert page.soup.select_one("#next-title").text.strip() == "Anak tahu hari, lama, jeda, dan siapa yang hadir."
    for item in ("child_told", "way_safe", "no_exam"):
        response = client.post(at("checklist_tick", *coming.args), {"item": item, "done": "yes"})
        assert response["Location"] == at("interview_detail", *coming.args) + "#checklist"
    page = Page(client.get(at("interview_detail", *coming.args)))
    assert page.soup.select_one("#next-title").text.strip() == "Alat perekam, juru bahasa, dan alat bantu sudah dicoba."
    assert coming.cast.companion.name in page.soup.select_one("#checklist").text
    client.post(at("checklist_tick", *coming.args), {"item": "child_told", "done": "no"})
    page = Page(client.get(at("interview_detail", *coming.args)))
    assert page.soup.select_one("#next-title").text.strip() == "Anak tahu hari, lama, jeda, dan siapa yang hadir."


def test_what_is_still_to_be_seen_to_is_the_next_step_of_the_case(client, coming):
    enter(client, coming.cast.social_worker)
    page = Page(client.get(at("case_detail", coming.case.code)))
    assert page.soup.select_one("#next-title").text.strip() == "Anak tahu hari, lama, jeda, dan siapa yang hadir."
    assert "5 hal masih perlu disiapkan" in page.main


@pytest.mark.parametrize("item", ["", "none", corpus.NUL, corpus.EMOJI, "x" * 500])
def test_an_item_that_is_none_gets_a_sentence(client, coming, item):
    enter(client, coming.cast.social_worker)
    response = client.post(at("checklist_tick", *coming.args), {"item": item, "done": "yes"})
    assert response.status_code == 409
    assert Page(response).errors()
    assert not ChecklistTick.objects.exists()


def test_the_interview_costs_the_same_with_few_ticks_and_many(client, coming):
    enter(client, coming.cast.social_worker)
    address = at("interview_detail", *coming.args)
    client.post(at("checklist_tick", *coming.args), {"item": "kit_tried", "done": "yes"})
    few = queries(client, address)
    for item in ("child_told", "way_safe", "kit_tried", "no_exam"):
        client.post(at("checklist_tick", *coming.args), {"item": item, "done": "yes"})
    assert queries(client, address) == few


# --- tasks ------------------------------------------------------------------------------------------------------------


def sent(world, **changes):
    return {"what": "transport", "owner": str(world.cast.companion.pk), "due_on": TODAY.isoformat()} | changes


def test_a_task_is_given_seen_by_its_owner_done_and_undone(client, world, manager, seen):
    assert manager.post(at("task_add", world.fresh.code), sent(world)).status_code == 302
    task = Task.objects.get(case=world.fresh.case)
    enter(client, world.cast.companion)
    page = Page(client.get(at("case_list")))
    assert "Atur perjalanan" in page.soup.select_one("#mine-title").parent.text
    assert client.post(at("task_set", world.fresh.code, task.pk), {"done": "yes"}).status_code == 302
    assert page.soup.select_one("#mine-title") is not None
    assert Page(client.get(at("case_list"))).soup.select_one("#mine-title") is None
    again = client.post(at("task_set", world.fresh.code, task.pk), {"done": "yes"})
    assert again.status_code == 409
    assert Page(again).errors()
    assert client.post(at("task_set", world.fresh.code, task.pk), {"done": "no"}).status_code == 302
    task.refresh_from_db()
    assert task.done_at is None


@pytest.mark.parametrize(
    "changes",
    [{"what": "sing"}, {"what": corpus.NUL}, {"owner": "0"}, {"owner": corpus.EMOJI}, {"due_on": "2020-01-01"},
     *({"due_on": day} for day in corpus.IMPOSSIBLE_DAYS)],
    ids=str,
)  # fmt: skip
def test_a_faulty_task_gets_a_sentence_and_comes_back(manager, world, seen, changes):
    given = sent(world, **changes)
    page = Page(manager.post(at("task_add", world.fresh.code), given))
    assert page.errors()
    assert page.typed()["due_on"] == given["due_on"]
    assert not Task.objects.exists()


def test_a_stranger_is_not_offered(manager, world, seen):
    assert Page(manager.post(at("task_add", world.fresh.code), sent(world, owner=str(world.cast.keeper.pk)))).errors()
    assert not Task.objects.exists()


@pytest.mark.parametrize("name", ["case_list", "case_detail"])
def test_pages_cost_the_same_with_one_task_and_three(manager, world, name):
    args = [world.fresh.code] if name == "case_detail" else []
    manager.post(at("task_add", world.fresh.code), sent(world, owner=str(world.cast.social_worker.pk)))
    one = queries(manager, at(name, *args))
    for what in ("court", "school"):
        manager.post(at("task_add", world.fresh.code), sent(world, what=what, owner=str(world.cast.social_worker.pk)))
    assert queries(manager, at(name, *args)) == one


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_sheet_groups_by_topic_and_says_no_code_place_or_hour(client, coming):
    factories.need(coming.case, coming.cast, 0, agency=coming.cast.prosecution, purpose="prosecution",
                   state="attached", interview=coming.interview)  # fmt: skip
    enter(client, coming.cast.social_worker)
    page = Page(client.get(at("interview_sheet", *coming.args)))
    (row,) = page.soup.select("#topics-title + ul > li")
    assert row.find("strong").text == str(coming.need.topic)
    assert coming.cast.police.name in row.text
    assert coming.cast.prosecution.name in row.text
    assert "10 menit sebelum selesai" in page.main
    paper = page.soup.find("main")
    for part in paper.select(".no-print"):
        part.decompose()
    words = paper.get_text()
    start = coming.interview.starts.astimezone(coming.case.zone)
    assert not [
        one for one in (coming.case.code, str(coming.interview.venue), f"{start:%H.%M}", "Melati") if one in words
    ]


def test_the_sheet_costs_the_same_with_one_topic_and_three(client, coming):
    enter(client, coming.cast.social_worker)
    address = at("interview_sheet", *coming.args)
    one = queries(client, address)
    for number in (1, 2):
        factories.need(coming.case, coming.cast, number, state="attached", interview=coming.interview)
    assert queries(client, address) == one


def test_the_sheet_of_a_further_interview_has_the_topics_that_were_asked_for(client, world):
    told = world.told
    with acting_as(world.cast.social_worker):
        plan = plan_for(world.cast, world.things, kind="supplementary", asking=told.asking.pk)
        later = interviews.book_interview(
            case=told.case, plan=plan, by=world.cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )
        topic = str(told.asking.topics.get())
    enter(client, world.cast.social_worker)
    page = Page(client.get(at("interview_sheet", told.code, later.pk)))
    assert [row.find("strong").text for row in page.soup.select("#topics-title + ul > li")] == [topic]


# --- the pause --------------------------------------------------------------------------------------------------------


def test_who_observes_adds_a_topic_and_its_outcome_is_asked_for(client, world, seen):
    enter(client, world.cast.prosecutor)
    one = world.booked
    address = at("topic_add", one.code, one.interview.pk)
    assert address.encode() in client.get(at("interview_detail", one.code, one.interview.pk)).content
    topic = factories.topic(4)
    given = {"agency": str(world.cast.prosecution.pk), "topic": str(topic.pk), "purpose": "prosecution"}
    assert client.post(address, given).status_code == 302
    need = QuestionNeed.objects.get(case=one.case, topic=topic)
    assert (need.state, need.interview_id) == ("attached", one.interview.pk)
    enter(client, world.cast.social_worker)
    client.post(at("interview_hold", one.code, one.interview.pk))
    page = Page(client.get(at("outcome_record", one.code, one.interview.pk)))
    assert page.soup.select(f"[name=outcome_{topic.pk}]")


@pytest.mark.parametrize("changes", [{"topic": "0"}, {"topic": corpus.NUL}, {"purpose": "none"}, {"agency": "0"}])
def test_a_faulty_topic_gets_a_sentence(client, world, seen, changes):
    enter(client, world.cast.prosecutor)
    one = world.booked
    given = {"agency": str(world.cast.prosecution.pk), "topic": str(factories.topic(4).pk), "purpose": "prosecution"}
    page = Page(client.post(at("topic_add", one.code, one.interview.pk), given | changes))
    assert page.errors()
    assert QuestionNeed.objects.filter(case=one.case).count() == 2


def test_before_it_begins_no_topic_is_added_in_the_pause(client, coming):
    enter(client, coming.cast.prosecutor)
    given = {"agency": str(coming.cast.prosecution.pk), "topic": str(factories.topic(4).pk), "purpose": "prosecution"}
    page = Page(client.post(at("topic_add", *coming.args), given))
    assert any("belum dimulai" in words for words in page.errors())


# --- deadlines and blinding -------------------------------------------------------------------------------------------


def test_a_need_whose_day_is_before_the_interview_says_so(client, coming):
    late = "Wawancara lebih lambat dari hari ini."
    enter(client, coming.cast.social_worker)
    assert late not in Page(client.get(at("case_detail", coming.case.code))).main
    QuestionNeed.objects.filter(pk=coming.need.pk).update(needed_by=TODAY)
    assert late in Page(client.get(at("case_detail", coming.case.code))).main


def test_a_blind_interviewer_reads_topics_and_nothing_of_why_or_before(client, coming):
    cast, case = coming.cast, coming.case
    CaseMember.objects.create(case=case, user=cast.interviewer, agency=cast.house, role="interviewer",
                              starts=factories.now() - timedelta(minutes=1))  # fmt: skip
    PriorTelling.objects.create(case=case, listener="hotline", told_on=TODAY, by=cast.social_worker, at=factories.now())
    QuestionNeed.objects.filter(pk=coming.need.pk).update(purpose="restitution")
    pages = [at("case_detail", case.code), at("interview_detail", *coming.args), at("interview_sheet", *coming.args),
             at("need_add", case.code)]  # fmt: skip
    kept = ("Restitusi", "restitusi", "Saluran siaga", "hotline")

    def read():
        return {address: client.get(address) for address in pages}

    make_blind()
    enter(client, cast.interviewer)
    for address, response in read().items():
        main = Page(response).soup.find("main")
        for form in main.find_all("form"):
            form.decompose()  # the choices of one's own need are not what others wrote
        assert not [words for words in kept if words in main.get_text()], address
    assert str(coming.need.topic) in Page(client.get(pages[2])).main
    assert client.get(at("interview_again", case.code)).status_code == 403
    enter(client, cast.social_worker)
    assert "restitusi" in Page(client.get(pages[0])).main
