"""How wide an editor sees a page before it is published: a telephone first, since that is what most people read on."""

from django.utils.translation import gettext_lazy as _
from wagtail.models import PreviewableMixin

WIDTHS = [
    {"name": "phone", "icon": "mobile-alt", "device_width": 360, "label": _("As on a telephone")},
    {"name": "tablet", "icon": "tablet-alt", "device_width": 768, "label": _("As on a tablet")},
    {"name": "desktop", "icon": "desktop", "device_width": 1280, "label": _("As on a wide screen")},
]


def install():
    """Once, when the apps are ready: for every kind of page and snippet."""
    PreviewableMixin.DEFAULT_PREVIEW_SIZES = WIDTHS
