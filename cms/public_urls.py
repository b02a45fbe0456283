"""The readers' site alone, for a process that signs in to the database as sekali_public and knows no closed address."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls

from cms.views import shut

urlpatterns = i18n_patterns(
    re_path(r"^_util/", shut),
    path("", include("directory.urls")),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

if settings.SERVE_MEDIA:
    from django.views.static import serve

    media = re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
    urlpatterns = [media, *urlpatterns]
