"""The directory where people sign in: everything readers have, and the provider's own pages under /provider/.

The readers' process includes directory.urls alone, so that these addresses do not exist there.
"""

from django.urls import path

from directory import urls
from directory.views import faults, freshness, standards

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
]
