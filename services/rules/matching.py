"""Who suits this child as companion, interpreter or substitute: reasons for and against, as plain keys and values.

Nothing here forbids; the rules of the interview do. Whoever has nothing against them comes first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

INTERPRETER, COMPANION, INTERVIEWER = "interpreter", "companion", "interviewer"
TRAINING = {COMPANION: "companion", INTERVIEWER: "forensic"}  # what a role must be trained for


@dataclass(frozen=True)
class Wanted:
    """What the child needs of whoever comes in `role` on `day`: language, and a sex (F, M or empty)."""

    role: str
    day: date
    language: str
    sex: str = ""


@dataclass(frozen=True)
class Suitor:
    """What is known of somebody: trainings with their last valid day; `free` is None where no hour is asked about."""

    resource: int
    sex: str = ""
    languages: frozenset[str] = frozenset()
    trained: Mapping[str, date] = field(default_factory=dict)
    conflicted: bool = False
    free: bool | None = None


@dataclass(frozen=True)
class Word:
    """One reason, by key and values; `good` speaks for somebody."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    good: bool = True


def words(suitor: Suitor, wanted: Wanted) -> list[Word]:
    """Everything that speaks for or against somebody, what speaks against them first."""
    return sorted(_words(suitor, wanted), key=lambda word: word.good)


def suits(suitor: Suitor, wanted: Wanted) -> bool:
    return all(word.good for word in _words(suitor, wanted))


def order(suitor: Suitor, wanted: Wanted) -> tuple[int, int, int]:
    """A key for sorting: the fewest words against somebody, then the most for them, then as they were recorded."""
    said = words(suitor, wanted)
    against = sum(1 for word in said if not word.good)
    return against, against - len(said), suitor.resource


def _words(suitor: Suitor, wanted: Wanted) -> Iterator[Word]:
    if suitor.conflicted:
        yield Word("conflicted", good=False)
    if suitor.free is not None:
        yield Word("free" if suitor.free else "not_free", good=suitor.free)
    if wanted.role in TRAINING:
        until = suitor.trained.get(TRAINING[wanted.role])
        if until is None:
            yield Word("untrained", good=False)
        elif until < wanted.day:
            yield Word("training_ended", {"day": until}, good=False)
        else:
            yield Word("trained", {"day": until})
    speaks = wanted.language in suitor.languages
    if speaks or wanted.role in {INTERPRETER, INTERVIEWER}:
        yield Word("speaks" if speaks else "speaks_not", {"language": wanted.language}, good=speaks)
    if wanted.sex:
        fits = suitor.sex == wanted.sex
        yield Word("sex_as_wished" if fits else "sex_not_as_wished", {"sex": wanted.sex}, good=fits)
