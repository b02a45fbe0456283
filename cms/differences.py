"""What changed between two texts, for people: whole lines that came or went, and the words within a line. No Django here.

A text is a list of parts, `(name, lines)`, each line plain words without markup. The order of the parts is the page's.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, ADDED, REMOVED = "same", "added", "removed"
ALIKE = 0.4  # of their words: two lines with less in common are another line, not a changed one
Text = Sequence[tuple[str, Sequence[str]]]
ENDS_LINE = re.compile(r"</(?:p|li|h[1-6]|div)>|<br\s*/?>", re.IGNORECASE)
LINK = re.compile(r'<a\s[^>]*href="([^"]*)"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Piece:
    """Some words, and whether both texts have them: `SAME`, `ADDED`, `REMOVED`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Part:
    """A part in which something differs: its changed lines, each a tuple of pieces."""

    name: str
    lines: tuple[tuple[Piece, ...], ...]


def lines_of(markup: str) -> list[str]:
    """The lines of a rich text as plain words; where a link leads is said in brackets, since it may be what changed."""
    linked = LINK.sub(r"\2 (\1)", markup)
    found = (html.unescape(TAG.sub("", line)).strip() for line in ENDS_LINE.split(linked))
    return [re.sub(r"\s+", " ", line) for line in found if line]


def differences(before: Text, after: Text) -> list[Part]:
    """The parts that differ, in the order of `after`; what only `before` had comes last. Empty: nothing differs."""
    old, new = dict(before), dict(after)
    names = [*new, *(name for name in old if name not in new)]
    parts = (Part(name, tuple(_changed(list(old.get(name, ())), list(new.get(name, ()))))) for name in names)
    return [part for part in parts if part.lines]


def _changed(old: list[str], new: list[str]) -> list[tuple[Piece, ...]]:
    found: list[tuple[Piece, ...]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            found += _paired(old[a:b], new[c:d])
    return found


def _paired(old: list[str], new: list[str]) -> list[tuple[Piece, ...]]:
    """Lines that were replaced: one that is still like its follower is shown with its words, the others whole."""
    found: list[tuple[Piece, ...]] = []
    waiting = list(old)
    for line in new:
        like = max(waiting, key=lambda candidate: _likeness(candidate, line), default=None)
        if like is None or _likeness(like, line) < ALIKE:
            found.append((Piece(ADDED, line),))
            continue
        place = waiting.index(like)
        found += [(Piece(REMOVED, gone),) for gone in waiting[:place]]
        del waiting[: place + 1]
        found.append(tuple(words_between(like, line)))
    return found + [(Piece(REMOVED, gone),) for gone in waiting]


def _likeness(old: str, new: str) -> float:
    return SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio()


def words_between(old: str, new: str) -> list[Piece]:
    """One line as it was and as it is, in runs of words; what went stands before what came."""
    was, now = old.split(), new.split()
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece(SAME, " ".join(was[a:b])))
            continue
        found += [Piece(REMOVED, " ".join(was[a:b]))] if b > a else []
        found += [Piece(ADDED, " ".join(now[c:d]))] if d > c else []
    return found
