"""Readers say that something is wrong with a service; providers and reviewers see it, and reviewers say what came of it."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.csrf import csrf_exempt

from cms.models.wording import words_for_all
from cms.page_cache import kept
from cms.public_forms import Counter, from_this_site
from cms.refusals import Objected
from directory.actions.faults import close_fault, report_fault
from directory.models import Fault, Outcome, Reason, ServicePage
from directory.policies import can_publish_listing

PER_PAGE = 50
REPORTS = Counter(20)


@kept()
@csrf_exempt
def fault_report(request, identifier):
    """Four things to choose from, one tap each. Whoever reports is asked nothing else, and nothing of them is kept."""
    service = get_object_or_404(ServicePage.objects.listed(), identifier=identifier)
    reason, refused, status = request.POST.get("r"), "", 200
    if request.method not in {"GET", "HEAD"} and not from_this_site(request):
        refused, status = "elsewhere", 403
    elif reason in Reason.values:
        if REPORTS.allowed(request, localdate(now())):
            report_fault(service=service, reason=reason, now=now())
            return redirect("directory:fault_reported", identifier)
        refused, status = "often", 429
    shown = {"service": service, "reasons": Reason.choices, "refused": refused}
    answer = render(request, "directory/fault_report.html", shown, status=status)
    answer.headers["Referrer-Policy"] = "same-origin"  # else Chromium would not say that the form is ours
    return answer


@kept()
def fault_reported(request, identifier):
    """Thank you, and what happens now."""
    service = get_object_or_404(ServicePage.objects.listed(), identifier=identifier)
    return render(request, "directory/fault_reported.html", {"service": service})


@login_required
def fault_list(request):
    """What readers reported of the services this person looks after, by the day by which somebody is to look."""
    found = Fault.objects.open().visible_to(request.user).select_related("service").by_clock()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "directory/fault_list.html", {"page_obj": page, "today": localdate(now())})


@login_required
def fault_close(request, pk):
    """One report: what was said, the numbers in question, and for a reviewer what came of looking."""
    fault = get_object_or_404(Fault.objects.visible_to(request.user).select_related("service"), pk=pk)
    refused = []
    if request.method == "POST":
        try:
            close_fault(fault=fault, outcome=request.POST.get("outcome", "")[:10], by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect("directory:fault_list")
    shown = {
        "fault": fault,
        "service": fault.service,
        "outcomes": Outcome.choices,
        "may_close": fault.closed_on is None and can_publish_listing(request.user, fault.service),
        "refused": refused,
        "today": localdate(now()),
    }
    return render(request, "directory/fault_close.html", shown, status=409 if refused else 200)
