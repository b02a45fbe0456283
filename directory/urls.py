"""Public addresses of the directory: one neutral word and an opaque name, the same in both languages.

They stay in a browser's history, where somebody may look; so they name neither the need nor the provider.
"""

from django.urls import path

from directory.views import faults, freshness, listings

app_name = "directory"
urlpatterns = [
    path("info/", listings.service_list, name="service_list"),
    path("info/d/", freshness.freshness_share, name="freshness_share"),
    path("info/p/<uuid:identifier>/", listings.provider_detail, name="provider_detail"),
    path("info/s/<uuid:identifier>/", listings.service_detail, name="service_detail"),
    path("info/s/<uuid:identifier>/w/", faults.fault_report, name="fault_report"),
    path("info/s/<uuid:identifier>/w/k/", faults.fault_reported, name="fault_reported"),
]
