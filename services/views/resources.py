"""Rooms, kits, people and their hours, for whoever keeps them. What one does not keep looks absent."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from cms.accounts.models import Role
from cms.refusals import Objected
from services import policies
from services.actions import hours as hours_actions
from services.actions import resources as actions
from services.actions.replannings import affected_count
from services.forms import resources as forms
from services.models import Leave, Qualification, Resource
from services.policies import require
from services.views.loading import now


@login_required
def resource_list(request):
    """Everything one keeps, by kind, with its week in short; and one's own row."""
    require(policies.can_keep_anything(request.user, now()))
    kept = Resource.objects.kept_by(request.user, now()).select_related("agency", "venue")
    kept = kept.prefetch_related("qualifications")
    context = {"resources": list(kept), "kinds": _kinds(), "today": localdate()}
    context["agencies"] = agencies_kept(request.user)
    return render(request, "services/resource_list.html", context)


@login_required
def resource_create(request, kind):
    """Add a person, room or kit to an agency one keeps."""
    agencies = _agencies_or_404(request)
    if kind not in dict(_kinds()):
        raise Http404
    form = forms.ResourceForm(request.POST or None, agencies=agencies, instance=Resource(kind=kind))
    if form.is_valid() and (resource := done(form, actions.save_resource, request, resource=form.resource())):
        return redirect("services:resource_hours", pk=resource.pk)
    return render(request, "services/resource_form.html", {"form": form, "kind": dict(_kinds())[kind]})


@login_required
def resource_edit(request, pk):
    """Change what is known of a person, room or kit; take it out of use."""
    resource = kept_or_404(request, pk)
    agencies = _agencies_or_404(request)
    form = forms.ResourceForm(request.POST or None, agencies=agencies, instance=resource)
    if form.is_valid() and done(form, actions.save_resource, request, resource=form.resource()):
        return redirect("services:resource_list")
    return render(request, "services/resource_form.html", {"form": form, "resource": resource})


@login_required
def venue_create(request):
    """Add a venue, under a code name."""
    form = forms.VenueForm(request.POST or None, agencies=_agencies_or_404(request))
    if form.is_valid() and done(form, actions.save_venue, request, venue=form.save(commit=False)):
        return redirect("services:resource_list")
    return render(request, "services/resource_form.html", {"form": form, "venue": True})


@login_required
def resource_hours(request, pk):
    """The week of a resource, one line a day."""
    resource = kept_or_404(request, pk)
    form = forms.HoursForm(request.POST or None, blocks=hours_actions.blocks_of(resource))
    if form.is_valid():
        try:
            hours_actions.set_hours(resource=resource, blocks=form.blocks, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:resource_list")
    return render(request, "services/resource_hours.html", {"form": form, "resource": resource})


@login_required
def resource_leave(request, pk):
    """When a resource is away; nobody is asked why."""
    resource = kept_or_404(request, pk)
    form = forms.LeaveForm(request.POST or None, zone=ZoneInfo(resource.zone))
    if form.is_valid():
        start, end = form.span()
        try:
            hours_actions.add_leave(resource=resource, start=start, end=end, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:resource_leave", pk=pk)
    leaves = resource.leaves.filter(span__endswith__gt=now())
    for leave in leaves:
        leave.affected = affected_count(resource, leave.span.lower, leave.span.upper, now())
    context = {"form": form, "resource": resource, "leaves": leaves}
    context["may_plan_anew"] = policies.can_plan_anew(request.user, resource.agency, now())
    return render(request, "services/resource_leave.html", context)


@login_required
@require_POST
def leave_remove(request, pk, leave):
    """Take a leave back; the working hours under it return."""
    resource = kept_or_404(request, pk)
    hours_actions.remove_leave(leave=get_object_or_404(Leave, pk=leave, resource=resource), by=request.user, now=now())
    return redirect("services:resource_leave", pk=pk)


@login_required
def resource_qualifications(request, pk):
    """What a person is trained for, and until when. Only a keeper says so, nobody of themselves."""
    resource = kept_or_404(request, pk)
    require(policies.can_train(request.user, resource, now()) and resource.kind == Resource.Kind.PERSON)
    form = forms.QualificationForm(request.POST or None, instance=Qualification(resource=resource))
    if form.is_valid():
        actions.save_qualification(qualification=form.save(commit=False), by=request.user, now=now())
        return redirect("services:resource_qualifications", pk=pk)
    context = {"form": form, "resource": resource, "held": resource.qualifications.all(), "today": localdate()}
    return render(request, "services/resource_qualifications.html", context)


@login_required
@require_POST
def qualification_remove(request, pk, qualification):
    """Take back a training written down by mistake."""
    resource = kept_or_404(request, pk)
    require(policies.can_train(request.user, resource, now()))
    held = get_object_or_404(Qualification, pk=qualification, resource=resource)
    actions.remove_qualification(qualification=held, by=request.user, now=now())
    return redirect("services:resource_qualifications", pk=pk)


def agencies_kept(user):
    """The agencies whose rooms and hours `user` keeps now."""
    return policies.agencies_where(user, Role.KEEPER, now())


def done(form, act, request, **facts):
    """What the action made, or None with the refusal in words on the form."""
    try:
        return act(by=request.user, now=now(), **facts)
    except Objected as refusal:
        form.object_to(refusal.objections)
        return None


def kept_or_404(request, pk):
    return get_object_or_404(Resource.objects.kept_by(request.user, now()).select_related("agency", "venue"), pk=pk)


def _agencies_or_404(request):
    agencies = agencies_kept(request.user)
    if not agencies:
        raise Http404
    return agencies


def _kinds():
    return [(value, label) for value, label in Resource.Kind.choices if value != Resource.Kind.CHILD]
