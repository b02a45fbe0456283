"""Finding: one box and a place, filters that say how many there are, and an order that can be explained.

What nobody confirmed last; of the others first what is near, then what fits the words best. Nothing of what somebody asks is written anywhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache, cached_property, lru_cache
from pathlib import Path

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from cms.places import DISTRICTS, PROVINCES
from directory.models.entries import Word
from directory.models.kinds import ServiceKind
from directory.models.offers import ServicePage, attach_providers
from directory.models.synonyms import Synonyms
from directory.rules import freshness, queries

PER_PAGE = 20
SHORTEST_PLACE = 4  # letters of a district's name
FIND = (Path(__file__).parent / "find.sql").read_text(encoding="utf-8")
COMPILE = """
SELECT CASE WHEN numnode(query) = 0 THEN '' ELSE query::text END
  FROM (SELECT to_tsquery('indonesian', %(words)s) || to_tsquery('english', %(words)s) AS query) AS compiled
"""
UNKNOWN = """
SELECT term FROM unnest(%(terms)s::varchar[]) AS term
 WHERE NOT EXISTS (SELECT FROM directory_word WHERE word = term)
   AND NOT EXISTS (SELECT FROM directory_word WHERE stem = (ts_lexize('indonesian_stem', term))[1])
   AND NOT EXISTS (SELECT FROM directory_word WHERE stem_en = (ts_lexize('english_stem', term))[1])
   AND (ts_lexize('indonesian_stem', term))[1] IS NOT NULL AND (ts_lexize('english_stem', term))[1] IS NOT NULL
"""


@dataclass(frozen=True)
class Asked:
    """What somebody wants: their own words and a place, and filters; empty is "whatever". `age` in years."""

    text: str = ""
    province: str = ""
    district: str = ""
    kind: str = ""
    age: int | None = None
    gender: str = ""
    language: str = ""
    ease: str = ""
    cost: str = ""
    open: bool = False


@dataclass(frozen=True)
class Understood:
    """How the words were taken: groups of terms of which one is enough, what was read as which others, and as a place."""

    groups: tuple[queries.Group, ...] = ()
    mended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: queries.Place | None = None
    every: bool = True

    @property
    def alike(self):
        """`[(typed, words that mean the same)]`, where there are some."""
        read = {word for words in self.mended.values() for word in words}
        return [(group[0], group[1:]) for group in self.groups if len(group) > 1 and group[0] not in read]


@dataclass(frozen=True)
class Found:
    """The keys of a page of services in order, how many there are in all, and counts by filter and value."""

    keys: tuple[int, ...]
    total: int
    counts: Mapping[str, Mapping[str, int]]
    understood: Understood

    @cached_property
    def services(self):
        """The services with all that a card says, providers attached; without those that were closed since they were indexed."""
        listed = ServicePage.objects.listed().filter(pk__in=self.keys).with_details()
        return tuple(sorted(attach_providers(listed), key=lambda service: self.keys.index(service.pk)))

    @property
    def cards(self):
        """A `Card` for each key. Their services are read together, and only when a card must be made anew."""
        return [Card(key, self) for key in self.keys]


@dataclass(frozen=True)
class Card:
    """One service of those found, by its key."""

    key: int
    found: Found

    @property
    def service(self):
        """The service, or None where it was closed since it was indexed."""
        return next((service for service in self.found.services if service.pk == self.key), None)


def find(asked, *, now, page=1):
    """The services somebody may call, at most `PER_PAGE`. With no service for all the words, those for some of them."""
    understood = understand(asked.text, asked.province)
    if understood.place:
        asked = replace(asked, province=understood.place[0], district=asked.district or understood.place[1])
    found = _found(asked, understood, now, page)
    if not found.total and len(understood.groups) > 1:
        found = _found(asked, replace(understood, every=False), now, page)
    return found


def find_near(asked, *, now):
    """`(asked, found)` in the next wider area that has something, when there was nothing; else None."""
    understood = understand(asked.text, asked.province)
    if understood.place:
        words = " ".join(group[0] for group in understood.groups)
        asked = replace(asked, text=words, province=understood.place[0], district=asked.district or understood.place[1])
    for wider in (replace(asked, district=""), replace(asked, district="", province="")):
        if wider != asked and (found := find(wider, now=now)).total:
            return wider, found
    return None


def understand(text, province=""):
    """The words of a question, with what means the same, slips mended, and a place that they name.

    A place counts where no other province was chosen (`province`, a code).
    """
    words = queries.question(text)
    place, others = queries.place_in(words, place_names())
    if place and province in {"", place[0]}:
        words = others
    else:
        place = None
    synonyms = [group.as_set() for group in Synonyms.objects.all()] if words else []
    groups = queries.grouped(words, synonyms)
    mended = _mended([group[0] for group in groups if len(group) == 1], synonyms)
    return Understood(tuple(queries.repaired(groups, mended, synonyms)), mended, place)


@cache
def place_names():
    """`{"kota bandung": ("ID-JB", "Kota Bandung"), "bandung": ("ID-JB", ""), "papua": ("ID-PA", "")}`, in small letters.

    A name that two districts of one province share means the province; one that is elsewhere too means nothing.
    """
    meant = {}
    for code, (name, _zone) in PROVINCES.items():
        meant.setdefault(" ".join(queries.words_of(name)), set()).add((code, ""))
    provinces = set(meant)
    for name, province in DISTRICTS.values():
        whole = queries.words_of(name)
        for words in (whole, whole[1:]):
            if (called := " ".join(words)) not in provinces and len(called) >= SHORTEST_PLACE:
                meant.setdefault(called, set()).add((province, name))
    names = {}
    for called, places in meant.items():
        if len({province for province, _district in places}) == 1:
            names[called] = places.pop() if len(places) == 1 else (places.pop()[0], "")
    return names


def _mended(terms, synonyms):
    if not terms:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN, {"terms": terms})
        unknown = [row[0] for row in cursor.fetchall()]
    if not unknown:
        return {}
    kept = {term for group in synonyms for term in group if " " not in term}
    known = sorted({*_known(Word.objects.aggregate(last=Max("pk"))["last"]), *kept})
    meant = {term: tuple(queries.mended(term, known)) for term in unknown if term not in kept}
    return {term: words for term, words in meant.items() if words}


@lru_cache(maxsize=1)
def _known(_last):
    """All words of the index. A new word has a higher number than the last, and so has an index made anew."""
    return tuple(Word.objects.order_by("word").values_list("word", flat=True))


def _found(asked, understood, now, page):
    query = compiled(understood)
    if query is None:
        return Found((), 0, {}, understood)
    rows = _rows(asked, query, now, page)
    pages = {int(value): place for what, value, place in rows if what == "page"}
    counts = {}
    for what, value, number in rows:
        counts.setdefault(what, {})[value] = number
    return Found(
        tuple(sorted(pages, key=pages.get)),
        counts.pop("total")[""],
        {what: of for what, of in counts.items() if what != "page"},
        understood,
    )


def compiled(understood):
    """PostgreSQL's query; "" when the words said nothing of what is looked for, None when they are none to PostgreSQL."""
    if not understood.groups:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(COMPILE, {"words": queries.tsquery(understood.groups, every=understood.every)})
        return cursor.fetchone()[0] or None


def _rows(asked, query, now, page):
    names = ("province", "district", "kind", "age", "gender", "language", "ease", "cost", "open")
    given = {name: getattr(asked, name) for name in names} | {
        "query": query,
        "helpline": ServiceKind.HOTLINE.value,
        "cycles": json.dumps(dict(freshness.CYCLES)),
        "long": freshness.LONG,
        "grace": freshness.GRACE,
        "today": timezone.localdate(now),
        "now": now.astimezone(UTC).replace(tzinfo=None),
        "limit": PER_PAGE,
        "offset": (page - 1) * PER_PAGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, given)
        return cursor.fetchall()
