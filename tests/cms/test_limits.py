from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.limits import (
    IN_ROOM,
    OBSERVING,
    REMOTE,
    AgeBand,
    CheckItem,
    MalformedLimits,
    ProtocolLimits,
    RequiredRole,
    Weights,
)

KNOWN = {"companion", "interviewer"}
YOUNG = AgeBand(0, 8, 20, 30, "a", time(8), time(11), "b", 15, 10, "c")
OLDER = replace(YOUNG, from_years=9, to_years=17, longest_minutes=60, latest=time(16, 30))
GOOD = ProtocolLimits(
    bands=(YOUNG, OLDER),
    roles=(RequiredRole("companion", (IN_ROOM,), "TPKS-26"), RequiredRole("interviewer", (IN_ROOM, REMOTE), "d")),
    clock_days=14,
    clock_source="e",
    sessions_a_day=1,
    sessions_source="f",
)


def keys(limits):
    return [fault.key for fault in limits.faults(KNOWN)]


def test_good_limits_have_no_faults():
    assert keys(GOOD) == []


@pytest.mark.parametrize(
    ("band", "key"),
    [
        ({"from_years": 9, "to_years": 8}, "limits_ages_malformed"),
        ({"from_years": -1}, "limits_ages_malformed"),
        ({"shortest_minutes": 31}, "limits_minimum_above_maximum"),
        ({"shortest_minutes": 0, "longest_minutes": 0}, "limits_minimum_above_maximum"),
        ({"earliest": time(11)}, "limits_hours_reversed"),
        ({"break_every_minutes": 0}, "limits_breaks_malformed"),
        ({"break_minutes": 0}, "limits_breaks_malformed"),
        ({"length_source": " "}, "limits_source_missing"),
        ({"hours_source": ""}, "limits_source_missing"),
        ({"breaks_source": ""}, "limits_source_missing"),
    ],
)
def test_a_band_is_right_within_itself(band, key):
    assert keys(replace(GOOD, bands=(replace(YOUNG, **band), OLDER)))[0] == key


@pytest.mark.parametrize(
    ("bands", "key"),
    [
        ((YOUNG, replace(OLDER, from_years=8)), "limits_bands_overlap"),
        ((YOUNG, YOUNG, OLDER), "limits_bands_overlap"),
        ((YOUNG, replace(OLDER, from_years=10)), "limits_age_not_covered"),
        ((YOUNG, replace(OLDER, to_years=16)), "limits_age_not_covered"),
        ((), "limits_age_not_covered"),
    ],
)
def test_bands_cover_childhood_once(bands, key):
    assert keys(replace(GOOD, bands=bands)) == [key]


@pytest.mark.parametrize(
    ("roles", "key"),
    [
        ((), "limits_roles_missing"),
        ((GOOD.roles[0], GOOD.roles[0]), "limits_role_twice"),
        ((RequiredRole("magician", (IN_ROOM,), "s"),), "limits_role_unknown"),
        ((RequiredRole("companion", (), "s"),), "limits_role_unknown"),
        ((RequiredRole("companion", ("hovering",), "s"),), "limits_role_unknown"),
        ((RequiredRole("companion", (OBSERVING,), " "),), "limits_role_source_missing"),
    ],
)
def test_roles_are_known_and_sourced(roles, key):
    assert keys(replace(GOOD, roles=roles)) == [key]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"clock_days": 0}, "limits_clock_malformed"),
        ({"sessions_a_day": 0}, "limits_clock_malformed"),
        ({"clock_source": ""}, "limits_clock_source_missing"),
        ({"sessions_source": ""}, "limits_sessions_source_missing"),
    ],
)
def test_clock_and_sessions_are_given_with_sources(change, key):
    assert keys(replace(GOOD, **change)) == [key]


@given(st.integers(min_value=0, max_value=18 * 12 - 1))
def test_every_child_has_one_band(months):
    band = GOOD.band_for(months)
    assert band is not None
    assert [each for each in GOOD.bands if each.covers(months)] == [band]


@pytest.mark.parametrize(
    ("months", "band"), [(0, YOUNG), (107, YOUNG), (108, OLDER), (215, OLDER), (216, None), (-1, None)]
)
def test_bands_turn_on_the_birthday(months, band):
    assert GOOD.band_for(months) == band


def test_a_role_knows_how_it_may_attend():
    assert GOOD.required("interviewer").allows(REMOTE)
    assert not GOOD.required("companion").allows(REMOTE)
    assert GOOD.required("lawyer") is None


def test_json_keeps_everything():
    stored = GOOD.to_json()
    assert stored["bands"][1]["latest"] == "16:30"
    assert ProtocolLimits.from_json(stored) == GOOD


def test_weights_are_stored_only_where_they_differ_and_older_versions_have_the_usual_ones():
    assert "weights" not in GOOD.to_json()
    assert ProtocolLimits.from_json(GOOD.to_json()).weights == Weights()
    heavier = replace(GOOD, weights=Weights(childs_hours=20))
    assert ProtocolLimits.from_json(heavier.to_json()) == heavier
    assert ProtocolLimits.from_json(GOOD.to_json() | {"weights": {"childs_hours": 20}}) == heavier


@pytest.mark.parametrize("days", [-0.5, 91])
def test_a_weight_is_between_nothing_and_a_season(days):
    faults = replace(GOOD, weights=Weights(farther=days)).faults(KNOWN)
    assert [(fault.key, fault.field) for fault in faults] == [("limits_weights_malformed", "weights")]


def planted(change):
    stored = GOOD.to_json()
    change(stored)
    return stored


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.pop("clock_days"),
        lambda stored: stored.pop("bands"),
        lambda stored: stored.update(extra=1),
        lambda stored: stored.update(clock_days="14"),
        lambda stored: stored.update(clock_days=True),
        lambda stored: stored["bands"][0].pop("earliest"),
        lambda stored: stored["bands"][0].update(earliest="secret-nonsense"),
        lambda stored: stored["bands"][0].update(from_years="0"),
        lambda stored: stored.update(bands=None),
        lambda stored: stored["roles"][0].pop("presences"),
        lambda stored: stored.update(roles=[7]),
        lambda stored: stored.update(weights=[7]),
        lambda stored: stored.update(weights={"heavier": 1}),
        lambda stored: stored.update(weights={"farther": "secret-nonsense"}),
        lambda stored: stored.update(weights={"farther": True}),
    ],
)
def test_malformed_limits_are_refused_and_not_quoted(change):
    with pytest.raises(MalformedLimits) as refused:
        ProtocolLimits.from_json(planted(change))
    assert "secret-nonsense" not in str(refused.value)


def test_versions_written_before_a_part_existed_stay_readable():
    """They are immutable: what they do not have is the default, and nothing else may be missing."""
    stored = GOOD.to_json()
    del stored["reasons_for"]
    assert ProtocolLimits.from_json(stored) == GOOD
    del stored["clock_days"]
    with pytest.raises(MalformedLimits):
        ProtocolLimits.from_json(stored)


@pytest.mark.parametrize("named", [("clock_overdue", "clock_overdue"), ("child_said_no",), ("",)])
def test_a_protocol_asks_reasons_for_warnings_it_knows_each_once(named):
    assert keys(replace(GOOD, reasons_for=named)) == ["limits_reasons_unknown"]


def test_reasons_are_kept():
    limits = replace(GOOD, reasons_for=("clock_overdue",))
    assert keys(limits) == []
    assert ProtocolLimits.from_json(limits.to_json()) == limits


ITEM = CheckItem("told", "Anak tahu.", "The child knows.", "companion", 24)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"preparation": (ITEM, ITEM)}, "limits_preparation_malformed"),
        ({"preparation": (replace(ITEM, code=" "),)}, "limits_preparation_malformed"),
        ({"preparation": (replace(ITEM, text_en=""),)}, "limits_preparation_malformed"),
        ({"preparation": (replace(ITEM, role="nobody"),)}, "limits_preparation_malformed"),
        ({"preparation": (replace(ITEM, hours_before=-1),)}, "limits_preparation_malformed"),
        ({"pause_minutes": 10}, "limits_pause_malformed"),
        ({"pause_minutes": -1, "pause_source": "g"}, "limits_pause_malformed"),
    ],
)
def test_checklist_and_pause_are_whole(changes, key):
    assert keys(replace(GOOD, **changes)) == [key]


def test_checklist_pause_and_blinding_are_kept():
    limits = replace(GOOD, preparation=(ITEM,), blind=True, pause_minutes=10, pause_source="g")
    assert keys(limits) == []
    assert ProtocolLimits.from_json(limits.to_json()) == limits


@pytest.mark.parametrize("part", [{"blind": 1}, {"pause_minutes": "10"}, {"preparation": [{"code": "x"}]}])
def test_a_part_of_another_type_is_not_guessed(part):
    with pytest.raises(MalformedLimits):
        ProtocolLimits.from_json(GOOD.to_json() | part)


PARTS = {"parts_most": 8, "parts_days_apart": 1, "parts_source": "NICHD-EXTENDED"}


@pytest.mark.parametrize(
    "changes",
    [
        {"parts_most": 1},
        {"parts_most": 9},
        {"parts_most": -2},
        {"parts_days_apart": 0},
        {"parts_days_apart": -1},
        {"parts_source": " "},
    ],
)
def test_an_extended_interview_has_two_to_eight_sessions_on_different_days_and_a_source(changes):
    assert keys(replace(GOOD, **PARTS)) == []
    assert keys(replace(GOOD, **(PARTS | changes))) == ["limits_parts_malformed"]


def test_what_is_said_of_parts_is_kept_and_silence_stays_silent():
    limits = replace(GOOD, **PARTS)
    assert ProtocolLimits.from_json(limits.to_json()) == limits
    assert not {name for name in GOOD.to_json() if name.startswith("parts")}
    assert ProtocolLimits.from_json(GOOD.to_json()).parts_most == 0
