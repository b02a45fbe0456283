"""Pages to read are hardly ever closed: whether any page is, is asked once for each number of the stamp, not on every page."""

from wagtail.models import PageViewRestriction

from cms.page_cache import remembered


class SeldomClosed:
    """For pages of readers. Wagtail's own question, with two queries, is left for sites that close a page."""

    def get_view_restrictions(self):
        if remembered(None, "is any page closed", PageViewRestriction.objects.exists):
            return super().get_view_restrictions()
        return PageViewRestriction.objects.none()
