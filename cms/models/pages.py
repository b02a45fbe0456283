"""The public pages that are prose: the home page and guides."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.blocks import ProseBlock


def deepest(home, path_components):
    """`(page, what is left of the way)` for the page farthest down the way from `home`, or None when there is none."""
    ways = [f"{home.url_path}{'/'.join(path_components[:end])}/" for end in range(1, len(path_components) + 1)]
    page = Page.objects.filter(url_path__in=ways, path__startswith=home.path).order_by("-depth").first()
    return (page, path_components[page.depth - home.depth :]) if page is not None else None


class HomePage(Page):
    """The front door, one per language."""

    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(ProseBlock(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    template = "cms/home_page.html"

    class Meta:
        verbose_name = _("home page")

    def route(self, request, path_components):
        """As Wagtail's, which walks down with two queries a step; this one asks for the last page of the way at once."""
        found = deepest(self, path_components) if path_components else None
        if found is None:
            return super().route(request, path_components)
        page, remaining = found
        return page.specific.route(request, remaining)


class GuidePage(Page):
    """Something to read: for children, parents, teachers or officers."""

    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(ProseBlock(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["cms.HomePage", "cms.GuidePage"]
    template = "cms/guide_page.html"

    class Meta:
        verbose_name = _("guide")
