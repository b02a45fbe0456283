"""The words a new site starts with, and the way from an objection to its words.

The `*.toml` files hold them, in both languages; `seed()` adds what the database does not have yet and never touches what
an editor wrote. At run time only the database is read (`words_for_all`, cms/models/wording.py).
"""

import tomllib
from pathlib import Path

from cms.models.topics import Topic
from cms.models.wording import Source, Worded, Wording, source_names, words_for, words_for_all

FOLDER = Path(__file__).parent
RULE_FILES = (
    "booking",
    "directory",
    "protocols",
    "keeping",
    "invitations",
    "finding",
    "ledger",
    "preconditions",
    "calendars",
    "moving",
    "recovery",
    "siblings",
    "extended",
    "groups",
    "portal",
    "freshness",
    "standards",
    "sheets",
)

__all__ = ["Worded", "load", "rule_words", "seed", "source_names", "words_for", "words_for_all"]


def load(name):
    """The contents of one file as a dictionary."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def rule_words():
    """`{key: entry}` of every rule in every app's file."""
    return {key: entry for name in RULE_FILES for key, entry in load(name).items()}


def seed():
    """Add the wordings, sources and topics that are missing."""
    wordings = [Wording(key=key, **_both(entry, "what", "why", "instead")) for key, entry in rule_words().items()]
    sources = [
        Source(key=key, url=entry.get("url", ""), **_both(entry, "label")) for key, entry in load("sources").items()
    ]
    topics = [
        Topic(code=code, order=10 * place, **_both(entry, "name"))
        for place, (code, entry) in enumerate(load("topics").items(), start=1)
    ]
    for kind, rows in ((Wording, wordings), (Source, sources), (Topic, topics)):
        kind.objects.bulk_create(rows, ignore_conflicts=True)


def _both(entry, *parts):
    return {f"{part}_{tongue}": entry.get(part, {}).get(tongue, "") for part in parts for tongue in ("id", "en")}
