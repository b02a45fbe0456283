"""Answers that belong to no noun: a form that came too late, and doors that are shut."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.views.static import serve


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
