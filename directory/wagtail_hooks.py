"""Wagtail's admin for providers: no door is shown that directory.middleware keeps shut, and every write is recorded."""

from django.core.exceptions import PermissionDenied
from django.urls import Resolver404, resolve, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import page_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.audit.recording import record
from directory.middleware import SCREENS
from directory.models import ProviderPage, ServicePage, Standard, Synonyms
from directory.policies import (
    can_register_provider,
    can_say_checked,
    can_verify_anything,
    is_walled,
    works_for_a_provider,
)

LISTINGS = (ProviderPage, ServicePage)


class SynonymsViewSet(SnippetViewSet):
    model = Synonyms
    icon = "openquote"
    list_display = ["terms"]
    search_fields = ["terms"]
    add_to_admin_menu = True
    menu_label = _("Words that mean the same")


register_snippet(SynonymsViewSet)


class StandardViewSet(SnippetViewSet):
    """For editors; what providers and verifiers say stands on pages of our own (directory.models.standards)."""

    model = Standard
    icon = "tick-inverse"
    list_display = ["__str__", "kind", "starts_on", "ends_on"]
    search_fields = ["title", "title_en"]


register_snippet(StandardViewSet)


@hooks.register("before_delete_snippet")
def keep_standards(_request, instances):
    """A standard ends by its date: deleted, it would take along what providers were found to meet, and open every house."""
    if any(isinstance(one, Standard) for one in instances):
        raise PermissionDenied


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def record_standard(request, snippet):
    if isinstance(snippet, Standard):
        record("standard.saved", by=request.user, now=timezone.now(), about=snippet)


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


@hooks.register("register_admin_menu_item")
def lead_verifiers_on():
    return ToVerify(_("To verify"), reverse_lazy("directory:assessment_list"), icon_name="tick-inverse", order=900)


class ToVerify(MenuItem):
    def is_shown(self, request):
        return can_verify_anything(request.user)


class UploadItem(MenuItem):
    """The way to spreadsheets for whoever registers providers; a provider's people find it on their own pages."""

    def is_shown(self, request):
        return can_register_provider(request.user)


@hooks.register("register_admin_menu_item")
def offer_spreadsheets():
    return UploadItem(_("Upload a spreadsheet"), reverse_lazy("directory:sheet_upload"), icon_name="upload", order=150)


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
