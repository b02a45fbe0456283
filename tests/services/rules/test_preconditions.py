"""What must stand before an interview beside its people and hour: each rule alone, and each edge of it."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.breaks import advised_breaks, breaks_every, longest_stretch
from services.rules.interviews import Attendee, objections
from services.rules.overrides import explained, unexplained
from services.rules.permits import CourtFacts
from services.rules.presences import day_objections
from services.rules.venues import PlaceFacts, without_days
from tests.services.rules.test_interviews import (
    BAND,
    DAY,
    FACTS,
    KIT,
    LIMITS,
    PEOPLE,
    PLAN,
    found,
    people,
    person,
    without,
)

ANI = 8
ORDERED = {"kind": "court_ordered"}


def asked(days_before):
    return {"court": CourtFacts("asked", DAY - timedelta(days=days_before))}


@pytest.mark.parametrize(
    ("plan", "facts", "expected"),
    [
        ({}, {"court": CourtFacts()}, {("court_not_asked", False)}),
        ({}, {"court": CourtFacts("refused", DAY - timedelta(days=9))}, {("court_refused", False)}),
        ({}, asked(2), {("court_not_answered", False)}),
        ({}, asked(3), set()),
        ({}, {"place": PlaceFacts(barred=True)}, {("venue_not_suitable_that_day", False)}),
        ({}, {"place": PlaceFacts(shared=True)}, {("venue_shared_that_day", True)}),
        ({}, {"place": PlaceFacts(elsewhere=frozenset({KIT}))}, {("thing_elsewhere", False)}),
        ({}, {"place": PlaceFacts(district="Bogor", child_district="Depok")}, {("room_far_away", True)}),
        ({}, {"place": PlaceFacts(district="Bogor", child_district="Bogor")}, set()),
        ({}, {"place": PlaceFacts(district="Bogor")}, set()),
        ({}, {"needed_by": {1: DAY - timedelta(days=1)}}, {("need_after_its_day", True)}),
        ({}, {"needed_by": {1: DAY}}, set()),
        ({}, {"needed_by": {2: DAY - timedelta(days=1)}}, set()),
        ({"breaks": ()}, {}, {("breaks_missing", True)}),
        ({"breaks": ((40, 5),)}, {}, {("break_too_rare", True)}),
        ({"breaks": ((20, 5),)}, {}, set()),
        ({"breaks": (), "ends": PLAN.starts + timedelta(minutes=30)}, {}, set()),
        (without("investigator"), {}, {("role_missing", False)}),
    ],
)
def test_each_alone(plan, facts, expected):
    assert found(plan, facts) == expected


def test_what_a_court_ordered_needs_no_permit_of_a_court():
    assert "court_not_asked" not in {key for key, _warning in found(ORDERED, {"court": CourtFacts()})}


def test_the_first_day_after_the_courts_silence_is_named():
    facts = dataclasses.replace(FACTS, **asked(1))
    (objection,) = objections(PLAN, facts)
    assert (objection.source, objection.values["day"]) == ("TPKS-49", (DAY + timedelta(days=2)).isoformat())


def test_a_missing_investigator_is_said_once_where_the_protocol_asks_for_one():
    roles = (*LIMITS.roles, dataclasses.replace(LIMITS.roles[0], role="investigator"))
    limits = dataclasses.replace(LIMITS, roles=roles)
    missing = [o for o in objections(dataclasses.replace(PLAN, **without("investigator")),
                                     dataclasses.replace(FACTS, limits=limits)) if o.key == "role_missing"]  # fmt: skip
    assert len(missing) == 1


@pytest.mark.parametrize(
    ("language", "needs", "speaks", "objected"),
    [("su", (), "su", False), ("su", (), "id", True), ("id", ("deaf",), "ins", False), ("id", ("deaf",), "id", True)],
)
def test_an_interpreter_knows_the_childs_language(language, needs, speaks, objected):
    plan = {"attendees": (*PLAN.attendees, Attendee(ANI, "interpreter"))}
    facts = {
        "language": language,
        "access_needs": frozenset(needs),
        "people": {
            **people(RATNA={"trained_for": {"": date(2027, 1, 1)}, "trained": {"forensic": date(2027, 1, 1)}})[
                "people"
            ],
            ANI: person("Ani", "interpreter", languages=frozenset({speaks})),
        },
    }
    assert (("interpreter_language", False) in found(plan, facts)) == objected


@pytest.mark.parametrize(
    ("needs", "trained_for", "objected"),
    [
        ({"wheelchair"}, {}, False),
        ({"learning"}, {}, True),
        ({"learning"}, {"learning": DAY}, False),
        ({"learning"}, {"": DAY}, False),
        ({"learning"}, {"learning": DAY - timedelta(days=1)}, True),
        ({"learning"}, {"autism": DAY}, True),
        ({"learning", "autism"}, {"autism": DAY}, True),
    ],
)
def test_the_interviewer_is_trained_for_the_childs_need_on_that_day(needs, trained_for, objected):
    facts = {"access_needs": frozenset(needs), "step_free_rooms": frozenset([PLAN.room])}
    facts |= people(RATNA={"trained_for": trained_for})
    assert found({}, facts) == ({("interviewer_untrained_for_need", False)} if objected else set())


def test_the_objection_to_a_venue_says_nothing_of_a_suspect():
    facts = dataclasses.replace(FACTS, place=PlaceFacts(barred=True, shared=True))
    assert {tuple(o.values) for o in objections(PLAN, facts)} == {()}


def test_every_precondition_of_the_plan_cites_what_it_rests_on():
    """Only what is wrong with the form itself (the hour is past, nobody works then) rests on nothing."""
    plain = {"slot_in_the_past", "outside_working_hours", "not_a_member", "length_not_positive"}
    facts = dataclasses.replace(
        FACTS, court=CourtFacts(), legal_basis="", child_view="", ready=frozenset(), language="su", interviewer_sex="M",
        access_needs=frozenset({"deaf"}), place=PlaceFacts(True, True, frozenset({KIT}), "A", "B"), joint_exists=True,
        needed_by={1: DAY - timedelta(days=1)}, same_day_sessions=3, reported_on=DAY - timedelta(days=50),
        companion_sex="M", starts_at=time(5),
        people=PEOPLE | people(RATNA={"trained": {}})["people"] | people(DEWI={"trained": {}})["people"],
    )  # fmt: skip
    worst = dataclasses.replace(
        PLAN, room=None, kit=None, breaks=(), needs=frozenset(), ends=PLAN.starts + timedelta(hours=4)
    )
    for plan in (worst, dataclasses.replace(worst, **without("companion", "prosecutor", "interviewer")),
                 dataclasses.replace(worst, kind="supplementary")):  # fmt: skip
        assert {o.key for o in objections(plan, facts) if not o.source} - plain == set()


# --- breaks -----------------------------------------------------------------------------------------------------------


@given(minutes=st.integers(1, 240), every=st.integers(1, 120), length=st.integers(1, 30))
def test_breaks_keep_their_distance_and_stay_inside(minutes, every, length):
    breaks = breaks_every(minutes, every, length)
    assert all(after > 0 and after + long < minutes for after, long in breaks)
    assert all(left[0] + left[1] < right[0] for left, right in pairwise(breaks))
    if breaks:
        assert longest_stretch(minutes, breaks) <= max(every, length + every)


@pytest.mark.parametrize(
    ("minutes", "every", "expected"),
    [(45, 25, ((18, 10),)), (50, 25, ((20, 10),)), (30, 15, ((10, 10),)), (25, 25, ()), (60, 0, ()), (5, 4, ())],
)
def test_where_breaks_come(minutes, every, expected):
    assert breaks_every(minutes, every, 10) == expected


@pytest.mark.parametrize("minutes", [31, 45, 60, 90, 120])
def test_the_advised_breaks_are_never_objected_to(minutes):
    plan = {"ends": PLAN.starts + timedelta(minutes=minutes), "breaks": advised_breaks(BAND, minutes)}
    assert not {"breaks_missing", "break_too_rare"} & {key for key, _warning in found(plan)}


def test_no_band_no_breaks():
    assert advised_breaks(None, 90) == ()


# --- reasons beside warnings ------------------------------------------------------------------------------------------


LATE = dataclasses.replace(PLAN, ends=PLAN.starts + timedelta(minutes=90), breaks=advised_breaks(BAND, 90))
WANTING = dataclasses.replace(LIMITS, reasons_for=("length_above_protocol", "clock_overdue"))


def test_only_warnings_that_were_given_and_that_the_protocol_names_want_a_reason():
    warned = objections(LATE, FACTS)
    given_ = explained(warned, {"length_above_protocol": " Anak minta. "}, WANTING, by_court=False)
    assert given_ == {"length_above_protocol": "Anak minta."}
    assert explained(warned, {}, LIMITS, by_court=False) == {}
    assert unexplained(given_) == []


def test_a_missing_reason_is_asked_for_beside_its_field():
    missing = unexplained(explained(objections(LATE, FACTS), {"length_above_protocol": "  "}, WANTING, by_court=False))
    assert [(o.key, o.field) for o in missing] == [("reason_beside_warning", "why_length_above_protocol")]


def test_nobody_answers_for_what_a_court_ordered():
    assert explained(objections(LATE, FACTS), {}, WANTING, by_court=True) == {}


# --- the suspect's days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (DAY, DAY, []),
        (DAY - timedelta(days=3), DAY, []),
        (DAY, DAY - timedelta(days=1), ["days_end_before_they_start", "day_has_passed"]),
        (DAY - timedelta(days=3), DAY - timedelta(days=1), ["day_has_passed"]),
        (DAY, DAY + timedelta(days=91), []),
        (DAY, DAY + timedelta(days=92), ["days_too_many"]),
    ],
)
def test_which_days_may_be_recorded(first, last, expected):
    assert [o.key for o in day_objections(first, last, DAY)] == expected


MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([0, 4320], [0, 1440, 2880, 4320]),
        ([1500, 1600], []),
        ([1400, 1500], [1400, 1440]),
        ([2800, 3000], [2880, 3000]),
        ([0, 100, 3000, 3100], [0, 100, 3000, 3100]),
        ([], []),
    ],
)
def test_a_barred_day_is_cut_out_of_free_time(stretches, expected):
    assert without_days(stretches, [date(2026, 12, 2)], MIDNIGHT) == expected
