"""The readers' site alone, for a process that signs in to the database as sekali_public and knows no closed address."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls

from cms.search_views import page_search
from cms.views import shut

urlpatterns = i18n_patterns(
    re_path(r"^_util/", shut),
    path("", include("cms.house_urls")),
    path("", include("directory.urls")),
    path("find/", page_search, name="page_search"),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

urlpatterns = [
    path("", include("cms.file_urls")),
    path("api/hsds/", include("directory.api.urls")),  # for programs, which read in no language
    *urlpatterns,
]
