"""Addresses of the open data: the standard's own, without a language and without a slash at their end."""

from django.urls import path

from directory.api.answering import public
from directory.api.endpoints import api, openapi

app_name = "hsds"
patterns, _app, _namespace = api.urls
urlpatterns = [
    path("openapi.json", public(openapi), name="openapi"),
    # django-ninja's own root only says where its page is, and it has none here.
    *(
        path(str(pattern.pattern), public(pattern.callback), name=pattern.name)
        for pattern in patterns
        if pattern.name != "api-root"
    ),
]
