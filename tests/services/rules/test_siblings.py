"""Two siblings one right after the other, without a database, against an oracle that walks the minutes and tries everybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules import siblings
from services.rules.interviews import InterviewPlan
from services.rules.search import board_for
from services.rules.siblings import Around, pair_objections, spans_of_both, together
from services.rules.slots import REMOTE, Candidate, Seat
from services.rules.travel import Buffer, Reach
from tests.services.rules.test_slots import MONDAY, united, wish

DAYS = 2
VENUES = (10, 20)
OF_VENUE = {"room", "kit"}


def seat(key, *candidates, **changes):
    return Seat(key, tuple(c if isinstance(c, Candidate) else Candidate(c) for c in candidates), **changes)


def room(resource, venue=10, **own):
    return Candidate(resource, venue=venue, own=Buffer(**own))


def boards(one, other, free, days=DAYS):
    """Two boards that know the same free hours: resource to (from, to), in hours since local midnight."""
    made = board_for(one), board_for(other)
    for board in made:
        known = {r: [int(hour * 60) for pair in spans for hour in pair] for r, spans in free.items()}
        board.add({r: known.get(r, []) for r in board.wish.resources()}, days)
    return made


def found(one, other, free):
    return together(boards(one, other, free))


def times(answer):
    """`09.00 0 10.00 1`: the start of the first and whose it is, and of the second."""
    return [
        " ".join(f"{s.start:%H.%M} {n}" for s, n in zip(pair.slots, pair.order, strict=True)) for pair in answer.pairs
    ]


def both(*seats, other=None, **changes):
    one = wish(*seats, **changes)
    return one, wish(*(other or seats), **changes)


# --- one after the other ----------------------------------------------------------------------------------------------


def test_the_second_begins_when_the_first_is_over():
    asked = both(seat("room", room(1)), minutes=60)
    answer = found(*asked, {1: [(9, 11)]})
    assert times(answer) == ["09.00 0 10.00 1"]
    assert answer.days == (MONDAY.date(),)
    assert answer.hinders == ""


def test_the_break_is_half_an_hour_at_most():
    one, other = wish(seat("room", room(1)), minutes=60), wish(seat("room", room(2)), minutes=60)
    assert times(found(one, other, {1: [(9, 10)], 2: [(10.5, 11.5)]})) == ["09.00 0 10.30 1"]
    assert found(one, other, {1: [(9, 10)], 2: [(10.75, 11.75)]}).hinders == "not_adjacent"


def test_either_may_be_first():
    one, other = wish(seat("room", room(1)), minutes=60), wish(seat("room", room(2)), minutes=30)
    assert times(found(one, other, {1: [(9.5, 10.5)], 2: [(9, 9.5)]})) == ["09.00 1 09.30 0"]


def test_they_are_at_one_venue():
    one, other = wish(seat("room", room(1, 10)), minutes=60), wish(seat("room", room(2, 20)), minutes=60)
    assert found(one, other, {1: [(9, 12)], 2: [(9, 12)]}).hinders == "no_venue"


def test_they_are_on_one_day():
    one, other = wish(seat("room", room(1)), minutes=60), wish(seat("room", room(2)), minutes=60)
    assert found(one, other, {1: [(23, 24)], 2: [(24, 25)]}).hinders == "not_adjacent"


def test_a_room_is_cleaned_in_between_or_another_is_taken():
    asked = both(seat("room", room(1, after=30)), minutes=60)
    assert times(found(*asked, {1: [(9, 12)]})) == ["09.00 0 10.30 1"]
    slow = both(seat("room", room(1, after=45)), minutes=60)
    answer = found(*slow, {1: [(9, 13)]})
    assert (answer.hinders, answer.seats) == ("same_things", ("room",))
    two = both(seat("room", room(1, after=45), room(2, after=45)), minutes=60)
    pair = found(*two, {1: [(9, 13)], 2: [(9, 13)]}).pairs[0]
    assert {slot.picks["room"] for slot in pair.slots} == {1, 2}


# --- whoever comes to both --------------------------------------------------------------------------------------------


def travelling(minutes=60):
    """A companion who comes an hour, and a room, for each of the two."""
    companion = Candidate(1, district="Jauh", province="ID-JB")
    reach = Reach("Kota", "ID-JB", minutes={"same_province": 60})
    facts = {"minutes": minutes, "reaches": {10: reach}}
    return (
        wish(seat("companion", companion), seat("room", room(2)), **facts),
        wish(seat("companion", companion), seat("room", room(3)), **facts),
    )


def test_whoever_comes_to_both_comes_once():
    answer = found(*travelling(), {1: [(8, 12)], 2: [(8, 12)], 3: [(8, 12)]})
    assert times(answer) == ["09.00 0 10.00 1"]
    assert "kept_free_around" not in {reason.key for slot in answer.pairs[0].slots for reason in slot.reasons}


def test_whoever_comes_to_both_is_needed_from_coming_until_going():
    free = {1: [(8, 10.25), (10.5, 12.5)], 2: [(9, 10)], 3: [(10.5, 11.5)]}
    assert found(*travelling(), free).hinders == "not_adjacent"
    assert times(found(*travelling(), free | {1: [(8, 12.5)]})) == ["09.00 0 10.30 1"]


def test_whoever_is_remote_for_one_travels_for_the_other():
    one, other = travelling()
    remote = replace(one, seats=(replace(one.seats[0], presence=REMOTE), one.seats[1]))
    answer = found(remote, other, {1: [(7, 13)], 2: [(7, 13)], 3: [(7, 13)]})
    assert (answer.hinders, answer.seats) == ("same_things", ("companion",))
    distant = replace(other, seats=(replace(other.seats[0], presence=REMOTE), other.seats[1]))
    assert found(remote, distant, {1: [(9, 11)], 2: [(9, 11)], 3: [(9, 11)]}).pairs


def test_somebody_who_rests_is_not_in_both():
    tired = Candidate(1, own=Buffer(0, 45))
    asked = both(seat("interviewer", tired), seat("room", room(2)), minutes=60)
    assert found(*asked, {1: [(9, 13)], 2: [(9, 13)]}).seats == ("interviewer",)


def around(starts, ends, way=0, own=0, *, there=True):
    day = datetime(2026, 11, 30, tzinfo=UTC)
    low, high = (day + timedelta(minutes=minutes) for minutes in (starts, ends))
    return Around(Buffer(own, own).around(low, high), Buffer(own + way, own + way).around(low, high), there)


def minutes_of(span):
    day = datetime(2026, 11, 30, tzinfo=UTC)
    return tuple(int((moment - day).total_seconds() // 60) for moment in span)


@pytest.mark.parametrize(
    ("way", "own", "there", "expected"),
    [
        (0, 0, True, ((600, 660), (690, 750))),  # nobody travels: the break is nobody's
        (15, 0, True, ((585, 675), (675, 765))),
        (60, 0, True, ((540, 690), (690, 810))),  # the ways in between meet where the second begins
        (60, 15, True, ((525, 675), (675, 825))),
        (60, 20, True, ((520, 740), (610, 830))),  # 20 after and 20 before do not fit into 30: in each other's way
        (60, 0, False, ((540, 720), (630, 810))),
    ],
)
def test_what_is_booked_of_whoever_is_in_both(way, own, there, expected):
    spans = spans_of_both({1: around(600, 660, way, own, there=there)}, {1: around(690, 750, way, own)})
    assert tuple(minutes_of(part[1]) for part in spans) == expected


def test_what_is_booked_of_others_is_what_one_interview_books():
    spans = spans_of_both({1: around(600, 660, 60)}, {2: around(690, 750, 60)})
    assert [{r: minutes_of(span) for r, span in part.items()} for part in spans] == [{1: (540, 720)}, {2: (630, 810)}]


def test_who_may_also_be_seen_on_a_screen_still_comes_for_both():
    """By video in one of them they would be under way in the break; in person twice they are not, and somebody else is seen."""
    reaches = {10: Reach("Kota", "", minutes={"same_district": 15})}
    ani, budi = Candidate(1, district="Kota"), Candidate(2, district="Kota")
    one = wish(seat("room", room(5)), seat("companion", ani), minutes=20, reaches=reaches)
    seats = (seat("room", room(5)), seat("companion", ani), seat("interviewer", ani, budi, presence=REMOTE))
    other = wish(*seats, minutes=20, reaches=reaches)
    answer = found(one, other, {r: [(7.5, 9)] for r in (1, 2, 5)})
    assert times(answer)[0] == "07.45 0 08.15 1"
    assert answer.pairs[0].slots[1].chosen["interviewer"].resource == 2


# --- against the oracle -----------------------------------------------------------------------------------------------

# From half past seven on for hours, and once more; after seven o'clock, when the wish begins.
stretches = st.lists(
    st.tuples(st.integers(0, 6), st.integers(3, 9)).map(lambda pair: (450 + pair[0] * 30, 450 + sum(pair) * 30)),
    min_size=1,
    max_size=3,
)


@st.composite
def problems(draw):
    """Two wishes over the same eight resources, 1 to 4 people and 5 to 8 things, and free minutes of a day."""
    free = {r: united(draw(stretches)) for r in range(1, 9)}
    reaches = {
        venue: Reach("Kota", "", minutes={"same_district": draw(st.sampled_from([0, 15, 45]))}) for venue in VENUES
    }
    known = {
        r: Candidate(
            r,
            venue=None if r < 5 else draw(st.sampled_from([10, 10, 20])),
            district="Kota" if r < 5 else "",
            own=Buffer(draw(st.sampled_from([0, 0, 10])), draw(st.sampled_from([0, 0, 20]))),
        )
        for r in free
    }
    start = MONDAY + timedelta(minutes=draw(st.integers(0, 100)))
    made = []
    for _ in range(2):
        seats = [seat("room", *(known[r] for r in draw(st.lists(st.integers(5, 8), max_size=3, unique=True))))]
        for key in draw(st.lists(st.sampled_from(["companion", "interviewer", "kit"]), max_size=2, unique=True)):
            pool = draw(
                st.lists(st.integers(5, 8) if key == "kit" else st.integers(1, 4), min_size=1, max_size=2, unique=True)
            )
            presence = draw(st.sampled_from(["in_room", "in_room", REMOTE])) if key != "kit" else "in_room"
            seats.append(seat(key, *(known[r] for r in pool), presence=presence))
        facts = {"minutes": draw(st.sampled_from([20, 30, 45, 50])), "reaches": reaches, "not_before": start}
        made.append(wish(*seats, **facts))
    return made[0], made[1], free


def needs(asked, seat_, candidate, start, venue):
    """Minutes, as bits, that a seat takes of a candidate: (with the way, without it)."""
    way = 0 if seat_.key in OF_VENUE or seat_.presence == REMOTE else asked.reaches[venue].minutes["same_district"]
    low, high = start - candidate.own.before, start + asked.minutes + candidate.own.after
    return bits(low - way, high + way), bits(low, high)


def bits(low, high):
    return (1 << high + 1000) - (1 << low + 1000)


def seatings(asked, free, start, venue):
    """Every choice for one interview: `{resource: (seat, with the way, without it)}`."""
    known = {r: sum(bits(*pair) for pair in zip(f[::2], f[1::2], strict=True)) for r, f in free.items()}
    for choice in product(*(s.candidates for s in asked.seats)):
        taken = {c.resource: (s, *needs(asked, s, c, start, venue)) for s, c in zip(asked.seats, choice, strict=True)}
        here = all(c.venue == venue for s, c in zip(asked.seats, choice, strict=True) if s.key in OF_VENUE)
        if here and len(taken) == len(choice) and all(whole & ~known[r] == 0 for r, (_s, whole, _own) in taken.items()):
            yield taken


def go_together(one, other):
    for resource in one.keys() & other.keys():
        (a, whole_a, own_a), (b, whole_b, own_b) = one[resource], other[resource]
        there = REMOTE not in {a.presence, b.presence}
        if (own_a & own_b) if there else (whole_a & whole_b):
            return False
    return True


def oracle(asked, free):
    """Every (who is first, venue, start, start of the second), by trying all choices of both."""
    answers = set()
    for first, venue in product((0, 1), VENUES):
        one, other = asked[first], asked[1 - first]
        known = {
            n: {start: list(seatings(w, free, start, venue)) for start in range(0, 24 * 60 * DAYS, 15)
                if w.origin + timedelta(minutes=start) >= w.not_before}
            for n, w in enumerate((one, other))
        }  # fmt: skip
        for start, choices in known[0].items():
            for rest in range(31):
                later = start + one.minutes + rest
                others = known[1].get(later, ()) if later // (24 * 60) == start // (24 * 60) else ()
                if any(go_together(a, b) for a in choices for b in others):
                    answers.add((first, venue, start, later))
    return answers


@settings(max_examples=250, deadline=None)
@given(problems())
def test_the_pairs_are_those_that_the_oracle_finds(problem):
    *asked, free = problem
    made = boards(*asked, {})
    for board in made:
        board.add({r: free[r] for r in board.wish.resources()}, DAYS)
    expected = oracle(asked, free)
    every = siblings.possible(siblings.found_ways(made))
    assert {(way.first, way.venue, start * 15, (start + way.steps) * 15) for way, start in every} == expected
    answer = together(made)
    assert bool(answer.pairs) == bool(expected)
    assert bool(answer.hinders) == (not expected)
    assert [made[0].wish.day_number(day) for day in answer.days] == sorted(
        {start // 1440 for _f, _v, start, _l in expected}
    )
    assert [pair.burden for pair in answer.pairs] == sorted(pair.burden for pair in answer.pairs)
    for pair in answer.pairs:
        assert_can_be_booked(pair, [asked[n] for n in pair.order], free)


def assert_can_be_booked(pair, asked, free):
    """Everybody is free for what would be booked of them, and for no minute twice."""
    parts = []
    for slot, one in zip(pair.slots, asked, strict=True):
        reach = one.reaches[slot.venue]
        parts.append({
            c.resource: Around(
                s.buffer(c, None).around(slot.start, slot.end), s.buffer(c, reach).around(slot.start, slot.end), s.presence != REMOTE
            )
            for s in one.seats for c in [slot.chosen[s.key]]
        })  # fmt: skip
    spans = spans_of_both(*parts)
    origin = asked[0].origin
    for resource in parts[0].keys() | parts[1].keys():
        taken = [
            bits(*(int((m - origin).total_seconds() // 60) for m in part[resource]))
            for part in spans
            if resource in part
        ]
        known = sum(bits(*edges) for edges in zip(free[resource][::2], free[resource][1::2], strict=True))
        assert sum(taken) & ~known == 0
        assert len(taken) == 1 or not taken[0] & taken[1]


# --- order ------------------------------------------------------------------------------------------------------------


def test_the_best_of_each_day_do_not_overlap_and_a_day_that_is_asked_for_shows_all():
    asked = both(seat("room", room(1)), minutes=60)
    free = {1: [(9, 12)]}
    assert times(found(*asked, free)) == ["09.00 0 10.00 1"]
    on = [replace(one, on=MONDAY.date()) for one in asked]
    assert times(found(*on, free)) == [
        f"{h} 0 {k} 1"
        for h, k in [("09.00", "10.00"), ("09.15", "10.15"), ("09.30", "10.30"), ("09.45", "10.45"), ("10.00", "11.00")]
    ]


def test_no_more_than_asked_for():
    asked = [replace(one, most=2) for one in both(seat("room", room(1)), minutes=60)]
    assert len(found(*asked, {1: [(8, 18), (32, 42)]}).pairs) == 2


def test_a_nearer_room_comes_first_for_both():
    near, far = Candidate(1, venue=10, district="Kota"), Candidate(2, venue=20, district="Jauh")
    one, other = both(seat("room", near, far), minutes=60, district="Kota")
    answer = found(one, other, {1: [(10, 12)], 2: [(9, 11)]})
    assert [{slot.venue for slot in pair.slots} for pair in answer.pairs] == [{10}]


def test_what_the_search_has_enough_of():
    asked = both(seat("room", room(1)), minutes=60)
    assert not siblings.is_enough(boards(*asked, {1: [(9, 12)]}))  # five starts
    assert siblings.is_enough(boards(*asked, {1: [(9, 12.25)]}))
    late = [replace(one, on=MONDAY.date() + timedelta(days=5)) for one in asked]
    assert not siblings.is_enough(boards(*late, {1: [(9, 18)]}))


# --- what was chosen --------------------------------------------------------------------------------------------------


def plan(start, minutes=60):
    starts = MONDAY + timedelta(minutes=start)
    return InterviewPlan(starts, starts + timedelta(minutes=minutes), (), 1, None)


@pytest.mark.parametrize(
    ("later", "venues", "expected"),
    [
        (60, (10, 10), []),
        (90, (10, 10), []),
        (91, (10, 10), ["siblings_not_one_after_the_other"]),
        (59, (10, 10), ["siblings_not_one_after_the_other"]),
        (60, (10, 20), ["siblings_not_at_one_venue"]),
        (60, (None, None), ["siblings_not_at_one_venue"]),
    ],
)
def test_what_is_a_pair(later, venues, expected):
    assert [objection.key for objection in pair_objections(plan(0), plan(later), venues)] == expected


def test_an_interview_in_several_sessions_is_half_of_no_pair():
    several = replace(plan(0), later=(MONDAY + timedelta(days=3),))
    for one, other in ((several, plan(60)), (plan(-60), several)):
        assert [objection.key for objection in pair_objections(one, other, (10, 10))] == ["siblings_in_one_session"]
