"""Keep the hours in which a house knows children to be busy. Whoever searches is warned, or offered no times then."""

from datetime import datetime

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.refusals import Objected
from services.models import Rhythm
from services.rules.rhythm import hours_objections


@action("rhythm.refused")
def save_rhythm(*, rhythm: Rhythm, by: User, now: datetime) -> Rhythm:
    """Add hours to those a house keeps. Refuses hours, days or ages that are reversed, and hours on no day."""
    if objections := hours_objections(rhythm.hours()):
        raise Objected(objections)
    rhythm.by, rhythm.at = by, now
    rhythm.save()
    record("rhythm.saved", by=by, now=now, about=rhythm, kind=rhythm.kind)
    return rhythm


@action("rhythm.refused")
def remove_rhythm(*, rhythm: Rhythm, by: User, now: datetime) -> None:
    """Take hours back; from the next search on they count no more. What is booked stays booked."""
    record("rhythm.removed", by=by, now=now, about=rhythm, kind=rhythm.kind)
    rhythm.delete()
