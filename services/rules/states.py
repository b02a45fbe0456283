"""The life of an interview as a table: state x event -> the next state, who may, and when. Every action goes through it.

`docs/states.md` is drawn from here (`manage.py states`); the database's triggers guard the same edges, and a generated
test tries every pair that is not in the table. Times: an event is before the interview's hour, after it, or either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cms.objections import Objection

NOTHING = "nothing"  # no interview of this kind yet
PROPOSED, BOOKED, HELD, CANCELLED, EXPIRED = "proposed", "booked", "held", "cancelled", "expired"
STATES = (NOTHING, PROPOSED, BOOKED, HELD, CANCELLED, EXPIRED)
AHEAD = frozenset({PROPOSED, BOOKED})  # somebody is expected to come
ENDED = frozenset({CANCELLED, EXPIRED})  # nobody comes, and another may be booked

PROPOSE, BOOK, ANSWER, ATTEND, SUBSTITUTE = "propose", "book", "answer", "attend", "substitute"
CONFIRM, EXPIRE, MOVE, CANCEL, HOLD, RECORD = "confirm", "expire", "move", "cancel", "hold", "record"
EVENTS = (PROPOSE, BOOK, ANSWER, ATTEND, SUBSTITUTE, CONFIRM, EXPIRE, MOVE, CANCEL, HOLD, RECORD)

BEFORE, AFTER, EITHER = "before", "after", ""  # the hour at which the interview starts

PARTICIPANT, QUORUM, CLOCK = "participant", "quorum", "clock"  # who is no role: the person asked, the answers, time
MANAGING = frozenset({"case_manager", "coordinator"})
WRITING = frozenset({"case_manager", "interviewer", "investigator"})

# event: (who may, when)
CONDITIONS: Mapping[str, tuple[frozenset[str], str]] = {
    PROPOSE: (MANAGING, BEFORE),
    BOOK: (MANAGING, BEFORE),
    ANSWER: (frozenset({PARTICIPANT}), BEFORE),
    ATTEND: (MANAGING, BEFORE),
    SUBSTITUTE: (MANAGING, BEFORE),
    CONFIRM: (MANAGING | {QUORUM}, BEFORE),
    EXPIRE: (frozenset({CLOCK}), EITHER),
    MOVE: (MANAGING, BEFORE),
    CANCEL: (MANAGING, BEFORE),
    HOLD: (WRITING, AFTER),
    RECORD: (WRITING, EITHER),
}
# What is said where the state does not allow an event, and where its hour has come although the state would.
REFUSALS = {
    PROPOSE: "second_joint_interview",
    BOOK: "second_joint_interview",
    ANSWER: "invitation_over",
    CONFIRM: "proposal_not_open",
    EXPIRE: "proposal_not_open",
    MOVE: "interview_not_booked",
    CANCEL: "interview_not_booked",
    HOLD: "interview_not_booked",
    RECORD: "interview_not_held_yet",
}
BEGUN = {CANCEL: "interview_begun", MOVE: "interview_begun_not_moved", ANSWER: "invitation_over"}

TABLE: Mapping[tuple[str, str], str] = {
    (NOTHING, PROPOSE): PROPOSED,
    (NOTHING, BOOK): BOOKED,
    (PROPOSED, ANSWER): PROPOSED,
    (PROPOSED, ATTEND): PROPOSED,
    (PROPOSED, SUBSTITUTE): PROPOSED,
    (PROPOSED, CONFIRM): BOOKED,
    (PROPOSED, EXPIRE): EXPIRED,
    (PROPOSED, CANCEL): CANCELLED,
    (BOOKED, ANSWER): BOOKED,
    (BOOKED, ATTEND): BOOKED,
    (BOOKED, SUBSTITUTE): BOOKED,
    (BOOKED, MOVE): BOOKED,
    (BOOKED, CANCEL): CANCELLED,
    (BOOKED, HOLD): HELD,
    (HELD, RECORD): HELD,
    # A new row: what ended stays as it was.
    (CANCELLED, PROPOSE): PROPOSED,
    (CANCELLED, BOOK): BOOKED,
    (EXPIRED, PROPOSE): PROPOSED,
    (EXPIRED, BOOK): BOOKED,
}


@dataclass(frozen=True)
class Edge:
    """One line of the table, in full."""

    state: str
    event: str
    to: str
    who: tuple[str, ...]
    when: str


def edges() -> Iterator[Edge]:
    """Every legal step, in the order of states and events."""
    for state in STATES:
        for event in EVENTS:
            if (state, event) in TABLE:
                who, when = CONDITIONS[event]
                yield Edge(state, event, TABLE[state, event], tuple(sorted(who)), when)


def who(event: str) -> frozenset[str]:
    """The roles on a case that may let `event` happen; `participant`, `quorum` and `clock` are none."""
    return CONDITIONS[event][0] - {PARTICIPANT, QUORUM, CLOCK}


def objections(state: str, event: str, *, begun: bool) -> list[Objection]:
    """Why `event` cannot happen to an interview in `state` whose hour has come (`begun`) or not; empty when it can."""
    _who, when = CONDITIONS[event]
    if (state, event) not in TABLE:
        return [Objection(REFUSALS.get(event, "interview_not_ahead"))]
    if when == BEFORE and begun:
        return [Objection(BEGUN.get(event, "interview_not_ahead"))]
    if when == AFTER and not begun:
        return [Objection("interview_not_begun")]
    return []


def after(state: str, event: str) -> str:
    """The state that follows. Raises KeyError where the table has no such step."""
    return TABLE[state, event]


def changes(state: str) -> frozenset[str]:
    """The other states into which a row in `state` may turn: what the database's trigger lets pass."""
    return frozenset(to for (old, _event), to in TABLE.items() if old == state and state not in ENDED | {NOTHING}) - {
        state
    }
