"""The pages of keeping: closing, holding, copies for whoever asks, and what we keep how long."""

import json
from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.actions import subjects
from services.actions.retention import close_case, lift_hold, place_hold
from services.models import Case, CaseReference, ChildIdentity, Interview, LegalHold, SubjectRequest
from services.rules.retention import lines
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services.pages import Page


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def seen(world, model, **filters):
    with acting_as(world.cast.social_worker):
        return list(model.objects.filter(**filters))


# --- what we keep -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tongue", ["id", "en"])
def test_the_page_names_every_kind_of_record_in_both_languages(manager, tongue):
    with override("id"):  # the language of a request outlives it, here
        page = Page(manager.get({"id": "", "en": "/en"}[tongue] + at("retention_list")))
    rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")]
    assert len(rows) == len(lines())
    for one, row in zip(lines(), rows, strict=True):
        assert row.startswith(one.name[tongue]), one.key
        assert one.purpose[tongue] in row
        assert one.starts[tongue] in row
    case = next(row for one, row in zip(lines(), rows, strict=True) if one.key == "case")
    wanted = {"id": "5 tahun, tetapi tidak sebelum anak berumur 21 tahun, sejak kasus ditutup",
              "en": "5 years, but not before the child is 21, after the case was closed"}  # fmt: skip
    assert wanted[tongue] in case


def test_every_staff_page_leads_to_it_and_to_the_report_of_a_breach(manager):
    links = [link["href"] for link in Page(manager.get(at("case_list"))).soup.select("footer a")]
    assert links == [at("retention_list"), at("breach_list")]


# --- closing, reopening, holding --------------------------------------------------------------------------------------


def test_closing_and_reopening(manager, world):
    code = world.told.code
    assert manager.post(at("case_close", code), {"reason": "done"}).url == at("case_keeping", code)
    page = Page(manager.get(at("case_detail", code)))
    assert "Kasus ini ditutup pada" in page.main
    assert at("case_keeping", code) in page.html
    assert not page.soup.select(f'a[href="{at("member_add", code)}"]')
    assert code not in Page(manager.get(at("case_list"))).main
    kept = Page(manager.get(at("case_keeping", code))).main
    due = seen(world, Case, pk=world.told.case.pk)[0].closed_at.year + 12  # nine years old now, twenty-one then
    assert f"{due} kasus ini dihapus" in kept
    assert manager.post(at("case_reopen", code), {"reason": "back"}).url == at("case_keeping", code)
    assert code in Page(manager.get(at("case_list"))).main


@pytest.mark.parametrize(
    ("name", "one", "key"),
    [("case_close", "booked", "Masih ada wawancara yang dipesan"), ("case_reopen", "fresh", "Kasus ini masih terbuka")],
)
def test_a_refusal_says_what_and_keeps_what_was_chosen(manager, world, name, one, key):
    reason = {"case_close": "not_wanted", "case_reopen": "court"}[name]
    page = Page(manager.post(at(name, getattr(world, one).code), {"reason": reason}))
    assert any(key in error for error in page.errors())
    assert page.typed()["reason"] == reason


@pytest.mark.parametrize("name", ["case_close", "case_reopen", "hold_place"])
@pytest.mark.parametrize("reason", ["", "x", "\x00"])
def test_a_reason_that_is_none_is_refused(manager, world, name, reason):
    page = Page(manager.post(at(name, world.fresh.code), {"reason": reason}))
    assert page.response.status_code == 200
    assert page.errors()


def test_a_hold_is_placed_and_lifted(manager, world, act):
    code = world.fresh.code
    manager.post(at("hold_place", code), {"reason": "trial"})
    [hold] = seen(world, LegalHold)
    assert "persidangan atau banding masih berjalan" in Page(manager.get(at("hold_lift", code, hold.pk))).main
    page = Page(manager.post(at("hold_place", code), {"reason": "trial"}))
    assert any("sudah ditahan" in error for error in page.errors())
    assert manager.post(at("hold_lift", code, hold.pk)).url == at("case_keeping", code)
    again = manager.post(at("hold_lift", code, hold.pk))
    assert again.status_code == 409
    assert "sudah dicabut" in Page(again).main


def test_the_page_says_that_a_hold_keeps_a_closed_case(manager, world, act):
    act(close_case, world.fresh, reason="done")
    hold = act(place_hold, world.fresh, reason="child")
    address = at("case_keeping", world.fresh.code)
    assert "penghapusannya ditahan" in Page(manager.get(address)).main
    act(lift_hold, world.fresh, hold=hold)
    assert "penghapusannya ditahan" not in Page(manager.get(address)).main


def test_members_who_decide_nothing_see_it_without_buttons(client, world):
    enter(client, world.cast.companion)
    page = Page(client.get(at("case_keeping", world.fresh.code)))
    assert not page.soup.find("main").select("a.button")


# --- copies -----------------------------------------------------------------------------------------------------------


def asking(**changes):
    moment = timezone.localtime() - timedelta(hours=2)
    return {"asker": "child", "received_on": f"{moment:%Y-%m-%d}", "received_at": f"{moment:%H:%M}"} | changes


@pytest.fixture
def asked(act, world):
    """Somebody asked about the told case an hour ago."""
    moment = timezone.now() - timedelta(hours=1)
    return act(subjects.record_request, world.told, asker="child", asker_is_suspect=False, received_at=moment)


def test_a_request_is_written_down_and_its_clock_runs(manager, world):
    answer = manager.post(at("subject_ask", world.told.code), asking())
    [asked] = seen(world, SubjectRequest)
    assert answer.url == at("subject_detail", world.told.code, asked.pk)
    assert "tersisa 2 hari 2" in Page(manager.get(answer.url)).main
    assert "masih ada waktu" in Page(manager.get(at("case_keeping", world.told.code))).main


def test_an_overdue_request_says_so(manager, world, asked):
    with acting_as(world.cast.social_worker):
        as_owner("UPDATE services_subjectrequest SET received_at = received_at - interval '4 days'")
    assert "Terlambat: lakukan sekarang" in Page(manager.get(at("subject_detail", world.told.code, asked.pk))).main
    assert Page(manager.get(at("case_keeping", world.told.code))).soup.select("main .chip-late")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"asker": "guardian", "asker_is_suspect": "on"}, "tidak dapat meminta data atas nama anak"),
        ({"received_on": "2999-01-01"}, "masih akan datang"),
        ({"received_at": "25:61"}, "bukan jam"),
        ({"received_on": "2026-02-31"}, "tidak ada"),
        ({"asker": "neighbour"}, ""),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_keeps_what_was_typed(manager, world, changes, words):
    typed = asking(**changes)
    page = Page(manager.post(at("subject_ask", world.told.code), typed))
    assert page.response.status_code == 200
    assert any(words in error for error in page.errors()), page.errors()
    assert not seen(world, SubjectRequest)
    if words:
        assert page.typed() == typed


def test_the_copy_is_complete_readable_and_round_trips(manager, world, asked):
    address = at("subject_detail", world.told.code, asked.pk)
    as_json, as_html = (manager.post(address, {"as": kind}) for kind in ("json", "html"))
    copy = json.loads(as_json.content)
    assert json.loads(json.dumps(copy)) == copy
    values = [pair["value"] for part in copy["parts"] for entry in part["entries"] for pair in entry]
    for held in (
        world.told.code,
        9 * 12,
        "SEGEL-1",
        "ab" * 32,
        "Berkas belum lengkap.",
        "Jawa Barat",
        world.cast.police.name,
    ):
        assert held in values, held
    assert [part["title"] for part in copy["parts"] if not part["entries"]] == ["Siapa anak ini"]
    words = " ".join(as_html.content.decode().split())
    for value in values:
        assert str(value) in Page(as_html).words, value
    assert "<script" not in words
    assert as_html["Content-Disposition"].startswith('attachment; filename="salinan-')
    assert as_html["Cache-Control"] == "no-store, private"
    assert world.told.code not in as_html["Content-Disposition"]


def test_the_copy_opens_who_the_child_is_and_leaves_other_people_out(manager, world, asked):
    with acting_as(world.cast.social_worker):
        ChildIdentity.objects.create(
            case=world.told.case, called_name="Kenari Kecil", birth_date="2017-02-03", nik="3273010302170001",
            contact_who="Bibi Rahasia", contact_number="0812000111", separation="Paman Gelap",
        )  # fmt: skip
        CaseReference.objects.create(
            case=world.told.case, kind="simfoni", number="SP-77", by=world.cast.social_worker, at=factories.now()
        )
    text = manager.post(at("subject_detail", world.told.code, asked.pk), {"as": "json"}).content.decode()
    for held in ("Kenari Kecil", "2017-02-03", "3273010302170001", "SP-77"):
        assert held in text
    for other in ("Bibi Rahasia", "0812000111", "Paman Gelap"):
        assert other not in text


def test_making_a_copy_asks_who_is_there_once_more(manager, world, asked):
    session = manager.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        entry | {"at": entry["at"] - 6 * 60} for entry in session[AUTHENTICATION_METHODS_SESSION_KEY]
    ]
    session.save()
    origin = {"origin": "http://testserver"}
    answer = manager.post(at("subject_detail", world.told.code, asked.pk), {"as": "json"}, headers=origin)
    assert answer.status_code == 403
    assert "SEGEL-1" not in answer.content.decode()
    assert "Content-Disposition" not in answer
    assert not seen(world, AuditEvent, verb="case.exported")


def test_the_copy_names_nobody(manager, world, asked):
    text = manager.post(at("subject_detail", world.told.code, asked.pk), {"as": "json"}).content.decode()
    cast = world.cast
    for person in (
        cast.social_worker,
        cast.interviewer,
        cast.investigator,
        cast.prosecutor,
        cast.companion,
        cast.psychologist,
    ):
        assert person.name not in text, person.name
        assert person.email not in text
    assert "manajer kasus, UPTD PPA Contoh" in text


def test_hour_and_place_of_an_interview_to_come_stay_out_of_it(manager, world, act):
    start = factories.workday(days=9)
    interview, venue = world.booked.interview, world.things["room"].venue.code_name
    with acting_as(world.cast.social_worker):
        as_owner("UPDATE services_interview SET span = %s WHERE id = %s", factories.span(start), interview.pk)
        interview = Interview.objects.get(pk=interview.pk)
    moment = timezone.now() - timedelta(hours=1)
    asked = act(subjects.record_request, world.booked, asker="child", asker_is_suspect=False, received_at=moment)
    text = manager.post(at("subject_detail", world.booked.code, asked.pk), {"as": "json"}).content.decode()
    assert "pendamping yang memberi tahu anak" in text
    assert venue not in text
    assert f"{start.day} " not in text.split('"Keter')[0].split("Wawancara")[1] or "09.00" not in text


def test_each_copy_is_recorded_and_an_opening_too(manager, world, asked):
    manager.post(at("subject_detail", world.told.code, asked.pk), {"as": "json"})
    [event] = seen(world, AuditEvent, verb="case.exported")
    assert (event.key, event.detail, event.actor) == (str(asked.pk), {"written_as": "json"}, world.cast.social_worker)


def test_what_is_no_way_of_writing_it_is_not_found(manager, world, asked):
    assert manager.post(at("subject_detail", world.told.code, asked.pk), {"as": "csv"}).status_code == 404
    assert not seen(world, AuditEvent, verb="case.exported")


def test_a_request_ends_once_and_handing_over_needs_a_copy(manager, world, asked):
    end, detail = at("subject_end", world.told.code, asked.pk), at("subject_detail", world.told.code, asked.pk)
    page = Page(manager.post(end, {"ending": "handed_over"}))
    assert any("belum pernah dibuat" in error for error in page.errors())
    manager.post(detail)
    assert manager.post(end, {"ending": "handed_over"}).url == at("case_keeping", world.told.code)
    assert any("sudah selesai" in error for error in Page(manager.post(end, {"ending": "harm"})).errors())
    refused = manager.post(detail)
    assert refused.status_code == 409
    assert "Tepat waktu" in Page(manager.get(detail)).main
