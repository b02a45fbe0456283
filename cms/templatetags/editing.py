"""For Wagtail's editor: what is missing or hard to read in a page."""

from django import template

from cms.findings import findings

register = template.Library()


@register.simple_tag
def page_findings(page):
    """A list of Finding, or None for what is no page of ours or was never saved."""
    if getattr(page, "pk", None) is None or page._meta.app_label != "cms":  # noqa: SLF001 -- Django's documented Meta API
        return None
    return findings(page)
