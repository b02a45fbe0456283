"""The one way to a listing on the providers' own pages: another's looks exactly as one that does not exist."""

from django.http import Http404
from django.utils import timezone

from cms.audit.recording import record
from directory.models import ProviderPage, ServicePage

LISTINGS = (ServicePage, ProviderPage)


def open_listing(request, identifier, models=LISTINGS):
    """The listing of this name, of one of `models`, that whoever asks may change. Otherwise 404, which is recorded."""
    for model in models:
        mine = model.objects.editable_by(request.user).select_related("latest_revision__user", "live_revision")
        page = mine.filter(identifier=identifier).first()
        if page is not None:
            return page
    shut(request)
    return None


def shut(request):
    """There is nothing here, for whoever asks."""
    record("listing.refused", by=request.user, now=timezone.now(), route=request.resolver_match.view_name)
    raise Http404


def latest_draft(page):
    """The latest draft as an object of its own: without unpublished changes Wagtail would give the page itself."""
    return type(page).objects.get(pk=page.pk).get_latest_revision_as_object()


def published(page):
    """What the public reads, or None."""
    return type(page).objects.get(pk=page.pk) if page.live else None
