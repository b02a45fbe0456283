"""The site is assembled here, by dotted string. Indonesian has no prefix; English lives under /en/."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from cms.views import shut

urlpatterns = i18n_patterns(
    path("account/", include("cms.accounts.urls")),
    # Wagtail's own sign-in and reset stand aside for ours, whatever its settings say.
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True), name="admin_login"),
    path("admin/logout/", RedirectView.as_view(pattern_name="account_logout"), name="admin_logout"),
    re_path(r"^admin/password_reset/", shut, name="shut"),
    re_path(r"^_util/", shut, name="shut"),  # Wagtail's sign-in for private pages
    path("admin/", include(wagtailadmin_urls)),
    path("", include("directory.urls")),
    path("", include("services.urls")),
    re_path(r"^_util/", shut),  # Wagtail's own doors for pages behind a password: there are none here
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

if settings.SERVE_MEDIA:
    from django.views.static import serve

    media = re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}, name="media")
    urlpatterns = [media, *urlpatterns]
