"""Old addresses of pages that were moved or got another name. Wagtail makes the redirects; here is how they are followed."""

from django.utils.http import url_has_allowed_host_and_scheme
from wagtail.contrib.redirects.middleware import RedirectMiddleware


class old_addresses(RedirectMiddleware):  # noqa: N801 -- reads as a setting beside Django's function middlewares
    """Wagtail's redirects, for a page that was moved or has another name: only within the site, only for readers' pages.

    Nothing is asked where the page was found, and nothing where no page of readers was asked for.
    """

    def process_response(self, request, response):
        asked = getattr(request.resolver_match, "view_name", None)
        if response.status_code != 404 or asked != "wagtail_serve" or request.method not in {"GET", "HEAD"}:
            return response
        found = super().process_response(request, response)
        if found is response:
            return response
        ours = url_has_allowed_host_and_scheme(found.url, request.get_host(), require_https=request.is_secure())
        return found if ours else response
