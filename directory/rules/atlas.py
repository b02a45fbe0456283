"""Where is help of which kind, for children of which age, and where is none? Pure functions over counted services.

The map is our own drawing: one square a province, placed by rough geography, west to east and north to south. It is no
survey: neighbours on paper need not touch on the ground. Ages are whole years, both ends included.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cms.places import PROVINCES


class Half(StrEnum):
    """The country is drawn in two halves, so that a phone can put the second below the first."""

    WEST = "west"
    EAST = "east"


@dataclass(frozen=True)
class Place:
    """Where a province stands on its half of the map: column and row, from the top left, from 0."""

    half: Half
    column: int
    row: int


COLUMNS = 6  # of either half
FIRST_ROW = {Half.WEST: 0, Half.EAST: 1}  # rows that a half leaves empty above
ROWS = {Half.WEST: 7, Half.EAST: 5}  # rows that it uses

_PLAN = {
    Half.WEST: """
        AC -- -- -- -- --
        SU RI KR -- -- KU
        SB JA -- KB KT KI
        BE SS BB -- -- KS
        -- LA -- -- -- --
        -- BT JK JB JT JI
        -- -- -- -- YO --
    """,
    Half.EAST: """
        -- -- -- -- -- --
        GO SA -- MU -- --
        ST -- -- PD PB PA
        SR -- MA -- PT PE
        SN SG -- -- -- PS
        BA NB NT -- -- --
    """,
}


def _placed() -> dict[str, Place]:
    return {
        f"ID-{code}": Place(half, column, row)
        for half, plan in _PLAN.items()
        for row, line in enumerate(plan.split("\n")[1:-1])
        for column, code in enumerate(line.split())
        if code != "--"
    }


TILES: Mapping[str, Place] = _placed()


@dataclass(frozen=True)
class Band:
    """Children of one age: `code` stands in addresses."""

    code: str
    youngest: int
    oldest: int


BANDS = (Band("a1", 0, 5), Band("a2", 6, 12), Band("a3", 13, 17))
YOUNGEST, OLDEST = BANDS[0].youngest, BANDS[-1].oldest
NATIONWIDE = ""  # in place of a province: all of Indonesia


@dataclass(frozen=True)
class Tally:
    """So many services for children, and of these so many that take children of each band, in the order of `BANDS`."""

    total: int = 0
    bands: tuple[int, ...] = (0,) * len(BANDS)

    def __add__(self, other: "Tally") -> "Tally":
        together = tuple(one + two for one, two in zip(self.bands, other.bands, strict=True))
        return Tally(self.total + other.total, together)


NOTHING = Tally()


class Level(StrEnum):
    """How much there is. Of one kind: for no age, some ages, every age. Of all kinds: none, fewer than half, more, each."""

    NONE = "none"
    SOME = "some"
    MOST = "most"
    ALL = "all"


@dataclass(frozen=True)
class Gap:
    """What is missing of one kind: provinces with nothing for any child, and those with nothing for one band only."""

    kind: str
    nowhere: tuple[str, ...]
    by_band: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.nowhere or any(self.by_band))

    @property
    def everywhere(self) -> bool:
        """Is nothing of this kind listed in any province?"""
        return len(self.nowhere) == len(PROVINCES)


@dataclass(frozen=True)
class Coverage:
    """Counted services: `{province or NATIONWIDE: {kind: Tally}}`. Each service stands once in a province, or once
    under `NATIONWIDE`, which counts everywhere. `kinds` are those that could be there.
    """

    counted: Mapping[str, Mapping[str, Tally]]
    kinds: Sequence[str]

    def own(self, province: str, kind: str = "") -> Tally:
        """Services for this province alone, of one kind or of all."""
        here = self.counted.get(province, {})
        return here.get(kind, NOTHING) if kind else sum(here.values(), NOTHING)

    def nationwide(self, kind: str = "") -> Tally:
        return self.own(NATIONWIDE, kind)

    def of(self, province: str, kind: str = "") -> Tally:
        """All services for this province, those for all of Indonesia included."""
        return self.own(province, kind) + self.nationwide(kind)

    def missing(self, province: str) -> list[str]:
        """The kinds of which nothing is there for any child of this province."""
        return [kind for kind in self.kinds if not self.of(province, kind).total]

    def level(self, province: str, kind: str = "") -> Level:
        if kind:
            return _level(sum(1 for count in self.of(province, kind).bands if count), len(BANDS), halves=False)
        return _level(len(self.kinds) - len(self.missing(province)), len(self.kinds), halves=True)

    def gap(self, kind: str) -> Gap:
        tallies = {province: self.of(province, kind) for province in PROVINCES}
        nowhere = tuple(province for province, tally in tallies.items() if not any(tally.bands))
        by_band = tuple(
            tuple(
                province for province, tally in tallies.items() if province not in nowhere and not tally.bands[number]
            )
            for number in range(len(BANDS))
        )
        return Gap(kind, nowhere, by_band)

    def gaps(self) -> list[Gap]:
        """Of every kind that is missing somewhere, the widest gap first."""
        found = [gap for gap in map(self.gap, self.kinds) if gap]
        return sorted(found, key=lambda gap: (-len(gap.nowhere), -sum(map(len, gap.by_band))))


def _level(there: int, of: int, *, halves: bool) -> Level:
    if there <= 0:
        return Level.NONE
    if there >= of:
        return Level.ALL
    return Level.MOST if halves and there * 2 >= of else Level.SOME


def coverage(rows: Iterable[tuple[str, str, Tally]], kinds: Sequence[str]) -> Coverage:
    """From `(province or NATIONWIDE, kind, tally)`; a province that is not known any more is left out."""
    counted: dict[str, dict[str, Tally]] = {}
    for province, kind, tally in rows:
        if province == NATIONWIDE or province in PROVINCES:
            here = counted.setdefault(province, {})
            here[kind] = here.get(kind, NOTHING) + tally
    return Coverage(counted, tuple(kinds))
