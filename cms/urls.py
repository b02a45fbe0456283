"""The site is assembled here, by dotted string. Indonesian has no prefix; English lives under /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from cms.search_views import page_search
from cms.views import shut

urlpatterns = i18n_patterns(
    path("account/", include("cms.accounts.urls")),
    # Wagtail's own sign-in and reset stand aside for ours, whatever its settings say.
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True), name="admin_login"),
    path("admin/logout/", RedirectView.as_view(pattern_name="account_logout"), name="admin_logout"),
    re_path(r"^admin/password_reset/", shut, name="shut"),
    re_path(r"^_util/", shut, name="shut"),  # Wagtail's sign-in for private pages
    # Wagtail's page that fails on purpose, and a way in for files that nobody here needs.
    re_path(r"^admin/failwhale/", shut, name="shut"),
    re_path(r"^admin/redirects/import/", shut, name="shut"),
    path("admin/", include(wagtailadmin_urls)),
    path("", include("cms.house_urls")),
    path("", include("directory.staff_urls")),
    path("", include("services.urls")),
    path("find/", page_search, name="page_search"),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

urlpatterns = [
    path("", include("cms.file_urls")),
    path("api/hsds/", include("directory.api.urls")),  # for programs, which read in no language
    *urlpatterns,
]
