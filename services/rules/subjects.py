"""Who may be handed what is held about a child."""

from datetime import datetime

from cms.objections import Objection

HANDED_OVER = "handed_over"
ADULTS_FOR_THE_CHILD = frozenset({"guardian"})


def request_objections(*, asker: str, asker_is_suspect: bool, received_at: datetime, now: datetime) -> list[Objection]:
    """Why a request cannot be taken up: a suspected parent does not ask for the child; nothing comes from the future."""
    found = []
    if asker_is_suspect and asker in ADULTS_FOR_THE_CHILD:
        found.append(Objection("subject_asker_is_suspect", "PDP-25", field="asker_is_suspect"))
    if received_at > now:
        found.append(Objection("moment_still_to_come", field="received_on"))
    return found


def ending_objections(*, ended: bool, ending: str, exported: bool) -> list[Objection]:
    """Why a request cannot end so: it ended already; or nobody has made the copy that is said to be handed over."""
    found = []
    if ended:
        found.append(Objection("subject_request_ended"))
    if ending == HANDED_OVER and not exported:
        found.append(Objection("subject_copy_not_made", field="ending"))
    return found
