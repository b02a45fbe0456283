"""Write the ledger, ask to see a record, and, where the ledger leaves a gap, ask to ask again."""

from cms.accounts.models import Role
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.facts import latest
from services.models import (
    Approval,
    Asking,
    AskingTopic,
    ChildView,
    Interview,
    QuestionNeed,
    RecordAccess,
    State,
    Testimony,
)
from services.rules.interviews import blocking
from services.rules.testimony import TOLD_RECORDED, again_objections, covered, entry_objections


@action("testimony.refused")
def record_outcomes(*, case, interview, entries, by, now):
    """Write what came of each topic of a held interview; `entries` are rules.testimony.Entry. Returns the new rows.

    Every topic attached to the interview needs its outcome; one written before cannot be written again.
    """
    interview = Interview.objects.select_for_update().get(pk=interview.pk, case=case)
    if interview.state != State.HELD:
        raise Objected([Objection("interview_not_held_yet")])
    if interview.testimonies.exists():
        raise Objected([Objection("outcomes_written_already")])
    found = entry_objections(entries, topics_of(interview))
    if found:
        raise Objected(found)
    rows = Testimony.objects.bulk_create(_row(case, interview, entry, by, now) for entry in entries)
    told = covered((entry.topic, entry.outcome) for entry in entries)
    attached = QuestionNeed.objects.filter(case=case, state=QuestionNeed.State.ATTACHED, interview=interview)
    attached.filter(topic__in=told).update(state=QuestionNeed.State.COVERED)
    attached.exclude(topic__in=told).update(state=QuestionNeed.State.OPEN, interview=None)
    record("testimony.recorded", by=by, now=now, about=interview, case_id=case.pk, topics=len(rows), covered=len(told))
    return rows


def topics_of(interview):
    """Ids of the topics an interview is about: its needs' topics, and for a later one those it was asked for."""
    asked = AskingTopic.objects.filter(asking=interview.asking_id).values_list("topic_id", flat=True)
    needed = QuestionNeed.objects.filter(interview=interview).values_list("topic_id", flat=True)
    return {*asked, *needed}


def outcomes_by_topic(case):
    """`{topic: frozenset of outcomes}` of everything the ledger holds about `case`."""
    found: dict[int, frozenset[str]] = {}
    for topic, outcome in Testimony.objects.filter(case=case).values_list("topic_id", "outcome"):
        found[topic] = found.get(topic, frozenset()) | {outcome}
    return found


@action("asking.refused")
def ask_again(*, case, plan, agency, by, now):
    """Ask that the child be interviewed again about `plan.topics` (rules.testimony.AgainPlan). Returns the Asking.

    What is told and recorded is refused: the ledger answers, and the record can be asked for. A court's order is
    written down and counted, never blocked.
    """
    view = latest(ChildView, case)
    last = Interview.objects.filter(case=case, state=State.HELD).order_by("-span").first()
    found = again_objections(
        plan, outcomes_by_topic(case), held=last is not None, child_view=view.answer if view else ""
    )
    if blocking(found):
        raise Objected(blocking(found))
    follows = last or Interview.objects.live().filter(case=case).order_by("-span").first()
    if follows is None:
        raise Objected([Objection("interview_not_held_yet")])
    asking = Asking.objects.create(
        case=case,
        by=by,
        at=now,
        kind=plan.kind,
        agency=agency,
        follows=follows,
        reason=plan.reason.strip(),
        court_id=plan.court,
        ordered_on=plan.ordered_on,
    )
    AskingTopic.objects.bulk_create(
        AskingTopic(case=case, asking=asking, topic_id=topic) for topic in sorted(plan.topics)
    )
    record("asking.filed", by=by, now=now, about=asking, case_id=case.pk, kind_of=plan.kind)
    return asking


@action("approval.refused")
def approve(*, case, asking, role, by, now):
    """Agree that the child is asked again. Nobody approves twice, nor in a role that has approved already."""
    if role not in {Role.CASE_MANAGER, Role.PSYCHOLOGIST, Role.COORDINATOR}:
        raise Objected([Objection("not_a_member", values={"role": role})])
    if asking.approvals.filter(by=by).exists() or asking.approvals.filter(role=role).exists():
        raise Objected([Objection("approved_already")])
    approval = Approval.objects.create(case=case, asking=asking, role=role, by=by, at=now)
    record("approval.given", by=by, now=now, about=approval, case_id=case.pk, role=role)
    return approval


@action("recordaccess.refused")
def request_record(*, case, testimony, agency, by, now):
    """Ask to see an existing record instead of asking the child. Asked twice, it is one request. Returns it."""
    if testimony.outcome != TOLD_RECORDED:
        raise Objected([Objection("nothing_recorded")])
    access = RecordAccess.objects.filter(agency=agency, testimony=testimony).first()
    if access is None:
        access = RecordAccess.objects.create(case=case, agency=agency, testimony=testimony, by=by, at=now)
        record("recordaccess.requested", by=by, now=now, about=access, case_id=case.pk)
    return access


def _row(case, interview, entry, by, now):
    kept = entry.outcome == TOLD_RECORDED
    return Testimony(
        case=case,
        interview=interview,
        topic_id=entry.topic,
        outcome=entry.outcome,
        custodian_id=entry.custodian if kept else None,
        reference=entry.reference.strip() if kept else "",
        sha256=entry.sha256 if kept else "",
        by=by,
        at=now,
    )
