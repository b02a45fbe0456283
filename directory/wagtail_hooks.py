"""Wagtail's admin for providers: no door is shown that directory.middleware keeps shut, and every write is recorded."""

from django.urls import Resolver404, resolve, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import page_permission_policy

from cms.audit.recording import record
from directory.middleware import SCREENS
from directory.models import ProviderPage, ServicePage
from directory.policies import can_say_checked, is_walled, works_for_a_provider

LISTINGS = (ProviderPage, ServicePage)


@hooks.register("construct_page_chooser_queryset")
def choose_among_own(pages, request):
    """The chooser lists every draft there is; walled people choose among what they may explore."""
    if not is_walled(request.user):
        return pages
    return pages.filter(pk__in=page_permission_policy.explorable_instances(request.user).values("pk"))


@hooks.register("construct_reports_menu")
def hide_reports(request, menu_items):
    menu_items[:] = [
        item for item in menu_items if item.name != "page-types-usage" and not works_for_a_provider(request.user)
    ]


@hooks.register("construct_main_menu")
def hide_other_rooms(request, menu_items):
    if works_for_a_provider(request.user):
        menu_items[:] = [item for item in menu_items if item.name == "explorer"]


class ForReviewers(MenuItem):
    """Shown to whoever may publish in the directory; a provider's people find their own in the portal."""

    def is_shown(self, request):
        return can_say_checked(request.user)


@hooks.register("register_admin_menu_item")
def show_reports_by_readers():
    return ForReviewers(_("Reports by readers"), reverse_lazy("directory:fault_list"), icon_name="warning", order=250)


@hooks.register("construct_page_listing_buttons")
def hide_shut_doors(buttons, user, **_where):
    if works_for_a_provider(user):
        buttons[:] = [button for button in buttons if leads_somewhere(button)]


def leads_somewhere(button):
    url = getattr(button, "url", None)
    if not url or not url.startswith("/"):
        return True
    try:
        view_name = resolve(url.split("?")[0]).view_name
    except Resolver404:
        return False
    return view_name in SCREENS or not view_name.startswith("wagtail")


@hooks.register("after_create_page")
def record_creation(request, page):
    record_write(request, page, "listing.created")


@hooks.register("after_edit_page")
def record_edit(request, page):
    record_write(request, page, "listing.submitted" if "action-submit" in request.POST else "listing.edited")


@hooks.register("after_publish_page")
def record_publication(request, page):
    record_write(request, page, "listing.published")


@hooks.register("after_unpublish_page")
def record_withdrawal(request, page):
    record_write(request, page, "listing.unpublished")


@hooks.register("after_delete_page")
def record_deletion(request, page):
    record_write(request, page, "listing.deleted")


def record_write(request, page, verb):
    if isinstance(page.specific, LISTINGS):
        record(verb, by=request.user, now=timezone.now(), about=page.specific)
