"""Does a provider meet what is asked, and from which day does a house close? Without a database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from directory.rules import standards as rules
from directory.rules.standards import Assessed, Demand

TODAY = date(2026, 11, 29)
DAY = timedelta(days=1)
ASKED = Demand(1, TODAY - 30 * DAY)
MET = Assessed(1, "yes", "met", TODAY + 100 * DAY)


def keys(objections):
    return [(objection.key, objection.field) for objection in objections]


@pytest.mark.parametrize(
    ("demands", "assessed", "closes"),
    [
        ([], [], None),
        ([ASKED], [], TODAY),
        ([ASKED], [MET], TODAY + 101 * DAY),
        ([ASKED], [replace(MET, expires_on=TODAY)], TODAY + DAY),  # its last day counts
        ([ASKED], [replace(MET, expires_on=TODAY - DAY)], TODAY),
        ([ASKED], [replace(MET, outcome="not_met", expires_on=None)], TODAY),
        ([ASKED], [replace(MET, outcome="", expires_on=None)], TODAY),
        ([ASKED], [replace(MET, criterion=2)], TODAY),
        ([replace(ASKED, essential=False)], [], None),
        ([replace(ASKED, starts=TODAY + 60 * DAY)], [], TODAY + 60 * DAY),
        ([replace(ASKED, starts=TODAY + 60 * DAY)], [MET], TODAY + 101 * DAY),
        ([replace(ASKED, starts=TODAY + 200 * DAY)], [MET], TODAY + 200 * DAY),  # met now, but not when it is asked
        ([replace(ASKED, until=TODAY)], [], None),
        ([replace(ASKED, until=TODAY + DAY)], [], TODAY),
        ([replace(ASKED, until=TODAY + 101 * DAY)], [MET], None),  # runs out when nobody asks any more
        ([ASKED, Demand(2, TODAY)], [MET, Assessed(2, "partly", "met", TODAY + 9 * DAY)], TODAY + 10 * DAY),
    ],
)
def test_a_house_closes_when_the_first_essential_criterion_lapses(demands, assessed, closes):
    assert rules.closes_on(demands, assessed, TODAY) == closes


@pytest.mark.parametrize(
    ("closes", "state"),
    [(None, "open"), (TODAY + 61 * DAY, "open"), (TODAY + 60 * DAY, "soon"), (TODAY + DAY, "soon"), (TODAY, "closed")],
)
def test_sixty_days_before_it_closes_there_is_a_warning(closes, state):
    assert rules.state(closes, TODAY) == state


@pytest.mark.parametrize(
    ("met", "evidence", "hidden", "found"),
    [
        ("yes", "Ruang di lantai dua.", False, []),
        ("no", "", False, []),
        ("", "Ada.", False, [("assessment_says_nothing", "met")]),
        ("perhaps", "Ada.", False, [("assessment_says_nothing", "met")]),
        ("yes", "  ", False, [("evidence_missing", "evidence")]),
        ("partly", "", False, [("evidence_missing", "evidence")]),
        ("yes", "Di Jalan Melati 7.", False, []),
        ("yes", "Di Jalan Melati 7.", True, [("shelter_place_in_words", "evidence")]),
        ("yes", "a" * 1001, False, [("text_too_long", "evidence")]),
    ],
)
def test_what_a_provider_may_say_of_itself(met, evidence, hidden, found):
    assert keys(rules.assessment_objections(met, evidence, hidden_place=hidden)) == found


UNTIL = date(2027, 11, 29)


@pytest.mark.parametrize(
    ("said", "outcome", "until", "remark", "found"),
    [
        ("yes", "met", UNTIL, "", []),
        ("partly", "met", TODAY + DAY, "", []),
        ("yes", "not_met", None, "Pintunya belum.", []),
        ("yes", "", None, "", [("verification_says_nothing", "outcome")]),
        ("no", "met", UNTIL, "", [("verification_against_the_provider", "outcome")]),
        ("yes", "met", None, "", [("verification_ends_too_soon", "until")]),
        ("yes", "met", TODAY, "", [("verification_ends_too_soon", "until")]),
        ("yes", "met", UNTIL + DAY, "", [("verification_too_long", "until")]),
        ("yes", "not_met", UNTIL, "Belum.", [("verification_not_met_until", "until")]),
        ("yes", "not_met", None, " ", [("verification_remark_missing", "remark")]),
        ("yes", "not_met", None, "Di Gang 3.", [("shelter_place_in_words", "remark")]),
    ],
)
def test_what_a_verifier_may_find(said, outcome, until, remark, found):
    assessed = Assessed(1, said)
    given = {"months": 12, "today": TODAY, "hidden_place": True}
    assert keys(rules.verification_objections(assessed, outcome, until, remark, **given)) == found


SOON, LATER = TODAY + 59 * DAY, TODAY + 60 * DAY


@pytest.mark.parametrize(
    ("after", "known", "used", "found"),
    [
        ([Demand(1, LATER)], {}, [], []),
        ([Demand(1, SOON)], {}, [], ["criterion_needs_notice"]),
        ([Demand(1, SOON, essential=False)], {}, [], []),
        ([ASKED], {1: ASKED}, [1], []),  # only its words were mended
        ([ASKED], {1: replace(ASKED, essential=False)}, [], ["criterion_needs_notice"]),
        ([ASKED], {1: replace(ASKED, starts=LATER)}, [], ["criterion_needs_notice"]),
        ([replace(ASKED, until=TODAY + DAY)], {1: ASKED}, [1], []),
        ([replace(ASKED, until=TODAY)], {}, [], []),  # over already: nobody is asked
        ([ASKED], {1: replace(ASKED, until=LATER)}, [], ["criterion_needs_notice"]),
        ([replace(ASKED, until=SOON)], {1: replace(ASKED, until=LATER)}, [], []),
        ([], {1: ASKED}, [1], ["criterion_in_use"]),
        ([], {1: ASKED}, [], []),
        ([Demand(2, SOON), Demand(3, SOON)], {}, [], ["criterion_needs_notice"]),
    ],
)
def test_no_house_closes_unwarned_and_nothing_assessed_is_removed(after, known, used, found):
    objections = rules.standard_objections(after, known, used, today=TODAY)
    assert [objection.key for objection in objections] == found


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 29), 1, date(2026, 12, 29)),
        (date(2026, 11, 29), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 1, 31), 11, date(2026, 12, 31)),
    ],
)
def test_months_end_with_their_last_day(day, months, later):
    assert rules.months_later(day, months) == later
