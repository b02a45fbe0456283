"""The map: what is there for children, where, and what is missing. Public; nothing is logged."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms.page_cache import kept
from directory.forms.atlas import MapForm
from directory.models.coverage import coverage_now


@kept("n")
@require_safe
def coverage_map(request):
    """`?n=c4` draws one kind of help, else all of them."""
    form = MapForm(request.GET)
    understood = form.is_valid()
    shown = {"form": form, "understood": understood, "kind": form.code, "coverage": coverage_now()}
    return render(request, "directory/coverage_map.html", shown)
