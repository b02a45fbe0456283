"""What observers want to have asked, added in the pause before the end; and what a blind interviewer is shown."""

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services import policies
from services.actions.plans import limits_of, protocol_in_force
from services.actions.testimony import topics_of
from services.models import Interview, QuestionNeed
from services.rules.states import ENDED


@action("need.refused")
def add_in_pause(*, case, interview, need, by, now):
    """An observer adds an unsaved need to an interview that goes on. Returns the saved need.

    Refuses before it begins, after its outcomes are written, and for a topic that is part of it already. A need the
    agency had filed or postponed on this topic becomes part of the interview instead of a second one.
    """
    interview = Interview.objects.select_for_update().get(pk=interview.pk, case=case)
    if found := _pause_objections(interview, need.topic_id, now):
        raise Objected(found)
    waiting = QuestionNeed.objects.filter(
        case=case,
        agency=need.agency,
        topic=need.topic,
        state__in=[QuestionNeed.State.OPEN, QuestionNeed.State.POSTPONED],
    ).first()
    need = waiting or need
    need.state, need.interview = QuestionNeed.State.ATTACHED, interview
    if waiting is None:
        need.case, need.by, need.at = case, by, now
    need.save()
    record("need.added", by=by, now=now, about=need, case_id=case.pk)
    return need


def _pause_objections(interview, topic, now):
    if interview.state in ENDED:
        return [Objection("interview_cancelled")]
    if interview.starts > now:
        return [Objection("interview_not_begun")]
    if interview.testimonies.exists():
        return [Objection("outcomes_written_already")]
    return [Objection("topic_in_the_interview", field="topic")] if topic in topics_of(interview) else []


def limits_here(case, now):
    """The limits that rule the case: of the live interview's pinned protocol, or else of the one in force, or None."""
    interview = Interview.objects.live().filter(case=case).select_related("protocol").order_by("-span").first()
    if interview is not None:
        return limits_of(interview.protocol)
    try:
        return limits_of(protocol_in_force(now))
    except Objected:
        return None


def is_blind(user, case, now):
    """Shall `user` not learn why agencies ask, nor what was told before?"""
    limits = limits_here(case, now)
    return limits is not None and limits.blind and policies.is_only_interviewer(user, case, now)
