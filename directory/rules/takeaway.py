"""In which order a province's services stand on paper and in a file, what fits, and what is left out. Pure functions.

Sizes are bytes. The order is the same for everybody and every time: helplines first, then kind by kind; of a kind what
works before what is closed, the province's own before what is for all of Indonesia, then by name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from directory.rules.atlas import OLDEST, YOUNGEST
from directory.rules.listings import SHELTER

HELPLINE = "d7"  # directory.models.kinds.ServiceKind.HOTLINE
LARGEST_FILE = 300_000

Piece = TypeVar("Piece")


@dataclass(frozen=True)
class Outline:
    """One service for one province, in as few words as its place in a list needs.

    `districts` are those of the province that it names; none when it is for the whole province or for all of Indonesia.
    """

    key: int
    kind: str
    title: str
    working: bool = True
    nationwide: bool = False
    districts: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None

    @property
    def for_children(self) -> bool:
        youngest = YOUNGEST if self.minimum_age is None else self.minimum_age
        oldest = OLDEST if self.maximum_age is None else self.maximum_age
        return youngest <= OLDEST and oldest >= YOUNGEST


@dataclass(frozen=True, order=True)
class Group:
    """Where on paper: the whole province, then its districts by name, then what is for all of Indonesia."""

    rank: int
    district: str = ""


WHOLE_PROVINCE, ALL_OF_INDONESIA = Group(0), Group(2)


def rank(kind: str, kinds: Sequence[str]) -> int:
    """Helplines first, then the order of `kinds`, then whatever has no kind."""
    if kind == HELPLINE:
        return -1
    return kinds.index(kind) if kind in kinds else len(kinds)


def in_order(outlines: Iterable[Outline], kinds: Sequence[str]) -> list[Outline]:
    return sorted(
        outlines,
        key=lambda one: (rank(one.kind, kinds), not one.working, one.nationwide, one.title.casefold(), one.key),
    )


def groups_of(outline: Outline) -> list[Group]:
    """Under which headings a service is printed. A shelter only ever under its whole province: paper gets lost."""
    if outline.nationwide:
        return [ALL_OF_INDONESIA]
    if outline.kind == SHELTER or not outline.districts:
        return [WHOLE_PROVINCE]
    return [Group(1, district) for district in sorted(set(outline.districts))]


def by_district(outlines: Iterable[Outline], kinds: Sequence[str]) -> list[tuple[Group, Outline]]:
    """Every service under each of its headings, kind by kind."""
    placed = [(group, outline) for outline in in_order(outlines, kinds) for group in groups_of(outline)]
    return sorted(placed, key=lambda one: one[0])  # a stable sort: the order within a heading stays


def missing_kinds(outlines: Iterable[Outline], kinds: Sequence[str]) -> list[str]:
    """The kinds of which nothing works here for any child."""
    there = {outline.kind for outline in outlines if outline.working and outline.for_children}
    return [kind for kind in kinds if kind not in there]


def fitting(pieces: Iterable[tuple[Piece, int]], room: int) -> Iterator[Piece]:
    """The pieces, each with its size, until the first that does not fit: what is left out is always the end."""
    for piece, size in pieces:
        room -= size
        if room < 0:
            return
        yield piece


def left_out(outlines: Sequence[Outline], taken: int) -> list[tuple[str, int]]:
    """`[(kind, how many)]` of what comes after the first `taken`, in order."""
    return list(Counter(outline.kind for outline in outlines[taken:]).items())
