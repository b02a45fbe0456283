"""The pages about who a child is: nothing shown without a reason, nothing typed lost, nothing said where it could stay."""

import logging

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.models import CaseReference, ChildIdentity, VenueDirections
from tests import factories
from tests.databases import destroy_key
from tests.entering import enter

NAME, NIK, NUMBER, REFERENCE, WAY = "Kenari Uji", "3201015503120001", "0812-KENARI", "LP/B/77/KENARI", "Gang Kenari 7"
TYPED = {"called_name": NAME, "nik": NIK, "contact_who": "Nenek", "contact_channel": "call", "contact_number": NUMBER}
ASKED = {"facts": ["called_name", "nik"], "reason": "prepare"}
SECRETS = (NAME, NIK, NUMBER, REFERENCE)


def at(name, *args):
    return reverse(f"services:{name}", args=args)


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def known(manager, world):
    """The address of a case whose identity and one reference are written down, through the pages."""
    assert manager.post(at("identity_edit", world.fresh.code), TYPED).status_code == 302
    posted = manager.post(at("reference_add", world.fresh.code), {"kind": "police_report", "number": REFERENCE})
    assert posted.status_code == 302
    return at("identity_detail", world.fresh.code)


def text(response):
    return response.content.decode()


def held(page, *secrets):
    return [secret for secret in secrets or SECRETS if secret in text(page)]


def test_the_case_page_says_what_is_recorded_and_shows_none_of_it(manager, world, known):
    page = manager.get(at("case_detail", world.fresh.code))
    assert text(page).count("tercatat, tersegel") == 4
    assert held(page) == []
    assert "d1." not in text(page)


def test_nothing_is_shown_before_a_reason_is_given(manager, known):
    assert held(manager.get(known)) == []
    for wanting in (
        {},
        {"facts": ["nik"]},
        {"reason": "prepare"},
        {**ASKED, "reason": "curious"},
        {**ASKED, "facts": ["soul"]},
    ):
        page = manager.post(known, wanting)
        assert (page.status_code, held(page)) == (200, [])


def test_what_was_asked_for_is_shown_in_the_answer_to_the_post_only(manager, world, known):
    page = manager.post(known, ASKED)
    assert page.status_code == 200
    assert held(page) == [NAME, NIK]
    assert page["Cache-Control"] == "no-store, private"
    assert NAME not in text(page).partition("</title>")[0]
    assert held(manager.get(known)) == []
    with acting_as(world.cast.social_worker):
        event = AuditEvent.objects.get(verb="identity.revealed")
    assert event.detail == {"facts": ["called_name", "nik"], "reason": "prepare"}
    assert "Sari" in text(manager.get(known)).partition("Siapa yang pernah melihat")[2]


def test_a_role_is_offered_what_it_needs_and_gets_no_more(client, world, known):
    enter(client, world.cast.investigator)
    page = client.get(known)
    assert 'value="called_name"' in text(page)
    assert 'value="nik"' not in text(page)
    assert held(client.post(known, ASKED)) == []
    assert held(client.post(known, {"facts": ["called_name", "references"], "reason": "prepare"})) == [NAME, REFERENCE]


def test_a_form_is_never_filled_in_with_what_is_recorded(manager, world, known):
    for name in ("identity_edit", "reference_add"):
        page = manager.get(at(name, world.fresh.code))
        assert held(page) == []
        assert 'autocomplete="off"' in text(page)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nik": "123"}, "NIK terdiri dari 16 angka"),
        ({"contact_number": ""}, "Kontak aman memerlukan siapa"),
        ({"birth_date": "31-31"}, "Tanggal ini tidak ada"),
        ({"contact_channel": "pigeon"}, "contact_channel"),
        ({"called_name": "x" * 121}, "paling banyak 120"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_saves_nothing(manager, world, wrong, said):
    typed = {**TYPED, **wrong}
    page = manager.post(at("identity_edit", world.fresh.code), typed)
    assert page.status_code == 200
    assert said in text(page)
    kept = [value for name, value in typed.items() if value and name != "contact_channel" and value not in text(page)]
    assert kept == []
    with acting_as(world.cast.social_worker):
        assert not ChildIdentity.objects.exists()


def test_nothing_typed_is_said_and_changes_nothing(manager, world, known):
    page = manager.post(at("identity_edit", world.fresh.code), {"called_name": " "})
    assert "Tidak ada yang diisi" in text(page)


def test_what_is_recorded_can_be_taken_away(manager, world, known):
    manager.post(at("identity_edit", world.fresh.code), {"taken_away": ["nik"]})
    assert held(manager.post(known, {"facts": ["called_name"], "reason": "correct"})) == [NAME]
    assert 'value="nik"' not in text(manager.get(known))


def test_a_reference_is_withdrawn_and_a_second_time_refused(manager, world, known):
    with acting_as(world.cast.social_worker):
        reference = CaseReference.objects.get()
    address = at("reference_withdraw", world.fresh.code, reference.pk)
    assert manager.post(address).status_code == 302
    assert manager.post(address).status_code == 409
    assert 'value="references"' not in text(manager.get(known))


def test_a_decision_belongs_to_an_order_only_when_it_is_one(manager, world):
    page = manager.post(at("reference_add", world.told.code), {"kind": "simfoni", "number": ""})
    assert page.status_code == 200
    assert 'name="asking"' not in text(page)  # nothing was ordered by a court here


def test_erased_is_a_word_and_no_error(manager, world, known):
    destroy_key(world.fresh.case.pk)
    for address in (known, at("case_detail", world.fresh.code)):
        page = manager.get(address)
        assert page.status_code == 200
        assert "Sudah dihapus" in text(page)
    page = manager.post(known, ASKED)
    assert page.status_code == 200
    assert "sudah dihapus" in text(page)
    page = manager.post(at("identity_edit", world.fresh.code), TYPED)
    assert "sudah dihapus" in text(page)


def test_what_was_moved_is_an_error_and_shows_nothing(manager, world, known):
    with acting_as(world.cast.social_worker), connection.cursor() as cursor:
        cursor.execute("UPDATE services_childidentity SET nik = called_name")
    manager.raise_request_exception = False
    page = manager.post(known, ASKED)
    assert page.status_code == 500
    assert held(page) == []


def test_no_value_gets_into_an_address_a_session_a_message_or_a_log(manager, world, known, caplog):
    with caplog.at_level(logging.DEBUG, logger="sekali"):
        posted = manager.post(at("identity_edit", world.fresh.code), {**TYPED, "called_name": f"{NAME} Dua"})
        page = manager.post(known, ASKED)
    assert posted["Location"] == at("case_detail", world.fresh.code)
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    assert not [secret for secret in SECRETS for line in (*kept, caplog.text, str(page.headers)) if secret in line]


def test_a_card_costs_the_same_however_much_is_recorded(manager, world):
    address = at("case_detail", world.fresh.code)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            manager.get(address)
        return len(captured), [query["sql"] for query in captured if "encryption_datakey" in query["sql"]]

    few, _keys = queries()
    manager.post(at("identity_edit", world.fresh.code), TYPED)
    for number in range(3):
        manager.post(at("reference_add", world.fresh.code), {"kind": "simfoni", "number": str(number)})
    many, keys = queries()
    assert many == few
    assert len(keys) == 1  # only whether it was destroyed; none is fetched to be opened


# --- the way to a venue -----------------------------------------------------------------------------------------------
def test_a_keeper_writes_the_way_and_who_is_expected_is_shown_it(client, world):
    room = world.things["room"].pk
    enter(client, world.cast.keeper)
    assert client.post(at("resource_directions", room), {"text": ""}).status_code == 200
    assert client.post(at("resource_directions", room), {"text": WAY}).status_code == 302
    assert held(client.get(at("resource_directions", room)), WAY) == []
    assert held(client.post(at("resource_directions", room), {"show": "1"}), WAY) == [WAY]
    address = at("interview_directions", world.booked.code, world.booked.interview.pk)
    enter(client, world.cast.investigator)
    assert held(client.get(address), WAY) == []
    page = client.post(address)
    assert held(page, WAY) == [WAY]
    assert world.booked.code not in text(page).replace(f"/cases/{world.booked.code}/", "")
    assert world.booked.interview.starts.strftime("%H.%M") not in text(page)
    assert page["Cache-Control"] == "no-store, private"
    detail = at("interview_detail", world.booked.code, world.booked.interview.pk)
    assert address in text(client.get(detail))
    enter(client, world.cast.psychologist)
    assert client.post(address).status_code == 403
    assert address not in text(client.get(detail))


def test_nothing_written_is_said(client, world):
    enter(client, world.cast.investigator)
    page = client.post(at("interview_directions", world.booked.code, world.booked.interview.pk))
    assert "Belum ada yang ditulis" in text(page)


def test_after_the_interview_nobody_is_expected_any_more(client, world):
    with acting_as(world.cast.keeper):
        VenueDirections.objects.create(
            venue=world.things["room"].venue, text=WAY, by=world.cast.keeper, at=factories.now()
        )
    enter(client, world.cast.investigator)
    address = at("interview_directions", world.told.code, world.told.interview.pk)
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403


def test_a_kit_without_a_venue_has_no_way(client, world):
    enter(client, world.cast.keeper)
    assert client.get(at("resource_directions", world.cast.companion.resource.pk)).status_code == 404


# --- is it still you? --------------------------------------------------------------------------------------------------
@pytest.fixture
def stale(monkeypatch):
    """Nobody's second step is fresh."""
    from cms.accounts import reauthentication

    monkeypatch.setattr(reauthentication, "FRESH", -1)


def test_a_reveal_asks_first_whether_it_is_still_you(manager, world, known, stale):
    asked = manager.get(known)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/account/step/again/?next=")
    assert held(manager.post(known, ASKED)) == []
    with acting_as(world.cast.social_worker):
        assert not AuditEvent.objects.filter(verb="identity.revealed").exists()


def test_the_way_to_a_venue_asks_too(client, world, stale):
    with acting_as(world.cast.keeper):
        VenueDirections.objects.create(
            venue=world.things["room"].venue, text=WAY, by=world.cast.keeper, at=factories.now()
        )
    enter(client, world.cast.keeper)
    assert held(client.post(at("resource_directions", world.things["room"].pk), {"show": "1"}), WAY) == []
    enter(client, world.cast.investigator)
    address = at("interview_directions", world.booked.code, world.booked.interview.pk)
    assert client.get(address).status_code == 302
    assert held(client.post(address), WAY) == []
