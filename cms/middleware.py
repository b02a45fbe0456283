"""Headers of the three faces (privacy.md, Three faces) and a log that carries no data."""

import logging

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpResponse

from cms import page_cache

ADMIN = ("/admin/", "/en/admin/")
ADMIN_POLICY = {
    # The rich-text editor writes style elements whose text depends on what is typed; scripts have no such exception.
    "style-src": ["'self'", "'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "frame-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
}
SIGN_IN = ("/account/", "/en/account/")
SIGN_OUT = ("/account/logout/", "/en/account/logout/")
LEAVES_NOTHING = '"cache", "cookies", "storage"'  # Clear-Site-Data


class content_security(CSPMiddleware):  # noqa: N801 -- reads as a setting beside the functions
    """django-csp's header; Wagtail's admin alone previews pages in frames of its own."""

    def process_response(self, request, response):
        if request.path.startswith(ADMIN):
            # A preview is a page of the public side, rendered as such with its own policy, inside a frame of the admin.
            response.headers.pop("Content-Security-Policy", None)
            response._csp_replace = ADMIN_POLICY  # noqa: SLF001 -- django-csp's own switch for one response
        return super().process_response(request, response)


def privacy_headers(get_response):
    """`no-referrer` for readers; for whoever is signed in or signing in, `no-store` and an origin for the forms."""

    def middleware(request):
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or request.path.startswith(SIGN_IN):
            # Under no-referrer Chromium sends `Origin: null` and every POST from the page would fail.
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["Cache-Control"] = "no-store, private"
        else:
            response.headers.setdefault("Referrer-Policy", "no-referrer")  # a page with a form says same-origin itself
            if 300 <= response.status_code < 400:
                # The way to sign in names the page that was asked for.
                response.headers.setdefault("Cache-Control", "no-store, private")
        if request.method == "POST" and request.path in SIGN_OUT:
            # A shared computer keeps nothing: no page for Back, no cookie that says somebody works here.
            response.headers["Clear-Site-Data"] = LEAVES_NOTHING
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return response

    return middleware


class kept_pages:  # noqa: N801 -- as above
    """Answer readers from the kept pages (cms/page_cache.py), before anything else is done; keep what may be kept.

    An answer is kept as it travels: with the headers of the policy and of privacy, at its even length.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Asked for before anything else is read: what is made under this number is no older than it.
        sent = request.META
        made_by_wagtail = getattr(request, "is_dummy", False)  # for a preview
        keeping = settings.KEEP_PAGES and page_cache.comes_without_anything(sent) and not made_by_wagtail
        name = page_cache.name_of(sent) if keeping else None
        number = None
        if keeping:  # KeptFirst may have asked already
            number = sent["sekali.page_stamp"] if "sekali.page_stamp" in sent else page_cache.stamp()
        if name and number is not None:
            found = page_cache.find(name, number)
            if found is not None:
                return self.answer(request, *found)
        with page_cache.making_under(number):
            if number is not None:
                page_cache.know_the_site(request)
            response = self.get_response(request)
        if name and number is not None and page_cache.may_keep(request, response):
            page_cache.put(name, number, response)
        return response

    @staticmethod
    def answer(request, headers, content):
        response = HttpResponse(content, headers=headers)
        if request.method == "HEAD":
            response.content = b""
        return response


class WithoutTraceback(logging.Filter):
    """Keep what went wrong and where; drop the traceback and its values, which may be a child's."""

    def filter(self, record):
        if record.exc_info and record.exc_info[0] is not None:
            kind, _value, trace = record.exc_info
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
            record.msg, record.args = "%s at %s", (kind.__name__, place)
            record.exc_info = record.exc_text = None
        return True
