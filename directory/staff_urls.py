"""The directory where people sign in: everything readers have, and the provider's own pages under /provider/.

The readers' process includes directory.urls alone, so that these addresses do not exist there.
"""

from django.urls import path

from directory import urls
from directory.views import drafts, faults, freshness, portal, team

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
]
