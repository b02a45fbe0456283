"""The public pages that are prose: the home page and guides."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.blocks import ProseBlock


class HomePage(Page):
    """The front door, one per language."""

    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(ProseBlock(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    template = "cms/home_page.html"

    class Meta:
        verbose_name = _("home page")


class GuidePage(Page):
    """Something to read: for children, parents, teachers or officers."""

    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(ProseBlock(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["cms.HomePage", "cms.GuidePage"]
    template = "cms/guide_page.html"

    class Meta:
        verbose_name = _("guide")
