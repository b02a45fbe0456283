"""Addresses of the pages about the site itself; the same in every process, in both languages."""

from django.urls import path

from cms import house_views

urlpatterns = [
    path("style/", house_views.style, name="style"),
    path("info/check/", house_views.site_check, name="site_check"),
    path("info/check/files/", house_views.site_files, name="site_files"),
]
