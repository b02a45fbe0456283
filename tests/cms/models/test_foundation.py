import pytest
from django.core.management import call_command
from django.utils import timezone

from cms import foundation, wording
from cms.accounts.models import Role
from cms.models import GuidePage, LaidPage, ProtocolIndexPage, ProtocolPage, ProtocolVersion, Source
from cms.models.pages import KINDS
from cms.wording import laying
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


# --- the pages to read ---


def laid():
    """`{key: {language: page}}` of what this site was given."""
    return {
        row.key: {page.locale.language_code: page.specific for page in row.page.get_translations(inclusive=True)}
        for row in LaidPage.objects.select_related("page")
    }


def everything():
    """Whatever a second laying could change: every page to read, word by word."""
    return {
        (kind.__name__, *row) for kind in KINDS for row in kind.objects.values_list("pk", "latest_revision_id", "title")
    }


def test_every_page_to_read_is_published_in_both_languages_and_leads_to_the_other(db, client):
    pages, seeds = laid(), laying.page_seeds()
    assert set(pages) == set(seeds)
    assert {"anak-kecil", "remaja", "setelah-lapor", "orang-tua", "guru", "petugas", "glosarium", "privasi", "keluar",
            "hari-wawancara"} <= set(pages)  # fmt: skip
    for key, both in pages.items():
        assert set(both) == {"id", "en"}
        for tongue, page in both.items():
            other = both["en" if tongue == "id" else "id"]
            assert page.live
            assert (page.title, page.draft_title) == (seeds[key]["title"][tongue],) * 2
            assert page.audience == laying.PAGES[key]
            html = client.get(page.url).content.decode()
            assert f'<html lang="{tongue}">' in html
            assert f'<a href="{other.url}" lang="{other.locale.language_code}"' in html


def test_links_between_the_seeds_lead_to_the_page_in_their_own_language(db, client):
    pages = laid()
    for tongue, page in pages["remaja"].items():
        html = client.get(page.url).content.decode()
        for key in ("setelah-lapor", "hari-wawancara", "keluar"):
            assert f'href="{pages[key][tongue].url}"' in html
        assert "page:" not in html


def test_laying_pages_again_changes_nothing_and_keeps_what_an_editor_wrote_or_deleted(own_database):
    guide = laid()["remaja"]["id"]
    guide.title = "Judul dari editor"
    guide.save_revision().publish()
    for page in laid()["orang-tua"].values():
        page.delete()
    before = everything()
    call_command("migrate", verbosity=0)
    assert everything() == before
    assert GuidePage.objects.get(pk=guide.pk).title == "Judul dari editor"
    assert LaidPage.objects.get(key="orang-tua").page is None


def test_a_page_of_somebodys_own_at_that_address_is_left_alone(db):
    (both,) = [pages for key, pages in laid().items() if key == "privasi"]
    own = both["id"]
    both["en"].delete()
    LaidPage.objects.filter(key="privasi").delete()
    own.title = "Punya kami sendiri"
    own.save_revision().publish()
    before = everything()
    laying.lay_pages()
    assert everything() == before
    assert LaidPage.objects.get(key="privasi").page.title == "Punya kami sendiri"


def test_a_link_to_a_page_that_was_not_laid_leaves_its_words(db):
    assert laying._text({"id": '<p><a href="page:nowhere">Baca</a></p>'}, "id") == "<p>Baca</p>"
    assert laying.LINK.findall('<a href="page:privasi">Baca</a> <a href="tel:129">129</a>') == [("privasi", "Baca")]
