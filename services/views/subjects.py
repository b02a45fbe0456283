"""A request to see what is held about a child: written down, copied, ended. Making the copy asks who is there anew."""

import json

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.timezone import localdate

from cms.accounts.reauthentication import must_reauthenticate
from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import subjects as actions
from services.forms.subjects import EndingForm, SubjectForm
from services.models import SubjectRequest
from services.policies import require
from services.rules.clocks import three_days
from services.views.loading import now, open_case

WRITTEN_AS = {"html": "text/html; charset=utf-8", "json": "application/json"}


@login_required
def subject_ask(request, code):
    """Write down that somebody asked for a copy, and when; the clock runs from there."""
    case = open_case(request, code)
    require(policies.can_decide_keeping(request.user, case, now()))
    form = SubjectForm(request.POST or None, zone=case.zone, now=now())
    if form.is_valid():
        data = form.cleaned_data
        facts = {name: data[name] for name in ("asker", "asker_is_suspect")}
        try:
            made = actions.record_request(case=case, received_at=form.when(), by=request.user, now=now(), **facts)
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:subject_detail", code=case.code, pk=made.pk)
    return render(request, "services/subject_ask.html", {"case": case, "form": form})


@login_required
def subject_detail(request, code, pk):
    """The request and its clock; a POST makes the copy, as HTML to read or JSON to carry over, and records it."""
    case = open_case(request, code)
    require(policies.can_decide_keeping(request.user, case, now()))
    asked = get_object_or_404(SubjectRequest, case=case, pk=pk)
    refused = ()
    if request.method == "POST":
        if answer := must_reauthenticate(request):
            return answer
        written_as = request.POST.get("as", "html")
        if written_as not in WRITTEN_AS:
            raise Http404
        try:
            facts = {"request": asked, "written_as": written_as}
            return _file(actions.make_copy(case=case, by=request.user, now=now(), **facts), written_as)
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
    moment = now()
    context = {"case": case, "asked": asked, "refused": refused, "copied": actions.copied(asked)}
    context["clock"] = three_days(asked.received_at, moment, asked.ended_at)
    return render(request, "services/subject_detail.html", context, status=409 if refused else 200)


@login_required
def subject_end(request, code, pk):
    """Say how the request ended."""
    case = open_case(request, code)
    require(policies.can_decide_keeping(request.user, case, now()))
    asked = get_object_or_404(SubjectRequest, case=case, pk=pk)
    form = EndingForm(request.POST or None)
    if form.is_valid():
        try:
            ending = form.cleaned_data["ending"]
            actions.end_request(case=case, request=asked, ending=ending, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:case_keeping", code=case.code)
    return render(request, "services/subject_end.html", {"case": case, "asked": asked, "form": form})


def _file(copy, written_as):
    """The copy as a file; its name says nothing of whom it is about."""
    if written_as == "json":
        body = json.dumps(copy, ensure_ascii=False, indent=2)
    else:
        body = render_to_string("services/copy.html", {"copy": copy})
    response = HttpResponse(body, content_type=WRITTEN_AS[written_as])
    response["Content-Disposition"] = f'attachment; filename="salinan-{localdate():%Y%m%d}.{written_as}"'
    return response
