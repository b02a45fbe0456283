"""The interview day in cards: made of a booking, without a fact of the case; shown only once whoever shows it is out."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import override
from wagtail.documents.models import Document

from cms.accounts.models import Role
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.models import CardsPage, LaidPage
from cms.plain import long_sentences
from services import wording
from services.models import Interview, Participant, Resource
from services.models.days import general_cards
from services.rules.days import DayCard
from tests import factories
from tests.cms import voices
from tests.databases import as_owner
from tests.entering import enter
from tests.services.pages import Page
from tests.services.test_interviews import book
from tests.services.test_parts import further

PROMISES = re.compile(r"tidak akan (ada lagi|ditanya)|(never|not) be asked again|will (not|never) ask", re.IGNORECASE)


def at(name, *args):
    return reverse(f"services:{name}", args=args)


@pytest.fixture
def coming(ready):
    """An interview that is still to come, and its address; nobody is acted for while pages are asked."""
    ready.interview = book(ready)
    ready.args = [ready.case.code, ready.interview.pk]
    return ready


@pytest.fixture
def manager(client, coming):
    enter(client, coming.cast.social_worker)
    return client


def cards(response):
    assert response.status_code == 200
    return [" ".join(card.get_text(" ").split()) for card in Page(response).soup.select(".picture-card")]


def test_the_cards_follow_the_booking(manager, coming):
    shown = cards(manager.get(at("interview_day", *coming.args)))
    assert 10 <= len(shown) <= 16
    assert "Pendampingmu ikut, dan duduk bersamamu di dalam ruang." in shown
    listens = [
        "Ada yang ikut mendengarkan untuk menolongmu.",
        "Di ruang sebelah: manajer kasusmu dan seorang polisi.",
        "Lewat layar: seorang jaksa.",
    ]
    assert " ".join(listens) in shown
    assert "Satu orang saja yang bertanya, dan ia memakai baju biasa." in shown


def test_the_companion_next_door_a_step_free_room_and_an_interpreter(manager, coming):
    with acting_as(coming.cast.social_worker):
        Participant.objects.filter(interview=coming.interview, role="companion").update(presence="observing")
        Participant.objects.create(case=coming.case, interview=coming.interview, role="interpreter",
                                   resource=coming.cast.psychologist.resource, presence="in_room")  # fmt: skip
    Resource.objects.filter(pk=coming.things["room"].pk).update(features=["step_free", "quiet"])
    shown = cards(manager.get(at("interview_day", *coming.args)))
    assert "Pendampingmu ikut, dan menunggu di ruang sebelah." in shown
    assert "Ada orang yang menerjemahkan, jadi kamu boleh memakai bahasamu sendiri." in shown
    assert "Kamu bisa masuk tanpa naik tangga." in shown
    assert "Di dalam tenang, dan lampunya lembut." in shown


def test_whoever_cannot_come_is_not_promised(manager, coming):
    with acting_as(coming.cast.prosecutor):
        Participant.objects.filter(interview=coming.interview, role="prosecutor").update(
            response="declined", answered_at=factories.now()
        )
    assert not [card for card in cards(manager.get(at("interview_day", *coming.args))) if "jaksa" in card]


def test_an_extended_interview_says_how_often_and_no_day(client, ready):
    interview = book(ready, later=further())
    enter(client, ready.cast.social_worker)
    shown = cards(client.get(at("interview_day", ready.case.code, interview.pk)))
    assert "Kita bertemu tiga kali, pada hari yang berbeda. Orang yang bertanya selalu sama." in shown


def test_the_language_is_the_pages(manager, coming):
    with override("en"):
        address = at("interview_day", *coming.args)
    shown = cards(manager.get(address))
    assert "Your companion comes too, and sits with you in the room." in shown
    assert "Only one person asks, and they wear ordinary clothes." in shown


def test_editors_words_are_shown_and_their_withdrawal_leaves_what_a_child_may_do(manager, coming):
    page = CardsPage.objects.get(pk=LaidPage.objects.get(key="hari-wawancara").page_id)
    empty = {"image": None, "alternative": "", "recording": None}
    page.cards = [("card", {"drawing": "house", "text": "Rumah kami biru.", **empty})]
    page.save_revision().publish()
    assert cards(manager.get(at("interview_day", *coming.args)))[0] == "Rumah kami biru."
    page.unpublish()
    shown = cards(manager.get(at("interview_day", *coming.args)))
    assert "Rumah kami biru." not in shown
    assert "Kamu boleh mengangkat tangan dan berhenti, kapan saja." in shown


def test_a_recorded_voice_comes_along_with_the_editors_card(manager, coming, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    voice = Document.objects.create(title="Suara", file=ContentFile(voices.mp3(), "suara.mp3"))
    page = CardsPage.objects.get(pk=LaidPage.objects.get(key="hari-wawancara").page_id)
    card = {"drawing": "house", "text": "Rumah kami biru.", "image": None, "alternative": "", "recording": voice}
    page.cards = [("card", card)]
    page.save_revision().publish()
    shown = Page(manager.post(at("interview_day_show", *coming.args)))
    assert [sound["src"] for sound in shown.soup.find_all("audio")] == [reverse("recording", args=[voice.pk])]


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_opening_it_is_recorded(manager, coming):
    before = AuditEvent.objects.filter(verb="case.opened").count()
    manager.get(at("interview_day", *coming.args))
    assert AuditEvent.objects.filter(verb="case.opened").count() == before + 1


def test_an_interview_that_will_not_be_has_no_day(manager, coming):
    with acting_as(coming.cast.social_worker):
        as_owner("UPDATE services_interview SET state = 'cancelled' WHERE id = %s", coming.interview.pk)
    for method, name in (("get", "interview_day"), ("post", "interview_day_show")):
        assert getattr(manager, method)(at(name, *coming.args)).status_code == 404


def test_another_cases_interview_is_not_found_under_this_code(client, world):
    enter(client, world.cast.social_worker)
    assert client.get(at("interview_day", world.booked.code, world.booked.interview.pk)).status_code == 200
    assert client.get(at("interview_day", world.fresh.code, world.booked.interview.pk)).status_code == 404


def test_the_readers_process_knows_no_such_address(coming):
    for name in ("interview_day", "interview_day_show"):
        path = at(name, *coming.args)
        assert resolve(path, urlconf=settings.ROOT_URLCONF).func.__module__ == "services.views.days"
        try:
            found = resolve(path, urlconf="cms.public_urls").func.__module__
        except Resolver404:
            continue
        assert found == "wagtail.views"  # no page has such an address


def test_it_is_stored_nowhere(manager, coming):
    assert "no-store" in manager.get(at("interview_day", *coming.args))["Cache-Control"]
    assert "no-store" in manager.post(at("interview_day_show", *coming.args))["Cache-Control"]


def test_it_costs_the_same_with_more_people_and_breaks(manager, coming):
    address = at("interview_day", *coming.args)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(address).status_code == 200
        return len(captured)

    one = queries()
    with acting_as(coming.cast.social_worker):
        Participant.objects.create(case=coming.case, interview=coming.interview, role="psychologist",
                                   resource=coming.cast.psychologist.resource, presence="observing")  # fmt: skip
        coming.interview.breaks.create(case=coming.case, after=44, minutes=1)
    assert queries() == one


# --- shown to the child -----------------------------------------------------------------------------------------------


def test_showing_it_signs_out_and_leaves_nothing(manager, coming):
    response = manager.post(at("interview_day_show", *coming.args))
    assert len(cards(response)) >= 10
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert settings.SESSION_COOKIE_NAME not in {
        name for name, morsel in manager.cookies.items() if morsel.value and morsel["max-age"] != 0
    }
    assert manager.get(at("case_detail", coming.case.code)).status_code == 302


def test_what_is_shown_leads_nowhere_and_names_nobody(manager, coming):
    page = Page(manager.post(at("interview_day_show", *coming.args)))
    assert page.soup.title.text == "Sekali"
    assert {link["href"][0] for link in page.soup.find_all("a")} == {"#"}
    assert page.soup.find_all(["form", "nav", "script", "input"]) == []


def test_looking_at_the_address_shows_nothing(manager, coming):
    assert manager.get(at("interview_day_show", *coming.args)).status_code == 405


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_fact_of_the_case_is_on_the_cards(manager, coming, language):
    """Canaries: everything that could tell whose day it is, when, where and about what, in either way to see the cards."""
    venue, room = coming.interview.venue, coming.things["room"]
    as_owner("UPDATE services_venue SET code_name = 'KENARI-TEMPAT' WHERE id = %s", venue.pk)
    Resource.objects.filter(pk=room.pk).update(name="KENARI-RUANG")
    with override(language):
        addresses = at("interview_day", *coming.args), at("interview_day_show", *coming.args)
    start = coming.interview.starts.astimezone(coming.case.zone)
    people = [place.resource.name for place in _places(coming)]
    never = [coming.case.code, "KENARI-TEMPAT", "KENARI-RUANG", *people, str(coming.need.topic), coming.cast.house.name,
             f"{start:%H.%M}", f"{start:%H:%M}", f"{start:%Y}", f"{start.day} {start:%B}", str(start.date()),
             "WIB", "WITA", "Jakarta", "Bandung", "tersangka", "suspect"]  # fmt: skip
    preview = Page(manager.get(addresses[0])).soup.select_one(".day-cards")
    shown = Page(manager.post(addresses[1])).soup
    for html in (str(preview), str(shown)):
        assert [canary for canary in never if canary in html] == []


def _places(coming):
    with acting_as(coming.cast.social_worker):
        return list(coming.interview.participants.select_related("resource"))


# --- the words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_card_has_plain_words_and_no_promise(language):
    every = tuple(role for role in wording.CHILDS_WORDS)[:3]
    with override(language):
        for key in wording.DAY:
            said = wording.day_words(DayCard(key, "house", "house", number=2, roles=every, more=every[:1]))
            assert "%(" not in said
            assert long_sentences(said) == []
            assert not PROMISES.search(said)


def test_every_role_that_may_listen_has_a_childs_word():
    others = {Role.INTERVIEWER, Role.COMPANION, Role.INTERPRETER}
    assert set(wording.CHILDS_WORDS) == set(Role) - others


def test_the_general_cards_are_published_in_both_languages(db):
    indonesian, english = general_cards("id"), general_cards("en")
    assert [card.drawing for card in indonesian] == [card.drawing for card in english]
    assert 10 <= len(indonesian) <= 12
    assert not [card.text for card in indonesian + english if PROMISES.search(card.text)]
    assert general_cards("fr") == []


def test_an_interview_of_the_past_that_nobody_noted_can_still_be_looked_at(manager, coming):
    """The child may be on the way: the hour alone takes nothing away."""
    with acting_as(coming.cast.social_worker):
        span = factories.span(factories.now() - timedelta(minutes=10))
        as_owner("UPDATE services_interview SET span = %s WHERE id = %s", span, coming.interview.pk)
        assert Interview.objects.get(pk=coming.interview.pk).state == "booked"
    assert manager.get(at("interview_day", *coming.args)).status_code == 200
