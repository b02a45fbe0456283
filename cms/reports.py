"""Two reports for editors: what is missing or hard to read, page by page; and where the links lead."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.permissions import page_permission_policy

from cms.findings import findings
from cms.links import report


def written_by(user):
    """The pages of readers that this person may change."""
    pages = page_permission_policy.instances_user_has_any_permission_for(user, ["change", "publish"])
    return pages.filter(content_type__app_label="cms").order_by("path").specific()


def written_by_or_refused(user):
    """As above. Raises PermissionDenied where there is none."""
    pages = written_by(user)
    if not pages.exists():
        raise PermissionDenied
    return pages


@require_safe
def content_report(request):
    """Every page with what was found in its newest text."""
    written = written_by_or_refused(request.user)
    rows = [(page, findings(page.get_latest_revision_as_object())) for page in written]
    shown = {"rows": [row for row in rows if row[1]], "pages": len(rows), "title": _("What is missing or hard to read")}
    return render(request, "cms/admin/content_report.html", shown)


@require_safe
def link_report(request):
    """Broken links, and those that leave the site; nothing is fetched, and nobody's opening of one is recorded."""
    broken, external = report(page for page in written_by_or_refused(request.user) if page.live)
    shown = {"broken": broken, "external": external, "title": _("Where the links lead")}
    return render(request, "cms/admin/link_report.html", shown)
