"""What would help: each change that is said to open a slot opens it, none smaller would, and none that would is kept back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from cms.limits import AgeBand, ProtocolLimits, RequiredRole
from services.rules.relaxing import Change, Spares, changed, changes_of, what_helps, worth_reading
from services.rules.search import board_for
from services.rules.slots import ADVISED, PREFERRED, Candidate, Seat, Wish

MONDAY = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # 07.00 WIB
BAND = AgeBand(0, 17, 20, 60, "TEST-1", time(8), time(12), "TEST-2", 30, 5, "TEST-3")
ROLES = (
    RequiredRole("prosecutor", ("observing", "remote"), "TEST-6"),
    RequiredRole("investigator", ("observing", "remote"), "TEST-6"),
    RequiredRole("companion", ("in_room", "observing"), "TEST-6"),
)
LIMITS = ProtocolLimits((BAND,), ROLES, 7, "TEST-4", 1, "TEST-5")
DAYS = 2


def wish(*seats, **changes):
    facts = {"minutes": 60, "zone": "Asia/Jakarta", "not_before": MONDAY, "windows": (DAYS,), "limits": LIMITS}
    return Wish(seats=seats, **{**facts, "age_months": 100, **changes})


def seat(key, *resources, **changes):
    return Seat(key, tuple(Candidate(resource, f"R{resource}") for resource in resources), **changes)


def minutes(free):
    return {r: [int(hour * 60) for pair in spans for hour in pair] for r, spans in free.items()}


def help_for(asked, known, **spares):
    board = board_for(asked)
    board.add(minutes(known), DAYS)
    more = {name: minutes(value) if name in {"free", "later"} else value for name, value in spares.items()}
    return what_helps(board, Spares(**more))


def said(helps):
    return [([(c.kind, c.seats) for c in one.changes], f"{one.slot.start:%d %H.%M}") for one in helps]


def test_by_video_nobody_sits_behind_the_glass_and_no_room_is_needed_there():
    asked = wish(seat("prosecutor", 1, presence="observing"), seat("observation_room", 2))
    helps = help_for(asked, {1: [(9, 10)]})
    assert said(helps) == [([("remote", ("prosecutor",))], "30 09.00")]
    assert [s.key for s in helps[0].wish.seats] == ["prosecutor"]


def test_all_observers_together_count_as_one_change():
    both = [seat("prosecutor", 1, presence="observing"), seat("investigator", 2, presence="observing")]
    helps = help_for(wish(*both, seat("observation_room", 3)), {1: [(9, 10)], 2: [(9, 10)]})
    assert said(helps) == [([("remote", ("prosecutor", "investigator"))], "30 09.00")]


def test_a_companion_may_come_into_the_room():
    asked = wish(seat("companion", 1, presence="observing"), seat("observation_room", 2))
    assert said(help_for(asked, {1: [(9, 10)]})) == [([("in_room", ("companion",))], "30 09.00")]


def test_what_the_protocol_does_not_allow_is_not_proposed():
    asked = wish(seat("companion", 1, presence="observing"), seat("observation_room", 2))
    strict = replace(LIMITS, roles=(RequiredRole("companion", ("observing",), "TEST-6"),))
    assert help_for(replace(asked, limits=strict), {1: [(9, 10)]}) == ()
    assert help_for(replace(asked, limits=None, age_months=None), {1: [(9, 10)]}) == ()


def test_others_of_the_same_role_are_counted():
    others = {"prosecutor": (Candidate(5, "Lain"), Candidate(6, "Juga"), Candidate(7, "Sibuk"))}
    free = {5: [(9, 10)], 6: [(9, 11)], 7: [(13, 14)]}
    (one,) = help_for(wish(seat("prosecutor", 1), seat("companion", 2)), {2: [(9, 10)]}, another=others, free=free)
    assert said([one]) == [([("another", ("prosecutor",))], "30 09.00")]
    assert (one.able, one.slot.chosen["prosecutor"].name) == ({"prosecutor": 2}, "Lain")


def test_who_may_be_missing_with_a_reason_is_left_out_only_when_nobody_holds_the_role():
    asked = wish(seat("prosecutor"), seat("companion", 2), may_lack=frozenset({"prosecutor"}))
    assert said(help_for(asked, {2: [(9, 10)]})) == [([("without", ("prosecutor",))], "30 09.00")]
    filled = replace(asked, seats=(seat("prosecutor", 1), seat("companion", 2)))
    assert help_for(filled, {2: [(9, 10)]}) == ()


def test_the_longest_length_that_fits_is_proposed():
    (one,) = help_for(wish(seat("companion", 1)), {1: [(9, 9.75)]})
    assert one.changes == (Change("shorter", (), 45),)
    assert (one.slot.end - one.slot.start).total_seconds() == 45 * 60


def test_not_shorter_than_the_protocol_allows():
    assert help_for(wish(seat("companion", 1)), {1: [(9, 9.25)]}) == ()


def test_an_hour_outside_the_advised_warns():
    (one,) = help_for(wish(seat("companion", 1), within=frozenset({ADVISED})), {1: [(14, 15)]})
    assert said([one]) == [([("any_hour", ())], "30 14.00")]
    assert [reason.key for reason in one.slot.warnings] == ["hour_unsuitable_for_age"]


def test_the_childs_preference_is_dropped_last_but_dropped():
    asked = wish(seat("companion", 1), within=frozenset({PREFERRED}), prefers=frozenset({"morning"}))
    (one,) = help_for(asked, {1: [(14, 15)]})
    assert said([one]) == [([("any_part", ())], "30 14.00")]
    assert "hour_not_as_preferred" in [reason.key for reason in one.slot.warnings]


def test_another_place_and_a_longer_horizon():
    asked = wish(seat("room", 1), seat("companion", 2))
    far = {"room": (Candidate(9, "Jauh", venue=90),)}
    helps = help_for(
        asked, {2: [(9, 10)]}, elsewhere=far, free={9: [(9, 10)]},
        later={1: [(57, 58)], 2: [(57, 58)]}, later_days=3,
    )  # fmt: skip
    assert said(helps) == [([("elsewhere", ("room",))], "30 09.00"), ([("later", ())], "02 09.00")]


def test_pairs_are_tried_when_single_changes_are_few_and_never_around_one_that_helps():
    asked = wish(seat("prosecutor", 1), seat("companion", 2), within=frozenset({ADVISED}))
    others = {"prosecutor": (Candidate(5, "Lain"),), "companion": (Candidate(6, "Lain"),)}
    free = {5: [(9, 10), (14, 15)], 6: [(9, 10)]}
    helps = help_for(asked, {2: [(14, 15)]}, another=others, free=free)
    assert said(helps) == [
        ([("another", ("prosecutor",)), ("another", ("companion",))], "30 09.00"),
        ([("another", ("prosecutor",)), ("any_hour", ())], "30 14.00"),
    ]


def test_beside_slots_only_an_earlier_day_helps():
    asked = wish(seat("companion", 1), within=frozenset({ADVISED}))
    assert said(help_for(asked, {1: [(14, 15), (33, 34)]})) == [([("any_hour", ())], "30 14.00")]
    assert help_for(asked, {1: [(9, 10), (14, 15)]}) == ()


# --- against plain searches ---------------------------------------------------------------------------------------------

hours = st.lists(st.integers(7, 40).map(lambda hour: [(hour, hour + 1)]), max_size=3).map(
    lambda many: sorted({pair for one in many for pair in one})
)


@st.composite
def problems(draw):
    free = {resource: _apart(draw(hours)) for resource in range(1, 7)}
    roles = draw(st.lists(st.sampled_from(["prosecutor", "investigator", "companion"]), min_size=1, unique=True))
    presences = {key: draw(st.sampled_from(["in_room", "observing"])) for key in roles}
    seats = [seat(key, draw(st.sampled_from([1, 2, 3])), presence=presences[key]) for key in roles]
    if "observing" in presences.values():
        seats.append(seat("observation_room", 4))
    within = frozenset(draw(st.sets(st.sampled_from([ADVISED, PREFERRED]))))
    asked = wish(*seats, minutes=draw(st.sampled_from([60, 55, 20])), within=within, prefers=frozenset({"morning"}))
    another = {roles[0]: (Candidate(5, "R5"),)} if draw(st.booleans()) else {}
    return asked, free, Spares(another=another, free=minutes({5: free[5]}))


def _apart(spans):
    found = []
    for low, high in spans:
        if found and found[-1][1] >= low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def plain(asked, free, changes=(), spares=None):
    """The first start of a search made afresh, sharing nothing with the one that explains."""
    for change in changes:
        asked = changed(asked, change, spares)
    board = board_for(asked)
    board.add(minutes(free), DAYS)
    start = board.first()
    return None if start is None else asked.moment(start)


@settings(max_examples=200, deadline=None)
@given(problems())
def test_what_helps_is_true_smallest_and_complete(problem):
    asked, free, spares = problem
    board = board_for(asked)
    board.add({r: f for r, f in minutes(free).items() if r != 5}, DAYS)
    soonest, helps = plain(asked, free), what_helps(board, spares)
    assert what_helps(board, worth_reading(board, spares)) == helps

    def opens(changes):
        first = plain(asked, free, changes, spares)
        return first is not None and (soonest is None or first.date() < soonest.date())

    for one in helps:
        assert one.slot.start == plain(asked, free, one.changes, spares)
        assert opens(one.changes)
        if len(one.changes) == 2:
            assert not any(opens([change]) for change in one.changes)
    known = changes_of(asked, spares)
    if not helps:
        assert not any(opens([change]) for change in known)
        assert not any(opens(pair) for pair in combinations(known, 2) if not set(pair[0].seats) & set(pair[1].seats))


def test_a_day_past_the_horizon_is_only_read_when_it_is_there():
    assert Change("later") not in changes_of(wish(seat("companion", 1)), Spares())
    assert date(2026, 12, 2) == wish().day(2)
