"""Siblings' interviews one right after the other on their page: offered, booked both or neither, and hidden where it must be."""

from types import SimpleNamespace

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.actions.families import leave_family, note_sibling
from services.actions.occupancy import take
from services.forms.siblings import PAIR_SALT
from services.models import CaseMember, ChildView, Interview, Resource
from services.rules.siblings import Together
from services.wording import HINDERS, hinder_words
from tests import factories
from tests.entering import enter
from tests.services.conftest import _prepared
from tests.services.pages import Page


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def joined(world, *, prepared=True):
    """A sibling's case beside the fresh one, both led by the social worker."""
    worker = world.cast.social_worker
    with acting_as(worker):
        one = _prepared(world.cast)
        if not prepared:
            ChildView.objects.create(case=one.case, means="talk", answer="no", by=worker, at=factories.now())
        note_sibling(case=world.fresh.case, code=one.code, by=worker, now=factories.now())
    return one


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def sibling(world):
    return joined(world)


@pytest.fixture
def page_of(manager, world, sibling):
    """The page that offers pairs: `sent(**changes)` is what its form sends when nothing else is changed."""
    address = at("interview_siblings", world.fresh.code)

    def sent(**changes):
        return Page(manager.get(address)).typed() | changes

    return SimpleNamespace(address=address, sent=sent)


def booked(world, sibling):
    with acting_as(world.cast.social_worker):
        cases = [world.fresh.case, sibling.case]
        return list(Interview.objects.filter(case__in=cases, state="booked").order_by("span").select_related("case"))


def in_order(world, slot):
    return signing.loads(slot, salt=f"{PAIR_SALT}.{world.fresh.case.pk}")


# --- offered ----------------------------------------------------------------------------------------------------------


def test_each_offer_names_both_hours_one_place_and_who_comes(manager, world, page_of):
    page = Page(manager.get(page_of.address))
    offers = page.soup.select(".slot")
    assert offers
    for offer in offers:
        former, latter = (item.text for item in offer.select(".slot-later li"))
        assert {former.split(":")[0], latter.split(":")[0]} == {"Anak ini", "Saudaranya"}
        assert former.split("–")[1] <= latter.split(": ")[1].split("–")[0]
        assert "keluarga cukup sekali jalan" in offer.text
        assert world.cast.companion.resource.name in offer.text
    assert page.soup.select("input[name=slot][checked]") == page.soup.select("input[name=slot]")[:1]


def test_each_child_has_a_length_of_its_own(manager, world, page_of):
    page = Page(manager.get(page_of.address, {"minutes": 30, "other_minutes": 60}))
    words = in_order(world, page.typed()["slot"])
    assert {pk: said["minutes"] for pk, said in words} == {
        world.fresh.case.pk: 30,
        next(pk for pk, _said in words if pk != world.fresh.case.pk): 60,
    }
    assert not page.soup.select("[name=parts]")


def test_one_day_is_asked_for_and_every_pair_is_on_it(manager, world, page_of):
    page = Page(manager.get(page_of.address))
    day = page.soup.select("a.day")[2]
    shown = Page(manager.get(page_of.address + day["href"]))
    assert shown.soup.select_one("a.day[aria-current=date]").text == day.text
    assert all(day.select_one(".day-name").text in when.text for when in shown.soup.select(".slot-when"))


def test_what_no_time_would_lift_is_said_for_the_child_whom_it_concerns(manager, world):
    joined(world, prepared=False)
    page = Page(manager.get(at("interview_siblings", world.fresh.code)))
    (said,) = page.soup.select("[role=group][aria-label^='Sebelum ini bisa dipesan']")
    assert said["aria-label"] == "Sebelum ini bisa dipesan: saudaranya"


def test_where_no_two_times_follow_each_other_the_page_says_why_and_offers_one_alone(manager, world, sibling):
    Resource.objects.filter(pk=world.things["room"].pk).update(after_minutes=60)
    page = Page(manager.get(at("interview_siblings", world.fresh.code)))
    assert not page.soup.select(".slot")
    assert "Kedua anak memerlukan hal yang sama" in page.main
    assert page.soup.select_one(".empty a")["href"] == at("interview_book", world.fresh.code)


def test_where_one_child_has_no_time_even_alone_that_is_said(manager, world, sibling):
    with acting_as(world.cast.social_worker):
        CaseMember.objects.filter(case=sibling.case, role="companion").update(ends=factories.now())
    page = Page(manager.get(at("interview_siblings", world.fresh.code)))
    (calm,) = page.soup.select("section.calm")
    assert calm.h2.text == "Yang menghalangi: saudaranya"
    assert "pendamping" in calm.text
    assert calm.a["href"] == at("member_add", sibling.code)


def test_a_prosecutor_is_left_out_of_the_one_interview_whose_team_has_none(manager, world, sibling):
    with acting_as(world.cast.social_worker):
        CaseMember.objects.filter(case=sibling.case, role="prosecutor").update(ends=factories.now())
    address = at("interview_siblings", world.fresh.code) + "?unattended=on"
    page = Page(manager.get(address))
    words = dict(in_order(world, page.typed()["slot"]))
    assert "prosecutor" in words[world.fresh.case.pk]["picks"]
    assert "prosecutor" not in words[sibling.case.pk]["picks"]
    assert [field["name"] for field in page.soup.select("[name$=prosecutor_absent_because]")] == [
        "other-prosecutor_absent_because"
    ]
    sent = page.typed() | {"other-prosecutor_absent_because": "Jaksa ditunjuk Senin depan."}
    assert manager.post(address, sent).status_code == 302
    assert {interview.prosecutor_absent_because for interview in booked(world, sibling)} == {
        "",
        sent["other-prosecutor_absent_because"],
    }


@pytest.mark.parametrize("hinders", ["no_venue", "same_things", "not_adjacent"])
def test_every_hindrance_has_words(hinders):
    said = hinder_words(Together(hinders=hinders, seats=("room",)))
    assert said
    assert "%" not in said
    assert set(HINDERS) == {"no_venue", "same_things", "not_adjacent"}


def test_a_search_that_asks_for_nonsense_says_so_beside_the_field(manager, page_of):
    page = Page(manager.get(page_of.address, {"minutes": "x", "other_minutes": "7", "since": "2000-01-01"}))
    assert {field["name"] for field in page.soup.select(".has-error [name]")} == {"minutes", "other_minutes", "since"}
    assert page.soup.select(".slot")


def test_the_page_costs_the_same_with_more_siblings_and_topics(manager, world, page_of):
    manager.get(page_of.address)
    with CaptureQueriesContext(connection) as before:
        manager.get(page_of.address)
    for _more in range(2):
        joined(world)
    with acting_as(world.cast.social_worker):
        for number in (2, 3, 4):
            factories.need(world.fresh.case, world.cast, number)
    with CaptureQueriesContext(connection) as after:
        page = Page(manager.get(page_of.address))
    assert len(page.soup.select("nav[aria-label='Saudara kandung'] a")) == 2
    assert len(after) == len(before)


# --- booked -----------------------------------------------------------------------------------------------------------


def test_both_are_booked_as_they_stand(manager, world, sibling, page_of):
    sent = page_of.sent()
    response = manager.post(page_of.address, sent)
    assert response["Location"] == at("case_detail", world.fresh.code)
    made = booked(world, sibling)
    assert [interview.case_id for interview in made] == [pk for pk, _said in in_order(world, sent["slot"])]
    assert made[0].venue_id == made[1].venue_id
    with acting_as(world.cast.social_worker):
        for one in (world.fresh, sibling):
            attached = {need.pk for interview in made for need in interview.needs.filter(case=one.case)}
            assert attached == {need.pk for need in one.needs}


def test_pressed_twice_it_books_once(manager, world, sibling, page_of):
    sent = page_of.sent()
    first, again = manager.post(page_of.address, sent), manager.post(page_of.address, sent)
    assert (first["Location"], again["Location"]) == (at("case_detail", world.fresh.code),) * 2
    assert len(booked(world, sibling)) == 2


@pytest.mark.parametrize("prefix", ["this", "other"])
def test_the_same_key_without_a_topic_of_either_child_is_refused(manager, world, sibling, page_of, prefix):
    sent = page_of.sent()
    manager.post(page_of.address, sent)
    changed = {f"{prefix}-needs": sent[f"{prefix}-needs"][:1], f"{prefix}-postponed_because": "Menunggu visum."}
    response = manager.post(page_of.address, sent | changed)
    assert response.status_code == 409
    assert len(booked(world, sibling)) == 2


def test_the_second_of_several_siblings_is_named_by_a_number(manager, world, sibling):
    third = joined(world)
    address = at("interview_siblings", world.fresh.code) + "?sibling=2"
    page = Page(manager.get(address))
    assert third.code in page.main
    assert page.typed("get")["sibling"] == "2"
    assert sibling.code in page.soup.select_one("nav[aria-label='Saudara kandung']").text
    manager.post(address, page.typed())
    assert {interview.case_id for interview in booked(world, third)} == {world.fresh.case.pk, third.case.pk}
    assert len(booked(world, sibling)) == 1


# --- refused ----------------------------------------------------------------------------------------------------------


def test_a_child_who_says_no_meanwhile_is_heard_and_neither_is_booked(manager, world, sibling, page_of):
    worker = world.cast.social_worker
    sent = page_of.sent(**{"this-postponed_because": "Menunggu visum.", "this-needs": []})
    with acting_as(worker):
        ChildView.objects.create(case=sibling.case, means="talk", answer="no", by=worker, at=factories.now())
        before = set(AuditEvent.objects.values_list("pk", flat=True))
    response = manager.post(page_of.address, sent)
    assert response.status_code == 409
    page = Page(response)
    (said,) = page.soup.select("[role=group][aria-label^='Keduanya belum dipesan']")
    assert said["aria-label"] == "Keduanya belum dipesan: saudaranya"
    assert page.typed()["this-postponed_because"] == "Menunggu visum."
    assert booked(world, sibling) == []
    with acting_as(worker):
        refusals = AuditEvent.objects.exclude(pk__in=before).filter(verb="interview.refused")
        assert sibling.case.pk in {event.case_id for event in refusals}


def test_a_warning_wants_its_reason_for_each_child_and_keeps_what_was_typed(manager, world, sibling, page_of):
    address = page_of.address + "?minutes=90&other_minutes=90"
    page = Page(manager.post(address, Page(manager.get(address)).typed()))
    assert page.response.status_code == 409
    fields = ["this-why_length_above_protocol", "other-why_length_above_protocol"]
    assert [field["id"] for field in page.soup.select("textarea[name$=why_length_above_protocol]")] == [
        f"id_{name}" for name in fields
    ]
    for name in fields:
        assert page.soup.select(f".objection a[href='#id_{name}']")
    half = Page(manager.post(address, page.typed() | {fields[0]: "Anak meminta tanpa jeda pulang."}))
    assert half.typed()[fields[0]] == "Anak meminta tanpa jeda pulang."
    assert booked(world, sibling) == []
    assert manager.post(address, half.typed() | {fields[1]: "Sama."}).status_code == 302
    assert len(booked(world, sibling)) == 2


def test_somebody_who_was_faster_is_answered_with_other_times_and_what_was_typed_stays(
    manager, world, sibling, page_of
):
    sent = page_of.sent(**{"other-needs": [], "other-postponed_because": "Menunggu visum."})
    former = in_order(world, sent["slot"])[0][1]
    start = factories.datetime.fromisoformat(former["start"])
    take(
        wanted={world.cast.companion.resource.pk: (start, start + factories.timedelta(minutes=15))}, now=factories.now()
    )
    response = manager.post(page_of.address, sent)
    assert response.status_code == 409
    page = Page(response)
    assert page.errors()
    assert page.typed()["other-postponed_because"] == "Menunggu visum."
    assert page.typed()["slot"] != sent["slot"]
    assert booked(world, sibling) == []
    assert manager.post(page_of.address, page.typed()).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "e30:1aaaaa:bbbb", "of one child", "of another case"])
def test_what_was_not_offered_as_a_pair_books_nothing(manager, world, sibling, page_of, forged):
    slots = {
        "of one child": lambda: Page(manager.get(at("interview_book", world.fresh.code))).typed()["slot"],
        "of another case": lambda: Page(manager.get(at("interview_siblings", sibling.code))).typed()["slot"],
    }
    sent = page_of.sent(
        slot=slots.get(forged, lambda: forged)(), **{"this-needs": [], "this-postponed_because": "Visum."}
    )
    response = manager.post(page_of.address, sent)
    assert response.status_code == 200
    page = Page(response)
    assert "Pilih salah satu waktu" in page.soup.select_one("#id_slot .field-error").text
    assert page.typed()["this-postponed_because"] == "Visum."
    assert booked(world, sibling) == []


def test_a_form_that_was_open_too_long_can_be_sent_again(manager, world, sibling, page_of):
    page = Page(manager.post(page_of.address, page_of.sent(key="stale")))
    assert booked(world, sibling) == []
    assert manager.post(page_of.address, page.typed()).status_code == 302


def test_a_sibling_who_was_booked_meanwhile_is_not_booked_again(manager, world, sibling, page_of):
    sent = page_of.sent()
    address = at("interview_book", sibling.code)
    manager.post(address, Page(manager.get(address)).typed())
    response = manager.post(page_of.address, sent)
    assert response.status_code == 409
    assert len(booked(world, sibling)) == 1


# --- hidden -----------------------------------------------------------------------------------------------------------


def links(page):
    return {link["href"] for link in page.soup.select("main a[href]")}


def test_the_way_here_stands_where_a_sibling_can_be_booked_together(manager, world, sibling):
    here = at("interview_siblings", world.fresh.code)
    for name in ("interview_book", "case_detail", "case_recovery"):
        assert here in links(Page(manager.get(at(name, world.fresh.code)))), name


def test_without_a_sibling_there_is_no_page_and_no_way_to_it(manager, world):
    here = at("interview_siblings", world.fresh.code)
    assert manager.get(here).status_code == manager.post(here).status_code == 404
    for name in ("interview_book", "case_detail", "case_recovery"):
        assert here not in links(Page(manager.get(at(name, world.fresh.code)))), name


@pytest.mark.parametrize("asked", ["0", "2", "-1", "x", "", "1.5", "²"])
def test_a_number_that_is_no_siblings_is_answered_as_none(manager, page_of, asked):
    assert manager.get(page_of.address, {"sibling": asked}).status_code == 404


def test_a_sibling_whose_interview_stands_is_not_offered(manager, world, sibling):
    address = at("interview_book", sibling.code)
    manager.post(address, Page(manager.get(address)).typed())
    assert manager.get(at("interview_siblings", world.fresh.code)).status_code == 404
    again = manager.get(at("interview_siblings", sibling.code))
    assert again["Location"] == at("interview_again", sibling.code)


def test_a_sibling_taken_out_of_the_family_is_gone_even_for_a_form_that_was_open(manager, world, sibling, page_of):
    sent = page_of.sent()
    with acting_as(world.cast.social_worker):
        leave_family(case=sibling.case, by=world.cast.social_worker, now=factories.now())
    assert manager.post(page_of.address, sent).status_code == 404
    assert booked(world, sibling) == []


@pytest.mark.parametrize("who", ["fresh", "sibling"])
def test_who_leads_one_of_the_two_cases_is_shown_nothing_of_the_other(client, world, sibling, who):
    """As though there were no sibling at all: no page, no way to it, and no code of the other."""
    mine, other = (world.fresh, sibling) if who == "fresh" else (sibling, world.fresh)
    coordinator = factories.member("Indah", world.cast.house, "coordinator")
    factories.person_resource(coordinator, world.cast.house)
    with acting_as(world.cast.social_worker):
        CaseMember.objects.create(case=mine.case, user=coordinator, agency=world.cast.house, role="coordinator",
                                  starts=factories.long_ago())  # fmt: skip
    enter(client, coordinator)
    here = at("interview_siblings", mine.code)
    assert (
        client.get(here).status_code
        == client.get(here, {"sibling": 1}).status_code
        == client.post(here).status_code
        == 404
    )
    assert client.get(at("interview_siblings", other.code)).status_code == 404
    for name in ("interview_book", "case_detail", "case_recovery"):
        page = Page(client.get(at(name, mine.code)))
        assert here not in links(page)
        assert other.code not in page.html


@pytest.mark.parametrize(("who", "status"), [("companion", 403), ("interviewer", 404), ("other_worker", 404)])
def test_who_may_not_book_is_refused_as_on_the_ordinary_page(client, world, sibling, who, status):
    enter(client, getattr(world.cast, who))
    for name in ("interview_siblings", "interview_book"):
        assert client.get(at(name, world.fresh.code)).status_code == status


def test_opening_the_page_is_an_opening_of_both_cases(manager, world, sibling, page_of):
    with acting_as(world.cast.social_worker):
        before = set(AuditEvent.objects.values_list("pk", flat=True))
    manager.get(page_of.address)
    with acting_as(world.cast.social_worker):
        events = AuditEvent.objects.exclude(pk__in=before)
        assert sorted(events.values_list("verb", "case_id")) == sorted(
            [("case.opened", world.fresh.case.pk), ("case.opened", sibling.case.pk)]
        )
