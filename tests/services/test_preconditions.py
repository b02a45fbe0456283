"""The court, breaks and reasons beside warnings, as bookings meet them."""

import dataclasses
import uuid
from datetime import timedelta

import pytest

from cms.audit.models import AuditEvent
from cms.refusals import Objected
from services.actions import interviews as actions
from services.actions import plans
from services.models import Interview, Override, PlannedBreak
from tests import factories
from tests.services.test_interviews import book, refused_keys

LONG = {"ends": factories.workday() + timedelta(minutes=55)}
WHY = "Anak minta waktu lebih lama dan jeda lebih banyak."


def reasons(**given):
    return {"reasons": given}


def test_the_newest_word_of_the_court_counts(ready):
    factories.permit(ready.case, ready.cast.social_worker, "refused")
    assert refused_keys(ready) == {"court_refused"}
    factories.permit(ready.case, ready.cast.social_worker, "asked")
    assert book(ready, starts=factories.workday(days=4))


def test_an_unanswered_court_keeps_the_interview_waiting_three_days(ready):
    start = factories.workday()
    for days, refused in ((2, {"court_not_answered"}), (3, None)):
        asked = start.date() - timedelta(days=days)
        factories.permit(ready.case, ready.cast.social_worker, "asked", dated=asked)
        if refused:
            assert refused_keys(ready, starts=start) == refused
    assert book(ready, starts=start)


def test_a_refusal_after_the_booking_is_said_on_the_interview(ready):
    interview = book(ready)
    assert actions.stopping(interview) == []
    factories.permit(ready.case, ready.cast.social_worker, "refused")
    assert [o.key for o in actions.stopping(interview)] == ["court_refused"]


def test_the_protocols_breaks_are_planned_unless_others_are_chosen(ready):
    interview = book(ready)
    assert list(PlannedBreak.objects.filter(interview=interview).values_list("after", "minutes")) == [(18, 10)]


def test_chosen_breaks_are_kept(ready):
    interview = book(ready, breaks=((12, 5), (29, 5)))
    assert list(interview.breaks.values_list("after", "minutes")) == [(12, 5), (29, 5)]


def test_a_warning_that_wants_a_reason_stops_whoever_gives_none(ready):
    assert refused_keys(ready, **LONG) == {"reason_beside_warning", "length_above_protocol"}
    assert not Interview.objects.exists()


def test_a_reason_is_kept_with_who_and_when_and_the_record_names_the_rule_only(ready):
    interview = book(ready, **LONG, **reasons(length_above_protocol=WHY))
    kept = Override.objects.get(interview=interview)
    assert (kept.rule, kept.reason, kept.by) == ("length_above_protocol", WHY, ready.cast.social_worker)
    event = AuditEvent.objects.get(verb="warning.overridden")
    assert (event.detail, event.key, event.case_id) == (
        {"rule": "length_above_protocol"}, str(interview.pk), ready.case.pk,
    )  # fmt: skip


def test_a_reason_for_what_nobody_warned_of_is_not_kept(ready):
    interview = book(ready, **reasons(length_above_protocol=WHY))
    assert not interview.overrides.exists()


def test_the_same_key_with_another_reason_is_another_plan(ready):
    key = uuid.uuid4()
    book(ready, key=key, **LONG, **reasons(length_above_protocol=WHY))
    assert refused_keys(ready, key=key, **LONG, **reasons(length_above_protocol="Lain.")) == {"form_used_differently"}


def test_a_thing_of_another_venue_is_refused(ready):
    elsewhere = factories.room(factories.venue(ready.cast.house), "Jauh", kind="observation_room")
    factories.works(elsewhere)
    assert refused_keys(ready, observation_room=elsewhere.pk) == {"thing_elsewhere"}


def test_the_child_is_expected_once_a_day_whatever_for(ready):
    """A session of the recovery plan counts, and nobody is told that it is one."""
    from services.actions.occupancy import take

    start = factories.workday(hour=14)
    take(wanted=[(ready.case.child_resource_id, (start, start + timedelta(minutes=50)))], now=factories.now())
    found = plans.plan_objections(case=ready.case, plan=ready.plan(), now=factories.now())
    assert [(o.key, o.warning) for o in found] == [("sessions_same_day", True)]
    with pytest.raises(Objected):
        book(ready)
    plan = dataclasses.replace(ready.plan(), reasons={"sessions_same_day": "Anak mau keduanya pada hari yang sama."})
    assert book(ready, plan=plan)
