"""Answers that belong to no noun: a form that came too late, and doors that are shut."""

from django.http import Http404
from django.shortcuts import render


def csrf_failure(request, reason=""):  # noqa: ARG001 -- Django's signature; the reason would only help an attacker
    return render(request, "403.html", status=403)


def shut(request, **_anything):  # noqa: ARG001 -- every view is given one
    """A route of a package that is not offered here."""
    raise Http404
