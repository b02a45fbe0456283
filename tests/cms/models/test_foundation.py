import pytest
from django.core.management import call_command
from django.utils import timezone

from cms import foundation, wording
from cms.accounts.models import Role
from cms.models import ProtocolIndexPage, ProtocolPage, ProtocolVersion, Source
from tests.cms.wording.test_words import LONGEST_SENTENCE, sentences

CODE = "wawancara-bersama"


def test_a_fresh_site_has_a_protocol_in_force(db):
    version = ProtocolVersion.objects.in_force(CODE, timezone.now())
    assert (version.number, version.title) == (1, "Wawancara bersama terekam")
    assert version.protocol_limits().faults(Role.values) == []
    assert version.protocol_limits().band_for(8 * 12).longest_minutes == 50
    assert set(ProtocolVersion.objects.values_list("code", "number")) == {(code, 1) for code in foundation.PROTOCOLS}


def test_it_stands_in_both_languages(db):
    pages = {page.locale.language_code: page for page in ProtocolPage.objects.filter(code=CODE)}
    assert {code: page.title for code, page in pages.items()} == {
        "id": "Wawancara bersama terekam",
        "en": "Recorded joint interview",
    }
    assert all(page.live for page in pages.values())
    assert [len(page.steps) for page in pages.values()] == [9, 9]
    assert set(ProtocolIndexPage.objects.values_list("slug", flat=True)) == {"protokol", "protocols"}


def test_every_source_id_of_its_limits_is_known(db):
    first = wording.load("wawancara-bersama")
    used = {value for band in first["bands"] for name, value in band.items() if name.endswith("_source")}
    used |= {role["source"] for role in first["roles"]} | {first["clock_source"], first["sessions_source"]}
    used |= {law["source"] for law in first["legal_basis"]}
    assert used <= set(Source.objects.values_list("key", flat=True))


def texts(part):
    if isinstance(part, dict):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)
    elif isinstance(part, str):
        yield part


@pytest.mark.parametrize("tongue", ["id", "en"])
def test_its_sentences_are_short(tongue):
    first = wording.load("wawancara-bersama")
    parts = [first["intro"], first["steps"], first["manner"], first["checklist"], first["legal_basis"], first["body"]]
    for text in texts(parts):
        for sentence in sentences(text.replace("<p>", "").replace("</p>", "")):
            assert len(sentence.split()) <= LONGEST_SENTENCE, sentence


def test_laying_again_neither_adds_nor_restores(own_database):
    call_command("migrate", verbosity=0)
    every = len(foundation.PROTOCOLS)
    assert (ProtocolPage.objects.count(), ProtocolVersion.objects.count()) == (2 * every, every)
    ProtocolPage.objects.get(code=CODE, locale__language_code="id").delete()
    call_command("migrate", verbosity=0)
    assert (ProtocolPage.objects.count(), ProtocolVersion.objects.count()) == (2 * every - 1, every)
