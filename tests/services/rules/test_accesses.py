"""The steps of a request to see a record, and what an answer must say."""

from datetime import date, timedelta

import pytest

from services.models import RecordAccess
from services.rules import accesses as rules

TODAY = date(2026, 11, 25)
STATES = sorted(rules.TRANSITIONS)


def keys(found):
    return {one.key for one in found}


def test_the_table_knows_every_state_and_no_other():
    assert set(rules.TRANSITIONS) == set(RecordAccess.State.values)
    assert set().union(*rules.TRANSITIONS.values()) <= set(rules.TRANSITIONS)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_every_other_step_is_refused(state, to):
    refused = to not in rules.TRANSITIONS[state]
    assert keys(rules.step_objections(state, to)) == ({"access_step_not_possible"} if refused else set())


def test_a_corrected_entry_is_refused_but_not_granted():
    assert keys(rules.step_objections("requested", "granted", corrected=True)) == {"entry_corrected"}
    assert rules.step_objections("requested", "refused", corrected=True) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, set()),
        ({"recorded": False}, {"nothing_recorded"}),
        ({"corrected": True}, {"entry_corrected"}),
        ({"kept_by_asker": True}, {"record_is_yours"}),
    ],
)
def test_there_must_be_a_record_of_somebody_elses(facts, expected):
    usual = {"recorded": True, "corrected": False, "kept_by_asker": False}
    assert keys(rules.request_objections(**usual | facts)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, set()),
        ({"until": TODAY}, set()),
        ({"until": TODAY + timedelta(days=90)}, set()),
        ({"until": TODAY + timedelta(days=91)}, {"access_end_too_far"}),
        ({"until": TODAY - timedelta(days=1)}, {"access_end_missing"}),
        ({"until": None}, {"access_end_missing"}),
        ({"instructions": "  "}, {"access_instructions_missing"}),
    ],
)
def test_a_grant_ends_and_says_how(facts, expected):
    usual = {"until": TODAY + timedelta(days=14), "instructions": "Buat janji dengan Unit PPA, bawa surat tugas."}
    assert keys(rules.grant_objections(**usual | facts, today=TODAY)) == expected


@pytest.mark.parametrize(
    "words",
    ["https://contoh.example/a", "WWW.contoh.example", "drive.google.com/x", "bit.ly/abc", r"C:\rekaman\7", r"\\server\x",
     "ftp://a"],
)  # fmt: skip
def test_no_way_to_a_copy_stands_in_the_instructions(words):
    found = rules.grant_objections(until=TODAY, instructions=f"Lihat di {words} saja.", today=TODAY)
    assert keys(found) == {"access_instructions_link"}


def test_ordinary_words_are_no_link():
    words = "Ruang barang bukti, pukul 09.00 s.d. 11.00. Hubungi Bripka Bima, ext. 12; bawa surat tugas."
    assert rules.grant_objections(until=TODAY, instructions=words, today=TODAY) == []


def test_a_no_has_its_reason():
    assert keys(rules.refusal_objections("")) == {"access_refusal_missing"}
    assert rules.refusal_objections("no_task") == []


@pytest.mark.parametrize(
    ("state", "days", "corrected", "expected"),
    [
        ("requested", None, False, "requested"),
        ("requested", None, True, "corrected"),
        ("granted", 0, False, "granted"),
        ("granted", -1, False, "over"),
        ("granted", 5, True, "corrected"),
        ("refused", None, True, "refused"),
        ("withdrawn", None, False, "withdrawn"),
        ("ended", 5, False, "ended"),
    ],
)
def test_a_grant_is_over_by_itself_and_with_its_entry(state, days, corrected, expected):
    until = None if days is None else TODAY + timedelta(days=days)
    assert rules.standing(state, until, today=TODAY, corrected=corrected) == expected
    refused = {"corrected": {"entry_corrected"}, "granted": set()}.get(expected, {"access_not_in_force"})
    assert keys(rules.showing_objections(expected)) == refused


def test_the_usual_end_is_within_the_longest():
    assert rules.usual_end(TODAY) == date(2026, 12, 9)
