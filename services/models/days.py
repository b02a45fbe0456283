"""What the cards of an interview day are made of: the facts of a booking, and the published general cards."""

from dataclasses import dataclass

from cms.accounts.models import Role
from cms.blocks.pictures import shown_pictures
from cms.models import CardsPage, LaidPage
from services.models.interviews import Presence
from services.models.resources import Resource
from services.rules.days import DayFacts
from services.rules.invitations import UNABLE

PAGE = "hari-wawancara"  # the key under which the general page was laid
WITH_A_CARD_OF_THEIR_OWN = (Role.INTERVIEWER, Role.COMPANION, Role.INTERPRETER)


@dataclass(frozen=True)
class GeneralCard:
    """A card as editors wrote it; `picture` is a rendition where they put one in the drawing's place.

    `recording` is the document that reads the sentence aloud, or None. A card of the booking has none: nobody recorded it.
    """

    text: str
    drawing: str = ""
    picture: object = None
    alternative: str = ""
    recording: object = None


def general_cards(language):
    """The cards of the published page in that language; none where editors have taken it down."""
    laid = LaidPage.objects.filter(key=PAGE).values("page__translation_key")
    page = CardsPage.objects.live().filter(translation_key__in=laid, locale__language_code=language).first()
    if page is None:
        return []
    shown = shown_pictures(page.images())
    return [_card(block.value, shown) for block in page.cards]


def _card(value, shown):
    picture = shown.get(value["image"].pk) if value["image"] else None
    drawing = "" if picture else value["drawing"]
    return GeneralCard(value["text"], drawing, picture, value["alternative"], value["recording"])


def day_facts(interview, things):
    """`DayFacts` of a booking; `things` are its rooms and kits. Whoever said that they cannot come is left out."""
    coming = interview.participants.exclude(response__in=UNABLE).values_list("role", "presence")
    others = [one for one in coming if one[0] not in WITH_A_CARD_OF_THEIR_OWN]
    presences = dict(coming)
    rooms = [thing for thing in things if thing.kind == Resource.Kind.ROOM]
    return DayFacts(
        companion=presences.get(Role.COMPANION, ""),
        interpreter=Role.INTERPRETER in presences,
        in_room=_present(others, Presence.IN_ROOM),
        next_door=_present(others, Presence.OBSERVING),
        by_video=_present(others, Presence.REMOTE),
        breaks=len(interview.breaks.all()),
        sessions=len(interview.sessions),
        features=frozenset(feature for room in rooms for feature in room.features),
    )


def _present(people, presence):
    """The roles of those who attend in this way, each once, in the order of `Role`."""
    held = {role for role, how in people if how == presence}
    return tuple(role for role in Role.values if role in held)
