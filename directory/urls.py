"""Public addresses of the directory: one neutral word and an opaque name, the same in both languages.

They stay in a browser's history, where somebody may look; so they name neither the need nor the provider.
"""

from django.conf import settings
from django.urls import path

from directory.views import listings, sheets

app_name = "directory"
urlpatterns = [
    path("info/", listings.service_list, name="service_list"),
    path("info/p/<uuid:identifier>/", listings.provider_detail, name="provider_detail"),
    path("info/s/<uuid:identifier>/", listings.service_detail, name="service_detail"),
]

if settings.FACE != "public":  # for people who work here, behind the second step; readers' processes have none of it
    urlpatterns += [
        path("provider/upload/", sheets.sheet_upload, name="sheet_upload"),
        path("provider/upload/template/", sheets.sheet_template, name="sheet_template"),
        path("provider/upload/own/", sheets.sheet_export, name="sheet_export"),
        path("provider/upload/<uuid:identifier>/", sheets.sheet_detail, name="sheet_detail"),
        path("provider/upload/<uuid:identifier>/save/", sheets.sheet_save, name="sheet_save"),
        path("provider/upload/<uuid:identifier>/forget/", sheets.sheet_forget, name="sheet_forget"),
        path("provider/upload/<uuid:identifier>/faults/", sheets.sheet_faults, name="sheet_faults"),
    ]
