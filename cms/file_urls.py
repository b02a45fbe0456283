"""Addresses of pictures and documents, the same for every face and outside the languages.

What was sent lies under other folders of the same storage (originals, files that wait for their form) and has no address.
"""

from django.conf import settings
from django.urls import path, re_path
from wagtail.documents.views.serve import serve

from cms.views import picture, recording

urlpatterns = [
    re_path(r"^documents/(\d+)/(.*)$", serve, name="wagtaildocs_serve"),
    path("sound/<int:pk>/", recording, name="recording"),
]

if settings.SERVE_MEDIA:
    urlpatterns += [re_path(r"^media/(?P<path>(?:images|avatar_images)/[^/]+)$", picture, name="media")]
