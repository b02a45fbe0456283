"""The ledger of a case as a document for a court, and the question whether a document is one of ours."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.timezone import localdate

import cms.paper
from cms.accounts.reauthentication import must_reauthenticate
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import papers as actions
from services.forms.papers import CheckForm, ExportForm
from services.policies import require
from services.views.loading import now, open_case


@login_required
def ledger_export(request, code):
    """Choose a language; a POST writes the document, after asking whether it is still you, and records its hash."""
    case = open_case(request, code)
    require(policies.can_export_ledger(request.user, case, now()))
    form = ExportForm(request.POST or None)
    if form.is_valid():
        if answer := must_reauthenticate(request):
            return answer
        language = form.cleaned_data["language"]
        try:
            document = actions.export_ledger(case=case, language=language, write=as_pdf, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return _file(document)
    status = 409 if form.objections else 200
    return render(request, "services/ledger_export.html", {"case": case, "form": form}, status=status)


@login_required
def ledger_check(request):
    """Is this file a document that was exported here, and when? Says nothing of any case."""
    require(policies.can_see_cases(request.user, now()))
    form = CheckForm(request.POST, request.FILES) if request.method == "POST" else CheckForm()
    context = {"form": form}
    if form.is_valid():
        document = form.cleaned_data["document"].chunks()
        context["exported_at"] = actions.check_document(document=document, by=request.user, now=now())
        context["checked"] = True
    return render(request, "services/ledger_check.html", context)


def as_pdf(paper):
    """The paper as the bytes of a PDF file. Nothing is fetched for it. Raises Objected where Pango is not installed."""
    try:
        return cms.paper.as_pdf(render_to_string("services/ledger_paper.html", {"paper": paper}), "paper")
    except cms.paper.CannotBeSet:
        raise Objected([Objection("paper_cannot_be_written")]) from None


def _file(document):
    """The document as a file; its name says neither what it is nor of whom."""
    response = HttpResponse(document, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="dokumen-{localdate():%Y%m%d}.pdf"'
    return response
