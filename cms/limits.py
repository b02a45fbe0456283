"""What a protocol lets an interview be: lengths, hours, breaks, roles and clocks, as plain values. No Django here.

The numbers come from the published protocol page, each with its source; the rules of booking read them from here.
Ages are whole years reached, minutes are minutes, hours are local time at the venue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import time
from itertools import pairwise
from typing import Any, TypeVar

from cms.objections import Objection

IN_ROOM, OBSERVING, REMOTE = "in_room", "observing", "remote"
PRESENCES = (IN_ROOM, OBSERVING, REMOTE)
LAST_YEAR = 17  # a child is under 18
HOLD_HOURS, MOST_HOLD_HOURS = 48, 14 * 24
HOLD_SOURCE = "HOLD-OWN"  # our own starting number, as everything stored before sources were asked for
MOST_PARTS = 8  # sessions of one extended interview (NICHD); more would be asking again
HEAVIEST = 90  # days of waiting; no weight says more
# Warnings of the booking rules for which a protocol may want a written reason.
EXPLAINABLE = (
    "length_above_protocol",
    "length_below_protocol",
    "hour_unsuitable_for_age",
    "breaks_missing",
    "break_too_rare",
    "sessions_same_day",
    "clock_overdue",
    "companion_other_sex",
    "room_far_away",
    "need_after_its_day",
    "venue_shared_that_day",
)
BOOKING_READS = "wawancara-bersama"  # the one protocol that booking cannot do without
Part = TypeVar("Part")


class MalformedLimits(ValueError):
    """Stored limits cannot be read; the message names the part, never the value."""


@dataclass(frozen=True)
class AgeBand:
    """Children who have reached `from_years` and not yet `to_years` + 1.

    An interview starts no earlier than `earliest`, ends no later than `latest`, and pauses for `break_minutes` at least
    every `break_every_minutes`. Each `…_source` is a source id (`BARNAHUS`) or words.
    """

    from_years: int
    to_years: int
    shortest_minutes: int
    longest_minutes: int
    length_source: str
    earliest: time
    latest: time
    hours_source: str
    break_every_minutes: int
    break_minutes: int
    breaks_source: str

    def covers(self, age_months: int) -> bool:
        return self.from_years <= age_months // 12 <= self.to_years

    def faults(self) -> list[Objection]:
        """What is wrong within this band alone; its ages are the values."""
        ages = {"from_years": self.from_years, "to_years": self.to_years}
        found = []
        if not 0 <= self.from_years <= self.to_years <= LAST_YEAR:
            found.append(Objection("limits_ages_malformed", values=ages, field="bands"))
        if not 0 < self.shortest_minutes <= self.longest_minutes:
            found.append(Objection("limits_minimum_above_maximum", values=ages, field="bands"))
        if not self.earliest < self.latest:
            found.append(Objection("limits_hours_reversed", values=ages, field="bands"))
        if self.break_every_minutes < 1 or self.break_minutes < 1:
            found.append(Objection("limits_breaks_malformed", values=ages, field="bands"))
        if not all(source.strip() for source in (self.length_source, self.hours_source, self.breaks_source)):
            found.append(Objection("limits_source_missing", values=ages, field="bands"))
        return found


@dataclass(frozen=True)
class RequiredRole:
    """A role that must take part, and in which ways: `IN_ROOM`, `OBSERVING`, `REMOTE`.

    `must_accept`: a proposed interview stands only once whoever attends in this role has accepted.
    """

    role: str
    presences: tuple[str, ...]
    source: str
    must_accept: bool = True

    def allows(self, presence: str) -> bool:
        return presence in self.presences


@dataclass(frozen=True)
class Weights:
    """What counts against a time when times are ordered, each in days of waiting that it weighs as much as.

    These are a judgement, not a law: a protocol may weigh otherwise. Nothing here forbids.
    """

    hour_unsuitable: float = 10.0
    childs_hours: float = 8.0
    another_interviewer: float = 5.0
    equipment_missing: float = 4.0
    through_interpreter: float = 3.0
    farther: float = 3.0
    preference_unmet: float = 2.0
    other_sex: float = 1.0
    same_province: float = 1.0
    neighbouring: float = 0.5

    def faults(self) -> list[Objection]:
        """A weight below nothing would draw children to what is worse for them; one above a season says nothing."""
        if all(0 <= days <= HEAVIEST for days in asdict(self).values()):
            return []
        return [Objection("limits_weights_malformed", values={"most": HEAVIEST}, field="weights")]


@dataclass(frozen=True)
class CheckItem:
    """One thing to see to before an interview: by whom, and how many hours before it begins. `code` names it for ever."""

    code: str
    text_id: str
    text_en: str
    role: str
    hours_before: int

    def text(self, language: str) -> str:
        return self.text_en if language.startswith("en") else self.text_id

    def faulty(self, known: Iterable[str]) -> bool:
        told = self.code.strip() and self.text_id.strip() and self.text_en.strip()
        return not told or self.role not in known or self.hours_before < 0


@dataclass(frozen=True)
class ProtocolLimits:
    """The limits of one version of a protocol. `clock_days` runs from the report to the interview; overdue warns.

    `hold_hours` is how long a proposed interview waits for answers. What is a judgement (weights, which warnings want a
    reason, the checklist, blindness) orders, asks or reminds and forbids nothing, so it needs no source. Whoever books although a rule of `reasons_for` warns
    says why. `preparation` is the checklist of an interview. `blind` keeps from the interviewer why agencies ask and what
    was told before. Observers add topics in a pause that begins `pause_minutes` before the end; 0: there is none. An
    extended interview has at most `parts_most` sessions (0: it is not allowed), whose local days lie at least
    `parts_days_apart` apart; 1 is the next day. What has
    a default here is younger than some stored versions, which cannot change any more and are read with it.
    """

    bands: tuple[AgeBand, ...]
    roles: tuple[RequiredRole, ...]
    clock_days: int
    clock_source: str
    sessions_a_day: int
    sessions_source: str
    hold_hours: int = HOLD_HOURS
    weights: Weights = Weights()
    reasons_for: tuple[str, ...] = ()
    preparation: tuple[CheckItem, ...] = ()
    blind: bool = False
    pause_minutes: int = 0
    pause_source: str = ""
    parts_most: int = 0
    parts_days_apart: int = 0
    parts_source: str = ""
    hold_source: str = HOLD_SOURCE

    def band_for(self, age_months: int) -> AgeBand | None:
        """The band of a child of `age_months`; None for somebody who is no child."""
        return next((band for band in self.bands if band.covers(age_months)), None)

    def required(self, role: str) -> RequiredRole | None:
        """What the protocol asks of `role`; None when it does not require it."""
        return next((required for required in self.roles if required.role == role), None)

    def sources(self) -> list[str]:
        """Every source that a limit rests on, each once, in the order of the page."""
        found = [part for band in self.bands for part in (band.length_source, band.hours_source, band.breaks_source)]
        found += [required.source for required in self.roles] + [self.clock_source, self.sessions_source]
        found += [self.hold_source, self.pause_source, self.parts_source]
        return list(dict.fromkeys(source for source in found if source))

    def faults(self, known_roles: Iterable[str]) -> list[Objection]:
        """Everything that keeps these limits from being published; empty when they may be."""
        found = [fault for band in self.bands for fault in band.faults()]
        found += self._faults_between_bands()
        found += self._faults_of_roles(frozenset(known_roles))
        if self.clock_days < 1 or self.sessions_a_day < 1:
            found.append(Objection("limits_clock_malformed", field="clock_days"))
        if not 1 <= self.hold_hours <= MOST_HOLD_HOURS:
            found.append(Objection("limits_hold_malformed", values={"most": MOST_HOLD_HOURS}, field="hold_hours"))
        if not self.hold_source.strip():
            found.append(Objection("limits_hold_source_missing", field="hold_source"))
        if not self.clock_source.strip():
            found.append(Objection("limits_clock_source_missing", field="clock_source"))
        if not self.sessions_source.strip():
            found.append(Objection("limits_sessions_source_missing", field="sessions_source"))
        if not set(self.reasons_for) <= set(EXPLAINABLE) or len(set(self.reasons_for)) < len(self.reasons_for):
            found.append(Objection("limits_reasons_unknown", field="reasons_for"))
        found += self.weights.faults() + self._faults_of_parts()
        return found + self._faults_of_preparation(frozenset(known_roles))

    def _faults_of_parts(self) -> list[Objection]:
        """One session is no extended interview; two on one day are no short ones."""
        whole = 2 <= self.parts_most <= MOST_PARTS and self.parts_days_apart >= 1 and self.parts_source.strip()
        if whole or self.parts_most == 0:
            return []
        return [Objection("limits_parts_malformed", values={"most": MOST_PARTS}, field="parts_most")]

    def _faults_of_preparation(self, known: frozenset[str]) -> list[Objection]:
        found = []
        codes = [item.code for item in self.preparation]
        if len(set(codes)) < len(codes) or any(item.faulty(known) for item in self.preparation):
            found.append(Objection("limits_preparation_malformed", field="preparation"))
        too_long = self.bands and self.pause_minutes >= min(band.longest_minutes for band in self.bands)
        if self.pause_minutes and (self.pause_minutes < 0 or too_long or not self.pause_source.strip()):
            found.append(Objection("limits_pause_malformed", field="pause_minutes"))
        return found

    def _faults_between_bands(self) -> list[Objection]:
        ordered = sorted(self.bands, key=lambda band: band.from_years)
        if any(left.to_years >= right.from_years for left, right in pairwise(ordered)):
            return [Objection("limits_bands_overlap", field="bands")]
        covered = {year for band in ordered for year in range(band.from_years, band.to_years + 1)}
        missing = sorted(set(range(LAST_YEAR + 1)) - covered)
        return [Objection("limits_age_not_covered", values={"age": missing[0]}, field="bands")] if missing else []

    def _faults_of_roles(self, known: frozenset[str]) -> list[Objection]:
        named = [required.role for required in self.roles]
        found = []
        if not named:
            found.append(Objection("limits_roles_missing", field="roles"))
        if len(set(named)) < len(named):
            found.append(Objection("limits_role_twice", field="roles"))
        for required in self.roles:
            if required.role not in known or not required.presences or not set(required.presences) <= set(PRESENCES):
                found.append(Objection("limits_role_unknown", values={"role": required.role}, field="roles"))
            if not required.source.strip():
                found.append(Objection("limits_role_source_missing", values={"role": required.role}, field="roles"))
        return found

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary for a JSON column; hours as `HH:MM`. Usual weights, no parts, our own hold are left out."""
        stored = asdict(self)
        if not (self.parts_most or self.parts_days_apart or self.parts_source):
            del stored["parts_most"], stored["parts_days_apart"], stored["parts_source"]
        if self.weights == Weights():
            del stored["weights"]
        if self.hold_source == HOLD_SOURCE:
            del stored["hold_source"]
        return {
            **stored,
            "bands": [_plain(asdict(band)) for band in self.bands],
            "roles": [{**asdict(role), "presences": list(role.presences)} for role in self.roles],
            "reasons_for": list(self.reasons_for),
            "preparation": [asdict(item) for item in self.preparation],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ProtocolLimits":
        """Read what `to_json` wrote. Raises MalformedLimits; a missing or unknown part is never guessed.

        A weight that a version does not name is the usual one: most versions name none.
        """
        parts = dict(stored)
        weights = parts.pop("weights", {})
        if not isinstance(weights, Mapping):
            raise MalformedLimits("limits: weights")
        try:
            bands = tuple(_read(AgeBand, band) for band in parts.pop("bands"))
            roles = tuple(
                _read(RequiredRole, {**role, "presences": tuple(role["presences"])}) for role in parts.pop("roles")
            )
            parts["reasons_for"] = tuple(parts.get("reasons_for", ()))
            parts["preparation"] = tuple(_read(CheckItem, item) for item in parts.get("preparation", ()))
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedLimits(f"limits: {type(error).__name__} in bands or roles") from None
        return _read(
            cls, {**parts, "bands": bands, "roles": roles, "weights": _read(Weights, {**asdict(Weights()), **weights})}
        )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: f"{value:%H:%M}" if isinstance(value, time) else value for name, value in values.items()}


def _read(kind: type[Part], values: Mapping[str, Any]) -> Part:
    """Build a part from its own names, each of its declared type; a name with a default may be missing."""
    declared = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    needed = {field.name for field in fields(kind) if field.default is MISSING}  # type: ignore[arg-type]
    if not needed <= set(values) <= set(declared):
        raise MalformedLimits(f"{kind.__name__}: {', '.join(sorted(set(values) ^ set(declared)))}")
    ready = {}
    for name, value in values.items():
        ready[name] = time.fromisoformat(value) if declared[name] is time else value
        if declared[name] in {int, str, bool} and type(value) is not declared[name]:
            raise MalformedLimits(f"{kind.__name__}: {name}")
        if declared[name] is float and type(value) not in {int, float}:
            raise MalformedLimits(f"{kind.__name__}: {name}")
    return kind(**ready)
