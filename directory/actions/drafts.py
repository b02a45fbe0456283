"""What a provider's people do with drafts: keep one, begin a service, take a submission back, throw a draft away.

None of it publishes anything, and none of it sends anything to the reviewers (that is `update_listing`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Revision, TaskState, WorkflowState

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.actions.listings import PARTS, Listing, apply, draft_for, latest_draft, locked, malformed
from directory.models import ProviderPage, ServicePage
from directory.models.standing import mark_of
from directory.policies import User, can_add_service, can_discard_listing, can_edit_listing
from directory.rules import listings as rules

ONE_SITTING = timedelta(hours=1)


@action("listing.draft_refused")
def save_draft(*, page: Listing, changes: Mapping[str, Any], base: str, by: User, now: datetime) -> Revision | None:
    """Keep `changes` (as in `update_listing`) in a draft and send nothing; what does not change anything keeps nothing.

    Returns the latest revision. `base` is the mark (models.standing.mark_of) of the draft that was on the writer's
    screen. Raises `Objected`: not theirs, somebody saved since, it waits for review, or it may not even be kept (a draft
    has a history, and history never forgets a shelter's address). What the same person wrote within the hour and nobody
    else has seen is written over, so that a sitting leaves one revision and not a hundred.
    """
    locked(page)  # two who save at once go one after the other
    page = type(page).objects.select_related("latest_revision").get(pk=page.pk)
    draft = draft_for(page, changes, by=by)
    changes = {name: value for name, value in changes.items() if not _same(draft, name, value)}
    if not changes:
        return page.latest_revision
    if page.workflow_in_progress:
        raise Objected([Objection("listing_waits")])
    if base != mark_of(page):
        raise Objected([Objection("listing_saved_meanwhile")])
    apply(draft, changes)
    objections = [
        *malformed(draft),
        *rules.fact_objections(draft.facts(parts=True), today=timezone.localdate(now)),
    ]
    if objections:
        raise Objected(dict.fromkeys(objections))
    earlier = page.latest_revision if _is_of_this_sitting(page, by, now) else None
    revision = draft.save_revision(user=by, log_action=True, overwrite_revision=earlier)
    record("listing.drafted", by=by, now=now, about=page)
    return revision


def outstanding(*, page: Listing, now: datetime) -> list[Objection]:
    """What would still keep the latest draft from being sent; nothing is saved and nothing recorded."""
    draft = latest_draft(page)
    found = [*malformed(draft), *rules.listing_objections(draft.facts(parts=True), today=timezone.localdate(now))]
    return list(dict.fromkeys(found))


@action("listing.refused")
def add_service(*, provider: ProviderPage, title: str, kind: str, by: User, now: datetime) -> ServicePage:
    """A new service of `provider` as a draft with a name and a kind. Raises `Objected` if `by` may not, or by the rules."""
    if not can_add_service(by, provider):
        raise Objected([Objection("listing_of_somebody_else")])
    service = ServicePage(
        title=title, kind=kind, live=False, has_unpublished_changes=True, owner=by, locale=provider.locale
    )
    service.slug = f"{slugify(title)[:40]}-{service.identifier.hex[:8]}".strip("-")
    service.provider = provider
    objections = [
        *malformed(service),
        *rules.fact_objections(service.facts(), today=timezone.localdate(now)),
        *([] if kind else [Objection("kind_missing", field="kind")]),
    ]
    if objections:
        raise Objected(dict.fromkeys(objections))
    ProviderPage.objects.get(pk=provider.pk).add_child(instance=service)
    service.save_revision(user=by, log_action=True)
    record("listing.created", by=by, now=now, about=service)
    return service


@action("listing.refused")
def withdraw_submission(*, page: Listing, by: User, now: datetime) -> None:
    """Take back what waits for review. The draft is kept, and what is public stays as it is."""
    if not can_edit_listing(by, page):
        raise Objected([Objection("listing_of_somebody_else")])
    state = page.current_workflow_state
    if state is None or state.status != WorkflowState.STATUS_IN_PROGRESS:
        raise Objected([Objection("listing_does_not_wait")])
    state.cancel(user=by)
    record("listing.withdrawn", by=by, now=now, about=page)


@action("listing.refused")
def discard_listing(*, page: Listing, by: User, now: datetime) -> None:
    """Throw a service away that was never public, with its drafts. What readers have seen stays, in its history."""
    if not can_discard_listing(by, page):
        raise Objected([Objection("listing_was_public")])
    record("listing.deleted", by=by, now=now, about=page)
    page.delete(user=by)


def _same(draft: Listing, name: str, value: Any) -> bool:
    """Does the draft say this already? Parts are equal when every field that is told of them is, in the same order."""
    if name not in PARTS:
        said = getattr(draft, name)
        return bool((said.replace("\r\n", "\n") if isinstance(said, str) else said) == value)
    parts = list(getattr(draft, name).all())
    return len(parts) == len(value) and all(
        getattr(part, field) == told
        for part, fields in zip(parts, value, strict=True)
        for field, told in fields.items()
    )


def _is_of_this_sitting(page: Listing, by: User, now: datetime) -> bool:
    """May the latest revision be written over: one's own, recent, never public and never before a reviewer's eyes?"""
    revision = page.latest_revision
    return (
        revision is not None
        and revision.user_id == by.pk
        and revision.created_at > now - ONE_SITTING
        and revision.pk != page.live_revision_id
        and not TaskState.objects.filter(revision=revision).exists()
    )
