"""The ledger as a document for a court: complete, nobody's name, and known again when somebody shows it."""

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.audit.sealing import seal
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import papers as actions
from services.models import ChildIdentity
from services.models.papers import audit_head
from services.views.papers import as_pdf
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services.pages import Page
from tests.services.test_corrections import damaged
from tests.themselves import Themselves

papers = Themselves(actions)


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def export(told, write=None, language="id"):
    seen = []
    document = papers.export_ledger(
        case=told.case, language=language, write=write or (lambda paper: seen.append(paper) or b"document"),
        by=told.cast.social_worker, now=factories.now(),
    )  # fmt: skip
    return document if write else seen[0]


@pytest.fixture
def manager(world):
    client = Client()
    enter(client, world.cast.social_worker)
    return client


def test_everything_of_the_ledger_is_in_it(told):
    fresh = damaged(told)
    paper = export(told)
    assert (paper["code"], paper["told"]) == (told.code, 1)
    first, stopped, corrected = paper["entries"]
    assert (first["topic"], first["reference"], first["sha256"], first["custodian"], first["stands"]) == (
        str(told.entry.topic), "SEGEL-1", "ab" * 32, str(told.cast.police), False,
    )  # fmt: skip
    assert (stopped["reference"], stopped["stands"]) == ("", True)
    assert (corrected["topic"], corrected["stands"]) == (str(fresh.topic), True)
    assert (first["number"], corrected["corrects"], first["corrects"]) == (1, 1, None)
    assert corrected["correction"]
    (interview,) = paper["interviews"]
    assert len(interview["present"]) == told.interview.participants.count()
    assert told.interview.protocol.title in interview["protocol"]


def test_nobody_is_named_and_no_place_or_hour_stands_in_it(told):
    ChildIdentity.objects.create(case=told.case, called_name="Kenari Melodi")
    html = render_to_string("services/ledger_paper.html", {"paper": export(told)})
    cast = told.cast
    people = [
        cast.social_worker,
        cast.interviewer,
        cast.investigator,
        cast.prosecutor,
        cast.companion,
        cast.psychologist,
    ]
    assert [person.name for person in people if person.name in html] == []
    assert "Kenari" not in html
    assert told.interview.venue.code_name not in html
    for entry in (told.entry.reference, told.entry.sha256, told.code):
        assert entry in html


@pytest.mark.parametrize(("language", "word"), [("id", "Buku keterangan"), ("en", "Testimony ledger")])
def test_it_is_written_in_either_language(told, language, word):
    said = []
    export(
        told,
        lambda paper: said.append(render_to_string("services/ledger_paper.html", {"paper": paper})) or b"x",
        language,
    )
    assert word in said[0]
    assert f'lang="{language}"' in said[0]


def test_the_audit_keeps_the_documents_hash_and_the_document_the_audits_head(told):
    assert audit_head() is None
    as_owner("INSERT INTO audit_seal (position, event, content, digest, sealed_at, late)"
             " VALUES (7, gen_random_uuid(), repeat('a', 64), repeat('b', 64), now(), false)")  # fmt: skip
    paper = export(told)
    assert paper["head"] == (7, "b" * 64)
    event = AuditEvent.objects.get(verb="ledger.exported")
    assert event.detail == {"sha256": hashlib.sha256(b"document").hexdigest(), "head": 7, "language": "id"}
    assert event.case_id == told.case.pk


def test_the_head_is_the_sealers(own_database):
    from django.db import transaction

    from cms.audit.recording import record

    with transaction.atomic():
        person = factories.user("Sari")
        with acting_as(person):
            record("case.opened", by=person, now=factories.now())
    with as_jobs():
        seal(factories.now())
        from cms.audit.sealing import head

        newest = head()
    with transaction.atomic():
        assert audit_head() == (newest.position, newest.digest)


def test_an_empty_ledger_is_no_document(told, world):
    with pytest.raises(Objected) as refusal:
        papers.export_ledger(case=world.fresh.case, language="id", write=as_pdf, by=told.cast.social_worker,
                             now=factories.now())  # fmt: skip
    assert refusal.value.keys == ("nothing_to_export",)


def test_a_document_is_known_again_and_a_changed_one_is_not(told):
    document = export(told, as_pdf)
    assert document.startswith(b"%PDF-")
    stranger = told.cast.other_worker  # who sees nothing of the case
    facts = {"by": stranger, "now": factories.now()}
    exported_at = papers.check_document(document=[document[:1000], document[1000:]], **facts)
    assert exported_at == AuditEvent.objects.get(verb="ledger.exported").at
    assert papers.check_document(document=[document + b"\n"], **facts) is None
    with acting_as(stranger):
        assert [
            event.detail for event in AuditEvent.objects.filter(verb="ledger.checked").order_by("detail__known")
        ] == [
            {"known": False},
            {"known": True},
        ]


# --- the pages --------------------------------------------------------------------------------------------------------


def test_the_document_comes_as_a_file_with_a_neutral_name(manager, world):
    answer = manager.post(at("ledger_export", world.told.code), {"language": "id"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith('attachment; filename="dokumen-2')
    assert world.told.code not in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store, private"
    file = SimpleUploadedFile("apa-saja.pdf", answer.content, "application/pdf")
    page = Page(manager.post(at("ledger_check"), {"document": file}))
    assert page.soup.select_one(".notice[role=status] .icon")
    assert not page.soup.select(".notice-objection")
    changed = SimpleUploadedFile("apa-saja.pdf", answer.content[:-1], "application/pdf")
    assert Page(manager.post(at("ledger_check"), {"document": changed})).soup.select(".notice-objection")


@pytest.mark.parametrize("language", ["", "jv", "\x00"])
def test_a_document_has_a_language(manager, world, language):
    page = Page(manager.post(at("ledger_export", world.told.code), {"language": language}))
    assert page.errors()


def test_an_empty_ledger_is_refused_in_words(manager, world):
    answer = manager.post(at("ledger_export", world.fresh.code), {"language": "id"})
    assert answer.status_code == 409
    assert Page(answer).errors()


@pytest.mark.usefixtures("without_pango")
def test_without_pango_a_sentence_says_what_to_install(manager, world):
    answer = manager.post(at("ledger_export", world.told.code), {"language": "id"})
    assert answer.status_code == 409
    assert "libpango-1.0-0" in Page(answer).main
    with acting_as(world.cast.social_worker):
        assert not AuditEvent.objects.filter(verb="ledger.exported").exists()


def test_it_is_asked_whether_it_is_still_you(manager, world):
    session = manager.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**one, "at": one["at"] - 3600} for one in records]
    session.save()
    answer = manager.post(at("ledger_export", world.told.code), {"language": "id"})
    assert answer.get("Content-Type") != "application/pdf"


@pytest.mark.parametrize("content", [b"", b"x" * (10 * 1024 * 1024 + 1)], ids=["empty", "huge"])
def test_what_is_no_document_of_ours_gets_a_sentence(manager, world, content):
    page = Page(manager.post(at("ledger_check"), {"document": SimpleUploadedFile("x.pdf", content)}))
    assert page.errors()


def test_without_a_file_nothing_is_looked_at(manager, world):
    assert Page(manager.post(at("ledger_check"), {})).errors()
    assert Page(manager.post(at("ledger_check"), {"document": io.BytesIO(b"%PDF-1.7 x")})).soup.select(
        ".notice-objection"
    )
