"""Addresses of the closed side. The random case code is the only thing of a case that stands in an address."""

from django.urls import path

from services.views import breaches, cases, identities, interviews, resources, retention, subjects, testimony

app_name = "services"
urlpatterns = [
    path("cases/", cases.case_list, name="case_list"),
    path("cases/find/", cases.case_find, name="case_find"),
    path("cases/new/", cases.case_create, name="case_create"),
    path("cases/<code>/", cases.case_detail, name="case_detail"),
    path("cases/<code>/child/", cases.child_edit, name="child_edit"),
    path("cases/<code>/identity/", identities.identity_detail, name="identity_detail"),
    path("cases/<code>/identity/edit/", identities.identity_edit, name="identity_edit"),
    path("cases/<code>/identity/references/new/", identities.reference_add, name="reference_add"),
    path(
        "cases/<code>/identity/references/<int:pk>/withdraw/", identities.reference_withdraw, name="reference_withdraw"
    ),
    path("cases/<code>/team/new/", cases.member_add, name="member_add"),
    path("cases/<code>/team/<int:pk>/end/", cases.member_end, name="member_end"),
    path("cases/<code>/needs/new/", cases.need_add, name="need_add"),
    path("cases/<code>/needs/<int:pk>/withdraw/", cases.need_withdraw, name="need_withdraw"),
    path("cases/<code>/records/<slug:kind>/", cases.record_add, name="record_add"),
    path("cases/<code>/interviews/new/", interviews.interview_book, name="interview_book"),
    path("cases/<code>/interviews/<int:pk>/", interviews.interview_detail, name="interview_detail"),
    path("cases/<code>/interviews/<int:pk>/hold/", interviews.interview_hold, name="interview_hold"),
    path("cases/<code>/interviews/<int:pk>/cancel/", interviews.interview_cancel, name="interview_cancel"),
    path("cases/<code>/interviews/<int:pk>/outcomes/", testimony.outcome_record, name="outcome_record"),
    path("cases/<code>/interviews/<int:pk>/directions/", identities.interview_directions, name="interview_directions"),
    path("cases/<code>/again/", testimony.interview_again, name="interview_again"),
    path("cases/<code>/again/<int:pk>/", testimony.asking_detail, name="asking_detail"),
    path("cases/<code>/again/<int:pk>/interview/", interviews.interview_book, name="asking_book"),
    path("cases/<code>/ledger/<int:pk>/request/", testimony.record_request, name="record_request"),
    path("cases/<code>/keeping/", retention.case_keeping, name="case_keeping"),
    path("cases/<code>/keeping/close/", retention.case_close, name="case_close"),
    path("cases/<code>/keeping/reopen/", retention.case_reopen, name="case_reopen"),
    path("cases/<code>/keeping/holds/new/", retention.hold_place, name="hold_place"),
    path("cases/<code>/keeping/holds/<int:pk>/lift/", retention.hold_lift, name="hold_lift"),
    path("cases/<code>/copies/new/", subjects.subject_ask, name="subject_ask"),
    path("cases/<code>/copies/<int:pk>/", subjects.subject_detail, name="subject_detail"),
    path("cases/<code>/copies/<int:pk>/end/", subjects.subject_end, name="subject_end"),
    path("what-we-keep/", retention.retention_list, name="retention_list"),
    path("breaches/", breaches.breach_list, name="breach_list"),
    path("breaches/new/", breaches.breach_report, name="breach_report"),
    path("breaches/<int:pk>/", breaches.breach_detail, name="breach_detail"),
    path("resources/", resources.resource_list, name="resource_list"),
    path("resources/new/<slug:kind>/", resources.resource_create, name="resource_create"),
    path("resources/venues/new/", resources.venue_create, name="venue_create"),
    path("resources/<int:pk>/", resources.resource_edit, name="resource_edit"),
    path("resources/<int:pk>/hours/", resources.resource_hours, name="resource_hours"),
    path("resources/<int:pk>/directions/", identities.resource_directions, name="resource_directions"),
    path("resources/<int:pk>/leave/", resources.resource_leave, name="resource_leave"),
    path("resources/<int:pk>/leave/<int:leave>/remove/", resources.leave_remove, name="leave_remove"),
    path("resources/<int:pk>/qualifications/", resources.resource_qualifications, name="resource_qualifications"),
    path(
        "resources/<int:pk>/qualifications/<int:qualification>/remove/",
        resources.qualification_remove,
        name="qualification_remove",
    ),
]
