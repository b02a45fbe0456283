"""What is next on a case: one step at a time, in the order the protocol wants them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What is there already. Each field is a plain yes or no; `missing_roles` are role values still to be filled,
    `unable` those of people who cannot come to an interview that is ahead, `agreed` says that a proposal's quorum is there.

    From `proposed` on they are of the interview that is dealt with now, whichever kind it is. `wished` says that somebody
    wishes to ask the child again and no interview was booked for it yet, `approved` that it may be.
    """

    missing_roles: tuple[str, ...] = ()
    legal_basis: bool = False
    consent_needed: bool = False
    child_heard: bool = False
    court_asked: bool = False
    needs_filed: bool = False
    ready: bool = False
    proposed: bool = False
    agreed: bool = False
    unable: tuple[str, ...] = ()
    booked: bool = False
    begun: bool = False
    held: bool = False
    outcomes: bool = False
    wished: bool = False
    approved: bool = False


STEPS = ("team", "basis", "consent", "view", "court", "needs", "readiness", "book", "hold", "outcomes")


def steps(progress: Progress) -> list[tuple[str, bool]]:
    """Every step that applies, with whether it is done, in order."""
    done = {
        "team": not progress.missing_roles,
        "basis": progress.legal_basis,
        "consent": not progress.consent_needed,
        "view": progress.child_heard,
        "court": progress.court_asked,
        "needs": progress.needs_filed,
        "readiness": progress.ready,
        "book": progress.proposed or progress.booked or progress.held,
        "hold": progress.held,
        "outcomes": progress.outcomes,
    }
    return [(step, done[step]) for step in STEPS]


def next_step(progress: Progress) -> str:
    """The first step that is not done: its key, or what is to be done about an interview.

    `substitute` where somebody cannot come, `answers` while a proposal waits for them, `confirm` when it need not any
    more, `wait` while the hour has not come, `told` when all is recorded. Once nothing is booked or left to record, a wish
    to ask again comes before everything else: `approve` it, or `book_again`. A court may wish it before the first interview.
    """
    if progress.unable:
        return "substitute"
    if progress.proposed:
        return "confirm" if progress.agreed else "answers"
    if progress.held and not progress.outcomes:
        return "outcomes"
    if progress.booked:
        return "hold" if progress.begun else "wait"
    if progress.wished:
        return "book_again" if progress.approved else "approve"
    undone = next((step for step, done in steps(progress) if not done), "told")
    return "told" if progress.held else undone
