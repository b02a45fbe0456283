"""Every precondition of an interview, one at a time: the plan that has no fault, and each fault alone."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta

import pytest

from cms.limits import AgeBand, ProtocolLimits, RequiredRole
from services.rules.interviews import (
    Attendee,
    InterviewFacts,
    InterviewPlan,
    PersonFacts,
    approved,
    blocking,
    objections,
)
from services.rules.permits import CourtFacts

SARI, RATNA, BIMA, CITRA, DEWI, ROOM, KIT = range(1, 8)
DAY = date(2026, 12, 3)
START = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)  # 09.00 WIB

BAND = AgeBand(0, 17, 20, 60, "NICHD", time(8), time(12), "BARNAHUS", 30, 5, "BARNAHUS")
LIMITS = ProtocolLimits(
    bands=(BAND,),
    roles=(
        RequiredRole("case_manager", ("observing", "in_room"), "TPKS-54"),
        RequiredRole("prosecutor", ("observing", "remote"), "TPKS-49"),
    ),
    clock_days=14,
    clock_source="BARNAHUS",
    sessions_a_day=1,
    sessions_source="BARNAHUS",
)


def person(name, *roles, **facts):
    return PersonFacts(name, **{"sex": "F", "languages": frozenset({"id"}), "member_roles": frozenset(roles), **facts})


PEOPLE = {
    SARI: person("Sari", "case_manager"),
    RATNA: person("Ratna", trained={"forensic": date(2027, 1, 1)}, trained_for={"deaf": date(2027, 1, 1)}),
    BIMA: person("Bima", "investigator"),
    CITRA: person("Citra", "prosecutor"),
    DEWI: person("Dewi", "companion", trained={"companion": date(2027, 1, 1)}),
}
PLAN = InterviewPlan(
    starts=START,
    ends=START + timedelta(minutes=45),
    attendees=(
        Attendee(SARI, "case_manager", "observing"),
        Attendee(RATNA, "interviewer"),
        Attendee(BIMA, "investigator", "observing"),
        Attendee(CITRA, "prosecutor", "remote"),
        Attendee(DEWI, "companion"),
    ),
    room=ROOM,
    kit=KIT,
    needs=frozenset({1}),
)
FACTS = InterviewFacts(
    now=START - timedelta(days=3),
    today=DAY - timedelta(days=3),
    day=DAY,
    starts_at=time(9),
    ends_at=time(9, 45),
    age_months=108,
    language="id",
    access_needs=frozenset(),
    interviewer_sex="",
    companion_sex="",
    limits=LIMITS,
    people=PEOPLE,
    child_friendly_rooms=frozenset({ROOM}),
    rooms=frozenset({ROOM}),
    kits=frozenset({KIT}),
    open_needs=frozenset({1}),
    legal_basis="best_interests",
    child_view="yes",
    ready=frozenset({(BIMA, DEWI)}),
    reported_on=DAY - timedelta(days=5),
    court=CourtFacts("granted", DAY - timedelta(days=4)),
)


def without(*roles):
    return {"attendees": tuple(a for a in PLAN.attendees if a.role not in roles)}


def people(**changes):
    """PEOPLE with the facts of one of them changed, by name."""
    ids = {"SARI": SARI, "RATNA": RATNA, "BIMA": BIMA, "CITRA": CITRA, "DEWI": DEWI}
    changed = {ids[name]: dataclasses.replace(PEOPLE[ids[name]], **facts) for name, facts in changes.items()}
    return {"people": {**PEOPLE, **changed}}


def found(plan=(), facts=()):
    every = objections(dataclasses.replace(PLAN, **dict(plan)), dataclasses.replace(FACTS, **dict(facts)))
    return {(o.key, o.warning) for o in every}


def test_a_good_plan_has_no_objection():
    assert found() == set()


@pytest.mark.parametrize(
    ("plan", "facts", "expected"),
    [
        ({"ends": START}, {}, {("length_not_positive", False)}),
        ({}, {"now": START}, {("slot_in_the_past", False)}),
        ({}, {"outside_hours": frozenset({DEWI})}, {("outside_working_hours", False)}),
        ({"ends": START + timedelta(minutes=61)}, {}, {("length_above_protocol", True)}),
        ({"ends": START + timedelta(minutes=19)}, {}, {("length_below_protocol", True)}),
        ({}, {"starts_at": time(7)}, {("hour_unsuitable_for_age", True)}),
        ({}, {"ends_at": time(12, 15)}, {("hour_unsuitable_for_age", True)}),
        (without("case_manager"), {}, {("role_missing", False)}),
        (without("companion"), {}, {("companion_missing", False)}),
        (without("prosecutor"), {}, {("prosecutor_missing", False)}),
        (without("interviewer"), {}, {("interviewer_missing", False)}),
        ({}, people(DEWI={"trained": {}}), {("companion_untrained", False)}),
        ({}, people(DEWI={"trained": {"companion": DAY - timedelta(days=1)}}), {("companion_untrained", False)}),
        ({}, people(DEWI={"is_suspect_parent": True}), {("companion_is_suspect", False)}),
        ({}, {"companion_sex": "M"}, {("companion_other_sex", True)}),
        ({}, people(DEWI={"member_roles": frozenset()}), {("not_a_member", False)}),
        ({}, {"ready": frozenset()}, {("readiness_not_recorded", False)}),
        ({}, {"ready": frozenset({(BIMA, SARI)})}, {("readiness_not_recorded", False)}),
        ({}, people(RATNA={"trained": {}}), {("interviewer_unqualified", False)}),
        (
            {},
            people(RATNA={"trained": {"forensic": DAY - timedelta(days=1)}}),
            {("interviewer_qualification_expired", False)},
        ),
        ({}, {"language": "su"}, {("interviewer_language", False)}),
        ({}, {"interviewer_sex": "M"}, {("interviewer_gender", False)}),
        ({}, {"access_needs": frozenset({"deaf"})}, {("interpreter_missing", False)}),
        ({"room": None}, {}, {("room_missing", False)}),
        ({}, {"child_friendly_rooms": frozenset()}, {("room_not_child_friendly", False)}),
        ({"kit": None}, {}, {("kit_missing", False)}),
        ({"kit": ROOM}, {}, {("kit_missing", False)}),
        ({}, {"legal_basis": ""}, {("legal_basis_missing", False)}),
        ({}, {"legal_basis": "guardian"}, {("consent_missing", False)}),
        (
            {},
            {"legal_basis": "guardian", "consent_answer": "yes", "consent_of_suspect": True},
            {("consent_missing", False)},
        ),
        ({}, {"legal_basis": "guardian", "consent_answer": "withdrawn"}, {("consent_missing", False)}),
        ({}, {"child_view": ""}, {("child_not_asked", False)}),
        ({}, {"child_view": "no"}, {("child_said_no", False)}),
        ({}, {"child_view": "later"}, {("child_said_no", False)}),
        ({"needs": frozenset()}, {}, {("need_not_settled", False)}),
        ({"needs": frozenset(), "postponed": {1: "  "}}, {}, {("need_not_settled", False)}),
        ({}, {"joint_exists": True}, {("second_joint_interview", False)}),
        ({}, {"reported_on": DAY - timedelta(days=15)}, {("clock_overdue", True)}),
        ({}, {"same_day_sessions": 1}, {("sessions_same_day", True)}),
        ({"kind": "continuation"}, {}, {("approvals_missing", False)}),
        (
            {"kind": "continuation"},
            {"approvals": frozenset({"case_manager"}), "approvers": 1, "former_interviewer": BIMA},
            {("same_interviewer_needed", False)},
        ),
        (
            {"kind": "supplementary"},
            {
                "approvals": frozenset({"case_manager", "psychologist"}),
                "approvers": 2,
                "former_interviewer": BIMA,
                "former_interviewer_available": False,
            },
            {("same_interviewer_needed", True)},
        ),
        ({"kind": "court_ordered"}, {"child_view": "no"}, {("child_said_no", True)}),
        ({"kind": "court_ordered"}, {"child_view_is_new": False}, {("child_not_asked_anew", True)}),
        (
            {"kind": "continuation"},
            {"child_view_is_new": False, "approvals": frozenset({"case_manager"}), "approvers": 1},
            {("child_not_asked_anew", False)},
        ),
        ({}, {"child_view_is_new": False}, set()),
    ],
)
def test_each_fault_alone(plan, facts, expected):
    assert found(plan, facts) == expected


@pytest.mark.parametrize(
    ("plan", "facts"),
    [
        ({**without("prosecutor"), "prosecutor_absent_because": "Sidang lain."}, {}),
        ({"needs": frozenset(), "postponed": {1: "Menunggu visum."}}, {}),
        ({}, {"legal_basis": "guardian", "consent_answer": "yes"}),
        ({}, people(RATNA={"languages": frozenset({"id", "ins"})}) | {"access_needs": frozenset({"deaf"})}),
        ({}, {"companion_sex": "F", "interviewer_sex": "F"}),
        ({"kind": "court_ordered"}, {}),
        ({}, {"reported_on": DAY - timedelta(days=14)}),
    ],
)
def test_what_mends_it(plan, facts):
    assert found(plan, facts) == set()


def test_an_interpreter_stands_in_for_the_language():
    interpreter = Attendee(99, "interpreter")
    more = {99: person("Intan", "interpreter", languages=frozenset({"ins"}))}
    plan = {"attendees": (*PLAN.attendees, interpreter)}
    facts = {"language": "su", "access_needs": frozenset({"deaf"}), "people": {**PEOPLE, **more}}
    assert found(plan, facts) == set()


def test_the_protocol_says_how_a_role_may_attend():
    attendees = tuple(
        dataclasses.replace(a, presence="in_room") if a.role == "prosecutor" else a for a in PLAN.attendees
    )
    assert found({"attendees": attendees}) == {("presence_not_allowed", False)}


def test_somebody_unknown_is_said_once_and_nothing_breaks():
    attendees = tuple(dataclasses.replace(a, resource=a.resource + 100) for a in PLAN.attendees)
    keys = {key for key, _warning in found({"attendees": attendees})}
    assert keys == {"not_a_member", "readiness_not_recorded"}


def test_no_limits_for_an_age_that_is_none():
    assert found(facts={"age_months": 400, "starts_at": time(3)}) == set()


def test_hard_objections_come_first():
    every = objections(
        dataclasses.replace(PLAN, room=None), dataclasses.replace(FACTS, reported_on=DAY - timedelta(days=30))
    )
    assert [o.warning for o in every] == [False, True]
    assert len(blocking(every)) == 1


@pytest.mark.parametrize(
    ("kind", "roles", "people_count", "enough"),
    [
        ("court_ordered", set(), 0, True),
        ("continuation", {"case_manager"}, 1, True),
        ("continuation", {"psychologist"}, 1, False),
        ("supplementary", {"case_manager", "psychologist"}, 2, True),
        ("supplementary", {"case_manager", "coordinator"}, 2, True),
        ("supplementary", {"case_manager", "psychologist"}, 1, False),
        ("supplementary", {"psychologist", "coordinator"}, 2, False),
    ],
)
def test_approvals(kind, roles, people_count, enough):
    assert approved(kind, frozenset(roles), people_count) is enough
