"""The interview day in cards for the child: which cards a booking fills in, and where they go among the general ones.

Nothing of the case goes in: no code, name, topic, hour, date, place or suspect. What does is said in `DayFacts`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from cms.limits import IN_ROOM, OBSERVING, REMOTE

FEATURES = {"step_free": ("path", "house"), "quiet": ("window", "room"), "hearing_loop": ("talk", "room")}
COMPANIONS = {IN_ROOM: "companion_in_room", OBSERVING: "companion_next_door", REMOTE: "companion_by_video"}


@dataclass(frozen=True)
class DayFacts:
    """What a child is told of a booked interview.

    `companion` is how the companion is present, empty where none is known; the tuples hold roles, each once, of those who
    are neither interviewer, companion nor interpreter; `breaks` are those planned of one session; `features` the room's.
    """

    companion: str = ""
    interpreter: bool = False
    in_room: tuple[str, ...] = ()
    next_door: tuple[str, ...] = ()
    by_video: tuple[str, ...] = ()
    breaks: int = 0
    sessions: int = 1
    features: frozenset[str] = frozenset()


class Drawn(Protocol):
    """A card of the general page: it has a drawing, or an empty one where editors put a picture of their own."""

    @property
    def drawing(self) -> str: ...


@dataclass(frozen=True)
class DayCard:
    """A card that a booking fills in. `beside` is the drawing of the general card it stands with.

    With `instead` it takes that card's place, for the general one would say something else; with `if_missing` it is only
    there where no general card has that drawing.
    """

    key: str
    drawing: str
    beside: str
    instead: bool = False
    if_missing: bool = False
    number: int = 0
    roles: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


def told(facts: DayFacts) -> tuple[DayCard, ...]:
    """The cards of a booking, in the order of the day. What a child may do is always among them."""
    return (
        *_coming(facts),
        *_in_the_room(facts),
        DayCard("may_not_know", "chair", "chair", if_missing=True),
        DayCard("may_stop", "hand", "hand", if_missing=True),
        _breaks(facts),
        _watching(facts),
    )


def _coming(facts: DayFacts) -> Iterator[DayCard]:
    if facts.sessions > 1:
        yield DayCard("several_days", "house", "house", number=facts.sessions)
    yield from _features(facts, "house")
    if key := COMPANIONS.get(facts.companion):
        yield DayCard(key, "companion", "companion", instead=True)


def _in_the_room(facts: DayFacts) -> Iterator[DayCard]:
    yield from _features(facts, "room")
    if facts.in_room:
        yield DayCard("also_in_room", "people", "room", roles=facts.in_room)
    if facts.interpreter:
        yield DayCard("translated", "people", "talk")


def _features(facts: DayFacts, beside: str) -> Iterator[DayCard]:
    for feature, (drawing, place) in FEATURES.items():
        if feature in facts.features and place == beside:
            yield DayCard(feature, drawing, place)


def _breaks(facts: DayFacts) -> DayCard:
    """How many, never when. Where none is planned, the child still may ask for one."""
    if not facts.breaks:
        return DayCard("break_when_asked", "pause", "pause", instead=True)
    key = "breaks_each_day" if facts.sessions > 1 else "breaks"
    return DayCard(key, "pause", "pause", instead=True, number=facts.breaks)


def _watching(facts: DayFacts) -> DayCard:
    """Who listens without being in the room, and from where."""
    places = (bool(facts.next_door), bool(facts.by_video))
    key = {
        (True, True): "watched_from_both",
        (True, False): "watched_next_door",
        (False, True): "watched_by_video",
        (False, False): "watched_by_nobody",
    }[places]
    return DayCard(key, "watchers", "watchers", instead=True, roles=facts.next_door, more=facts.by_video)


def arranged(general: Sequence[Drawn], filled: Sequence[DayCard]) -> list[Drawn]:
    """The general cards in their order, with those of the booking in or beside their places.

    A card whose place is not there stands before the last general one, which ends the day.
    """
    cards: list[Drawn] = list(general)
    for card in filled:
        at = _last(cards, card.beside)
        if card.if_missing and at is not None:
            continue
        if at is None:
            cards.insert(_before_the_end(cards), card)
        elif card.instead and not isinstance(cards[at], DayCard):
            cards[at] = card
        else:
            cards.insert(at + 1, card)
    return cards


def _last(cards: Sequence[Drawn], drawing: str) -> int | None:
    """The last card that stands with that drawing: a general one, or one of the booking beside it."""
    places = [card.beside if isinstance(card, DayCard) else card.drawing for card in cards]
    return max((at for at, place in enumerate(places) if place == drawing), default=None)


def _before_the_end(cards: Sequence[Drawn]) -> int:
    return len(cards) - 1 if len(cards) > 1 and not isinstance(cards[-1], DayCard) else len(cards)
