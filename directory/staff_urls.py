"""The directory where people sign in: everything readers have, and the provider's own pages under /provider/.

The readers' process includes directory.urls alone, so that these addresses do not exist there.
"""

from django.urls import path

from directory import urls
from directory.views import drafts, faults, freshness, portal, sheets, standards, team

app_name = urls.app_name
urlpatterns = [
    *urls.urlpatterns,
    path("provider/", portal.portal, name="portal"),
    path("provider/new/", team.provider_new, name="provider_new"),
    path("provider/join/<int:invitation_id>/", team.invitation_answer, name="invitation_answer"),
    path("provider/<uuid:identifier>/edit/", drafts.listing_edit, name="listing_edit"),
    path("provider/<uuid:identifier>/draft/", drafts.listing_autosave, name="listing_autosave"),
    path("provider/<uuid:identifier>/services/new/", drafts.service_new, name="service_new"),
    path("provider/<uuid:identifier>/discard/", drafts.listing_discard, name="listing_discard"),
    path("provider/<uuid:identifier>/changes/", portal.listing_changes, name="listing_changes"),
    path("provider/<uuid:identifier>/withdraw/", portal.listing_withdraw, name="listing_withdraw"),
    path("provider/<uuid:identifier>/history/", portal.listing_history, name="listing_history"),
    path("provider/<uuid:identifier>/history/<int:revision_id>/", portal.listing_version, name="listing_version"),
    path("provider/<uuid:identifier>/team/", team.provider_team, name="provider_team"),
    path("provider/<uuid:identifier>/team/<int:person_id>/remove/", team.team_remove, name="team_remove"),
    path("provider/<uuid:identifier>/team/invited/<int:invitation_id>/", team.invitation_end, name="invitation_end"),
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
