"""Groups as those see them who plan recovery: when they meet and how many places are free. No page of these names a child."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import groups as actions
from services.actions.occupancy import SlotTaken
from services.actions.series import group_wish, leaders_of, series_for
from services.forms.groups import GroupForm, GroupOfferForm, read_group, signed_group
from services.models import Case, Group, GroupKind, GroupMembership, GroupSession, Resource
from services.policies import require
from services.views.loading import now

TAKEN = Objection("group_taken")


@login_required
def group_list(request):
    """Every group that goes on, the next to meet first, with its free places."""
    moment = now()
    require(policies.can_see_groups(request.user, moment))
    groups = list(Group.objects.going_on().with_taken().with_next(moment).select_related("agency", "leader"))
    for group in groups:
        group.free = group.capacity - group.taken
    context = {"groups": groups, "agencies": policies.agencies_to_plan_groups_for(request.user, moment)}
    return render(request, "services/group_list.html", context)


@login_required
def group_detail(request, pk):
    """Its sessions and its free places; and, closed, the codes of those cases of one's own that are in it."""
    moment = now()
    group = _open(request, pk)
    mine = Case.objects.recovering_with(request.user, moment)
    own = GroupMembership.objects.current().filter(group=group, case__in=mine).select_related("case")
    context = {
        "group": group,
        "free": group.capacity - group.taken,
        "sessions": [(session, session.ends <= moment) for session in group.sessions.all()],
        "may_call_off": policies.can_call_off(request.user, group, moment) and group.ended_at is None,
        "own": own.order_by("case__code"),
        "now": moment,
    }
    return render(request, "services/group_detail.html", context)


@login_required
def group_create(request, pk):
    """Three steps at one address: search (GET), preview (POST of an offer), book (POST of the preview)."""
    moment = now()
    agency = get_object_or_404(policies.agencies_to_plan_groups_for(request.user, moment), pk=pk)
    if request.method == "POST" and (said := _said(request, agency)):
        return _offered(request, agency, said)
    people = leaders_of(agency, moment)
    form = GroupForm(request.GET or None, people=people, today=localdate(moment, ZoneInfo(agency.zone)))
    context = {"agency": agency, "form": form, "people": people, "lost": request.method == "POST"}
    if form.is_valid():
        wish = group_wish(agency=agency, now=moment, **form.asked())
        shape = form.shape()
        context["searched"] = True
        context["offers"] = [
            {"series": one, "value": signed_group(agency, one, wish, shape)} for one in series_for(wish, moment)
        ]
    return render(request, "services/group_form.html", context)


@login_required
def group_call_off(request, pk, session):
    """Call one session off, for everybody; nobody is asked why."""
    group = _open(request, pk)
    session = get_object_or_404(GroupSession, group=group, pk=session)
    return _confirm(request, group, actions.call_off, "group_call_off", session=session)


@login_required
def group_end(request, pk):
    """End the group for good; nobody is asked why."""
    return _confirm(request, _open(request, pk), actions.end_group, "group_end")


def _confirm(request, group, act, name, **facts):
    """Ask once, in words; on POST do it, or show the refusal on the same page."""
    require(policies.can_call_off(request.user, group, now()))
    refused = ()
    if request.method == "POST":
        try:
            act(group=group, by=request.user, now=now(), **facts)
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect(group)
    context = {"group": group, "refused": refused, **facts}
    return render(request, f"services/{name}.html", context, status=409 if refused else 200)


def _said(request, agency):
    try:
        return read_group(request.POST.get("offer", ""), agency)
    except signing.BadSignature:
        return None


def _offered(request, agency, said):
    """The preview of an offer; with its button pressed, the booking."""
    data = request.POST if "book" in request.POST else None
    form = GroupOfferForm(data, owner=agency, user=request.user, said=said, signed=request.POST["offer"])
    if form.is_valid():
        facts = {"agency": agency, "by": request.user, "now": now(), "key": form.form_key}
        try:
            return redirect(actions.plan_group(plan=form.plan(), **facts))
        except SlotTaken:
            form.object_to([TAKEN])
        except Objected as refusal:
            form.object_to(refusal.objections)
    leader = Resource.objects.filter(pk=said["leader"], agency=agency).first()
    context = {
        "agency": agency,
        "form": form,
        "minutes": said["minutes"],
        "leader": leader,
        "zone": ZoneInfo(agency.zone),
    }
    context["kind"], context["places"] = GroupKind(said["shape"]["kind"]).label, said["shape"]["capacity"]
    return render(request, "services/group_preview.html", context, status=409 if form.objections else 200)


def _open(request, pk):
    """The group with this number, with `taken`, for whoever may see groups at all."""
    require(policies.can_see_groups(request.user, now()))
    return get_object_or_404(Group.objects.with_taken().select_related("agency", "leader", "room"), pk=pk)
