"""The form of every page of readers: a draft is always kept; publishing is refused in words where something must not be missing."""

from wagtail.admin.forms import WagtailAdminPageForm

from cms.findings import refusals


class CheckedForm(WagtailAdminPageForm):
    """Wagtail's page form. Asked to publish, or to send for review, it says what keeps the page from it."""

    def _post_clean(self):
        super()._post_clean()  # fills the instance
        if self.is_deferred_validation or self.errors:
            return
        for finding in refusals(self.instance):
            self.add_error(None, finding.words)
