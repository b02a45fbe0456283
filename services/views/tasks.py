"""Tick off the checklist of an interview; give out tasks and say that they are done."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cms.models.wording import words_for_all
from cms.refusals import Objected
from services import policies
from services.actions import tasks as actions
from services.forms.tasks import TaskForm
from services.models import Interview, Task
from services.policies import require
from services.views.loading import now, open_case


@login_required
@require_POST
def checklist_tick(request, code, pk):
    """One item is done, or not after all."""
    case = open_case(request, code)
    require(policies.can_tick(request.user, case, now()))
    interview = get_object_or_404(Interview, case=case, pk=pk)
    item, done = request.POST.get("item", "")[:40], request.POST.get("done") == "yes"
    try:
        actions.tick(case=case, interview=interview, item=item, done=done, by=request.user, now=now())
    except Objected as refusal:
        return _refused(request, case, refusal)
    return redirect(f"{interview.get_absolute_url()}#checklist")


@login_required
def task_add(request, code):
    """Give a task to somebody of the team."""
    case = open_case(request, code)
    require(policies.can_tick(request.user, case, now()))
    form = TaskForm(request.POST or None, case=case, now=now())
    if form.is_valid():
        try:
            actions.give_task(case=case, task=form.save(commit=False), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(case)
    return render(request, "services/task_add.html", {"case": case, "form": form})


@login_required
@require_POST
def task_set(request, code, pk):
    """A task is done, or not after all."""
    case = open_case(request, code)
    task = get_object_or_404(Task, case=case, pk=pk)
    require(policies.can_set_task(request.user, case, task, now()))
    try:
        actions.set_task(case=case, task=task, done=request.POST.get("done") == "yes", by=request.user, now=now())
    except Objected as refusal:
        return _refused(request, case, refusal)
    return redirect(case)


def _refused(request, case, refusal):
    context = {"case": case, "refused": words_for_all(refusal.objections)}
    return render(request, "services/refused.html", context, status=409)
