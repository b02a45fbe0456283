"""The directory where people sign in: everything readers have, and the provider's own pages under /provider/.

The readers' process includes directory.urls alone, so that these addresses do not exist there.
"""

from django.urls import path

from directory import urls
from directory.views import faults, freshness, sheets, standards

app_name = urls.app_name
urlpatterns = [
    *urls.urlpatterns,
    path("provider/confirm/<uuid:identifier>/", freshness.listing_confirm, name="listing_confirm"),
    path("provider/reports/", faults.fault_list, name="fault_list"),
    path("provider/reports/<int:pk>/", faults.fault_close, name="fault_close"),
    path("provider/standards/", standards.assessment_list, name="assessment_list"),
    path("provider/standards/check/<int:pk>/", standards.assessment_verify, name="assessment_verify"),
    path("provider/standards/<uuid:identifier>/", standards.standing_detail, name="standing_detail"),
    path("provider/standards/<uuid:identifier>/<int:pk>/", standards.assessment_make, name="assessment_make"),
    path("provider/upload/", sheets.sheet_upload, name="sheet_upload"),
    path("provider/upload/template/", sheets.sheet_template, name="sheet_template"),
    path("provider/upload/own/", sheets.sheet_export, name="sheet_export"),
    path("provider/upload/<uuid:identifier>/", sheets.sheet_detail, name="sheet_detail"),
    path("provider/upload/<uuid:identifier>/save/", sheets.sheet_save, name="sheet_save"),
    path("provider/upload/<uuid:identifier>/forget/", sheets.sheet_forget, name="sheet_forget"),
    path("provider/upload/<uuid:identifier>/faults/", sheets.sheet_faults, name="sheet_faults"),
]
