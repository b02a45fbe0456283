"""A child and its groups, on the recovery's side of its case: join one, leave it, write down whether it came."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render

from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import groups as actions
from services.actions.occupancy import SlotTaken
from services.forms.groups import JoinForm, signed_joining
from services.forms.recovery import AttendanceForm
from services.models import Group, GroupMembership, GroupVisit, RecoveryPlan
from services.policies import require
from services.views.loading import now, open_recovery

TAKEN = Objection("group_taken")


@login_required
def group_join(request, code):
    """The groups that suit, with what clashes; one press joins."""
    case = open_recovery(request, code)
    require(policies.can_lead_recovery(request.user, case, now()))
    plan = RecoveryPlan.objects.filter(case=case, state="active").first()
    form = JoinForm(request.POST or None, case=case)
    if plan and form.is_valid() and _join(request, case, plan, form):
        return redirect("services:case_recovery", code=case.code)
    offers = [(offer, signed_joining(case, offer)) for offer in actions.groups_for(case, now())] if plan else []
    context = {"case": case, "plan": plan, "form": form, "offers": offers}
    return render(request, "services/group_join.html", context, status=409 if form.objections else 200)


@login_required
def group_leave(request, code, pk):
    """Leave a group; nobody is asked why."""
    case = open_recovery(request, code)
    membership = get_object_or_404(GroupMembership.objects.select_related("group", "plan__case"), case=case, pk=pk)
    require(policies.can_lead_recovery(request.user, case, now()))
    refused = ()
    if request.method == "POST":
        try:
            actions.leave_group(case=case, membership=membership, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect("services:case_recovery", code=case.code)
    context = {"case": case, "group": membership.group, "refused": refused}
    return render(request, "services/group_leave.html", context, status=409 if refused else 200)


@login_required
def visit_attendance(request, code, pk):
    """Did the child come? A fact, and no word more."""
    case, visit = _open(request, code, pk)
    form = AttendanceForm(request.POST or None)
    if form.is_valid():
        try:
            attended = form.cleaned_data["attended"]
            actions.record_visit(case=case, visit=visit, attended=attended, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect("services:case_recovery", code=case.code)
    context = _context(case, visit) | {"form": form}
    return render(request, "services/session_attendance.html", context, status=409 if form.objections else 200)


@login_required
def visit_leave_out(request, code, pk):
    """The child does not come to one session of its group; nobody is asked why."""
    case, visit = _open(request, code, pk)
    refused = ()
    if request.method == "POST":
        try:
            actions.leave_visit_out(case=case, visit=visit, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect("services:case_recovery", code=case.code)
    context = _context(case, visit) | {"refused": refused}
    return render(request, "services/visit_leave_out.html", context, status=409 if refused else 200)


def memberships_of(case, moment):
    """The groups the child is in, each with `coming` (visits ahead, in order) and `unwritten` (past, not written down). Two queries."""
    memberships = list(
        GroupMembership.objects.current().filter(case=case).select_related("group__agency", "group__leader")
    )
    visits = GroupVisit.objects.filter(membership__in=memberships).select_related("session").order_by("session__span")
    by_membership = {}
    for visit in visits:
        by_membership.setdefault(visit.membership_id, []).append(visit)
    for one in memberships:
        its = by_membership.get(one.pk, [])
        one.coming = [v for v in its if v.state == "booked" and v.session.starts > moment]
        one.unwritten = [v for v in its if v.state == "booked" and v.session.starts <= moment]
        one.called_off = [v for v in its if v.session.cancelled_at and v.session.starts > moment]
        one.came = sum(v.state == "came" for v in its)
    return memberships


def _join(request, case, plan, form):
    """Was the child let in? If not, the refusal stands in words on the form."""
    said = form.cleaned_data["offer"]
    group = get_object_or_404(Group, pk=said["group"])
    facts = {"case": case, "plan": plan, "group": group, "sessions": said["sessions"]}
    try:
        actions.join_group(by=request.user, now=now(), **facts)
    except SlotTaken:
        form.object_to([TAKEN])
    except Objected as refusal:
        form.object_to(refusal.objections)
    else:
        return True
    return False


def _open(request, code, pk):
    case = open_recovery(request, code)
    rows = GroupVisit.objects.select_related("session", "membership__plan", "group")
    visit = get_object_or_404(rows, case=case, pk=pk)
    require(policies.can_attend_to_sessions(request.user, case, now()))
    return case, visit


def _context(case, visit):
    return {"case": case, "session": visit.session, "group": visit.group}
