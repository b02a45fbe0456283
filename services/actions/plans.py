"""A plan of an interview: what the rules say of it under the protocol in force, and what it is of one that stands."""

import hashlib
import json

from cms.limits import BOOKING_READS, ProtocolLimits
from cms.models import ProtocolVersion
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy, parts
from services.actions.buffers import booked_spans
from services.actions.facts import interview_facts
from services.models import Occupancy, QuestionNeed
from services.rules import states
from services.rules.interviews import Attendee, InterviewPlan, objections


def protocol_in_force(now):
    """The ProtocolVersion that binds interviews at `now`. Refuses when none was ever published."""
    version = ProtocolVersion.objects.in_force(BOOKING_READS, now)
    if version is None:
        raise Objected([Objection("protocol_missing")])
    return version


def limits_of(version):
    return ProtocolLimits.from_json(version.limits)


def plan_objections(*, case, plan, now, **more):
    """Every objection and warning to `plan` as things stand, without booking anything; `more` as in `facts_for`.

    The rules are asked of each further session too; what they say again, and the clock, is said once.
    """
    found = objections(plan, facts_for(case=case, plan=plan, now=now, **more))
    said = {(one.key, str(one.values)) for one in found} | {("clock_overdue", "")}
    for one in parts.each_session(plan):
        again = objections(one, facts_for(case=case, plan=one, now=now, **more))
        found += [objection for objection in again if not _said(objection, said)]
    return sorted(found, key=lambda objection: objection.warning)


def _said(objection, said):
    """Was it said of an earlier session? Remembers it. Two sessions on one day are the plan's own fault, not the child's."""
    mark = (objection.key, str(objection.values))
    known = mark in said or (objection.key, "") in said
    said.add(mark)
    return known


def facts_for(*, case, plan, now, besides=None, spans=None):
    """What the rules need to know for `plan`. `besides`: the Interview that the plan is of, which hinders no plan of itself.

    `spans` are what is booked, where that is not what one interview by itself would book.
    """
    protocol = besides.protocol if besides is not None else protocol_in_force(now)
    outside = occupancy.outside_hours(spans or booked_spans(case, plan)) if plan.minutes > 0 else []
    return interview_facts(case=case, plan=plan, protocol=protocol, outside=outside, now=now, besides=besides)


def plan_of(interview):
    """The InterviewPlan of an interview as it stands now."""
    rows = interview.participants.order_by("pk").values_list("resource_id", "role", "presence")
    live = Occupancy.objects.filter(pk__in=interview.bookings.values("occupancy_id"), live=True)
    things = dict(live.values_list("resource__kind", "resource_id"))
    return InterviewPlan(
        starts=interview.starts,
        ends=interview.ends,
        attendees=tuple(Attendee(*row) for row in rows),
        room=things.get("room"),
        kit=things.get("kit"),
        observation_room=things.get("observation_room"),
        kind=interview.kind,
        needs=frozenset(interview.needs.filter(state=QuestionNeed.State.ATTACHED).values_list("pk", flat=True)),
        prosecutor_absent_because=interview.prosecutor_absent_because,
        asking=interview.asking_id,
        later=tuple(part.starts for part in interview.parts.all() if part.starts != interview.starts),
    )


def payload_hash(plan, event=states.BOOK):
    """SHA-256 over everything the plan says, so that a key cannot be used for another plan."""
    said = {
        **plan.__dict__,
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "attendees": sorted((a.resource, a.role, a.presence) for a in plan.attendees),
        "needs": sorted(plan.needs),
        "postponed": sorted(plan.postponed.items()),
        "reasons": sorted(plan.reasons.items()),
        "later": [start.isoformat() for start in plan.later],
        **({} if event == states.BOOK else {"event": event}),
    }
    if not plan.later:
        del said["later"]  # what was booked before there were any is found again
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
