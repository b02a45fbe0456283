"""What a person may do with listings. Wagtail's page permissions decide; here they have the house's names.

Whoever works for a provider is *walled*: in the admin only its own subtree exists for them (directory.middleware).
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from wagtail.models import GroupPagePermission, Page
from wagtail.permissions import page_permission_policy

from directory.models import DirectoryIndexPage, ProviderPage, ServicePage, TeamInvitation
from directory.models.listings import CHECK_PERMISSION

VERIFY_PERMISSION = "directory.verify_assessment"

User = Any  # accounts.User or AnonymousUser; Django's own type says no more


def can_edit_listing(user: User, page: Page) -> bool:
    """Write a new draft of this listing and submit it."""
    return bool(user is not None and user.is_active and page.permissions_for_user(user).can_edit())


def can_publish_listing(user: User, page: Page) -> bool:
    return bool(user is not None and user.is_active and page.permissions_for_user(user).can_publish())


def can_add_service(user: User, provider: Page) -> bool:
    """Begin a new service below this provider."""
    return can_edit_listing(user, provider) and bool(provider.permissions_for_user(user).can_add_subpage())


def can_discard_listing(user: User, page: Page) -> bool:
    """Throw away what was never public: a service, not the provider itself."""
    never_public = page.first_published_at is None and not page.live
    return can_edit_listing(user, page) and never_public and isinstance(page, ServicePage)


def can_keep_team(user: User, provider: Page) -> bool:
    """See who keeps this provider's pages, invite somebody, take somebody out: its own people, and reviewers."""
    return can_edit_listing(user, provider)


def has_provider_pages(user: User, now: datetime) -> bool:
    """Is there anything for this person on the providers' own pages: a provider to keep, or an invitation to one?"""
    return works_for_a_provider(user) or TeamInvitation.objects.open(now).addressed_to(user).exists()


def can_say_checked(user: User) -> bool:
    """Say that somebody checked a listing: never the provider's own editors."""
    return bool(user is not None and user.has_perm(CHECK_PERMISSION))


def can_register_provider(user: User) -> bool:
    """Whoever may publish in the whole directory."""
    try:
        index = DirectoryIndexPage.objects.get()
    except ObjectDoesNotExist:
        return False
    return can_publish_listing(user, index) and bool(index.permissions_for_user(user).can_add_subpage())


def can_upload_listings(user: User) -> bool:
    """Send a spreadsheet: whoever registers providers, and whoever keeps the pages of one."""
    if user is None or not user.is_active:
        return False
    return can_register_provider(user) or ProviderPage.objects.editable_by(user).exists()


def is_walled(user: User) -> bool:
    """Does this person's right to pages end below the directory? Then others' listings must not even be seen."""
    if user.is_superuser:
        return False
    index_path = DirectoryIndexPage.objects.values_list("path", flat=True).first()
    if index_path is None:
        return False
    held = {permission.page.path for permission in page_permission_policy.get_cached_permissions_for_user(user)}
    return not any(index_path.startswith(path) for path in held)


def works_for_a_provider(user: User) -> bool:
    """Do all of this person's page permissions lie inside the directory, below its index?"""
    index_path = DirectoryIndexPage.objects.values_list("path", flat=True).first()
    held = {permission.page.path for permission in page_permission_policy.get_cached_permissions_for_user(user)}
    return bool(index_path and held) and all(path.startswith(index_path) and path != index_path for path in held)


def can_reach_page(user: User, page_id: object) -> bool:
    """May this page be named at all in an address of the admin by a walled person?"""
    return bool(page_permission_policy.explorable_instances(user).filter(pk=page_id).exists())


def is_of_team(user: User, provider: Page) -> bool:
    """Is this person of the provider's own team: of a group whose rights are on this very page?"""
    if user is None or not user.is_active:
        return False
    groups = user.groups.values("pk")
    return bool(GroupPagePermission.objects.filter(page=provider.pk, group__in=groups).exists())


def can_assess(user: User, provider: Page) -> bool:
    """Say of a provider what it meets: only its own team does, no reviewer and no boss."""
    return is_of_team(user, provider)


def can_verify_anything(user: User) -> bool:
    return bool(user is not None and user.is_active and user.has_perm(VERIFY_PERMISSION))


def can_verify(user: User, provider: Page) -> bool:
    """Verify what a provider says of itself: never somebody of its own team."""
    return can_verify_anything(user) and not is_of_team(user, provider)
