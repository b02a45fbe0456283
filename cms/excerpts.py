"""Where in a text somebody's words stand, as a short excerpt. No Django here."""

import re
from collections.abc import Iterable, Sequence

LONGEST = 180  # characters
STEM = 5  # letters that two words share: "wawancara" finds "wawancaranya"
Piece = tuple[str, bool]  # some text, and whether it is one of the words


def stems(words: str) -> list[str]:
    """The beginnings by which words are found again; very short ones only as a whole."""
    return [word[:STEM] for word in re.findall(r"\w+", words.casefold()) if len(word) > 2]


def excerpt(texts: Iterable[str], words: str) -> list[Piece]:
    """The first place of `texts` with most of the words, cut to `LONGEST`, in pieces; else how the first text begins."""
    wanted = stems(words)
    clean = [" ".join(text.split()) for text in texts]
    clean = [text for text in clean if text]
    if not clean:
        return []
    best = max(clean, key=lambda text: len(_held(text, wanted)), default="")
    if not _held(best, wanted):
        return [(_cut(clean[0], 0), False)]
    first = next(found.start() for found in re.finditer(r"\w+", best) if _is_one(found.group(), wanted))
    return _marked(_cut(best, max(0, first - LONGEST // 3)), wanted)


def _held(text: str, wanted: Sequence[str]) -> set[str]:
    return {stem for word in re.findall(r"\w+", text.casefold()) for stem in wanted if word.startswith(stem)}


def _is_one(word: str, wanted: Sequence[str]) -> bool:
    return any(word.casefold().startswith(stem) for stem in wanted)


def _cut(text: str, start: int) -> str:
    """A stretch of whole words; dots say that more stands before or behind."""
    if start:
        start = text.find(" ", start) + 1
    end = len(text) if len(text) - start <= LONGEST else text.rfind(" ", start, start + LONGEST)
    end = end if end > start else start + LONGEST
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"


def _marked(text: str, wanted: Sequence[str]) -> list[Piece]:
    parts = re.split(r"(\w+)", text)
    pieces: list[Piece] = []
    for part in parts:
        mine = bool(part) and _is_one(part, wanted)
        if pieces and pieces[-1][1] == mine and not mine:
            pieces[-1] = (pieces[-1][0] + part, False)
        elif part:
            pieces.append((part, mine))
    return pieces
