"""The people who keep a provider's pages: invited by a colleague or a reviewer, joined, gone. Nobody ever sees whether an
address that was invited had an account here before.
"""

from datetime import datetime, timedelta

from cms.accounts.models import User as Person
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.actions.listings import make_group
from directory.models import ProviderPage, TeamInvitation
from directory.models.teams import STAYS_OPEN, team, team_groups
from directory.notices import something_waits, way_in
from directory.policies import User, can_keep_team, can_publish_listing
from directory.rules import teams as rules


@action("team.refused")
def invite(*, provider: ProviderPage, email: str, name: str, site: str, by: User, now: datetime) -> TeamInvitation:
    """Ask somebody to keep the provider's pages, by a letter that does not say what for. `site` is `https://host`.

    Whoever has no account gets one, which opens nothing before they choose a password and a second step; and the letter
    leads there. Raises `Objected`: not this person's team, somebody who is in it, too many at once. An earlier
    invitation of the same address is replaced.
    """
    _require(by, provider)
    email = Person.objects.normalize_email(email).lower()
    invitations = TeamInvitation.objects.filter(page=provider)
    invitations.filter(invited_at__lte=now - STAYS_OPEN).delete()
    objections = rules.invitation_objections(
        already_in=team(provider).filter(email=email).exists(),
        recent=invitations.filter(invited_at__gt=now - timedelta(days=1)).count(),
    )
    if objections:
        raise Objected(objections)
    invitations.filter(email__iexact=email, ended_at__isnull=True).update(ended_at=now)
    invitation = TeamInvitation.objects.create(page=provider, email=email, name=name, invited_by=by, invited_at=now)
    person = Person.objects.filter(email=email).first() or Person.objects.create_user(email, None, first_name=name)
    if person.is_active and not person.has_usable_password():
        way_in(person, site)
    elif person.is_active:
        something_waits([person], site)
    record("team.invited", by=by, now=now, about=provider)
    return invitation


@action("team.refused")
def join(*, invitation: TeamInvitation, by: User, now: datetime) -> ProviderPage:
    """Take an invitation up. Raises `Objected` unless it is open and addressed to `by`."""
    _require_open(invitation, by, now)
    provider = invitation.page
    group = team_groups(provider).first() or make_group(provider)
    group.user_set.add(by)
    _end(invitation, now)
    record("team.joined", by=by, now=now, about=provider)
    return provider


@action("team.refused")
def decline(*, invitation: TeamInvitation, by: User, now: datetime) -> None:
    """Say no to an invitation. Raises `Objected` unless it is open and addressed to `by`."""
    _require_open(invitation, by, now)
    _end(invitation, now)
    record("team.declined", by=by, now=now, about=invitation.page)


@action("team.refused")
def take_back(*, invitation: TeamInvitation, by: User, now: datetime) -> None:
    """End an invitation of one's own provider before it is taken up."""
    _require(by, invitation.page)
    _end(invitation, now)
    record("team.invitation_withdrawn", by=by, now=now, about=invitation.page)


@action("team.refused")
def remove(*, provider: ProviderPage, person: User, by: User, now: datetime) -> None:
    """From now on `person` no longer keeps the provider's pages; the account stays. Somebody always stays in the team."""
    _require(by, provider)
    members = set(team(provider).values_list("pk", flat=True))
    objections = rules.leaving_objections(
        belongs=person.pk in members, members=len(members), by_reviewer=can_publish_listing(by, provider)
    )
    if objections:
        raise Objected(objections)
    for group in team_groups(provider):
        group.user_set.remove(person)
    record("team.removed", by=by, now=now, about=provider, person=person.pk)


def _require(by: User, provider: ProviderPage) -> None:
    if not can_keep_team(by, provider):
        raise Objected([Objection("listing_of_somebody_else")])


def _require_open(invitation: TeamInvitation, by: User, now: datetime) -> None:
    if not TeamInvitation.objects.open(now).addressed_to(by).filter(pk=invitation.pk).exists():
        raise Objected([Objection("team_invitation_over")])


def _end(invitation: TeamInvitation, now: datetime) -> None:
    TeamInvitation.objects.filter(pk=invitation.pk).update(ended_at=now)
