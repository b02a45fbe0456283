"""What the ledger answers, and what may be asked again. Pure functions over plain values; topics are ids."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cms.objections import Objection

TOLD_RECORDED, TOLD_NOT_RECORDED, ASKED_NOT_TOLD = "told_recorded", "told_not_recorded", "asked_not_told"
STOPPED, NOT_ASKED = "stopped", "not_asked"
OUTCOMES = (TOLD_RECORDED, TOLD_NOT_RECORDED, ASKED_NOT_TOLD, STOPPED, NOT_ASKED)
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One topic's outcome as it is about to be written."""

    topic: int
    outcome: str
    custodian: int | None = None
    reference: str = ""
    sha256: str = ""


def covered(outcomes: Iterable[tuple[int, str]]) -> frozenset[int]:
    """Topics that need not be asked again, from (topic, outcome) pairs: only *told and recorded* counts."""
    return frozenset(topic for topic, outcome in outcomes if outcome == TOLD_RECORDED)


def entry_objections(entries: Iterable[Entry], attached: Iterable[int]) -> list[Objection]:
    """Objections to a set of entries: every attached topic has an outcome, every recording somebody who keeps it."""
    entries = list(entries)
    found = [
        Objection("outcome_missing", values={"topic": topic}, field=f"outcome_{topic}")
        for topic in attached
        if topic not in {entry.topic for entry in entries if entry.outcome in OUTCOMES}
    ]
    if any(entry.outcome == TOLD_RECORDED for entry in entries):
        kept = [entry for entry in entries if entry.outcome == TOLD_RECORDED]
        if any(entry.custodian is None or not entry.reference.strip() for entry in kept):
            found.append(Objection("recording_reference_missing", field="reference"))
        if any(not SHA256.fullmatch(entry.sha256) for entry in kept):
            found.append(Objection("recording_hash_malformed", field="sha256"))
    return found


def correction_objections(former: Entry, right: Entry, *, reason: str, corrected: bool) -> list[Objection]:
    """Objections to setting `former` right by `right`: it still stands, something differs, and a reason is given."""
    found = []
    if corrected:
        found.append(Objection("corrected_already"))
    if not reason:
        found.append(Objection("correction_reason_missing", field="reason"))
    if right.outcome not in OUTCOMES:
        found.append(Objection("outcome_missing", values={"topic": right.topic}, field="outcome"))
    elif _as_kept(right) == _as_kept(former):
        found.append(Objection("correction_changes_nothing", field="outcome"))
    return found + [one for one in entry_objections([right], ()) if not corrected]


def _as_kept(entry: Entry) -> Entry:
    """The entry as it would be written: who keeps a recording is said of a recording only."""
    kept = entry.outcome == TOLD_RECORDED
    return entry if kept else Entry(entry.topic, entry.outcome)


@dataclass(frozen=True)
class AgainPlan:
    """A wish to ask the child again: kind, topics, and the written reason; for a court, which one, when and its number."""

    kind: str
    topics: frozenset[int]
    reason: str
    court: int | None = None
    ordered_on: date | None = None
    order_number: str = ""


def again_objections(
    plan: AgainPlan, outcomes: Mapping[int, frozenset[str]], *, held: bool, child_view: str
) -> list[Objection]:
    """Objections to asking again, given each topic's outcomes so far. A court's order is never blocked by the ledger.

    `outcomes` maps topic to all outcomes the ledger has of it; `held` says whether the first interview took place.
    """
    by_court = plan.kind == "court_ordered"
    found = []
    if not plan.topics:
        found.append(Objection("nothing_left_to_ask", field="topics"))
    if not held and not by_court:
        found.append(Objection("interview_not_held_yet"))
    found += [
        Objection("topic_already_told", values={"topic": topic}, field="topics", warning=by_court)
        for topic in sorted(plan.topics)
        if TOLD_RECORDED in outcomes.get(topic, frozenset())
    ]
    if not plan.reason.strip():
        found.append(Objection("reason_missing", field="reason"))
    if by_court and (plan.court is None or plan.ordered_on is None):
        found.append(Objection("court_reference_missing", field="court"))
    if by_court and not plan.order_number.strip():
        found.append(Objection("court_number_missing", field="order_number"))
    if child_view in {"no", "later"}:
        found.append(Objection("child_said_no", warning=by_court))
    if plan.kind == "continuation":
        found += _only_interrupted(plan, outcomes)
    return sorted(found, key=lambda objection: objection.warning)


def _only_interrupted(plan: AgainPlan, outcomes: Mapping[int, frozenset[str]]) -> list[Objection]:
    """A continuation is for what was interrupted (the recording failed, the child stopped), nothing new."""
    interrupted = {STOPPED, TOLD_NOT_RECORDED, NOT_ASKED}
    fresh = [topic for topic in sorted(plan.topics) if not outcomes.get(topic, frozenset()) & interrupted
             and TOLD_RECORDED not in outcomes.get(topic, frozenset())]  # fmt: skip
    return [Objection("not_interrupted", values={"topic": topic}, field="topics") for topic in fresh]


def times_told(prior: int, interviews_held: int) -> int:
    """How often the child has told it, tellings before and outside Sekali included."""
    return prior + interviews_held
