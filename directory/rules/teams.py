"""Who may join and leave a provider's team."""

from cms.objections import Objection

MOST_INVITED = 10  # invitations of one provider within 24 hours, so that nobody is flooded with letters in its name


def invitation_objections(*, already_in: bool, recent: int) -> list[Objection]:
    """`already_in`: that address belongs to the team; `recent`: how many were invited within 24 hours."""
    if already_in:
        return [Objection("team_member_already", field="email")]
    if recent >= MOST_INVITED:
        return [Objection("team_invited_too_many", values={"limit": MOST_INVITED}, field="email")]
    return []


def leaving_objections(*, belongs: bool, members: int, by_reviewer: bool) -> list[Objection]:
    """Somebody always stays to keep the pages; only a reviewer takes the last one out."""
    if not belongs:
        return [Objection("team_not_a_member")]
    if members <= 1 and not by_reviewer:
        return [Objection("team_last_member")]
    return []
