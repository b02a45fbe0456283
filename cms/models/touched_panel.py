"""In the editor of the protocol that booking reads: what the draft would change, and how many it would touch.

An editor may see no case. Whoever keeps the cases counts (TOUCHED_BY_LIMITS, a function named in the settings) and hides
small groups; here stand only its words and numbers.
"""

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from wagtail.admin.panels import Panel

from cms.accounts.models import Role
from cms.limits import BOOKING_READS
from cms.models.version_pages import number_differences
from cms.models.versions import ProtocolVersion


class TouchedPanel(Panel):
    """Shown for the draft as it was last saved."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "cms/panels/touched.html"

        def is_shown(self):
            page = self.instance
            return bool(super().is_shown() and page.pk and page.code == BOOKING_READS and page.is_ruling)

        def get_context_data(self, parent_context=None):
            return {**super().get_context_data(parent_context), **what_it_would_do(self.instance, timezone.now())}


def what_it_would_do(page, now):
    """`changes` (parts of cms.differences) against the last version, and `touched`, or `faulty` where limits have gaps."""
    limits = page.given_limits()
    last = ProtocolVersion.objects.of(page.code).first()
    if not page.has_limits or limits.faults(Role.values):
        return {"faulty": True}
    changes = number_differences(last.protocol_limits() if last else None, limits)
    counted = import_string(settings.TOUCHED_BY_LIMITS)(page.limits(), now) if changes else []
    return {"last": last, "changes": changes, "touched": counted}
