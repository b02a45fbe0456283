"""Write down who a child is, and show it for a reason. The record names facts, never what they say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cms.accounts.models import User
from cms.audit.recording import action, record
from cms.encryption.models import keys_at_hand
from cms.encryption.sealing import Destroyed
from cms.objections import Objection
from cms.refusals import Objected
from services.models import Case, CaseReference, ChildIdentity, Fact, Interview, Venue, VenueDirections
from services.models.identities import Channel
from services.rules.identities import Reference, identity_objections

CONTACT_COLUMNS = ("contact_who", "contact_channel", "contact_number", "contact_when")
COLUMNS = {fact: (fact.value,) for fact in Fact} | {Fact.CONTACT: CONTACT_COLUMNS}
ERASED = Objection("identity_erased")


@dataclass(frozen=True)
class Shown:
    """One fact, opened: its lines in reading order. `erased` says that its key is no more."""

    fact: Fact
    lines: tuple[str, ...] = ()
    confirmed_on: date | None = None
    erased: bool = False


@action("identity.refused")
def record_identity(
    *, case: Case, facts: Mapping[str, str], taken_away: Iterable[Fact], today: date, by: User, now: datetime
) -> ChildIdentity:
    """Write down `facts` (column: text) and take away others; what is in neither stays. `today` is at the child's place.

    Refuses what the rules object to, and anything for a case whose key was destroyed.
    """
    Case.objects.select_for_update().get(pk=case.pk)  # two at once would each write over what the other did not type
    identity = ChildIdentity.objects.filter(case=case).first() or ChildIdentity(case=case, revision=0)
    found = identity_objections(facts, today, contact_recorded=bool(identity.contact_number))
    if found:
        raise Objected(found)
    taken = sorted(taken_away)
    for name in (name for fact in taken for name in COLUMNS[fact]):
        setattr(identity, name, "")
    if Fact.CONTACT in taken or "contact_number" in facts:
        # What was confirmed, or said of the hours, was said of the other contact.
        identity.contact_when, identity.contact_confirmed_on = "", None
    for name, text in facts.items():
        setattr(identity, name, date.fromisoformat(text) if name == "contact_confirmed_on" else text)
    identity.revision += 1
    try:
        with transaction.atomic():
            identity.save()
    except Destroyed:
        raise Objected([ERASED]) from None
    written = sorted({fact for fact in Fact if any(name in facts for name in COLUMNS[fact])} - set(taken))
    if "contact_confirmed_on" in facts and Fact.CONTACT not in written:
        written.append(Fact.CONTACT)
    record("identity.recorded", by=by, now=now, about=identity, case_id=case.pk, facts=written, taken_away=taken)
    return identity


@action("identity.refused")
def reveal(*, case: Case, facts: Iterable[Fact], reason: str, by: User, now: datetime) -> list[Shown]:
    """Open `facts` for `reason`, and record both. Returns what is there, in the order of `Fact`.

    Raises cms.encryption.sealing.Unreadable when something was moved or changed: nothing is shown then.
    """
    wanted = sorted(set(facts), key=list(Fact).index)
    identity = ChildIdentity.objects.filter(case=case).first()
    references = list(CaseReference.objects.standing().filter(case=case)) if Fact.REFERENCES in wanted else []
    with keys_at_hand():
        shown = [one for fact in wanted if (one := _opened(fact, identity, references)) is not None]
    record("identity.revealed", by=by, now=now, case_id=case.pk, facts=wanted, reason=reason)
    return shown


def _opened(fact: Fact, identity: ChildIdentity | None, references: list[CaseReference]) -> Shown | None:
    try:
        if fact == Fact.REFERENCES:
            lines = tuple(f"{one.get_kind_display()}: {one.number.open()}" for one in references)
        elif identity is None:
            return None
        else:
            lines = tuple(text for name in COLUMNS[fact] if (text := getattr(identity, name).open()))
    except Destroyed:
        return Shown(fact, erased=True)
    if fact == Fact.CONTACT and lines:
        who, channel, *rest = lines
        lines = (who, str(dict(Channel.choices).get(channel, channel)), *rest)
        return Shown(fact, lines, identity.contact_confirmed_on if identity else None)
    return Shown(fact, lines) if lines else None


@action("reference.refused")
def add_reference(*, case: Case, reference: Reference, by: User, now: datetime) -> CaseReference:
    """Add a number under which somebody else keeps the case. Refuses it for a case whose key was destroyed."""
    try:
        with transaction.atomic():
            added = CaseReference.objects.create(
                case=case, kind=reference.kind, number=reference.number, asking_id=reference.asking, by=by, at=now
            )
    except Destroyed:
        raise Objected([ERASED]) from None
    record("reference.recorded", by=by, now=now, about=added, case_id=case.pk, kind_of=added.kind)
    return added


@action("reference.refused")
def withdraw_reference(*, case: Case, reference: CaseReference, by: User, now: datetime) -> CaseReference:
    """It was wrong, or is used no more. It stays, withdrawn."""
    if reference.withdrawn_at is not None:
        raise Objected([Objection("reference_withdrawn_already")])
    reference.withdrawn_at = now
    reference.save(update_fields=["withdrawn_at"])
    record("reference.withdrawn", by=by, now=now, about=reference, case_id=case.pk, kind_of=reference.kind)
    return reference


@action("directions.refused")
def write_directions(*, venue: Venue, text: str, by: User, now: datetime) -> VenueDirections:
    """Write down, or anew, how to get to a venue."""
    row = VenueDirections.objects.filter(venue=venue).first() or VenueDirections(venue=venue)
    row.text, row.by, row.at = text, by, now
    row.save()
    record("directions.recorded", by=by, now=now, about=venue)
    return row


@action("directions.refused")
def show_directions(*, venue: Venue, interview: Interview | None, by: User, now: datetime) -> str:
    """Open how to get there, and record it; empty when nothing is written. `interview` is why, or None for a keeper."""
    row = VenueDirections.objects.filter(venue=venue).first()
    record(
        "directions.revealed", by=by, now=now, about=venue, case_id=interview.case_id if interview is not None else None
    )
    return row.text.open() if row is not None else ""
