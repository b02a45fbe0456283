"""Answers that belong to no noun: a form that came too late, doors that are shut, and files."""

import re

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.static import serve
from wagtail.documents import get_document_model

from cms.models import CardsPage
from cms.recordings import KINDS


def csrf_failure(request, reason=""):  # noqa: ARG001 -- Django's signature; the reason would only help an attacker
    """A form of ours from before somebody signed in anew is handed back under a new token; any other is refused."""
    if not hasattr(request, "user"):  # the readers' process, where nobody signs in
        return render(request, "403.html", status=403)
    from cms.accounts.factors import took_second_step
    from cms.accounts.holding import can_be_held, hold

    if can_be_held(request) and request.user.is_authenticated and took_second_step(request):
        return hold(request, "", reason="token")
    return render(request, "403.html", status=403)


def shut(request, **_anything):  # noqa: ARG001 -- every view is given one
    """A route of a package that is not offered here."""
    raise Http404


def picture(request, path):
    """A picture as it was made here. Originals and documents lie beside it and have no such address."""
    response = serve(request, path, document_root=settings.MEDIA_ROOT)
    # Inside a page it is shown all the same; opened alone it is saved and cannot act for the site.
    response.headers["Content-Disposition"] = "attachment"
    return response


PART = re.compile(r"bytes=(\d+)-(\d*)$")


@require_safe
def recording(request, pk):
    """A voice that a published card plays; to an editor also one that a draft plays. Any other document has its own door.

    Some browsers play nothing that cannot be asked for in parts, so one part is answered as such.
    """
    document = get_object_or_404(get_document_model(), pk=pk)
    kind = KINDS.get(document.file_extension)
    if kind is None or not (_is_played(document) or _edits(request)):
        raise Http404
    with document.open_file() as file:
        sound = file.read()
    response = HttpResponse(sound, content_type=kind, headers={"Accept-Ranges": "bytes", "Cache-Control": "no-store"})
    part = PART.match(request.headers.get("Range", ""))
    if part and int(part[1]) < len(sound):
        first, last = int(part[1]), min(int(part[2] or len(sound)), len(sound) - 1)
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{len(sound)}"
        response.content = sound[first : last + 1]
    return response


def _is_played(document):
    return any(document.pk in page.recordings() for page in CardsPage.objects.live())


def _edits(request):
    user = getattr(request, "user", None)  # the readers' process knows none
    return user is not None and user.has_perm("wagtailadmin.access_admin")
