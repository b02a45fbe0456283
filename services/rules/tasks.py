"""The checklist of an interview: what the pinned protocol wants seen to, by when, and what is still to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cms.limits import CheckItem


@dataclass(frozen=True)
class Line:
    """One item: until when, whether it is done, and whether its hour has passed without."""

    item: CheckItem
    due: datetime
    done: bool
    late: bool


def checklist(items: Iterable[CheckItem], done: Mapping[str, bool], starts: datetime, now: datetime) -> list[Line]:
    """Every item, what comes due first at the top. `done` has the newest tick of each item by code."""
    lines = []
    for item in items:
        due = starts - timedelta(hours=item.hours_before)
        ticked = done.get(item.code, False)
        lines.append(Line(item, due, ticked, late=not ticked and due <= now))
    return sorted(lines, key=lambda line: line.due)


def undone(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if not line.done]


def answerable(role: str, attending: Mapping[str, frozenset[int]], manager: int) -> frozenset[int]:
    """Who sees to an item: whoever attends in its role, or, where nobody does, the case manager. Ids of users."""
    return attending.get(role) or frozenset({manager})
