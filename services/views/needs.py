"""The interviewer's sheet, and the pause before the end in which observers add topics."""

from datetime import timedelta
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from cms.models import Topic
from cms.refusals import Objected
from services import policies
from services.actions import needs as actions
from services.actions.plans import limits_of
from services.actions.testimony import topics_of
from services.forms.needs import PauseForm
from services.models import Interview
from services.policies import require
from services.views.loading import now, open_case
from services.views.testimony import own_agencies


@login_required
def interview_sheet(request, code, pk):
    """What the interviewer takes into the room: topics, breaks, the child's needs. No code, no place, no hour."""
    case = open_case(request, code)
    interview = get_object_or_404(Interview.objects.select_related("protocol", "asking"), case=case, pk=pk)
    limits = limits_of(interview.protocol)
    needs = interview.needs.select_related("topic", "agency").order_by("topic__order", "topic", "agency__name")
    groups = [(topic, list(rows)) for topic, rows in groupby(needs, key=lambda need: need.topic)]
    seen = {topic.pk for topic, _rows in groups}
    groups += [(topic, []) for topic in Topic.objects.filter(pk__in=topics_of(interview) - seen)]
    context = {"case": case, "interview": interview, "groups": groups, "breaks": interview.breaks.all()}
    context["minutes"] = (interview.ends - interview.starts) // timedelta(minutes=1)
    context |= {"blind": limits.blind, "pause": limits.pause_minutes, "band": limits.band_for(case.age_months)}
    return render(request, "services/interview_sheet.html", context)


@login_required
def topic_add(request, code, pk):
    """In the pause before the end, who observes adds a topic; the interviewer decides how to ask."""
    case = open_case(request, code)
    interview = get_object_or_404(Interview, case=case, pk=pk)
    require(policies.can_add_in_pause(request.user, interview))
    form = PauseForm(
        request.POST or None,
        agencies=own_agencies(request.user, case),
        left_out=topics_of(interview),
        today=localdate(now(), case.zone),
    )
    if form.is_valid():
        try:
            actions.add_in_pause(case=case, interview=interview, need=form.need(), by=request.user, now=now())
        except Objected as refusal:
            form.object_to(refusal.objections)
        else:
            return redirect(interview)
    return render(request, "services/topic_add.html", {"case": case, "interview": interview, "form": form})
