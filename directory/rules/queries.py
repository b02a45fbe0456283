"""What somebody typed into the one box, understood: words, words that mean the same, words typed wrongly.

Pure functions over plain values. A *term* is one word or phrase in small letters; a *wish* is a list of groups, all of which
must be found, each group a list of terms of which one is enough.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONGEST = 200  # characters of a question that are read
MOST = 8  # words of a question that are read
ALTERNATIVES = 5  # words that one unknown word may have meant
SHORTEST_MENDED = 4  # letters: below, nearly every word is near another
SHORTEST_BEGINNING = 3
WORD = re.compile(r"[^\W_]+")

# Words that say nothing of what is looked for. PostgreSQL keeps such a list for English, and none for Indonesian.
SAYING_NOTHING = (
    "ada adalah agar aku anda apa apakah atau bagaimana bagi bahwa bisa boleh butuh cara cari dan dapat dari dekat dengan "
    "di dia dimana hal harus ingin ini itu juga kalau kami kamu karena ke kepada kita lagi mana mau mencari mereka minta "
    "oleh pada perlu saja saya sedang seperti siapa sudah tapi tentang tidak tolong untuk yang "
    "a an and are at can do for from get how i in is it me my near need of on or please the to want we where who with you"
)
EMPTY = frozenset(SAYING_NOTHING.split())

Term = str
Group = tuple[Term, ...]
Place = tuple[str, str]  # code of a province; name of a district of it, or ""


def words_of(text: str) -> list[str]:
    """The words of a question or of a listing, in small letters, in order, without accents' tricks.

    >>> words_of("Rumah-aman?  UPTD")
    ['rumah', 'aman', 'uptd']
    """
    return WORD.findall(text.casefold())


def question(text: str) -> list[str]:
    """At most `MOST` words of the first `LONGEST` characters, without those that say nothing."""
    return [word for word in words_of(text[:LONGEST]) if word not in EMPTY][:MOST]


def place_in(words: Sequence[str], places: Mapping[str, Place]) -> tuple[Place | None, list[str]]:
    """The first place that is named, by the longest name, and the other words. `places`: name in small letters to place.

    >>> place_in(["konseling", "jawa", "barat"], {"jawa barat": ("ID-JB", "")})
    (('ID-JB', ''), ['konseling'])
    """
    longest = max((len(name.split()) for name in places), default=0)
    for at in range(len(words)):
        for length in range(min(longest, len(words) - at), 0, -1):
            place = places.get(" ".join(words[at : at + length]))
            if place is not None:
                return place, [*words[:at], *words[at + length :]]
    return None, list(words)


def grouped(words: Sequence[str], synonyms: Iterable[Collection[str]]) -> list[Group]:
    """Each word, or the longest phrase that has synonyms, as a group of terms; the typed one stands first.

    `synonyms` are sets of terms that mean the same, in small letters.
    """
    same = _by_term(synonyms)
    longest = max((len(term.split()) for term in same), default=1)
    groups, at = [], 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            term = " ".join(words[at : at + length])
            if length == 1 or term in same:
                groups.append((term, *sorted(same.get(term, set()) - {term})))
                at += length
                break
    return groups


def _by_term(synonyms: Iterable[Collection[str]]) -> dict[str, set[str]]:
    same: dict[str, set[str]] = {}
    for terms in synonyms:
        for term in terms:
            same.setdefault(term, set()).update(terms)
    return same


def mended(word: str, known: Sequence[str]) -> list[str]:
    """What an unknown word may have meant: known words that begin with it, else the nearest; the nearest first.

    One slip is forgiven in four to six letters, two from seven on: a letter too many, too few, wrong, or two swapped.
    Words with digits are not mended: another number is another number.
    """
    if any(letter.isdigit() for letter in word):
        return []
    if len(word) >= SHORTEST_BEGINNING:
        begun = sorted((other for other in known if other.startswith(word)), key=lambda other: (len(other), other))
        if begun:
            return begun[:ALTERNATIVES]
    if len(word) < SHORTEST_MENDED:
        return []
    slips = 1 if len(word) <= 6 else 2
    near = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=None)
    near.sort(key=lambda found: (found[1], found[0]))
    return [other for other, slip, _place in near if slip == near[0][1]][:ALTERNATIVES]


def repaired(
    groups: Sequence[Group], meant: Mapping[str, Sequence[str]], synonyms: Iterable[Collection[str]] = ()
) -> list[Group]:
    """The groups, with each unknown word replaced by what it may have meant, and what means the same as that.

    `meant` maps a word to words; a word that is not in it stays.
    """
    same = _by_term(synonyms)

    def all_of(words: Sequence[str]) -> Group:
        others = {other for word in words for other in same.get(word, ())} - set(words)
        return (*words, *sorted(others))

    return [all_of(meant[group[0]]) if len(group) == 1 and meant.get(group[0]) else group for group in groups]


def tsquery(groups: Iterable[Group], *, every: bool = True) -> str:
    """PostgreSQL's text of a tsquery: all groups, or with `every=False` at least one; a phrase stands word by word.

    >>> tsquery([("shelter", "rumah aman"), ("anak",)])
    "('shelter' | 'rumah' <-> 'aman') & ('anak')"
    """
    between = " & " if every else " | "
    return between.join(
        "(" + " | ".join(" <-> ".join(f"'{word}'" for word in words_of(term)) for term in group if words_of(term)) + ")"
        for group in groups
    )
