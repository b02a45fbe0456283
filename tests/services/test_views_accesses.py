"""The pages of seeing a record instead of asking the child: asked, answered, shown for a while, ended."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.models import CaseMember, RecordAccess
from tests import factories
from tests.entering import enter, enter_halfway
from tests.services import corpus
from tests.services.pages import Page

HOW = "Buat janji dengan Unit PPA, bawa surat tugas."


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def signed_in(person):
    client = Client()
    enter(client, person)
    return client


@pytest.fixture
def prosecutor(world):
    return signed_in(world.cast.prosecutor)


@pytest.fixture
def police(world):
    return signed_in(world.cast.investigator)


@pytest.fixture
def seen(world):
    with acting_as(world.cast.social_worker):
        yield


def wish(world, **changes):
    return {"purpose": "prosecution", "agency": str(world.cast.prosecution.pk), **changes}


@pytest.fixture
def access(world, prosecutor):
    """A request of the prosecutor's for the record that the police keep."""
    answer = prosecutor.post(at("record_request", world.told.code, world.told.entry.pk), wish(world))
    with acting_as(world.cast.prosecutor):
        made = RecordAccess.objects.get()
    assert answer["Location"] == at("access_detail", world.told.code, made.pk)
    return made


def until(days=14):
    return localdate(factories.now(), factories.JAKARTA) + timedelta(days=days)


def yes(**changes):
    return {"answer": "granted", "until": until().isoformat(), "instructions": HOW, "refusal": "", **changes}


@pytest.fixture
def granted(world, police, access):
    assert police.post(at("access_decide", world.told.code, access.pk), yes()).status_code == 302
    return access


def state(access):
    return RecordAccess.objects.get(pk=access.pk).state


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def first_step(page):
    return " ".join(page.soup.select_one("main section.next").get_text(" ").split())


def test_the_record_is_asked_for_once_and_the_reference_stands_nowhere(world, prosecutor, access, seen):
    prosecutor.post(at("record_request", world.told.code, world.told.entry.pk), wish(world))
    assert RecordAccess.objects.count() == 1
    assert AuditEvent.objects.filter(verb="recordaccess.requested").count() == 1
    for address in (at("case_detail", world.told.code), at("access_detail", world.told.code, access.pk),
                    at("interview_again", world.told.code), at("record_request", world.told.code, world.told.entry.pk)):  # fmt: skip
        html = prosecutor.get(address).content.decode()
        assert (world.told.entry.reference in html, world.told.entry.sha256 in html) == (False, False), address


@pytest.mark.parametrize(("field", "value"), [("purpose", ""), ("purpose", corpus.NUL), ("agency", "0")])
def test_a_request_says_what_for(world, prosecutor, seen, field, value):
    address = at("record_request", world.told.code, world.told.entry.pk)
    page = Page(prosecutor.post(address, wish(world, **{field: value})))
    assert page.response.status_code == 200
    assert page.errors()
    assert not RecordAccess.objects.exists()


def test_where_nothing_is_recorded_there_is_nothing_to_see(world, prosecutor, seen):
    answer = prosecutor.post(at("record_request", world.told.code, world.told.stopped.pk), wish(world))
    assert answer.status_code == 409
    assert Page(answer).errors()
    assert not RecordAccess.objects.exists()


def test_who_keeps_the_record_finds_the_request_first_and_who_asked_the_answer(world, police, prosecutor, access):
    case = at("case_detail", world.told.code)
    links = [a["href"] for a in Page(police.get(case)).soup.select("main section.next a")]
    assert at("access_decide", world.told.code, access.pk) in links
    assert police.post(at("access_decide", world.told.code, access.pk), yes()).status_code == 302
    page = Page(prosecutor.get(case))
    assert at("access_detail", world.told.code, access.pk) in [
        a["href"] for a in page.soup.select("main section.next a")
    ]
    assert HOW in Page(prosecutor.get(at("access_detail", world.told.code, access.pk))).main


def test_the_usual_end_is_offered(world, police, access):
    form = Page(police.get(at("access_decide", world.told.code, access.pk))).typed()
    assert form["until"] == until().isoformat()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("answer", ""),
        ("answer", "ended"),
        ("until", ""),
        ("until", until(91).isoformat()),
        ("until", until(-1).isoformat()),
        *(("until", day) for day in corpus.IMPOSSIBLE_DAYS),
        ("instructions", ""),
        ("instructions", "   "),
        ("instructions", "Lihat www.contoh.example"),
        ("instructions", corpus.NUL),
        ("instructions", corpus.HUGE),
    ],
)
def test_a_faulty_answer_gets_a_sentence_and_nothing_typed_is_lost(world, police, access, seen, field, value):
    sent = yes(**{field: value})
    page = Page(police.post(at("access_decide", world.told.code, access.pk), sent))
    assert page.response.status_code in {200, 409}
    assert page.errors()
    kept = {"until", "instructions"}
    assert {name: page.typed().get(name) for name in kept} == {name: sent[name] for name in kept}
    assert state(access) == "requested"


def test_a_refusal_has_its_reason(world, police, prosecutor, access, seen):
    address = at("access_decide", world.told.code, access.pk)
    assert Page(police.post(address, yes(answer="refused"))).errors()
    assert police.post(address, yes(answer="refused", refusal="order_needed")).status_code == 302
    assert state(access) == "refused"
    assert RecordAccess.Refusal.ORDER_NEEDED.value == RecordAccess.objects.get(pk=access.pk).refusal
    page = Page(prosecutor.get(at("case_detail", world.told.code)))
    assert at("access_detail", world.told.code, access.pk) in [
        a["href"] for a in page.soup.select("main section.next a")
    ]


def test_answered_twice_is_refused_in_words(world, police, granted, seen):
    answer = police.post(at("access_decide", world.told.code, granted.pk), yes())
    assert answer.status_code == 409
    assert Page(answer).errors()


@pytest.mark.parametrize("text", [text[:200] for text in corpus.HARMLESS])
def test_instructions_are_shown_as_they_were_typed(world, police, prosecutor, access, text):
    police.post(at("access_decide", world.told.code, access.pk), yes(instructions=text))
    answer = prosecutor.get(at("access_detail", world.told.code, access.pk))
    assert text in Page(answer).soup.find("main").get_text()
    assert b"<script>alert" not in answer.content


def test_the_reference_is_shown_in_an_answer_and_each_time_recorded(world, prosecutor, granted, seen):
    address = at("access_detail", world.told.code, granted.pk)
    for times in (1, 2):
        page = Page(prosecutor.post(address))
        assert (world.told.entry.reference in page.main, world.told.entry.sha256 in page.main) == (True, True)
        assert page.response["Cache-Control"] == "no-store, private"
        assert AuditEvent.objects.filter(verb="recordaccess.revealed").count() == times
    assert world.told.entry.reference not in prosecutor.get(address).content.decode()


def test_it_is_asked_whether_it_is_still_you(world, prosecutor, granted, seen):
    session = prosecutor.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**one, "at": one["at"] - 3600} for one in records]
    session.save()
    answer = prosecutor.post(at("access_detail", world.told.code, granted.pk))
    assert world.told.entry.reference not in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="recordaccess.revealed").exists()


def test_others_of_the_team_read_neither_the_instructions_nor_the_reference(world, granted):
    companion = signed_in(world.cast.companion)
    page = Page(companion.get(at("access_detail", world.told.code, granted.pk)))
    assert (HOW in page.html, page.response.status_code) == (False, 200)
    assert companion.post(at("access_detail", world.told.code, granted.pk)).status_code == 403


def test_who_keeps_it_ends_it_early_and_who_asked_withdraws(world, police, prosecutor, granted, seen):
    end = at("access_end", world.told.code, granted.pk)
    assert prosecutor.post(end).status_code == 403
    assert police.get(end).status_code == 200
    assert police.post(end).status_code == 302
    assert state(granted) == "ended"
    assert police.post(end).status_code == 409
    assert prosecutor.post(at("access_detail", world.told.code, granted.pk)).status_code == 409
    prosecutor.post(at("record_request", world.told.code, world.told.entry.pk), wish(world))
    fresh = RecordAccess.objects.get(state="requested")
    end = at("access_end", world.told.code, fresh.pk)
    assert police.post(end).status_code == 403
    assert prosecutor.post(end).status_code == 302
    assert state(fresh) == "withdrawn"


def test_pages_cost_the_same_with_one_request_and_three(world, prosecutor, police, access):
    addresses = [at("case_detail", world.told.code), at("access_detail", world.told.code, access.pk)]
    few = [queries(police, address) for address in addresses]
    for person, agency in ((world.cast.psychologist, world.cast.house),):
        sent = wish(world, agency=str(agency.pk))
        signed_in(person).post(at("record_request", world.told.code, world.told.entry.pk), sent)
    assert [queries(police, address) for address in addresses] == few


# --- the coordinator, where nobody of the keeping agency is on the case -------------------------------------------------


@pytest.fixture
def chief(world, access):
    """The coordinator of the police; the investigator has left the case."""
    with acting_as(world.cast.social_worker):
        gone = factories.now() - timedelta(seconds=30)
        CaseMember.objects.filter(case=world.told.case, user=world.cast.investigator).update(ends=gone)
    return signed_in(factories.member("Lina", world.cast.police, "coordinator"))


def test_the_coordinator_answers_without_seeing_the_case(world, chief, access, seen):
    page = Page(chief.get(at("custody_list")))
    assert [a["href"] for a in page.soup.select("main .people a")] == [at("custody_decide", access.pk)]
    assert world.told.code not in page.html
    address = at("custody_decide", access.pk)
    page = Page(chief.get(address))
    assert page.response.status_code == 200
    assert (world.told.code in page.html, world.told.entry.reference in page.html) == (False, False)
    answer = chief.post(address, {"show": "1"})
    assert answer.status_code == 200
    assert world.told.entry.reference in Page(answer).main
    assert Page(chief.post(address, yes(instructions=""))).errors()
    assert chief.post(address, yes()).status_code == 302
    assert state(access) == "granted"
    assert chief.post(address, {"end": "1"}).status_code == 302
    assert state(access) == "ended"
    assert chief.post(address, {"end": "1"}).status_code == 409
    assert chief.get(at("case_detail", world.told.code)).status_code == 404


def test_while_somebody_of_the_agency_is_on_the_case_the_coordinator_sees_nothing(world, access):
    chief = signed_in(factories.member("Lina", world.cast.police, "coordinator"))
    assert Page(chief.get(at("custody_list"))).soup.select("main .people a") == []
    assert chief.get(at("custody_decide", access.pk)).status_code == 404


def test_without_the_second_step_nobody_answers(world, access):
    client = Client()
    enter_halfway(client, factories.member("Lina", world.cast.police, "coordinator"))
    assert client.get(at("custody_list")).status_code == 302


def test_the_list_costs_the_same_with_one_request_and_two(world, chief, access):
    few = queries(chief, at("custody_list"))
    sent = wish(world, agency=str(world.cast.house.pk))
    signed_in(world.cast.psychologist).post(at("record_request", world.told.code, world.told.entry.pk), sent)
    assert queries(chief, at("custody_list")) == few
