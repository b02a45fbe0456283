"""What is kept, what for and how long: the lines of `services/retention.toml` as values, and the day they end on.

A period is counted in calendar days of the case's own place. Sources are ids of cms/wording/sources.toml.
"""

import tomllib
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from cms.objections import Objection

FILE = Path(__file__).resolve().parents[1] / "retention.toml"
# How a line's records end: erased daily; with the case; by the system that holds them; not while in use.
DAILY, WITH_CASE, BY_ITSELF, WHILE_USED = WAYS = ("daily", "with_case", "by_itself", "while_used")
TEXTS = ("name", "purpose", "starts")


class Malformed(ValueError):
    """A line of the file cannot be read; the message names the line and the part."""


@dataclass(frozen=True)
class Line:
    """One kind of record. Exactly one of `years`, `days`, `hours` is set where `how` has a period of its own."""

    key: str
    models: tuple[str, ...]
    name: Mapping[str, str]
    purpose: Mapping[str, str]
    starts: Mapping[str, str]
    sources: tuple[str, ...]
    how: str
    years: int = 0
    days: int = 0
    hours: int = 0
    not_before_age: int = 0

    def covers(self, label: str) -> bool:
        """Is the model `label` (`services.case`) named here, itself or by `services.*`?"""
        return label in self.models or f"{label.partition('.')[0]}.*" in self.models


@cache
def lines() -> tuple[Line, ...]:
    """Every line, in the order of the file. Raises Malformed."""
    return tuple(read(key, entry) for key, entry in tomllib.loads(FILE.read_text(encoding="utf-8")).items())


def line(key: str) -> Line:
    return next(one for one in lines() if one.key == key)


def read(key: str, entry: Mapping[str, Any]) -> Line:
    """One line from its TOML table."""
    try:
        facts = {**entry, "models": tuple(entry["models"]), "sources": tuple(entry.get("sources", ()))}
        made = Line(key=key, **facts)
    except (KeyError, TypeError) as error:
        raise Malformed(f"{key}: {error}") from None
    periods = [name for name in ("years", "days", "hours") if getattr(made, name)]
    needs = made.how not in {WITH_CASE, WHILE_USED}
    if made.how not in WAYS or len(periods) != int(needs) or not made.models:
        raise Malformed(f"{key}: how and its period")
    if any(not getattr(made, part).get(tongue, "").strip() for part in TEXTS for tongue in ("id", "en")):
        raise Malformed(f"{key}: words")
    return made


def line_of(label: str) -> Line | None:
    """The line of a model: the one that names it, else the one that names its whole app; None where nobody does."""
    exact = next((one for one in lines() if label in one.models), None)
    return exact or next((one for one in lines() if one.covers(label)), None)


def after_months(day: date, months: int) -> date:
    """`day`, so many months later or earlier; the 31st of a shorter month is its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def case_due_on(kept: Line, *, closed_at: datetime, opened_at: datetime, age_months: int, zone: tzinfo) -> date:
    """The first day on which a closed case may be erased.

    So many years after it was closed, and not before the child, whose age is known to the month, has surely reached
    `not_before_age`: who was a child then can still ask for what is held.
    """
    closed = after_months(closed_at.astimezone(zone).date(), kept.years * 12)
    born_by = after_months(opened_at.astimezone(zone).date(), -age_months)
    return max(closed, after_months(born_by, kept.not_before_age * 12))


def closing_objections(
    *, closed: bool, ahead: bool, unwritten: bool, asked: bool, recovering: bool = False
) -> list[Objection]:
    """What keeps a case open: an interview still to come, outcomes not written, a request nobody has answered, recovery."""
    found = []
    if closed:
        found.append(Objection("case_closed_already"))
    if ahead:
        found.append(Objection("closing_interview_ahead"))
    if unwritten:
        found.append(Objection("closing_outcomes_missing"))
    if asked:
        found.append(Objection("closing_request_open"))
    if recovering:
        found.append(Objection("recovery_goes_on"))
    return found
