"""Answers, quorum, deadlines and substitutes, without a database."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from cms.limits import ProtocolLimits, RequiredRole
from cms.objections import Objection
from services.rules import invitations
from services.rules.interviews import Attendee, InterviewPlan
from services.rules.invitations import Answer
from tests.cms.test_limits import GOOD

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
ROLES = (RequiredRole("interviewer", ("in_room",), "X"), RequiredRole("companion", ("in_room",), "X"),
         RequiredRole("prosecutor", ("remote",), "X", must_accept=False))  # fmt: skip
LIMITS = dataclasses.replace(GOOD, roles=ROLES)


@pytest.mark.parametrize(
    ("answers", "lacking"),
    [
        ([("interviewer", "accepted"), ("companion", "accepted"), ("prosecutor", "invited")], ()),
        ([("interviewer", "accepted"), ("companion", "invited")], ("companion",)),
        ([("interviewer", "declined"), ("companion", "other_time")], ("interviewer", "companion")),
        ([("companion", "accepted"), ("companion", "invited"), ("interviewer", "accepted")], ("companion",)),
        ([("interviewer", "accepted")], ()),  # nobody fills the other role: another rule speaks of it
        ([("psychologist", "invited"), ("interviewer", "accepted")], ()),
    ],
)
def test_a_proposal_waits_for_whom_the_protocol_asks(answers, lacking):
    assert invitations.lacking(LIMITS, answers) == lacking


def test_a_version_from_before_there_were_proposals_is_read_with_what_is_usual():
    stored = GOOD.to_json()
    del stored["hold_hours"]
    for role in stored["roles"]:
        del role["must_accept"]
    limits = ProtocolLimits.from_json(stored)
    assert limits.hold_hours == 48
    assert all(role.must_accept for role in limits.roles)


@pytest.mark.parametrize("hours", [0, -1, 14 * 24 + 1])
def test_a_hold_of_no_length_or_for_ever_is_not_published(hours):
    faults = dataclasses.replace(GOOD, hold_hours=hours).faults([role.role for role in GOOD.roles])
    assert [fault.key for fault in faults] == ["limits_hold_malformed"]


@pytest.mark.parametrize(("ahead", "waits"), [(100, 48), (48, 48), (47, 47), (1, 1)])
def test_a_proposal_is_held_no_longer_than_until_its_hour(ahead, waits):
    starts = NOW + timedelta(hours=ahead)
    assert invitations.waits_until(LIMITS, starts=starts, now=NOW) == NOW + timedelta(hours=waits)


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (Answer("accepted"), None),
        (Answer("declined"), None),
        (Answer("other_time", NOW + timedelta(hours=1)), None),
        (Answer("other_time"), "other_time_missing"),
        (Answer("other_time", NOW), "other_time_in_the_past"),
        (Answer("accepted", NOW + timedelta(hours=1)), "other_time_with_another_answer"),
    ],
)
def test_answers(answer, key):
    assert [o.key for o in invitations.answer_objections(answer, now=NOW)] == ([key] if key else [])


def plan(*attendees, room=None):
    return InterviewPlan(NOW, NOW + timedelta(minutes=45), attendees, room=1, kit=2, observation_room=room)


@pytest.mark.parametrize(
    ("presence", "room", "found"), [("observing", None, 1), ("observing", 3, 0), ("remote", None, 0)]
)
def test_whoever_observes_has_a_room_for_it(presence, room, found):
    made = plan(Attendee(5, "prosecutor", presence), room=room)
    assert len(list(invitations.observers_have_a_room(made))) == found


def test_one_place_changes_and_no_other():
    first, second = Attendee(5, "companion"), Attendee(6, "companion")
    made = plan(first, second)
    assert invitations.with_substitute(made, first, 9).attendees == (Attendee(9, "companion"), second)
    assert invitations.with_presence(made, second, "remote").attendees == (first, Attendee(6, "companion", "remote"))


def test_a_change_answers_only_for_what_it_brings():
    stood, brought = Objection("child_not_asked"), Objection("presence_not_allowed", field="attendees")
    warned = Objection("clock_overdue", warning=True)
    assert invitations.new_objections([stood], [stood, brought, warned]) == [brought]
