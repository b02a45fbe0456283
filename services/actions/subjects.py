"""Somebody asks what is held about a child: write it down, make the copy, say how it ended."""

from cms.audit.models import AuditEvent
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import SubjectRequest
from services.models.copies import copy_of
from services.rules.subjects import ending_objections, request_objections


@action("subject.refused")
def record_request(*, case, asker, asker_is_suspect, received_at, by, now):
    """Write down a request; its clock runs from `received_at`. Refuses a suspected parent and a moment to come."""
    found = request_objections(asker=asker, asker_is_suspect=asker_is_suspect, received_at=received_at, now=now)
    if found:
        raise Objected(found)
    request = SubjectRequest.objects.create(case=case, asker=asker, received_at=received_at, by=by, at=now)
    record("subject.requested", by=by, now=now, about=request, case_id=case.pk, asker=asker)
    return request


@action("subject.refused")
def make_copy(*, case, request, written_as, by, now):
    """Everything held about the child, as services.models.copies lays it out; `written_as` is html or json.

    Each copy is recorded. Refuses after the request has ended.
    """
    if request.ended_at is not None:
        raise Objected([Objection("subject_request_ended")])
    copy = copy_of(case, now)
    record("case.exported", by=by, now=now, about=request, case_id=case.pk, written_as=written_as)
    return copy


@action("subject.refused")
def end_request(*, case, request, ending, by, now):
    """Say how a request ended, one of `SubjectRequest.Ending`. A copy handed over must have been made."""
    request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=request.pk, case=case)
    found = ending_objections(ended=request.ended_at is not None, ending=ending, exported=copied(request))
    if found:
        raise Objected(found)
    request.ended_at, request.ended_by, request.ending = now, by, ending
    request.save(update_fields=["ended_at", "ended_by", "ending"])
    record("subject.ended", by=by, now=now, about=request, case_id=case.pk, ending=ending)
    return request


def copied(request):
    """Has a copy been made for this request?"""
    made = AuditEvent.objects.filter(case_id=request.case_id, verb="case.exported", kind="subjectrequest")
    return made.filter(key=str(request.pk)).exists()
