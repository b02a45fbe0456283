"""What is next on a case: one step at a time, in the order the protocol wants them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What is there already. Each field is a plain yes or no; `missing_roles` are role values still to be filled."""

    missing_roles: tuple[str, ...] = ()
    legal_basis: bool = False
    consent_needed: bool = False
    child_heard: bool = False
    court_asked: bool = False
    needs_filed: bool = False
    ready: bool = False
    booked: bool = False
    begun: bool = False
    held: bool = False
    outcomes: bool = False


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
        "book": progress.booked or progress.held,
        "hold": progress.held,
        "outcomes": progress.outcomes,
    }
    return [(step, done[step]) for step in STEPS]


def next_step(progress: Progress) -> str:
    """The first step that is not done: its key, `wait` while the hour has not come, or `told` when all is recorded."""
    if progress.held:
        return "told" if progress.outcomes else "outcomes"
    if progress.booked:
        return "hold" if progress.begun else "wait"
    return next((step for step, done in steps(progress) if not done), "told")
