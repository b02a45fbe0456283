"""One session of a plan: another time for it, leave it out, write down whether the child came."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render

from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions import recovery as actions
from services.actions.occupancy import SlotTaken
from services.actions.series import other_times
from services.forms.recovery import AttendanceForm, MoveForm
from services.models import RecoverySession
from services.policies import require
from services.views.loading import now, open_recovery

TAKEN = Objection("recovery_taken")


@login_required
def session_move(request, code, pk):
    """Times near the old one at which therapist, room and child are free; on POST, move it there."""
    case, session = _open(request, code, pk)
    facts = {"session": session, "minutes": session.plan.minutes, "zone": case.zone, "child": case.child_resource_id}
    form = MoveForm(request.POST or None, session=session, times=other_times(now=now(), **facts))
    if form.is_valid():
        try:
            starts = form.cleaned_data["time"]
            actions.move_session(case=case, session=session, starts=starts, by=request.user, now=now())
        except SlotTaken:
            form.object_to([TAKEN])
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(session.plan)
    context = {"case": case, "session": session, "plan": session.plan, "form": form}
    return render(request, "services/session_move.html", context, status=409 if form.objections else 200)


@login_required
def session_leave_out(request, code, pk):
    """Leave it out; nobody is asked why."""
    case, session = _open(request, code, pk)
    refused = ()
    if request.method == "POST":
        try:
            actions.leave_out(case=case, session=session, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            return redirect(session.plan)
    context = {"case": case, "session": session, "plan": session.plan, "refused": refused}
    return render(request, "services/session_leave_out.html", context, status=409 if refused else 200)


@login_required
def session_attendance(request, code, pk):
    """Did the child come? A fact, and no word more."""
    case, session = _open(request, code, pk)
    form = AttendanceForm(request.POST or None)
    if form.is_valid():
        try:
            attended = form.cleaned_data["attended"]
            actions.record_attendance(case=case, session=session, attended=attended, by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(session.plan)
    context = {"case": case, "session": session, "plan": session.plan, "form": form}
    return render(request, "services/session_attendance.html", context, status=409 if form.objections else 200)


def _open(request, code, pk):
    case = open_recovery(request, code)
    rows = RecoverySession.objects.select_related("plan__case", "therapist", "room")
    session = get_object_or_404(rows, case=case, pk=pk)
    require(policies.can_attend_to_sessions(request.user, case, now()))
    return case, session
