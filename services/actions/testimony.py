"""Write the ledger, set an entry right by another, and, where the ledger leaves a gap, ask to ask again."""

from cms.accounts.models import Role
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions.facts import latest
from services.actions.identities import add_reference
from services.actions.interviews import step
from services.models import (
    Approval,
    Asking,
    AskingTopic,
    ChildView,
    Interview,
    QuestionNeed,
    State,
    Testimony,
)
from services.rules import states
from services.rules.identities import Reference
from services.rules.interviews import COURT_ORDERED, blocking
from services.rules.testimony import (
    TOLD_RECORDED,
    AgainPlan,
    Entry,
    again_objections,
    correction_objections,
    covered,
    entry_objections,
)


@action("testimony.refused")
def record_outcomes(*, case, interview, entries, by, now):
    """Write what came of each topic of a held interview; `entries` are rules.testimony.Entry. Returns the new rows.

    Every topic attached to the interview needs its outcome; one written before cannot be written again.
    """
    interview = Interview.objects.select_for_update().get(pk=interview.pk, case=case)
    step(interview, states.RECORD, now)
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


@action("testimony.refused")
def correct_outcome(*, case, testimony, right, reason, by, now):
    """Set an entry right: add another that names it, `right` (rules.testimony.Entry) and why. Returns the new one.

    The wrong entry stays. Only the last of a topic's entries can be corrected; needs of that topic follow what it says.
    """
    Interview.objects.select_for_update().get(pk=testimony.interview_id, case=case)  # one correction after the other
    former = Entry(testimony.topic_id, testimony.outcome, testimony.custodian_id, testimony.reference, testimony.sha256)
    corrected = Testimony.objects.filter(corrects=testimony).exists()
    found = correction_objections(former, right, reason=reason, corrected=corrected)
    if found:
        raise Objected(found)
    entry = _row(case, testimony.interview, right, by, now, corrects=testimony, correction_reason=reason)
    entry.save()
    _settle_again(entry)
    record("testimony.corrected", by=by, now=now, about=entry, case_id=case.pk, corrects=testimony.pk, reason=reason)
    return entry


def _settle_again(entry):
    """Needs follow the ledger: told and recorded covers them; what no longer is opens those that this interview covered."""
    needs = QuestionNeed.objects.filter(case=entry.case_id, topic=entry.topic_id)
    state = QuestionNeed.State
    if entry.outcome == TOLD_RECORDED:
        needs.filter(state__in=[state.OPEN, state.POSTPONED]).update(state=state.COVERED, interview=entry.interview_id)
    elif not Testimony.objects.filter(case=entry.case_id, topic=entry.topic_id).covered().exists():
        waiting = needs.filter(state__in=[state.OPEN, state.ATTACHED, state.POSTPONED]).values("agency")
        newest = needs.filter(state=state.COVERED).exclude(agency__in=waiting).order_by("agency_id", "-pk")
        again = list(newest.distinct("agency_id").values_list("pk", flat=True))
        QuestionNeed.objects.filter(pk__in=again).update(state=state.OPEN, interview=None)


def topics_of(interview):
    """Ids of the topics an interview is about: its needs' topics, and for a later one those it was asked for."""
    asked = AskingTopic.objects.filter(asking=interview.asking_id).values_list("topic_id", flat=True)
    needed = QuestionNeed.objects.filter(interview=interview).values_list("topic_id", flat=True)
    return {*asked, *needed}


def outcomes_by_topic(case):
    """`{topic: frozenset of outcomes}` of what the ledger holds about `case`, each entry as it was last corrected."""
    found: dict[int, frozenset[str]] = {}
    for topic, outcome in Testimony.objects.filter(case=case).standing().values_list("topic_id", "outcome"):
        found[topic] = found.get(topic, frozenset()) | {outcome}
    return found


@action("asking.refused")
def ask_again(*, case, plan, agency, by, now):
    """Ask that the child be interviewed again about `plan.topics` (rules.testimony.AgainPlan). Returns the Asking.

    What is told and recorded is refused: the ledger answers, and the record can be asked for. A court's order is
    written down and counted, never blocked.
    """
    last = Interview.objects.filter(case=case, state=State.HELD).order_by("-span").first()
    if found := blocking(objections_to_asking(case, plan, held=last is not None)):
        raise Objected(found)
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
    if plan.kind == COURT_ORDERED:
        order = Reference("court_decision", plan.order_number.strip(), asking.pk)
        add_reference(case=case, reference=order, by=by, now=now)
    record("asking.filed", by=by, now=now, about=asking, case_id=case.pk, kind_of=plan.kind)
    return asking


def objections_to_asking(case, plan, *, held):
    """Every objection and warning to asking the child again, as things stand."""
    view = latest(ChildView, case)
    return again_objections(plan, outcomes_by_topic(case), held=held, child_view=view.answer if view else "")


def warnings_of(asking):
    """What stands against an interview that a court ordered: shown to who books it, stopping nobody."""
    topics = frozenset(AskingTopic.objects.filter(asking=asking).values_list("topic_id", flat=True))
    plan = AgainPlan(asking.kind, topics, asking.reason, asking.court_id, asking.ordered_on)
    return [one for one in objections_to_asking(asking.case, plan, held=True) if one.warning]


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


def _row(case, interview, entry, by, now, **correction):
    kept = entry.outcome == TOLD_RECORDED
    return Testimony(
        **correction,
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
