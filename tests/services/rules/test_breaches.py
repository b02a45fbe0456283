"""The rules of the breach register and of requests for a copy, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.rules.breaches import EntryPlan, clocks, entry_objections, report_objections
from services.rules.subjects import ending_objections, request_objections

NOTICED = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
NOW = NOTICED + timedelta(hours=30)


def objections(plan, **facts):
    given = {"noticed_at": NOTICED, "noticed_on": date(2026, 12, 1), "closed": False, "now": NOW,
             "today": date(2026, 12, 2), "authority_told": True}  # fmt: skip
    return [one.key for one in entry_objections(plan, **{**given, **facts})]


def told(**changes):
    return EntryPlan("people_told", NOW, "x", **{"whom": "children", "channel": "in_person"} | changes)


def test_each_clock_is_met_by_the_first_who_was_told():
    steps = [("found", NOTICED), ("authority_told", NOW), ("authority_told", NOTICED + timedelta(hours=9))]
    made = clocks(NOTICED, steps, NOW + timedelta(days=9))
    assert made["authority_told"].met_at == NOTICED + timedelta(hours=9)
    assert (made["authority_told"].state, made["people_told"].state) == ("met", "late")


def test_nothing_is_reported_from_the_future():
    assert report_objections(NOW, NOW) == []
    assert [one.key for one in report_objections(NOW + timedelta(seconds=1), NOW)] == ["moment_still_to_come"]


@pytest.mark.parametrize(
    ("plan", "facts", "keys"),
    [
        (EntryPlan("found", NOW, "x"), {}, []),
        (EntryPlan("found", NOTICED - timedelta(days=1), "x"), {}, []),
        (EntryPlan("found", NOW, "x"), {"closed": True}, ["breach_closed_already"]),
        (EntryPlan("found", NOW + timedelta(1), "x"), {}, ["moment_still_to_come"]),
        (EntryPlan("authority_told", NOTICED - timedelta(1), "x"), {}, ["breach_told_before_noticed"]),
        (EntryPlan("closed", NOW, "x"), {}, []),
        (EntryPlan("closed", NOW, "x"), {"authority_told": False}, ["breach_authority_not_told"]),
        (told(), {}, []),
        (told(channel="lawyer"), {}, []),
        (told(whom="staff", channel="work_mail"), {}, []),
        (told(channel="work_mail"), {}, ["breach_child_written_to"]),
        (told(channel="safe_contact"), {}, ["breach_contact_not_confirmed"]),
        (told(channel="safe_contact", confirmed_on=date(2026, 11, 30)), {}, ["breach_contact_not_confirmed"]),
        (told(channel="safe_contact", confirmed_on=date(2026, 12, 3)), {}, ["breach_contact_not_confirmed"]),
        (told(channel="safe_contact", confirmed_on=date(2026, 12, 1)), {}, []),
        (told(channel="safe_contact", confirmed_on=date(2026, 12, 2)), {}, []),
        (told(whom="", channel=""), {}, ["breach_whom_missing", "breach_channel_missing"]),
    ],
)  # fmt: skip
def test_what_speaks_against_an_entry(plan, facts, keys):
    assert objections(plan, **facts) == keys


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({}, []),
        ({"asker": "guardian", "asker_is_suspect": True}, ["subject_asker_is_suspect"]),
        ({"asker": "guardian"}, []),
        ({"asker_is_suspect": True}, []),
        ({"received_at": NOW + timedelta(hours=1)}, ["moment_still_to_come"]),
    ],
)
def test_who_may_ask(facts, keys):
    given = {"asker": "child", "asker_is_suspect": False, "received_at": NOTICED, "now": NOW}
    assert [one.key for one in request_objections(**{**given, **facts})] == keys


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({}, []),
        ({"ended": True}, ["subject_request_ended"]),
        ({"exported": False}, ["subject_copy_not_made"]),
        ({"exported": False, "ending": "harm"}, []),
    ],
)
def test_how_a_request_may_end(facts, keys):
    given = {"ended": False, "ending": "handed_over", "exported": True}
    assert [one.key for one in ending_objections(**{**given, **facts})] == keys
