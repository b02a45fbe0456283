"""Finding a slot, booking it, holding and cancelling: what the pages do, refuse and keep."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.actions.occupancy import take
from services.forms.interviews import SLOT_SALT
from services.forms.keys import new_key
from services.models import CaseMember, Interview, Occupancy, Qualification, QuestionNeed
from tests import factories
from tests.entering import enter
from tests.services import corpus
from tests.services.pages import Page


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def seen(world):
    """What the case manager's database shows."""
    with acting_as(world.cast.social_worker):
        yield


def at(name, *args):
    return reverse(f"services:{name}", args=args)


@pytest.fixture
def offer(manager, world):
    """The page that offers times, and what its form sends when nothing is changed: the best time, every need."""
    address = at("interview_book", world.fresh.code)

    def offered(**changes):
        return Page(manager.get(address)).typed() | changes

    return type("Offer", (), {"address": address, "sent": staticmethod(offered)})


def booked(world):
    with acting_as(world.cast.social_worker):
        return list(Interview.objects.filter(case=world.fresh.case))


def refused(response):
    """The page of a refusal: a sentence, and never an error of ours."""
    assert response.status_code in {200, 409}, response.status_code
    page = Page(response)
    assert page.errors()
    return page


# --- booking ----------------------------------------------------------------------------------------------------------


def test_the_best_time_is_booked_as_it_stands(manager, world, offer):
    sent = offer.sent()
    assert sent["needs"] == [str(need.pk) for need in world.fresh.needs]
    response = manager.post(offer.address, sent)
    (interview,) = booked(world)
    assert response["Location"] == at("interview_detail", world.fresh.code, interview.pk)
    assert interview.starts > factories.now()


def test_the_same_form_sent_twice_books_once_and_leads_to_it(manager, world, offer):
    """Somebody whose connection broke sends it again, and should see what came of it."""
    sent = offer.sent()
    first, again = manager.post(offer.address, sent), manager.post(offer.address, sent)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    assert len(booked(world)) == 1


def test_the_same_key_with_another_time_is_refused(manager, world, offer):
    page = Page(manager.get(offer.address))
    slots = [radio["value"] for radio in page.soup.select("input[name=slot]")]
    sent = page.typed()
    manager.post(offer.address, sent | {"slot": slots[0]})
    response = manager.post(offer.address, sent | {"slot": slots[1]})
    assert response.status_code == 409
    assert refused(response)
    assert len(booked(world)) == 1


def test_the_same_key_without_a_topic_is_refused(manager, world, offer):
    sent = offer.sent()
    manager.post(offer.address, sent)
    changed = sent | {"needs": sent["needs"][:1], "postponed_because": "Menunggu visum."}
    assert refused(manager.post(offer.address, changed))
    assert len(booked(world)) == 1


@pytest.mark.parametrize("whose", ["another person's", "another case's", "none", "empty", "old"])
def test_a_key_that_was_not_made_for_this_form_books_nothing_and_keeps_what_was_typed(manager, world, offer, whose):
    keys = {
        "another person's": new_key(world.cast.investigator, world.fresh.case),
        "another case's": new_key(world.cast.social_worker, world.told.case),
        "none": "x" * 100,
        "empty": "",
        "old": "WzFd:1aaaaa:" + "a" * 43,
    }
    sent = offer.sent(key=keys[whose], postponed_because="Menunggu hasil visum.", needs=[])
    page = refused(manager.post(offer.address, sent))
    assert booked(world) == []
    assert page.typed()["postponed_because"] == "Menunggu hasil visum."
    assert page.typed()["slot"] == sent["slot"] or page.typed()["slot"]
    assert page.typed()["key"] != keys[whose]


def test_after_a_stale_key_the_form_can_be_sent_again(manager, world, offer):
    page = refused(manager.post(offer.address, offer.sent(key="stale")))
    assert manager.post(offer.address, page.typed()).status_code == 302


def words_of(slot, world):
    return signing.loads(slot, salt=f"{SLOT_SALT}.{world.fresh.case.pk}")


def slot_of(words, case):
    return signing.dumps(words, salt=f"{SLOT_SALT}.{case.pk}", compress=True)


@pytest.mark.parametrize("forged", ["", "x", corpus.NUL, corpus.EMOJI, "e30:1aaaaa:bbbb", "A" * 100_000])
def test_a_forged_slot_books_nothing_and_keeps_what_was_typed(manager, world, offer, forged):
    sent = offer.sent(slot=forged, needs=[], postponed_because=corpus.RIGHT_TO_LEFT)
    page = refused(manager.post(offer.address, sent))
    assert booked(world) == []
    assert page.typed()["postponed_because"] == corpus.RIGHT_TO_LEFT


def test_a_slot_offered_for_another_case_books_nothing(manager, world, offer):
    words = words_of(offer.sent()["slot"], world)
    refused(manager.post(offer.address, offer.sent(slot=slot_of(words, world.told.case))))
    assert booked(world) == []


def test_a_page_left_open_until_its_time_has_passed(manager, world, offer):
    words = words_of(offer.sent()["slot"], world)
    past = words | {"start": (factories.now() - timedelta(hours=1)).isoformat()}
    sent = offer.sent(slot=slot_of(past, world.fresh.case), needs=[], postponed_because="Menunggu visum.")
    page = refused(manager.post(offer.address, sent))
    assert "sudah lewat" in page.main
    assert page.typed()["postponed_because"] == "Menunggu visum."
    assert booked(world) == []
    with acting_as(world.cast.social_worker):
        assert "slot_in_the_past" in AuditEvent.objects.get(verb="interview.refused").detail["rules"]


def test_a_time_that_somebody_else_has_just_taken(manager, world, offer):
    sent = offer.sent(needs=[str(world.fresh.needs[0].pk)], postponed_because="Menunggu visum.")
    words = words_of(sent["slot"], world)
    start = parsed(words["start"])
    take(wanted=[(words["picks"]["room"], (start, start + timedelta(minutes=50)))], now=factories.now())
    page = refused(manager.post(offer.address, sent))
    assert page.typed()["slot"] != sent["slot"]
    assert page.typed()["needs"] == sent["needs"][0]
    assert page.typed()["postponed_because"] == "Menunggu visum."
    assert booked(world) == []


def parsed(text):
    from datetime import datetime

    return datetime.fromisoformat(text)


def test_an_interviewer_whose_training_ended_meanwhile(manager, world, offer):
    """Nobody else is trained: no time is left, and what was typed is there all the same."""
    sent = offer.sent(needs=[], postponed_because="Menunggu visum.")
    Qualification.objects.filter(kind="forensic").delete()
    page = refused(manager.post(offer.address, sent))
    assert world.cast.interviewer.name in page.main
    assert page.typed()["postponed_because"] == "Menunggu visum."
    assert booked(world) == []


def test_a_topic_left_out_wants_its_reason(manager, world, offer):
    sent = offer.sent(needs=[str(world.fresh.needs[0].pk)])
    page = refused(manager.post(offer.address, sent))
    assert page.typed()["needs"] == sent["needs"][0]
    assert manager.post(offer.address, page.typed() | {"postponed_because": "Menunggu visum."}).status_code == 302
    with acting_as(world.cast.social_worker):
        world.fresh.needs[1].refresh_from_db()
    assert world.fresh.needs[1].postponed_because == "Menunggu visum."


@pytest.mark.parametrize("text", [*corpus.HARMLESS])
def test_what_people_type_is_kept_and_shown_as_it_is(manager, world, offer, text):
    sent = offer.sent(needs=[str(world.fresh.needs[0].pk)], postponed_because=text)
    assert manager.post(offer.address, sent).status_code == 302
    page = manager.get(at("case_detail", world.fresh.code))
    assert text in Page(page).soup.find("main").get_text()
    assert b"<script>alert" not in page.content


@pytest.mark.parametrize("text", [corpus.TOO_LONG, corpus.NUL, corpus.HUGE])
def test_a_text_that_does_not_fit_gets_a_sentence_and_comes_back(manager, world, offer, text):
    sent = offer.sent(needs=[str(world.fresh.needs[0].pk)], postponed_because=text)
    page = refused(manager.post(offer.address, sent))
    assert page.typed()["postponed_because"] == text
    assert booked(world) == []


@pytest.mark.parametrize("need", ["0", "x", corpus.NUL, "9" * 30])
def test_a_topic_that_was_not_offered(manager, world, offer, need):
    refused(manager.post(offer.address, offer.sent(needs=[need])))
    assert booked(world) == []


def test_without_a_prosecutor_the_reason_is_asked_for(manager, world, seen):
    CaseMember.objects.filter(case=world.fresh.case, role="prosecutor").update(
        starts=factories.long_ago(), ends=factories.now() - timedelta(seconds=90)
    )
    address = f"{at('interview_book', world.fresh.code)}?minutes=45&unattended=on"
    sent = Page(manager.get(address)).typed()
    assert sent["slot"]
    page = refused(manager.post(address, sent | {"prosecutor_absent_because": " "}))
    assert page.typed()["slot"]
    sent = page.typed() | {"prosecutor_absent_because": "Jaksa ditunjuk Senin depan."}
    assert manager.post(address, sent).status_code == 302
    assert Interview.objects.get(case=world.fresh.case).prosecutor_absent_because == "Jaksa ditunjuk Senin depan."


# --- a warning that wants a reason, and breaks ------------------------------------------------------------------------

WHY = "Anak minta waktu lebih lama."


def too_long(world, sent):
    """The slot that was offered, an hour long: more than the protocol advises at nine years."""
    return sent | {"slot": slot_of(words_of(sent["slot"], world) | {"minutes": 60}, world.fresh.case)}


def test_a_warning_asks_for_its_reason_beside_it_and_then_books(manager, world, offer, seen):
    page = refused(manager.post(offer.address, too_long(world, offer.sent())))
    assert booked(world) == []
    assert page.soup.select_one("#id_why_length_above_protocol")
    assert "60 menit lebih lama" in page.soup.select_one("#id_why_length_above_protocol_helptext").text
    sent = too_long(world, offer.sent()) | {"why_length_above_protocol": WHY}
    assert manager.post(offer.address, sent).status_code == 302
    (interview,) = booked(world)
    page = Page(manager.get(at("interview_detail", world.fresh.code, interview.pk)))
    assert WHY in page.main
    assert world.cast.social_worker.name in page.main


@pytest.mark.parametrize("text", [corpus.TOO_LONG, corpus.NUL])
def test_a_reason_that_does_not_fit_comes_back(manager, world, offer, text):
    sent = too_long(world, offer.sent()) | {"why_length_above_protocol": text}
    page = refused(manager.post(offer.address, sent))
    assert page.typed()["why_length_above_protocol"] == text
    assert booked(world) == []


def test_no_reason_is_asked_for_where_nothing_warns(manager, world, offer):
    assert "why_" not in Page(manager.get(offer.address)).html
    assert manager.post(offer.address, offer.sent()).status_code == 302


@pytest.mark.parametrize(("every", "expected"), [("", [(18, 10)]), ("15", [(9, 10), (28, 10)])])
def test_breaks_are_the_protocols_or_those_chosen(manager, world, offer, seen, every, expected):
    words = words_of(offer.sent()["slot"], world) | {"minutes": 45}
    sent = offer.sent(slot=slot_of(words, world.fresh.case), breaks=every)
    assert manager.post(offer.address, sent).status_code == 302
    (interview,) = booked(world)
    assert list(interview.breaks.values_list("after", "minutes")) == expected


def test_an_interview_without_a_break_wants_a_reason(manager, world, offer):
    page = refused(manager.post(offer.address, offer.sent(breaks="0")))
    assert page.soup.select_one("#id_why_breaks_missing")
    assert page.typed()["breaks"] == "0"


def test_breaks_that_were_not_offered(manager, world, offer):
    refused(manager.post(offer.address, offer.sent(breaks="7")))
    assert booked(world) == []


def test_a_court_that_refuses_after_the_booking_stands_on_the_page(manager, world, offer, seen):
    manager.post(offer.address, offer.sent())
    (interview,) = booked(world)
    factories.permit(world.fresh.case, world.cast.social_worker, "refused")
    page = Page(manager.get(at("interview_detail", world.fresh.code, interview.pk)))
    assert "Ketua pengadilan negeri tidak memberi izin" in page.main


def test_before_the_court_was_asked_the_search_says_so(manager, world, seen):
    factories.permit(world.fresh.case, world.cast.social_worker, "refused")
    page = Page(manager.get(at("interview_book", world.fresh.code)))
    assert "Ketua pengadilan negeri tidak memberi izin" in page.main


# --- the search -------------------------------------------------------------------------------------------------------

SEARCHES = [
    *(("since", day) for day in [*corpus.IMPOSSIBLE_DAYS, "2020-01-01", "2099-01-01", "9999-12-31", "0001-01-01"]),
    *(("on", day) for day in [*corpus.IMPOSSIBLE_DAYS, "2020-01-01", "2099-01-01", "9999-12-31", "0001-01-01"]),
    *(("minutes", text) for text in ("", "0", "-5", "7", "10000", "x", corpus.NUL, corpus.EMOJI)),
    *(("remote", text) for text in ("", "child", corpus.NUL)),
    ("none", "x"),
]


@pytest.mark.parametrize(("name", "value"), SEARCHES)
def test_any_search_is_answered(manager, world, name, value):
    response = manager.get(at("interview_book", world.fresh.code), {"minutes": "45", name: value})
    assert response.status_code == 200


@pytest.mark.parametrize("day", ["2026-02-31", "2020-01-01", "2099-01-01"])
def test_a_search_from_an_impossible_day_says_so_and_keeps_it(manager, world, day):
    page = Page(manager.get(at("interview_book", world.fresh.code), {"minutes": "45", "since": day}))
    assert page.errors()
    assert page.typed("get")["since"] == day


def test_when_nobody_is_free_the_page_says_what_stands_in_the_way(manager, world):
    Qualification.objects.filter(kind="forensic").delete()
    page = Page(manager.get(at("interview_book", world.fresh.code)))
    assert page.soup.select("#blockers-title")
    assert not page.soup.select("input[name=slot]")


def test_once_it_is_booked_the_search_leads_to_the_ledger(manager, world):
    response = manager.get(at("interview_book", world.told.code))
    assert response["Location"] == at("interview_again", world.told.code)


def test_a_search_costs_the_same_for_one_room_and_three(manager, world):
    address = at("interview_book", world.fresh.code)
    few = queries(manager, address)
    for number in range(2):
        room = factories.room(world.things["room"].venue, f"Lagi {number}", child_friendly=True)
        factories.works(room)
    with acting_as(world.cast.social_worker):
        factories.need(world.fresh.case, world.cast, 4)
    assert queries(manager, address) == few


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- one interview ----------------------------------------------------------------------------------------------------


def test_the_page_of_an_interview_costs_the_same_with_few_topics_and_many(manager, world, seen):
    address = at("interview_detail", world.booked.code, world.booked.interview.pk)
    few = queries(manager, address)
    for number in range(3):
        factories.need(
            world.booked.case, world.cast, 4 + number,
            state=QuestionNeed.State.ATTACHED, interview=world.booked.interview,
        )  # fmt: skip
    assert queries(manager, address) == few


def test_held_once_and_then_on_to_the_outcomes(manager, world, seen):
    address = at("interview_hold", world.booked.code, world.booked.interview.pk)
    response = manager.post(address)
    assert response["Location"] == at("outcome_record", world.booked.code, world.booked.interview.pk)
    assert refused(manager.post(address)).response.status_code == 409
    assert AuditEvent.objects.filter(verb="interview.held", case_id=world.booked.case.pk).count() == 1


def test_an_interview_whose_hour_has_not_come_was_not_held(manager, world, offer):
    manager.post(offer.address, offer.sent())
    (interview,) = booked(world)
    address = at("interview_hold", world.fresh.code, interview.pk)
    assert refused(manager.post(address)).response.status_code == 409
    assert booked(world)[0].state == "booked"


def test_cancelled_once_without_a_reason(manager, world, offer):
    manager.post(offer.address, offer.sent())
    (interview,) = booked(world)
    address = at("interview_cancel", world.fresh.code, interview.pk)
    assert "textarea" not in Page(manager.get(address)).soup.find("main").decode()
    assert manager.post(address).status_code == 302
    assert refused(manager.post(address)).response.status_code == 409
    assert not Occupancy.objects.filter(live=True, span__startswith__gt=factories.now()).exists()


def test_what_was_held_is_not_cancelled(manager, world):
    address = at("interview_cancel", world.told.code, world.told.interview.pk)
    assert refused(manager.post(address)).response.status_code == 409
