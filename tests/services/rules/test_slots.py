"""The search without a database, against an oracle that walks the minutes and tries everybody."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from cms.limits import AgeBand, ProtocolLimits
from services.rules import starts
from services.rules.board import Board
from services.rules.search import answer, board_for
from services.rules.slots import Candidate, Found, Seat, Wish

MONDAY = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # 07.00 WIB
BAND = AgeBand(0, 17, 20, 60, "TEST-1", time(8), time(12), "TEST-2", 30, 5, "TEST-3")
LIMITS = ProtocolLimits((BAND,), (), 7, "TEST-4", 1, "TEST-5")
DAYS = 2


def wish(*seats, **changes):
    facts = {"minutes": 50, "zone": "Asia/Jakarta", "not_before": MONDAY, "windows": (DAYS,)}
    return Wish(seats=seats, **{**facts, **changes})


def seat(key, *candidates, **changes):
    made = [c if isinstance(c, Candidate) else Candidate(c, f"R{c}") for c in candidates]
    return Seat(key, tuple(made), **changes)


def search(asked, free, days=DAYS):
    """`free`: resource to (from, to) in hours since local midnight of the first day."""
    board = board_for(asked)
    board.add({r: [int(hour * 60) for pair in spans for hour in pair] for r, spans in free.items()}, days)
    return answer(board)


def hours(found):
    return [f"{moment:%d %H.%M}" for moment in found.starts()]


def reasons(slot):
    return [reason.key for reason in slot.reasons]


# --- possible starts --------------------------------------------------------------------------------------------------


def test_a_start_needs_the_whole_time_free():
    found = search(wish(seat("investigator", 1)), {1: [(9, 10)]})
    assert hours(found) == ["30 09.00"]


def test_starts_stand_on_the_quarter_hour_and_minutes_count():
    assert list(starts.each(starts.starts([545, 620], 50))) == [37, 38]  # 09.05 to 10.20: 09.15 and 09.30
    assert not starts.starts([545, 604], 50)


def test_set_up_and_rest_are_kept_free_but_not_shown():
    found = search(wish(seat("room", 1, before=30, after=15)), {1: [(9, 11)]})
    assert hours(found) == ["30 09.30", "30 09.45"]
    assert found.slots[0].end - found.slots[0].start == timedelta(minutes=50)


def test_nothing_is_offered_before_the_asked_moment():
    asked = wish(seat("investigator", 1), not_before=datetime(2026, 11, 30, 3, 1, tzinfo=UTC))  # 10.01 WIB
    assert hours(search(asked, {1: [(9, 11.25)]})) == ["30 10.15"]


def test_a_union_of_free_times_is_not_a_person():
    pool = seat("interviewer", 1, 2)
    assert not search(wish(pool), {1: [(9, 9.5)], 2: [(9.5, 10)]}).starts()


def test_one_resource_never_fills_two_seats():
    both = wish(seat("companion", 1), seat("psychologist", 1))
    assert not search(both, {1: [(9, 10)]}).starts()


def test_overlapping_pools_are_matched_not_grabbed():
    asked = wish(seat("companion", 1, 2), seat("psychologist", 1))
    found = search(asked, {1: [(9, 10)], 2: [(9, 10)]})
    assert found.slots[0].picks == {"companion": 2, "psychologist": 1}


def test_room_and_kit_are_of_one_venue():
    room, kit = Candidate(1, venue=10), Candidate(2, venue=20)
    free = {1: [(9, 10)], 2: [(9, 10)]}
    assert not search(wish(seat("room", room), seat("kit", kit)), free).starts()
    portable = replace(kit, venue=None)
    found = search(wish(seat("room", room), seat("kit", portable)), free)
    assert (found.slots[0].venue, found.slots[0].picks) == (10, {"room": 1, "kit": 2})


def test_training_that_ends_ends_the_starts():
    trained = Candidate(1, qualified_until=date(2026, 11, 30))
    found = search(wish(seat("interviewer", trained)), {1: [(23.5, 24.5), (33, 34)]})
    assert hours(found) == ["30 23.30"]


def test_a_stretch_cut_by_two_windows_is_whole():
    board = board_for(wish(seat("room", 1)))
    board.add({1: [1430, 1440]}, 1)
    board.add({1: [1440, 1500, 2000, 2010]}, 2)
    assert list(starts.each(board.possible())) == [96]
    assert board.free == {1: [1430, 1500, 2000, 2010]}
    assert [pair[1].day for pair in board.windows] == [1, 2]


def test_a_wish_without_seats_offers_nothing():
    assert not search(wish(), {}).slots


# --- against the oracle -----------------------------------------------------------------------------------------------

spans = st.lists(
    st.tuples(st.integers(0, 180), st.integers(10, 200)).map(lambda pair: (pair[0] * 10, pair[0] * 10 + pair[1])),
    max_size=4,
)
venues = st.sampled_from([None, 10, 20])
keys = st.lists(
    st.sampled_from(["investigator", "companion", "interviewer", "room", "kit", "child"]),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def problems(draw):
    """A wish and free minutes; resources 1 to 6 may sit in several pools."""
    free = {resource: united(draw(spans)) for resource in range(1, 7)}
    home = {resource: draw(venues) for resource in free}
    seats = []
    for key in draw(keys):
        pool = draw(st.lists(st.sampled_from(sorted(free)), max_size=3, unique=True))
        until = draw(st.sampled_from([None, None, date(2026, 11, 30), date(2026, 11, 29)]))
        made = tuple(
            Candidate(r, venue=home[r] if key != "room" else home[r] or 10, qualified_until=until) for r in pool
        )
        seats.append(Seat(key, made, before=draw(st.sampled_from([0, 20])), after=draw(st.sampled_from([0, 15]))))
    asked = wish(
        *seats, minutes=draw(st.integers(5, 90)), not_before=MONDAY + timedelta(minutes=draw(st.integers(0, 400)))
    )
    return asked, free


def united(pairs):
    """Sorted, disjoint, never touching: what range_agg gives."""
    flat = []
    for low, high in sorted(pairs):
        if flat and low <= flat[-1]:
            flat[-1] = max(flat[-1], high)
        else:
            flat += [low, high]
    return flat


def oracle(asked, free):
    """Every start at which some choice of people and things works, found by trying all of them minute by minute."""
    minutes = {
        r: {m for low, high in zip(f[::2], f[1::2], strict=True) for m in range(low, high)} for r, f in free.items()
    }
    found = []
    for start in range(0, DAYS * 24 * 60, 15):
        moment = asked.origin + timedelta(minutes=start)
        if moment >= asked.not_before and any(fits(asked, choice, start, minutes) for choice in choices(asked)):
            found.append(moment)
    return found


def choices(asked):
    return product(*(s.candidates for s in asked.seats))


def fits(asked, choice, start, minutes):
    if len({c.resource for c in choice}) < len(choice):
        return False
    of_venue = [
        c.venue for s, c in zip(asked.seats, choice, strict=True) if s.key in {"room", "kit"} and c.venue is not None
    ]
    if len(set(of_venue)) > 1:
        return False
    day = asked.day(start // (24 * 60))
    return all(
        set(range(start - s.before, start + asked.minutes + s.after)) <= minutes[c.resource]
        and (c.qualified_until is None or c.qualified_until >= day)
        for s, c in zip(asked.seats, choice, strict=True)
    )


@settings(max_examples=300, deadline=None)
@given(problems())
def test_the_search_finds_what_the_oracle_finds(problem):
    asked, free = problem
    board = board_for(asked)
    board.add(free, DAYS)
    found = answer(board)
    expected = oracle(asked, free)
    assert found.starts() == expected
    assert sum(found.per_day.values()) == len(expected)
    assert bool(found.slots) == bool(expected)
    minutes = {
        r: {m for low, high in zip(f[::2], f[1::2], strict=True) for m in range(low, high)} for r, f in free.items()
    }
    for slot in found.slots:
        start = int((slot.start - asked.origin).total_seconds() // 60)
        assert fits(asked, [slot.chosen[s.key] for s in asked.seats], start, minutes)
    assert [slot.burden for slot in found.slots] == sorted(slot.burden for slot in found.slots)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_a_blocker_tells_the_truth(problem):
    """What is said to open a slot opens it, at that time and no sooner."""
    asked, free = problem
    board = board_for(asked)
    board.add(free, DAYS)
    for blocker in answer(board).blockers:
        if blocker.kind in {"in_the_way", "together"}:
            fewer = replace(asked, seats=tuple(s for s in asked.seats if s.key not in blocker.seats))
            assert oracle(fewer, free)[0] == blocker.opens
        if blocker.kind == "never_free":
            alone = replace(asked, seats=tuple(s for s in asked.seats if s.key in blocker.seats))
            assert not oracle(alone, free)


# --- ranking ----------------------------------------------------------------------------------------------------------


def test_an_hour_that_suits_the_age_comes_first_and_says_why():
    asked = wish(seat("investigator", 1), limits=LIMITS, age_months=100, reported_on=date(2026, 11, 27))
    found = search(asked, {1: [(13, 14), (32, 33)]})
    assert [f"{slot.start:%d %H.%M}" for slot in found.slots] == ["01 08.00", "30 13.00"]
    assert reasons(found.slots[0]) == ["day_within_clock", "all_can_come", "hour_suits_age"]
    assert [(r.key, r.source) for r in found.slots[1].warnings] == [("hour_unsuitable_for_age", "TEST-2")]


def test_past_the_protocols_clock_warns():
    asked = wish(seat("investigator", 1), limits=LIMITS, reported_on=date(2026, 11, 1))
    slot = search(asked, {1: [(9, 10)]}).slots[0]
    assert [(r.key, r.values["day"], r.source) for r in slot.warnings] == [("clock_overdue", 29, "TEST-4")]


def test_without_a_protocol_the_day_is_only_told():
    slot = search(wish(seat("investigator", 1), reported_on=date(2026, 11, 28)), {1: [(9, 10)]}).slots[0]
    assert (slot.reasons[0].key, dict(slot.reasons[0].values)) == ("day_after_report", {"day": 2})


def test_the_child_prefers_the_afternoon():
    asked = wish(seat("investigator", 1), prefers=frozenset({"afternoon"}))
    found = search(asked, {1: [(9, 10), (14, 15)]})
    assert [f"{slot.start:%H}" for slot in found.slots] == ["14", "09"]
    assert "hour_as_preferred" in reasons(found.slots[0])
    assert [r.key for r in found.slots[1].warnings] == ["hour_not_as_preferred"]


def test_both_preferences_are_none():
    asked = wish(seat("investigator", 1), prefers=frozenset({"morning", "afternoon"}))
    assert reasons(search(asked, {1: [(9, 10)]}).slots[0]) == ["all_can_come"]


def test_the_same_interviewer_is_worth_a_few_days():
    asked = wish(seat("interviewer", 1, 2), same_interviewer=2)
    found = search(asked, {1: [(9, 10)], 2: [(33, 34)]})
    assert [slot.picks["interviewer"] for slot in found.slots] == [2, 1]
    assert "same_interviewer" in reasons(found.slots[0])
    assert [r.key for r in found.slots[1].warnings] == ["another_interviewer"]


def test_who_speaks_the_childs_language_is_preferred():
    ratna = Candidate(1, "Ratna", languages=frozenset({"su"}), qualified_until=date(2027, 1, 1))
    other = Candidate(2, "Ani", languages=frozenset({"id"}))
    asked = wish(seat("interviewer", other, ratna), seat("interpreter", 3), language="su")
    free = {1: [(9, 10)], 2: [(9, 11)], 3: [(9, 11)]}
    found = search(asked, free)
    assert found.slots[0].picks["interviewer"] == 1
    assert reasons(found.slots[0])[1:] == ["interviewer_speaks", "trained_until"]
    assert [r.key for r in found.slots[1].warnings] == ["through_interpreter"]
    alone = search(wish(seat("interviewer", other), language="su"), free)
    assert [r.key for r in alone.slots[0].warnings] == ["interviewer_language"]


def test_companion_of_the_sex_that_is_preferred():
    woman, man = Candidate(2, "Dewi", sex="F"), Candidate(1, "Dedi", sex="M")
    asked = wish(seat("companion", man, woman), prefer_sex={"companion": "F"})
    found = search(asked, {1: [(9, 10), (33, 34)], 2: [(9, 10)]})
    assert [slot.picks["companion"] for slot in found.slots] == [2, 1]
    assert "sex_as_wished" in reasons(found.slots[0])
    assert [r.key for r in found.slots[1].warnings] == ["sex_not_as_wished"]


def test_a_room_of_the_same_district_is_preferred():
    near = Candidate(2, "Melati", venue=20, venue_name="Rumah B", district="Kota B")
    far = Candidate(1, "Mawar", venue=10, venue_name="Rumah A", district="Kota A")
    asked = wish(seat("room", far, near), district="Kota B")
    found = search(asked, {1: [(9, 10), (33, 34)], 2: [(9, 10)]})
    assert [slot.picks["room"] for slot in found.slots] == [2, 1]
    assert found.slots[0].venue == 20
    assert "room_in_district" in reasons(found.slots[0])
    assert [r.key for r in found.slots[1].warnings] == ["room_in_other_district"]
    assert "room" in reasons(search(wish(seat("room", near)), {2: [(9, 10)]}).slots[0])


def test_who_is_remote_is_said():
    found = search(wish(seat("prosecutor", 1, presence="remote")), {1: [(9, 10)]})
    assert dict(found.slots[0].reasons[1].values) == {"role": "prosecutor"}


def test_the_overview_shows_few_slots_of_a_day_and_none_that_overlap():
    found = search(wish(seat("investigator", 1)), {1: [(8, 16), (32, 33)]})
    assert [f"{slot.start:%d %H.%M}" for slot in found.slots] == ["30 08.00", "30 09.00", "30 10.00", "01 08.00"]
    assert found.per_day == {date(2026, 11, 30): 29, date(2026, 12, 1): 1}


def test_a_day_that_is_asked_for_shows_all_its_slots():
    asked = wish(seat("investigator", 1), on=date(2026, 11, 30))
    found = search(asked, {1: [(8, 12), (32, 33)]})
    assert len(found.slots) == 13
    assert {slot.start.day for slot in found.slots} == {30}


def test_no_more_than_asked_for_and_the_best_of_all_days():
    asked = wish(seat("investigator", 1), most=2, limits=LIMITS, age_months=100)
    found = search(asked, {1: [(14, 15), (32, 33), (56, 57)]}, days=3)
    assert [f"{slot.start:%d %H.%M}" for slot in found.slots] == ["01 08.00", "02 08.00"]


# --- what stands in the way -------------------------------------------------------------------------------------------


def kinds(found: Found):
    return [(blocker.kind, blocker.seats) for blocker in found.blockers]


def test_leaving_one_out_names_who_stands_in_the_way():
    asked = wish(seat("prosecutor", 1), seat("companion", 2, 3))
    found = search(asked, {1: [(14, 15)], 2: [(9, 10)], 3: [(10, 11)]})
    assert kinds(found) == [("in_the_way", ("prosecutor",)), ("in_the_way", ("companion",))]
    first, second = found.blockers
    assert (f"{first.opens:%H}", f"{first.alone:%H}", first.candidates) == ("09", "14", 1)
    assert (f"{second.opens:%H}", f"{second.alone:%H}", second.candidates) == ("14", "09", 2)


def test_a_seat_nobody_can_fill_is_named():
    found = search(wish(seat("interviewer"), seat("companion", 2), seat("kit", 3)), {2: [(9, 10)]})
    assert kinds(found) == [
        ("nobody", ("interviewer",)),
        ("never_free", ("kit",)),
        ("together", ("interviewer", "kit")),
    ]


def test_pairs_are_tried_when_no_single_seat_helps():
    asked = wish(seat("prosecutor", 1), seat("companion", 2), seat("psychologist", 3))
    found = search(asked, {1: [(9, 10)], 2: [(11, 12)], 3: [(13, 14)]})
    assert [kind for kind, _seats in kinds(found)] == ["together"] * 3
    assert f"{found.blockers[0].opens:%H}" == "09"


def test_a_shorter_interview_is_offered():
    found = search(wish(seat("companion", 2), limits=LIMITS, age_months=100), {2: [(9, 9.5)]})
    assert (found.blockers[-1].kind, found.blockers[-1].minutes) == ("length", 20)
    assert f"{found.blockers[-1].opens:%H.%M}" == "09.00"


def test_what_would_open_an_earlier_day_is_said_beside_the_slots():
    asked = wish(seat("prosecutor", 1), seat("companion", 2))
    found = search(asked, {1: [(33, 34)], 2: [(9, 10), (33, 34)]})
    assert len(found.slots) == 1
    assert kinds(found) == [("in_the_way", ("prosecutor",))]


def test_the_board_seats_nobody_where_nobody_can():
    board = Board(wish(seat("companion", 1)), {})
    board.add({1: [540, 600]}, 1)
    assert board.seating(0) is None
