"""What may be written about who a child is, and how two writings are made alike."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.identities import identity_objections, is_nik, normal_name, tidy_nik

TODAY = date(2026, 11, 24)
CONTACT = {"contact_who": "Nenek", "contact_channel": "call", "contact_number": "0812"}


def keys(facts, *, contact_recorded=False):
    return [found.key for found in identity_objections(facts, TODAY, contact_recorded=contact_recorded)]


@pytest.mark.parametrize("nik", ["3201011503120001", "3201015503120001", "3201013112129999", "3201017101120001"])
def test_a_nik(nik):
    assert is_nik(nik)
    assert keys({"nik": nik}) == []


@pytest.mark.parametrize(
    "nik",
    ["", "320101150312000", "32010115031200011", "3201013203120001", "3201010003120001", "3201017203120001",
     "3201011513120001", "3201011500120001", "3201011503120000", "320101150312000a", "٣٢٠١٠١١٥٠٣١٢٠٠٠١"],
)  # fmt: skip
def test_what_is_no_nik_is_refused_without_repeating_it(nik):
    assert not is_nik(nik)
    (found,) = identity_objections({"nik": nik}, TODAY, contact_recorded=False)
    assert (found.key, found.field, dict(found.values)) == ("nik_malformed", "nik", {})


def test_spaces_and_dots_in_a_nik_are_forgiven():
    assert tidy_nik(" 3201.0115 0312-0001 ") == "3201011503120001"


@pytest.mark.parametrize(
    ("born", "expected"),
    [("2026-11-24", []), ("2026-11-25", ["birth_date_to_come"]), ("2007-11-25", []),
     ("2007-11-24", ["birth_date_of_an_adult"]), ("1980-01-01", ["birth_date_of_an_adult"])],
)  # fmt: skip
def test_birth_dates(born, expected):
    assert keys({"birth_date": born}) == expected


def test_a_contact_is_one_fact():
    assert keys(CONTACT) == []
    for name in CONTACT:
        assert keys({key: value for key, value in CONTACT.items() if key != name}) == ["contact_incomplete"]
    assert keys({"contact_when": "sore"}, contact_recorded=True) == ["contact_incomplete"]


def test_a_contact_is_confirmed_only_when_there_is_one():
    assert keys({"contact_confirmed_on": "2026-11-24"}, contact_recorded=True) == []
    assert keys({**CONTACT, "contact_confirmed_on": "2026-11-24"}) == []
    assert keys({"contact_confirmed_on": "2026-11-24"}) == ["contact_incomplete"]
    assert keys({"contact_confirmed_on": "2026-11-25"}, contact_recorded=True) == ["contact_confirmed_in_future"]


@pytest.mark.parametrize(
    "written", ["Siti Nur-Aini", "siti nuraini", "NURAINI, Siti", "  Siti\tNur’aini. ", "Síti Nurâini"]
)
def test_the_same_name_written_otherwise(written):
    assert normal_name(written) == "nuraini siti"


def test_another_name_stays_another():
    assert normal_name("Siti Nuraina") != normal_name("Siti Nuraini")
    assert normal_name("…") == ""


@given(st.text())
def test_making_alike_twice_changes_nothing(name):
    once = normal_name(name)
    assert normal_name(once) == once
