"""Public addresses of the directory: one neutral word and an opaque name, the same in both languages.

They stay in a browser's history, where somebody may look; so they name neither the need nor the provider.
"""

from django.urls import path

from directory.api import pages
from directory.views import atlas, faults, freshness, listings, standards, takeaway

app_name = "directory"
urlpatterns = [
    path("info/", listings.service_list, name="service_list"),
    path("info/d/", freshness.freshness_share, name="freshness_share"),
    path("info/data/", pages.open_data, name="open_data"),
    path("info/p/<uuid:identifier>/", listings.provider_detail, name="provider_detail"),
    path("info/k/", standards.standard_list, name="standard_list"),
    path("info/k/<int:pk>/", standards.standard_detail, name="standard_detail"),
    path("info/s/<uuid:identifier>/", listings.service_detail, name="service_detail"),
    path("info/s/<uuid:identifier>/w/", faults.fault_report, name="fault_report"),
    path("info/s/<uuid:identifier>/w/k/", faults.fault_reported, name="fault_reported"),
    path("info/cards/", takeaway.card_sheet, name="card_sheet"),
    path("info/file/", takeaway.area_file, name="area_file"),
    path("info/map/", atlas.coverage_map, name="coverage_map"),
    path("info/print/", takeaway.area_print, name="area_print"),
    path("info/s/<uuid:identifier>/card/", takeaway.service_card, name="service_card"),
]
