"""Is this plan right for the child? Every precondition of an interview, as pure functions over plain values.

`objections(plan, facts)` asks them all, so that somebody who mends a plan sees everything at once. Sources are ids such
as `TPKS-54`; their text, and every sentence, is editable content (cms/wording). Ages are in months, times aware.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from cms.limits import ProtocolLimits
from cms.objections import Objection
from services.rules.attendance import interpreter_speaks, interviewer_knows_the_need
from services.rules.breaks import Break, breaks_suit_the_age
from services.rules.needs import needs_are_answered_in_time
from services.rules.parts import sessions_are_allowed
from services.rules.permits import CourtFacts, court_permits
from services.rules.slots import ChildHours
from services.rules.venues import (
    PlaceFacts,
    child_and_suspect_stay_apart,
    house_is_in_force,
    room_is_near,
    things_stand_together,
)

IN_ROOM, OBSERVING, REMOTE = "in_room", "observing", "remote"
JOINT, CONTINUATION, SUPPLEMENTARY, COURT_ORDERED = "joint", "continuation", "supplementary", "court_ordered"

# Required roles that have a rule of their own, with words that say more than "missing".
OWN_RULE = frozenset({"companion", "prosecutor", "interviewer"})


@dataclass(frozen=True)
class Attendee:
    """Somebody who shall attend: the id of a person's resource, a role, and how they attend."""

    resource: int
    role: str
    presence: str = IN_ROOM


@dataclass(frozen=True)
class InterviewPlan:
    """What the form asks for. Rooms and kits are resource ids; needs are ids of question needs.

    `breaks` as rules.breaks has them; None leaves them to the protocol. `reasons` say, by rule, why a warning shall not
    stand in the way. `later` are the starts of further sessions on other days, each as long as the first, in order.
    """

    starts: datetime
    ends: datetime
    attendees: tuple[Attendee, ...]
    room: int | None
    kit: int | None
    observation_room: int | None = None
    kind: str = JOINT
    needs: frozenset[int] = frozenset()
    postponed: Mapping[int, str] = field(default_factory=dict)
    prosecutor_absent_because: str = ""
    asking: int | None = None
    breaks: tuple[Break, ...] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    later: tuple[datetime, ...] = ()

    @property
    def sessions(self) -> tuple[tuple[datetime, datetime], ...]:
        """(start, end) of every session; of most interviews there is one."""
        length = self.ends - self.starts
        return ((self.starts, self.ends), *((start, start + length) for start in self.later))

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds() // 60)

    def resources(self) -> tuple[int, ...]:
        """Every resource the plan takes, each once, in id order; the child's is added by the action."""
        things = (self.room, self.kit, self.observation_room)
        return tuple(sorted({a.resource for a in self.attendees} | {thing for thing in things if thing}))

    def in_role(self, role: str) -> tuple[Attendee, ...]:
        return tuple(a for a in self.attendees if a.role == role)


@dataclass(frozen=True)
class PersonFacts:
    """What is known of a person's resource: sex F, M or empty; languages; training kinds with their last valid day.

    `trained_for` has the same for children with a disability, by access need; an empty one stands for any.
    """

    name: str
    sex: str = ""
    languages: frozenset[str] = frozenset()
    trained: Mapping[str, date] = field(default_factory=dict)
    is_suspect_parent: bool = False
    member_roles: frozenset[str] = frozenset()
    trained_for: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class InterviewFacts:
    """Everything the rules need to know about the case, the people and the rooms, gathered beforehand."""

    now: datetime
    today: date
    day: date
    starts_at: time
    ends_at: time
    age_months: int
    language: str
    access_needs: frozenset[str]
    interviewer_sex: str
    companion_sex: str
    limits: ProtocolLimits
    people: Mapping[int, PersonFacts]
    child_friendly_rooms: frozenset[int]
    rooms: frozenset[int]
    kits: frozenset[int]
    open_needs: frozenset[int]
    names: Mapping[int, str] = field(default_factory=dict)
    outside_hours: frozenset[int] = frozenset()
    legal_basis: str = ""
    consent_answer: str = ""
    consent_of_suspect: bool = False
    child_view: str = ""
    child_view_is_new: bool = True
    ready: frozenset[tuple[int, int]] = frozenset()
    joint_exists: bool = False
    same_day_sessions: int = 0
    reported_on: date | None = None
    approvals: frozenset[str] = frozenset()
    approvers: int = 0
    former_interviewer: int | None = None
    former_interviewer_available: bool = True
    conflicted: frozenset[int] = frozenset()
    step_free_rooms: frozenset[int] = frozenset()
    childrens_hours: tuple[ChildHours, ...] = ()
    court: CourtFacts = field(default_factory=CourtFacts)
    place: PlaceFacts = field(default_factory=PlaceFacts)
    needed_by: Mapping[int, date] = field(default_factory=dict)
    session_days: tuple[date, ...] = ()


def objections(plan: InterviewPlan, facts: InterviewFacts) -> list[Objection]:
    """Every objection to `plan`, hard ones first; warnings carry `warning=True` and stop nobody."""
    found = [objection for rule in RULES for objection in rule(plan, facts)]
    return sorted(found, key=lambda objection: objection.warning)


def blocking(found: Sequence[Objection]) -> list[Objection]:
    return [objection for objection in found if not objection.warning]


def time_is_possible(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    if plan.minutes <= 0:
        yield Objection("length_not_positive", field="slot")
    if plan.starts <= facts.now:
        yield Objection("slot_in_the_past", field="slot")
    for resource in sorted(facts.outside_hours):
        values = {"name": facts.names.get(resource, "")}
        yield Objection("outside_working_hours", values=values, field="slot")


def length_suits_the_age(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    band = facts.limits.band_for(facts.age_months)
    if band is None or plan.minutes <= 0:
        return
    values = {"minutes": plan.minutes, "least": band.shortest_minutes, "most": band.longest_minutes}
    if plan.minutes > band.longest_minutes:
        yield Objection("length_above_protocol", band.length_source, values, "minutes", warning=True)
    elif plan.minutes < band.shortest_minutes:
        yield Objection("length_below_protocol", band.length_source, values, "minutes", warning=True)


def hour_suits_the_age(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    band = facts.limits.band_for(facts.age_months)
    if band is None or plan.minutes <= 0:
        return
    if facts.starts_at < band.earliest or facts.ends_at > band.latest or facts.ends_at < facts.starts_at:
        values = {"from": f"{band.earliest:%H.%M}", "to": f"{band.latest:%H.%M}"}
        yield Objection("hour_unsuitable_for_age", band.hours_source, values, "slot", warning=True)


def protocol_roles_attend(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """Roles the protocol requires attend, in a way it allows; some have a rule of their own besides."""
    present = {attendee.role for attendee in plan.attendees}
    for required in facts.limits.roles:
        if required.role not in present | OWN_RULE:
            yield Objection("role_missing", required.source, {"role": required.role}, "attendees")
    for attendee in plan.attendees:
        asked = facts.limits.required(attendee.role)
        if asked is not None and not asked.allows(attendee.presence):
            values = {"role": attendee.role, "presence": attendee.presence}
            yield Objection("presence_not_allowed", asked.source, values, "attendees")


def attendees_are_of_the_team(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """Only the case's members attend in their roles; the interviewer alone may come from the pool."""
    for attendee in plan.attendees:
        person = facts.people.get(attendee.resource)
        if person is None or (attendee.role != "interviewer" and attendee.role not in person.member_roles):
            yield Objection("not_a_member", values={"role": attendee.role}, field="attendees")


def nobody_of_the_suspects_side(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """Whoever stands on the suspect's side sits neither with the child nor behind the glass (SPPA art. 23(3))."""
    for resource in sorted({attendee.resource for attendee in plan.attendees} & facts.conflicted):
        yield Objection("attendee_conflicted", "SPPA-23-3", {"name": facts.names.get(resource, "")}, "attendees")


def companion_is_right(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """TPKS art. 26: a trained companion, same sex preferred. SPPA art. 23(3): never the parent who is suspected."""
    companions = plan.in_role("companion")
    if not companions:
        yield Objection("companion_missing", "TPKS-26", field="attendees")
    for attendee in companions:
        person = facts.people.get(attendee.resource)
        if person is None:
            continue
        if person.is_suspect_parent:
            yield Objection("companion_is_suspect", "SPPA-23-3", {"name": person.name}, "attendees")
        if not _trained(person, "companion", facts.day):
            yield Objection("companion_untrained", "TPKS-26", {"name": person.name}, "attendees")
        if facts.companion_sex and person.sex != facts.companion_sex:
            yield Objection("companion_other_sex", "TPKS-26", {"name": person.name}, "attendees", warning=True)


def companion_and_investigator_agreed(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """TPKS art. 54: the investigator first coordinates with the companion on readiness and needs."""
    investigators = [a.resource for a in plan.in_role("investigator")]
    companions = [a.resource for a in plan.in_role("companion")]
    if not investigators and facts.limits.required("investigator") is None:
        yield Objection("role_missing", "TPKS-54", {"role": "investigator"}, "attendees")
    if not investigators or not companions:
        return  # who is missing is said above, or by another rule
    if not any((i, c) in facts.ready for i in investigators for c in companions):
        yield Objection("readiness_not_recorded", "TPKS-54", field="attendees")


def prosecutor_attends(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:  # noqa: ARG001 -- one shape for all rules
    """TPKS art. 49: the prosecutor attends, in person or online; an absence is recorded with its reason."""
    if not plan.in_role("prosecutor") and not plan.prosecutor_absent_because.strip():
        yield Objection("prosecutor_missing", "TPKS-49", field="prosecutor_absent_because")


def interviewer_is_right(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    interviewers = plan.in_role("interviewer")
    if len(interviewers) != 1:
        yield Objection("interviewer_missing", "BARNAHUS", field="attendees")
    for attendee in interviewers:
        person = facts.people.get(attendee.resource)
        if person is None:
            continue
        yield from _interviewer_is_trained(person, facts)
        if facts.language not in person.languages and not plan.in_role("interpreter"):
            yield Objection("interviewer_language", "BARNAHUS", values={"name": person.name}, field="attendees")
        if facts.interviewer_sex and person.sex != facts.interviewer_sex:
            yield Objection("interviewer_gender", "CRC-12", values={"name": person.name}, field="attendees")


def _interviewer_is_trained(person: PersonFacts, facts: InterviewFacts) -> Iterator[Objection]:
    values = {"name": person.name}
    if "forensic" not in person.trained:
        yield Objection("interviewer_unqualified", "BARNAHUS", values=values, field="attendees")
    elif not _trained(person, "forensic", facts.day):
        expired = {**values, "day": person.trained["forensic"].isoformat()}
        yield Objection("interviewer_qualification_expired", "BARNAHUS", values=expired, field="attendees")


def interpreter_where_needed(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """A child who signs needs sign language in the room: an interviewer who signs, or an interpreter."""
    if "deaf" not in facts.access_needs or plan.in_role("interpreter"):
        return
    signs = any(
        "ins" in facts.people[a.resource].languages for a in plan.in_role("interviewer") if a.resource in facts.people
    )
    if not signs:
        yield Objection("interpreter_missing", "BARNAHUS", field="attendees")


def room_and_kit_are_right(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    if plan.room is None or plan.room not in facts.rooms:
        yield Objection("room_missing", "TPKS-53", field="slot")
    elif plan.room not in facts.child_friendly_rooms:
        yield Objection("room_not_child_friendly", "TPKS-53", field="slot")
    if plan.kit is None or plan.kit not in facts.kits:
        yield Objection("kit_missing", "TPKS-48", field="slot")


def legal_basis_stands(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:  # noqa: ARG001 -- one shape for all rules
    """A basis is recorded; if it is a guardian's consent, a guardian who is not suspected gave it (TPKS art. 52)."""
    if not facts.legal_basis:
        yield Objection("legal_basis_missing", "PDP-25")
    elif facts.legal_basis == "guardian" and (facts.consent_answer != "yes" or facts.consent_of_suspect):
        yield Objection("consent_missing", "TPKS-52")


def child_was_heard(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """The child's own view, by age and means. A no stops an interview; a court's order is warned about, not blocked.

    For another interview the child is asked anew: a yes to the first one was not a yes to this.
    """
    ordered = plan.kind == COURT_ORDERED
    if not facts.child_view:
        yield Objection("child_not_asked", "CRC-12", warning=ordered)
    elif plan.kind != JOINT and not facts.child_view_is_new:
        yield Objection("child_not_asked_anew", "CRC-12", warning=ordered)
    elif facts.child_view in {"no", "later"}:
        yield Objection("child_said_no", "CRC-12", warning=ordered)


def every_need_is_settled(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """Each open question need is part of the interview or postponed with a reason, so that nobody comes again."""
    postponed = {need for need, reason in plan.postponed.items() if reason.strip()}
    left = facts.open_needs - plan.needs - postponed
    if plan.kind == JOINT and left:
        yield Objection("need_not_settled", "BARNAHUS", values={"count": len(left)}, field="needs")


def only_one_joint_interview(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    if plan.kind == JOINT and facts.joint_exists:
        yield Objection("second_joint_interview", "TPKS-22")


def further_interview_is_approved(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    if plan.kind == JOINT:
        return
    if not approved(plan.kind, facts.approvals, facts.approvers):
        yield Objection("approvals_missing", "NORWAY-AGAIN", values={"kind": plan.kind})
    interviewers = {attendee.resource for attendee in plan.in_role("interviewer")}
    if facts.former_interviewer and facts.former_interviewer not in interviewers:
        must = plan.kind == CONTINUATION or facts.former_interviewer_available
        yield Objection(
            "same_interviewer_needed", "NORWAY-AGAIN", field="attendees", warning=plan.kind == COURT_ORDERED or not must
        )


def clock_and_sessions(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    """The protocol's clock, and no more sessions a day than it allows. Both only warn."""
    limits = facts.limits
    if facts.reported_on and plan.kind == JOINT:
        day = (facts.day - facts.reported_on).days
        if day > limits.clock_days:
            values = {"day": day, "days": limits.clock_days}
            yield Objection("clock_overdue", limits.clock_source, values, "slot", warning=True)
    if facts.same_day_sessions >= limits.sessions_a_day:
        values = {"most": limits.sessions_a_day}
        yield Objection("sessions_same_day", limits.sessions_source, values, "slot", warning=True)


def room_can_be_entered(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:
    if "wheelchair" in facts.access_needs and plan.room in facts.rooms - facts.step_free_rooms:
        yield Objection("room_not_step_free", field="slot")


def childs_day_is_kept(plan: InterviewPlan, facts: InterviewFacts) -> Iterator[Objection]:  # noqa: ARG001 -- one shape for all rules
    """School, naps, prayer and exams as the house keeps them; a warning, since only who knows the child can judge."""
    for hours in facts.childrens_hours:
        reaches = facts.starts_at < hours.ends and facts.ends_at > hours.starts
        if hours.covers(facts.age_months) and hours.on(facts.day) and reaches:
            values = {"name": hours.name, "from": f"{hours.starts:%H.%M}", "to": f"{hours.ends:%H.%M}"}
            yield Objection("childs_hours_disturbed", values=values, field="slot", warning=True)


def approved(kind: str, roles: frozenset[str], people: int) -> bool:
    """Do these approvals suffice? Continuation: the case manager. Supplementary: the case manager and, another
    person, a psychologist or coordinator. A court needs nobody's approval (booking.md, The promise, 3).
    """
    if kind == COURT_ORDERED:
        return True
    if kind == CONTINUATION:
        return "case_manager" in roles
    return "case_manager" in roles and bool(roles & {"psychologist", "coordinator"}) and people >= 2


def _trained(person: PersonFacts, kind: str, day: date) -> bool:
    until = person.trained.get(kind)
    return until is not None and until >= day


RULES = (
    time_is_possible,
    length_suits_the_age,
    hour_suits_the_age,
    protocol_roles_attend,
    attendees_are_of_the_team,
    nobody_of_the_suspects_side,
    companion_is_right,
    companion_and_investigator_agreed,
    prosecutor_attends,
    interviewer_is_right,
    interviewer_knows_the_need,
    interpreter_where_needed,
    interpreter_speaks,
    room_and_kit_are_right,
    things_stand_together,
    child_and_suspect_stay_apart,
    room_is_near,
    house_is_in_force,
    legal_basis_stands,
    court_permits,
    child_was_heard,
    every_need_is_settled,
    needs_are_answered_in_time,
    breaks_suit_the_age,
    only_one_joint_interview,
    further_interview_is_approved,
    clock_and_sessions,
    room_can_be_entered,
    childs_day_is_kept,
    sessions_are_allowed,
)
