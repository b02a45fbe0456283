"""A provider joins, and a provider's listing changes. Neither publishes anything: a reviewer does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail.models import GroupPagePermission, Page, Revision

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.actions.submitting import submit_quietly
from directory.models import DirectoryIndexPage, ProviderPage, ServicePage
from directory.models.standing import mark_of
from directory.policies import User, can_edit_listing, can_register_provider, can_say_checked
from directory.rules import listings as rules

Listing = ProviderPage | ServicePage

SHARED = {
    "title", "title_en", "alternate_name", "description", "description_en", "email", "website",
    "province", "street", "city", "postal_code", "phones",
}  # fmt: skip
PROVIDER = SHARED | {"hidden_place"}
SERVICE = SHARED | {
    "kind", "status", "minimum_age", "maximum_age", "gender", "responds_within", "price", "schedules", "special_days",
    "areas", "languages", "easements", *ServicePage.text_fields,
}  # fmt: skip
CHECK = {"checked_on", "checked_by", "checked_how"}
PARTS = {"phones", "schedules", "special_days", "areas", "languages", "easements"}


@action("listing.refused")
def update_listing(
    *,
    page: Listing,
    changes: Mapping[str, Any],
    by: User,
    now: datetime,
    base: str | None = None,
    quietly: bool = False,
) -> Revision:
    """Save a draft with `changes` and submit it to the reviewers; what is published stays as it is meanwhile.

    `changes` maps field names to values; `PARTS` are whole lists of field mappings.
    Raises `Objected`: not this person's listing, a field that is not theirs to set, or whatever the rules object to.
    An earlier submission that still waits is withdrawn in favour of this one. With `base`, the mark of the draft that `by`
    has read (models.standing.mark_of), nothing is sent that was changed since. `quietly` writes no letter to the
    reviewers: whoever sends hundreds of changes at once would send each of them hundreds of letters.
    """
    draft = draft_for(page, changes, by=by)
    if base is not None and base != mark_of(type(page).objects.get(pk=page.pk)):
        raise Objected([Objection("listing_changed_meanwhile")])
    apply(draft, changes)
    objections = [*malformed(draft), *rules.listing_objections(draft.facts(parts=True), today=timezone.localdate(now))]
    if objections:
        raise Objected(dict.fromkeys(objections))
    revision = draft.save_revision(user=by, log_action=True)
    page.refresh_from_db()
    if quietly:
        submit_quietly([page], by=by, now=now)
    else:
        _submit(page, by)
    record("listing.submitted", by=by, now=now, about=page)
    return cast(Revision, revision)


@action("provider.refused")
def register_provider(
    *, title: str, by: User, now: datetime, editors: Iterable[User] = (), facts: Mapping[str, Any] | None = None
) -> ProviderPage:
    """Make a provider's page, a draft, and the group whose people may edit it and everything below it, and no more.

    Raises `Objected` if `by` may not, or if the rules object to `facts` (field names to values).
    """
    if not can_register_provider(by):
        raise Objected([Objection("provider_registration_not_allowed")])
    index = DirectoryIndexPage.objects.get()
    provider = ProviderPage(title=title, live=False, has_unpublished_changes=True, owner=by, locale=index.locale)
    apply(provider, facts or {})
    objections = malformed(provider) + rules.listing_objections(
        provider.facts(parts=True), today=timezone.localdate(now)
    )
    if objections:
        raise Objected(dict.fromkeys(objections))
    index.add_child(instance=provider)
    provider.save_revision(user=by, log_action=True)
    group = make_group(provider)
    group.user_set.add(*editors)
    record("provider.registered", by=by, now=now, about=provider)
    return provider


def draft_for(page: Listing, changes: Mapping[str, Any], *, by: User) -> Listing:
    """The latest draft as an object of its own, for `by` to change. Raises `Objected` where that is not theirs to do."""
    if not can_edit_listing(by, page):
        raise Objected([Objection("listing_of_somebody_else")])
    foreign = set(changes) - _fields(page, by)
    if foreign:
        raise Objected([Objection("field_not_yours", field=name) for name in sorted(foreign)])
    locked(page)
    # A fresh copy: without unpublished changes Wagtail's "latest revision" is the very object it is asked of.
    return latest_draft(page)


def latest_draft(page: Listing) -> Listing:
    """The latest draft as an object of its own, below a provider as it will be: while that is not public, its draft."""
    draft = cast(Listing, type(page).objects.get(pk=page.pk).get_latest_revision_as_object())
    if isinstance(draft, ServicePage) and not draft.provider.live:
        draft.provider = draft.provider.get_latest_revision_as_object()
    return draft


def make_group(provider: ProviderPage) -> Group:
    """The provider's own group: add and change on its subtree, and a way into the admin. No publishing."""
    return make_groups([provider])[0]


def make_groups(providers: Iterable[ProviderPage]) -> list[Group]:
    """As above, for many providers at once."""
    providers = list(providers)
    groups = Group.objects.bulk_create(
        Group(name=f"Penyedia: {provider.title[:100]} ({provider.identifier.hex[:8]})") for provider in providers
    )
    on_pages = Permission.objects.filter(
        codename__in=("add_page", "change_page"), content_type__app_label="wagtailcore"
    )
    GroupPagePermission.objects.bulk_create(
        GroupPagePermission(group=group, page_id=provider.pk, permission=permission)
        for group, provider in zip(groups, providers, strict=True)
        for permission in on_pages
    )
    way_in = Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin")
    held = Group.permissions.through
    held.objects.bulk_create(held(group=group, permission=way_in) for group in groups)
    return groups


def locked(page: Page) -> Page:
    """Hold the page until the transaction ends: who else writes a draft of it, or confirms it, waits and reads again."""
    return Page.objects.select_for_update().get(pk=page.pk)


def apply(listing: Listing, changes: Mapping[str, Any]) -> None:
    """Set fields; a list of mappings replaces a whole list of parts."""
    for name, value in changes.items():
        setattr(listing, name, made(type(listing), name, value) if name in PARTS else value)


def made(model: type[Listing], name: str, parts: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The parts called `name` of a listing of this model, unsaved, in order."""
    part = model._meta.get_field(name).related_model  # noqa: SLF001 -- Django's documented Meta API
    return [part(sort_order=place, **fields) for place, fields in enumerate(parts)]


def _fields(page: Listing, by: User) -> set[str]:
    fields = SERVICE if isinstance(page, ServicePage) else PROVIDER
    return fields | CHECK if can_say_checked(by) else fields


def malformed(draft: Listing) -> list[Objection]:
    """What Django's own fields object to (an e-mail that is none, an unknown province), as objections."""
    found = _faults(draft.clean_fields, exclude=_tree_fields(draft))
    for name in sorted(PARTS):
        for part in getattr(draft, name).all() if hasattr(draft, name) else ():
            # The rules of phones speak of these two themselves.
            found += _faults(part.clean_fields, exclude={"page", "number", "short_code"}, within=name)
    return found


def _tree_fields(draft: Listing) -> set[str]:
    """What Wagtail itself keeps of a page: where it stands and what it is related to."""
    fields = draft._meta.get_fields()  # noqa: SLF001 -- Django's documented Meta API
    return {field.name for field in fields if field.is_relation} | {"path", "depth", "slug", "url_path"}


def _faults(check: Any, *, exclude: set[str], within: str = "") -> list[Objection]:
    try:
        check(exclude=exclude)
    except ValidationError as error:
        return [Objection("field_not_valid", field=within or name) for name in error.message_dict]
    return []


def _submit(page: Listing, by: User) -> None:
    workflow = page.get_workflow()
    if workflow is None:
        return  # a site without reviewers: the draft waits for whoever may publish
    current = page.current_workflow_state
    if current is not None:
        current.cancel(user=by)
        page.refresh_from_db()
    workflow.start(page, by)
