"""Readers' pages leave in few lengths, so that the length does not say which page was read.

Whoever watches a network sees how many bytes went over it, whatever is encrypted. Kept pages (cms/page_cache.py) are packed
already; this sees to all others: a search's answer, a page that is not there, a refusal. Nothing secret stands on these pages,
so that compressing them tells nobody anything (BREACH). What a length still tells is said in decision 0043.
"""

from django.conf import settings

from cms import page_cache
from cms.lengths import packed
from cms.middleware import ADMIN, SIGN_IN


def is_readers(request, response):
    """A page for somebody who is not signed in and not signing in, and that nobody packed yet."""
    return (
        not response.streaming
        and not response.has_header("Content-Encoding")
        and response.get("Content-Type", "").startswith("text/html")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not request.path.startswith((*SIGN_IN, *ADMIN))
    )


def even_lengths(get_response):
    """The outermost middleware: whatever page a reader is given leaves in one of few lengths."""

    def middleware(request):
        response = get_response(request)
        if is_readers(request, response):
            page_cache.vary(response)
            if page_cache.takes_gzip(request):  # as every browser says; a program may not
                page_cache.send_packed(response, packed(response.content))
        return response

    return middleware
