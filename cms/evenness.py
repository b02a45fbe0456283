"""Readers' pages leave in few lengths, so that the length does not say which page was read.

Whoever watches a network sees how many bytes went over it, whatever is encrypted. Each page is therefore compressed here and
filled up to the next multiple of CLASS by a field that the gzip format keeps for such things and browsers pass over (RFC 1952,
section 2.3.1.1, "extra field"): no byte of the page itself changes. Nothing secret stands on these pages, so that compressing
them tells nobody anything (BREACH). What a length still tells is said in decision 0043.
"""

import zlib
from functools import lru_cache

from django.conf import settings
from django.utils.cache import patch_vary_headers

from cms.middleware import ADMIN, SIGN_IN
from cms.page_cache import takes_gzip

# Bytes of a page as it travels; with its headers it fits the first flight of a connection (ten packets).
CLASS = 12 * 1024
HEADER = bytes([0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF])  # gzip; deflate; with an extra field; no time; no system
FIELD = b"Sk"  # whose extra field this is


@lru_cache(maxsize=128)
def packed(page):
    """The page (bytes) as gzip, whose length is a multiple of CLASS. A page is packed once while it stays the same."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(page) + deflate.flush()
    trailer = zlib.crc32(page).to_bytes(4, "little") + (len(page) % 2**32).to_bytes(4, "little")
    bare = len(HEADER) + 6 + len(body) + len(trailer)  # 6: length of all fields, name and length of ours
    filling = -bare % CLASS
    extra = FIELD + filling.to_bytes(2, "little") + bytes(filling)
    return HEADER + len(extra).to_bytes(2, "little") + extra + body + trailer


def is_readers(request, response):
    """A page for somebody who is not signed in and not signing in."""
    return (
        not response.streaming
        and not response.has_header("Content-Encoding")
        and response.get("Content-Type", "").startswith("text/html")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not request.path.startswith((*SIGN_IN, *ADMIN))
    )


def even_lengths(get_response):
    """Outermost but for the kept pages: whatever page a reader is given leaves in one of few lengths."""

    def middleware(request):
        response = get_response(request)
        if is_readers(request, response):
            patch_vary_headers(response, ["Accept-Encoding"])
            if takes_gzip(request.META):
                response.content = packed(response.content)
                response.headers["Content-Encoding"] = "gzip"
                response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware
