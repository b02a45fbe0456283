"""Somebody says that a public listing is still correct. Only its check changes; nothing is published."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from wagtail.models import Page, Revision, TaskState

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.actions.listings import Listing, locked
from directory.models import Checker, How
from directory.policies import User, can_edit_listing, can_say_checked
from directory.rules import freshness as rules


@action("listing.refused")
def confirm_listing(*, page: Listing, by: User, now: datetime, how: str = "") -> None:
    """Say that what the public reads on `page` is right today, as a reviewer or else as the provider itself.

    A reviewer says `how` they made sure (call, visit or letter); a provider's word is always one by its own form.
    The public page and every draft that may yet take its place get the check, and no other change: what waits for a
    review goes on waiting. Raises `Objected`: not this person's listing, not public, or whatever the rules object to.
    """
    if not can_edit_listing(by, page):
        raise Objected([Objection("listing_of_somebody_else")])
    locked(page)
    listed = type(page).objects.listed().filter(pk=page.pk).first()
    if listed is None:
        raise Objected([Objection("listing_not_public")])
    today = timezone.localdate(now)
    role = Checker.REVIEWER if can_say_checked(by) else Checker.PROVIDER
    objections = rules.confirmation_objections(
        role, how, checked_on=listed.checked_on, checked_by=listed.checked_by, today=today
    )
    if objections:
        raise Objected(objections)
    way = How.FORM if role == Checker.PROVIDER else how
    check = {"checked_on": today.isoformat(), "checked_by": str(role), "checked_how": str(way)}
    type(page).objects.filter(pk=page.pk).update(**check)
    _carry_into_drafts(listed, check)
    record("listing.confirmed", by=by, now=now, about=page, role=str(role))


def _carry_into_drafts(page: Page, check: Mapping[str, str]) -> None:
    """Write the check into the revisions that an editor may go on from or a reviewer may publish, in place.

    A new revision would leave the one in review behind, and its approval would undo the check. Older revisions stay
    as they were: they are history.
    """
    reviewed = TaskState.objects.filter(
        workflow_state__in=page.workflow_states.filter(status__in=("in_progress", "needs_changes"))
    ).values_list("revision_id", flat=True)
    ahead = {page.latest_revision_id, page.live_revision_id, *reviewed}
    for revision in Revision.objects.select_for_update().filter(pk__in=ahead - {None}):
        revision.content = {**revision.content, **check}
        Revision.objects.filter(pk=revision.pk).update(content=revision.content)
