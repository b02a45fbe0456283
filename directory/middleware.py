"""In the admin a provider's people reach their own subtree, and a short list of screens; anything else is a 404.

Wagtail's page permissions refuse others' pages nearly everywhere, but several screens name a page before they refuse it
(the chooser's parent, the copy form's error, bulk actions, usage) and others list what everybody does. So for whoever
is walled (policies.is_walled) every page id in an address must be one they may explore; and for whoever only works for a
provider, a screen that is not on `SCREENS` does not exist. Each such refusal is recorded.
"""

from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from django.utils import timezone
from wagtail.models import Page

from cms.audit.recording import record
from cms.middleware import ADMIN
from directory.policies import can_reach_page, is_walled, works_for_a_provider

# What a provider's people need: their tree, the editor, its previews, drafts and history, their own account.
PAGES = "wagtailadmin_pages:"
SCREENS = {
    "wagtailadmin_home",
    "wagtailadmin_explore_root",
    "wagtailadmin_explore",
    "wagtailadmin_explore_results",
    "wagtailadmin_account",
    "wagtailadmin_logout",
    "wagtailadmin_sprite",
    "wagtailadmin_javascript_catalog",
    "wagtailadmin_dismissibles",
    "wagtailadmin_editing_sessions:ping",
    "wagtailadmin_editing_sessions:release",
    "wagtailadmin_api:pages:listing",
    "wagtailadmin_api:pages:detail",
    *(
        PAGES + name
        for name in (
            "add", "preview_on_add", "add_subpage", "edit", "preview_on_edit", "view_draft", "delete",
            "search", "search_results", "confirm_workflow_cancellation", "revisions_index", "revisions_view",
            "revisions_revert", "revisions_compare", "workflow_history", "workflow_history_detail", "history",
            "history_results",
        )
    ),
}  # fmt: skip
# Shut for everybody: it names the last edited page of each type, whoever asks.
SHUT = {"wagtailadmin_reports:page_types_usage", "wagtailadmin_reports:page_types_usage_results"}
PAGE_ARGUMENTS = ("page_id", "parent_page_id", "page_to_move_id", "destination_id", "page_pk")
PAGE_IS_PK = {"wagtailadmin_api:pages:detail", "wagtailadmin_api:pages:action"}


class own_subtree_only:  # noqa: N801 -- reads as a setting beside Django's function middlewares
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        if not request.path_info.startswith(ADMIN):
            return
        match = request.resolver_match
        if match.view_name in SHUT:
            raise Http404
        user = request.user
        if user.is_authenticated and is_walled(user) and not self.within(user, match):
            record("listing.refused", by=user, now=timezone.now(), route=match.view_name)
            raise Http404

    @staticmethod
    def within(user, match):
        if works_for_a_provider(user) and match.view_name not in SCREENS:
            return False
        return all(can_reach_page(user, page_id) for page_id in page_ids(match))


def page_ids(match):
    """Every page id that an address of the admin carries."""
    found = [match.kwargs[name] for name in PAGE_ARGUMENTS if name in match.kwargs]
    if match.view_name in PAGE_IS_PK:
        found.append(match.kwargs["pk"])
    if match.view_name == PAGES + "revisions_compare":
        found.append(match.args[0])
    if match.view_name == "wagtailadmin_editing_sessions:ping" and names_a_page(match.kwargs):
        found.append(match.kwargs["object_id"])
    return found


def names_a_page(kwargs):
    try:
        model = ContentType.objects.get_by_natural_key(kwargs["app_label"], kwargs["model_name"]).model_class()
    except ContentType.DoesNotExist:
        return False
    return model is not None and issubclass(model, Page)
