"""Addresses of the open data: the standard's own, without a language and without a slash at their end."""

from django.urls import path

from directory.api.answering import public
from directory.api.endpoints import api, openapi

app_name = "hsds"
patterns, _app, _namespace = api.urls
# django-ninja names a path once for each method; and its own root only says where its page is, of which there is none here.
views = {str(one.pattern): (one.callback, one.name) for one in patterns if one.name != "api-root"}
urlpatterns = [
    path("openapi.json", public(openapi), name="openapi"),
    *(path(route, public(view), name=name) for route, (view, name) in views.items()),
]
