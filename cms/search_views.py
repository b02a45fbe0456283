"""The search of pages to read. Nothing here knows who reads, and nothing is logged."""

from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cms.models import ProtocolIndexPage
from cms.models.searching import found_pages
from cms.templatetags.sekali import front_door


@csrf_exempt  # it reads and changes nothing; words are sent in a body so that no address keeps them
@require_http_methods(["GET", "HEAD", "POST"])
def page_search(request):
    """Pages by their words, which come by POST; without any, the way to the list of protocols."""
    language = get_language()
    words = request.POST.get("q", "").replace("\x00", "").strip()
    index = ProtocolIndexPage.objects.live().public().filter(locale__language_code=language).first()
    listed = index.get_url(request) if index else front_door(language)
    if not words:
        return redirect(listed)
    found = found_pages(words, language)
    return render(request, "cms/page_search.html", {"words": words, "found": found, "listed": listed})
