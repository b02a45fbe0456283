"""The breach register: everybody who works here may report; coordinators keep it."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render

from cms.accounts.models import Agency, Membership
from cms.refusals import Objected
from services import policies
from services.actions import breaches as actions
from services.forms.breaches import EntryForm, ReportForm
from services.models import Breach
from services.policies import require
from services.rules.breaches import CLOSED, clocks
from services.views.loading import now

PER_PAGE = 25


@login_required
def breach_list(request):
    """One's own reports, and a coordinator's whole register, newest first, each with its two clocks."""
    moment = now()
    require(policies.can_report_breach(request.user, moment))
    found = Breach.objects.select_related("agency").prefetch_related("entries").order_by("-noticed_at", "-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(breach, _clocks(breach, moment), _closed(breach)) for breach in page]
    return render(request, "services/breach_list.html", {"page_obj": page, "rows": rows})


@login_required
def breach_report(request):
    """Report at once, in a few words; more can be added later."""
    moment = now()
    require(policies.can_report_breach(request.user, moment))
    mine = Membership.objects.current(moment).filter(user=request.user).values("agency_id")
    agencies = Agency.objects.filter(pk__in=mine).order_by("name")
    zone = ZoneInfo(agencies[0].zone)
    form = ReportForm(request.POST or None, agencies=agencies, zone=zone, now=moment)
    if form.is_valid():
        try:
            breach = actions.report_breach(by=request.user, now=now(), **form.facts())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(breach)
    return render(request, "services/breach_report.html", {"form": form, "zone": zone})


@login_required
def breach_detail(request, pk):
    """One breach: both clocks, everything that was entered, and for the coordinator the next entry."""
    moment = now()
    require(policies.can_report_breach(request.user, moment))
    found = Breach.objects.select_related("agency", "by").prefetch_related("entries__by")
    breach = get_object_or_404(found, pk=pk)  # row security hides what is another agency's
    zone = ZoneInfo(breach.agency.zone)
    may_add = policies.can_keep_register(request.user, breach.agency, moment)
    form = EntryForm(request.POST or None, zone=zone, now=moment) if may_add else None
    if request.method == "POST":
        require(may_add)
        if form.is_valid():
            try:
                actions.add_entry(breach=breach, plan=form.plan(), by=request.user, now=now())
            except Objected as refusal:
                form.object_to(refusal.objections)
            else:
                return redirect(breach)
    context = {"breach": breach, "zone": zone, "clocks": _clocks(breach, moment), "form": form}
    context["closed"] = _closed(breach)
    return render(request, "services/breach_detail.html", context)


def _clocks(breach, moment):
    """The two clocks, in order, as (step, clock)."""
    told = [(entry.step, entry.happened_at) for entry in breach.entries.all()]
    return list(clocks(breach.noticed_at, told, moment).items())


def _closed(breach):
    return any(entry.step == CLOSED for entry in breach.entries.all())
