"""Every text a new site is given is plain, and in both languages. `make check` runs it: python -m tests.house.plain

Read are the pages (cms/wording/pages), the protocols, and the words of the rules. The questions are those of cms/plain.py, which
the editor asks as well. tests/house/test_plain_words.py plants every fault.

A word of the jargon list may stand where the glossary explains it: in a page for officers, in a protocol, in the glossary.
The words of the rules are not searched for jargon: staff read them beside the form they belong to, and their words are those of
docs/glossary.md. Whatever names a law or an article stands on a page that has the law's own block, or says itself that the
official text is to be checked.
"""

import ast
import re
import sys
import tomllib
from pathlib import Path

from cms.plain import CHECK_IT, jargon_in, legal_claims, long_sentences, words_of_html

ROOT = Path(__file__).resolve().parents[2]
WORDING = ROOT / "cms" / "wording"
TONGUES = ("id", "en")
FOR_OFFICERS = {"petugas", "glosarium"}  # pages; every protocol is
# What a reader reads: it is never one text for both languages.
SPOKEN = {"title", "slug", "intro", "text", "heading", "term", "meaning", "law", "article", "note", "by_when", "expect",
          "what", "why", "instead", "child", "finding", "reference", "what_changed", "about", "words", "asks", "name",
          "label"}  # fmt: skip
LAW = {"body": "law", "legal_basis": None}  # where a page or a protocol keeps what it rests on


def load(file):
    return tomllib.loads(file.read_text(encoding="utf-8"))


def named(module, name):
    """The constant `name` of a module of cms, read without running it: keys of a dictionary, or members of a tuple."""
    for node in ast.parse((ROOT / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets):
            members = node.value.keys if isinstance(node.value, ast.Dict) else node.value.elts
            return [member.value for member in members]
    raise LookupError(f"{module} has no {name}")


def said(part, where=""):
    """`(where, language, text)` of every text; a language that is missing gives an empty one."""
    if isinstance(part, dict) and part and set(part) <= set(TONGUES):
        for tongue in TONGUES:
            yield where, tongue, str(part.get(tongue, ""))
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from said(value, f"{where}.{name}" if where else name)
    elif isinstance(part, list):
        for number, value in enumerate(part, 1):
            yield from said(value, f"{where} {number}")
    elif isinstance(part, str) and where.rpartition(".")[2] in SPOKEN:
        yield where, "", part


def untranslated(seed):
    """Texts without one of the languages, or the same for both without saying so."""
    for where, tongue, text in said(seed):
        if not tongue:
            yield f"{where}: is written once for both languages"
        elif not text.strip():
            yield f"{where}: is missing in {tongue}"


def too_long(seed):
    for where, tongue, text in said(seed):
        for sentence in long_sentences(words_of_html(text)) if tongue else ():
            yield f"{where}: more than twenty words ({tongue}): {sentence}"


def jargon(seed, words, explained):
    """`explained` is `{language: words}` that may stand here."""
    for where, tongue, text in said(seed):
        for word, instead in jargon_in(words_of_html(text), tongue, words) if tongue else ():
            if word not in explained.get(tongue, ()):
                yield f"{where}: “{word}” ({tongue}); say “{instead}”, or explain it in the glossary"


def unfounded(seed):
    """Names of laws and articles on a page that has no law of its own, unless the sentence says to check it."""
    if any(entry.get("kind", "law") == "law" for part in LAW for entry in seed.get(part, ())):
        return
    for where, tongue, text in said(seed):
        claims = legal_claims(words_of_html(text), tongue) if tongue else ()
        if claims and CHECK_IT[tongue] not in text.casefold():
            yield f"{where}: names {claims[0]} ({tongue}) without saying what the page rests on"


def astray(seed, keys):
    """Links to a page that is not laid, and steps that rest on a law which the page does not have."""
    for where, tongue, text in said(seed):
        for key in re.findall(r'href="page:([^"]*)"', text):
            if key not in keys:
                yield f"{where}: leads to “{key}” ({tongue}), which is no page"
    known = {entry.get("source") for entry in seed.get("body", ())}
    for entry in seed.get("body", ()):
        for source in str(entry.get("sources", "")).split():
            if source not in known:
                yield f"{entry['title']['en']}: rests on {source}, which this page does not have"


def explained_by(glossary, words):
    """`{language: the words of the jargon list that a glossary explains}`."""
    terms = {
        tongue: "\n".join(
            text for where, spoken, text in said(glossary) if spoken == tongue and where.endswith(".term")
        )
        for tongue in TONGUES
    }
    return {tongue: {word for word, _instead in jargon_in(terms[tongue], tongue, words)} for tongue in TONGUES}


def files():
    """`(name, contents, kind)` of everything that is laid; kind is page, protocol or words."""
    for key in named("cms/wording/laying.py", "PAGES"):
        if (file := WORDING / "pages" / f"{key}.toml").exists():
            yield key, load(file), "page"
    for code in named("cms/foundation.py", "PROTOCOLS"):
        yield code, load(WORDING / f"{code}.toml"), "protocol"
    for name in [*named("cms/wording/__init__.py", "RULE_FILES"), "sources", "topics", "standar-rumah"]:
        yield name, load(WORDING / f"{name}.toml"), "words"


def faults_of(name, seed, kind, words, explained):
    """Everything that is wrong with one file, in words."""
    found = [*untranslated(seed), *too_long(seed), *unfounded(seed)]
    found += astray(seed, named("cms/wording/laying.py", "PAGES")) if kind == "page" else ()
    if kind != "words":
        found += jargon(seed, words, explained if kind == "protocol" or name in FOR_OFFICERS else {})
    return [f"{name}: {fault}" for fault in found]


def judge(say=lambda _line: None):
    """Every fault of every file; `say` is told how far it is."""
    words, everything = load(WORDING / "jargon.toml"), list(files())
    glossary = next((seed for name, seed, _kind in everything if name == "glosarium"), {})
    explained, faults = explained_by(glossary, words), []
    for number, (name, seed, kind) in enumerate(everything, 1):
        say(f"\r{number} of {len(everything)} files: {name:24}")
        faults += faults_of(name, seed, kind, words, explained)
    sentences = sum(
        len(re.findall(r"[.!?](?:\s|<|$)", text)) for _n, seed, _k in everything for _w, _t, text in said(seed)
    )
    say(f"\r{len(everything)} files, about {sentences} sentences, {len(faults)} faults{' ' * 24}\n")
    return faults


def main():
    lines = []
    faults = judge(say=sys.stdout.write if sys.stdout.isatty() else lines.append)
    sys.stdout.write("".join(lines[-1:]).lstrip("\r"))
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
