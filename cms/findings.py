"""What an editor is told about a page: what is missing, and what is hard to read. Reads a page, changes nothing.

Two things keep a page from being published, in words: a law that is named without its source, and a picture without its
words. Everything else only warns.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.blocks import StreamValue, StructValue
from wagtail.blocks.list_block import ListValue
from wagtail.images import get_image_model
from wagtail.rich_text import RichText

from cms.plain import CHECK_IT, jargon_in, legal_claims, long_sentences, words_of_html

JARGON = Path(__file__).parent / "wording" / "jargon.toml"
LAWS = {"law", "legal_basis", "basis"}  # blocks that name a law and its article
# Texts of a page that are not sentences for readers.
UNREAD = {"slug", "code", "seo_title", "search_description", "title", "draft_title", "url_path", "path"}
SHOWN = 60  # letters of a sentence that is too long

KINDS = {
    "source": gettext_lazy("A law without its source"),
    "picture": gettext_lazy("A picture without its words"),
    "translation": gettext_lazy("No published translation"),
    "sentence": gettext_lazy("A long sentence"),
    "jargon": gettext_lazy("A word that few understand"),
}
REFUSED = {"source", "picture"}


@dataclass(frozen=True)
class Finding:
    """One thing. `kind` is a key of KINDS; `words` say it to the editor."""

    kind: str
    words: str

    @property
    def refused(self):
        """May the page not be published like this?"""
        return self.kind in REFUSED

    @property
    def title(self):
        return KINDS[self.kind]


def findings(page):
    """Every `Finding` of a page of readers as it is in memory (a draft, or what is published); what refuses comes first."""
    found = [*_sources(page), *_pictures(page), *_translations(page), *_sentences(page)]
    return sorted(found, key=lambda one: not one.refused)


def refusals(page):
    """What keeps the page from being published."""
    return [one for one in (*_sources(page), *_pictures(page)) if one.refused]


def parts(page):
    """`(kind, value)` of every text, picture and block of the page, however deep: text, RichText, StructValue."""
    for field in page._meta.get_fields():  # noqa: SLF001 -- Django's documented Meta API
        if not field.concrete or field.is_relation or field.name in UNREAD:
            continue
        value = field.value_from_object(page)
        if isinstance(value, StreamValue):
            yield from _below("", value)
        elif isinstance(value, str) and value and not field.choices and field.get_internal_type() == "TextField":
            yield field.name, value


def _below(kind, value):
    if isinstance(value, StreamValue):
        for child in value:
            yield from _below(child.block_type, child.value)
    elif isinstance(value, ListValue):
        for child in value:
            yield from _below(kind, child)
    elif isinstance(value, StructValue):
        yield kind, value
        for name, part in value.items():
            yield from _below(name, part)
    elif isinstance(value, RichText | str):
        yield kind, value


def texts(page):
    """The words of every part that is prose, as plain text."""
    for _kind, value in parts(page):
        if isinstance(value, RichText):
            yield words_of_html(value.source)
        elif isinstance(value, str) and " " in value.strip():
            yield value


def language_of(page):
    return "en" if page.locale.language_code.startswith("en") else "id"


def _sources(page):
    """A page that names a law keeps the law's own block, or says itself that the official text is to be checked."""
    language, said = language_of(page), list(texts(page))
    claims = [claim for text in said for claim in legal_claims(text, language)]
    based = any(kind in LAWS or _names_a_law(value) for kind, value in parts(page))
    careful = any(CHECK_IT[language] in text.casefold() for text in said)
    if claims and not based and not careful:
        words = _("“%(claim)s” is named without its source. Add the block “legal basis” with law and article.")
        return [Finding("source", words % {"claim": claims[0]})]
    return []


def _names_a_law(value):
    return isinstance(value, StructValue) and bool(value.get("law")) and bool(value.get("article"))


def _pictures(page):
    for _kind, value in parts(page):
        if not isinstance(value, StructValue):
            continue
        for part in value.values():
            if isinstance(part, get_image_model()) and not (value.get("alternative") or value.get("alt") or "").strip():
                words = _("The picture “%(title)s” is not said in words for somebody who does not see it.")
                yield Finding("picture", words % {"title": part.title})


def _translations(page):
    if not page.pk or not page.get_translations().filter(live=True).exists():
        return [Finding("translation", _("Who reads the other language does not find this page."))]
    return []


def _sentences(page):
    language = language_of(page)
    for text in texts(page):
        for sentence in long_sentences(text):
            shown = sentence if len(sentence) <= SHOWN else sentence[:SHOWN].rstrip() + "…"
            words = _("“%(sentence)s” has %(number)s words; twenty are enough.")
            yield Finding("sentence", words % {"sentence": shown, "number": len(sentence.split())})
        for word, instead in () if _is_for_officers(page) else jargon_in(text, language, _jargon()):
            yield Finding("jargon", _("“%(word)s”: say “%(instead)s”.") % {"word": word, "instead": instead})


def _is_for_officers(page):
    """They may read the words of their trade, which the glossary explains."""
    return getattr(page, "audience", "") == "officer" or page._meta.model_name in {"protocolpage", "glossarypage"}  # noqa: SLF001 -- Django's documented Meta API


@cache
def _jargon():
    return tomllib.loads(JARGON.read_text(encoding="utf-8"))
