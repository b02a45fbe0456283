"""How a distribution is drawn: bars beside a table, and nothing that points to one child."""

from collections.abc import Sequence
from dataclasses import dataclass

LAST = 3  # "3 and more" is one group
LEFT, WIDEST, ROW, THICK = 96, 320, 36, 22  # units of the drawing


@dataclass(frozen=True)
class Group:
    """So many cases in which it happened so many times; `cases` is None where there are fewer than five."""

    times: int
    cases: int | None

    @property
    def and_more(self) -> bool:
        return self.times >= LAST


@dataclass(frozen=True)
class Bar:
    """A bar of the drawing, in its units. A hidden group has a stub of always the same length."""

    group: Group
    y: int
    width: int
    middle: int


def bars(groups: Sequence[Group]) -> list[Bar]:
    """One bar per group, the longest as wide as the drawing allows."""
    longest = max((group.cases for group in groups if group.cases is not None), default=1)
    return [
        Bar(group, place * ROW, max(2, round(WIDEST * group.cases / longest)) if group.cases is not None else 8,
            place * ROW + THICK // 2)
        for place, group in enumerate(groups)
    ]  # fmt: skip
