"""An interview that was booked under one version of the protocol, seen under the one that rules now. It keeps its own."""

from services.actions.facts import interview_facts
from services.actions.plans import plan_of, protocol_in_force
from services.rules.interviews import objections
from services.rules.touching import outside_limits


def newer_protocol(*, interview, now):
    """The version that rules at `now` where it is another than the interview's own, or None."""
    ruling = protocol_in_force(now)
    return ruling if ruling.pk != interview.protocol_id else None


def outside_newer(*, interview, ruling, now):
    """What the limits of `ruling` object to in an interview that stands; nothing of this changes it."""
    plan = plan_of(interview)
    facts = interview_facts(case=interview.case, plan=plan, protocol=ruling, outside=(), now=now, besides=interview)
    return outside_limits(objections(plan, facts))
