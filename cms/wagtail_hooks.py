"""What editors find in Wagtail beside the pages: topics, and the words and sources of the rules.

A snippet is seen by whoever has the model's permission; none is given to providers, only to editors.
"""

from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from cms import page_cache
from cms.models import Source, Topic, Wording
from cms.recordings import KINDS
from cms.reports import content_report, link_report, written_by


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "list-ul"
    list_display = ["name_id", "name_en", "code", "order", "retired"]
    search_fields = ["code", "name_id", "name_en"]


class WordingViewSet(SnippetViewSet):
    model = Wording
    icon = "openquote"
    list_display = ["key", "what_id", "what_en"]
    search_fields = ["key", "what_id", "what_en"]


class SourceViewSet(SnippetViewSet):
    model = Source
    icon = "doc-full"
    list_display = ["key", "label_id", "label_en"]
    search_fields = ["key", "label_id", "label_en"]


class RuleWords(SnippetViewSetGroup):
    items = (TopicViewSet, WordingViewSet, SourceViewSet)
    menu_label = "Sekali"
    menu_icon = "openquote"


register_snippet(RuleWords)


PUBLIC_APPS = {"cms", "directory"}  # whose pages readers are shown


@hooks.register("before_serve_page")
def may_be_kept(page, request, _args, _kwargs):
    """A page that is really served, not previewed; whether it is private, Wagtail asks besides."""
    if page._meta.app_label in PUBLIC_APPS:  # noqa: SLF001 -- Django's documented Meta API
        page_cache.keep(request)


@hooks.register("insert_global_admin_js")
def starters():
    """Start what the admin's content policy keeps from starting itself (cms/starters.py)."""
    return format_html('<script src="{}"></script>', static("cms/starters.js"))


@hooks.register("before_serve_document")
def voices_have_one_door(document, _request):
    """A recording is heard where a published card plays it (cms.views.recording), whichever address was asked for."""
    return redirect("recording", document.pk) if document.file_extension in KINDS else None


@hooks.register("register_admin_urls")
def addresses_of_reports():
    return [
        path("reports/content/", content_report, name="content_report"),
        path("reports/links/", link_report, name="link_report"),
    ]


class KeptPageLinks(PageLinkHandler):
    """Links to pages inside texts: Wagtail asks three times for each text that has one; here each is a fact."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list):
        expand = super().expand_db_attributes_many
        return [
            page_cache.remembered(
                None, f"link {get_language()} {attrs.get('id')}", lambda attrs=attrs: expand([attrs])[0]
            )
            for attrs in attrs_list
        ]


@hooks.register("register_rich_text_features", order=10)
def links_to_pages(features):
    features.register_link_type(KeptPageLinks)


class ForWriters(MenuItem):
    """In the menu of whoever may change a page that is written here; a provider's people may change none."""

    def is_shown(self, request):
        return written_by(request.user).exists()


@hooks.register("register_reports_menu_item")
def content_report_item():
    return ForWriters(
        _("Plain and complete"), reverse("content_report"), name="content", icon_name="glasses", order=810
    )


@hooks.register("register_reports_menu_item")
def link_report_item():
    return ForWriters(_("Links"), reverse("link_report"), name="links", icon_name="link", order=820)
