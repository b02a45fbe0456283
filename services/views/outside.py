"""A resource's busy times outside: a calendar file is read, shown, and then kept."""

from allauth.core.ratelimit import respond_429
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cms.accounts.throttling import allowed
from services.actions import outside as actions
from services.forms.calendars import OutsideForm
from services.models import OutsideCalendar
from services.models.outside import clashing
from services.views.loading import now
from services.views.resources import done, kept_or_404

SHOWN = 20  # busy times in a preview; the rest is a number


@login_required
def resource_outside(request, pk):
    """What is kept, what waits to be kept, and the form for a file."""
    resource = kept_or_404(request, pk)
    sent = request.method == "POST"
    if sent and not allowed(request, "calendar_file"):
        return respond_429(request)
    form = OutsideForm(request.POST, request.FILES) if sent else OutsideForm()
    if form.is_valid():
        facts = {"resource": resource, "data": form.cleaned_data["file"]}
        if done(form, actions.read_calendar, request, **facts):
            return redirect("services:resource_outside", pk=pk)
    calendars = OutsideCalendar.objects.filter(resource=resource).select_related("by")
    context = {"form": form, "resource": resource, "draft": None, "kept": None}
    for calendar in calendars:
        context["kept" if calendar.kept_at else "draft"] = _shown(calendar)
    return render(request, "services/resource_outside.html", context)


@login_required
@require_POST
def outside_keep(request, pk, calendar):
    """Let the draft count, in place of what counted before."""
    resource = kept_or_404(request, pk)
    form = OutsideForm({})
    if done(form, actions.keep_calendar, request, resource=resource, calendar=calendar):
        return redirect("services:resource_outside", pk=pk)
    context = {"form": form, "resource": resource}
    return render(request, "services/resource_outside.html", context, status=409)


@login_required
@require_POST
def outside_remove(request, pk, calendar):
    """Take back what was read, kept or not."""
    resource = kept_or_404(request, pk)
    actions.remove_calendar(resource=resource, calendar=calendar, by=request.user, now=now())
    return redirect("services:resource_outside", pk=pk)


def _shown(calendar):
    """A calendar with its first busy times, their number, and what is booked at the same time."""
    times = list(calendar.busy.all())
    return {"calendar": calendar, "times": times[:SHOWN], "count": len(times), "last": times[-1] if times else None,
            "more": len(times) - SHOWN, "clashes": list(clashing(calendar, now()))}  # fmt: skip
