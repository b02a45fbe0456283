"""Finding a series: against a search that tries everything, and in the weeks that clash."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations, product

import pytest

from services.rules import starts
from services.rules.series import MOST_CLASHES, Place, SeriesWish, find_series
from services.rules.slots import Candidate
from services.rules.travel import Buffer, Reach

MONDAY = datetime(2026, 3, 2, 0, tzinfo=UTC)
CHILD, ANA, BUDI, CITRA, ROOM, HALL, LOFT = range(1, 8)
DAY = 24 * 60
WEEK = 7 * DAY


def person(resource, until=None):
    return Candidate(resource, f"t{resource}", qualified_until=until)


def place(resource, venue=1):
    return Candidate(resource, f"r{resource}", venue=venue)


def wish(**changes):
    facts = {
        "children": (CHILD,), "therapists": (person(ANA),), "rooms": (place(ROOM),), "minutes": 60, "sessions": 4,
        "every_weeks": 1, "zone": "UTC", "not_before": MONDAY, "earliest": time(8), "latest": time(17),
    }  # fmt: skip
    return SeriesWish(**facts | changes)


def always(*resources, days=400):
    return {resource: [0, days * DAY] for resource in resources}


def weekly(day, first, last, weeks=60, off=()):
    """Free on one weekday from `first` to `last` o'clock, but for the weeks in `off`."""
    spans = []
    for week in range(weeks):
        if week not in off:
            spans += [week * WEEK + day * DAY + first * 60, week * WEEK + day * DAY + last * 60]
    return spans


def at(day, hour, week=0):
    return MONDAY + timedelta(weeks=week, days=day, hours=hour)


def test_the_same_hour_every_week_with_nothing_in_the_way():
    best = find_series(wish(), always(CHILD, ANA, ROOM))[0]
    assert [week.start for week in best.weeks] == [at(0, 8, n) for n in range(4)]
    assert (best.clashes, best.places[0].therapist.resource) == (0, ANA)


def test_every_two_weeks():
    best = find_series(wish(every_weeks=2), always(CHILD, ANA, ROOM))[0]
    assert [week.start for week in best.weeks] == [at(0, 8, 2 * n) for n in range(4)]


def test_a_week_that_clashes_comes_with_the_same_week_and_the_next():
    free = always(CHILD, ROOM) | {ANA: sorted_spans(weekly(1, 9, 10, off={2}), weekly(3, 15, 16))}
    found = find_series(wish(weekdays=frozenset({1})), free)[0]
    assert found.first == at(1, 9)
    assert [bool(week.cause) for week in found.weeks] == [False, False, True, False]
    clash = found.weeks[2]
    assert clash.cause == "therapist_busy"
    assert [(o.kind, o.start) for o in clash.options] == [("same_week", at(3, 15, 2)), ("next_week", at(3, 15, 3))]


def sorted_spans(*groups):
    flat = sorted(pair for group in groups for pair in zip(group[::2], group[1::2], strict=True))
    return [moment for pair in flat for moment in pair]


@pytest.mark.parametrize("cause", ["holiday", "exam"])
def test_a_closed_day_says_why(cause):
    free = always(CHILD, ANA, ROOM)
    closed = {date(2026, 3, 9): cause}
    found = find_series(wish(weekdays=frozenset({0}), part="morning", sessions=3, closed=closed), free)
    monday = next(one for one in found if one.first == at(0, 8))
    assert [week.cause for week in monday.weeks] == ["", cause, ""]
    assert monday.weeks[1].options[0].start == at(1, 8, 1)


@pytest.mark.parametrize(
    ("free", "changes", "cause"),
    [
        ({ANA: weekly(0, 8, 9, off={1})}, {"away": {ANA: frozenset({date(2026, 3, 9)})}}, "leave"),
        ({ROOM: weekly(0, 8, 9, off={1})}, {}, "room_busy"),
        ({CHILD: weekly(0, 8, 9, off={1})}, {}, "child_busy"),
    ],
)
def test_every_other_cause_has_its_name(free, changes, cause):
    found = find_series(wish(sessions=3, **changes), always(CHILD, ANA, ROOM) | free)
    assert [week.cause for week in found[0].weeks] == ["", cause, ""]


def test_training_bounds_the_series():
    until = wish(therapists=(person(ANA, date(2026, 3, 10)),), sessions=3)
    found = find_series(until, always(CHILD, ANA, ROOM))[0]
    assert [week.cause for week in found.weeks] == ["", "", "training"]
    assert found.weeks[2].options == ()


def test_a_therapist_without_a_clash_is_offered_before_one_with():
    free = always(CHILD, ROOM) | {ANA: weekly(0, 8, 9, off={2}), BUDI: weekly(2, 8, 9)}
    found = find_series(wish(therapists=(person(ANA), person(BUDI))), free)
    assert [(one.places[0].therapist.resource, one.clashes) for one in found[:2]] == [(BUDI, 0), (BUDI, 0)]
    assert ANA in {one.places[0].therapist.resource for one in found}


def test_nobody_free_is_no_series():
    assert find_series(wish(), always(CHILD, ROOM)) == ()
    assert find_series(wish(therapists=()), always(CHILD, ROOM)) == ()
    free = always(CHILD, ROOM) | {ANA: weekly(0, 8, 9, weeks=2)}
    assert find_series(wish(sessions=MOST_CLASHES + 5), free) == ()


def test_a_part_of_the_day_and_not_before():
    late = find_series(wish(part="afternoon", not_before=at(0, 13)), always(CHILD, ANA, ROOM))[0]
    assert late.first == at(0, 13)


def test_siblings_side_by_side_in_one_house():
    free = always(CHILD, 11, ANA, BUDI, ROOM, HALL, LOFT)
    rooms = (place(ROOM, 1), place(LOFT, 2), place(HALL, 2))
    found = find_series(wish(children=(CHILD, 11), therapists=(person(ANA), person(BUDI)), rooms=rooms), free)[0]
    assert [p.offset for p in found.places] == [0, 0]
    assert {p.therapist.resource for p in found.places} == {ANA, BUDI}
    assert {p.room.resource for p in found.places} == {HALL, LOFT}


def test_siblings_one_after_the_other_with_one_therapist():
    free = always(CHILD, 11, 12, ROOM) | {ANA: weekly(2, 9, 12)}
    (found,) = find_series(wish(children=(CHILD, 11, 12)), free)[:1]
    assert [(p.child, p.offset) for p in found.places] == [(CHILD, 0), (11, 60), (12, 120)]
    assert [week.start for week in found.weeks] == [at(2, 9, n) for n in range(4)]


def test_a_sibling_without_time_means_another_hour_for_all():
    free = always(CHILD, ANA, ROOM) | {11: weekly(4, 10, 12)}
    found = find_series(wish(children=(CHILD, 11)), free)
    assert found[0].first == at(4, 10) - timedelta(hours=1)


@pytest.mark.parametrize("seed", range(40))
def test_it_agrees_with_a_search_that_tries_everything(seed):
    """The fewest clashes of any first start, and each week's verdict, as plain loops find them."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    asked = wish(sessions=rng.randint(2, 6), every_weeks=rng.choice((1, 2)), therapists=(person(ANA), person(BUDI)))
    free = {r: scattered(rng, asked.days) for r in (CHILD, ANA, BUDI, ROOM)}
    found, brute = find_series(asked, free), tried(asked, free)
    assert bool(found) == bool(brute)
    for one in found:
        resources = (CHILD, one.places[0].therapist.resource, ROOM)
        start = int((one.first - MONDAY).total_seconds() // 60)
        assert [bool(week.cause) for week in one.weeks] == [
            not fits(free, resources, start + n * WEEK * asked.every_weeks) for n in range(asked.sessions)
        ]
        for option in (option for week in one.weeks for option in week.options):
            assert fits(free, resources, int((option.start - MONDAY).total_seconds() // 60))
    if found:
        assert found[0].clashes == min(brute.values())


def scattered(rng, days):
    spans = []
    for day in range(days):
        low = day * DAY + rng.randrange(8 * 60, 12 * 60, 15)
        if rng.random() < 0.85:
            spans += [low, low + rng.randrange(60, 360, 15)]
    return spans


def fits(free, resources, start):
    return (
        all(
            any(low <= start and start + 60 <= high for low, high in zip(free[r][::2], free[r][1::2], strict=True))
            for r in resources
        )
        and 8 * 60 <= start % DAY <= 16 * 60
    )


def tried(asked, free):
    found = {}
    for start in range(0, 14 * DAY, starts.STEP):
        for therapist in (ANA, BUDI):
            if fits(free, (CHILD, therapist, ROOM), start):
                weeks = [start + n * WEEK * asked.every_weeks for n in range(1, asked.sessions)]
                missed = sum(not fits(free, (CHILD, therapist, ROOM), week) for week in weeks)
                if missed <= MOST_CLASHES:
                    found[start, therapist] = missed
    return found


# --- what is booked around a session and not shown --------------------------------------------------------------------


def far(resource, way="Kab Jauh", **more):
    return Candidate(resource, f"t{resource}", district=way, **more)


def reach(minutes):
    """Everybody of another district of the province is on the way for so long."""
    return {venue: Reach("Kota", "", minutes={"same_province": minutes}) for venue in (1, 2)}


def test_a_room_is_prepared_and_cleaned_around_every_session():
    room = replace(place(ROOM), own=Buffer(15, 30))
    free = always(CHILD, ANA) | {ROOM: sorted_spans(weekly(2, 9, 10), weekly(2, 13, 15))}
    found = find_series(wish(rooms=(room,)), free)[0]
    assert (found.first, found.around) == (at(2, 13) + timedelta(minutes=15), Buffer(15, 30))


def test_the_way_of_a_therapist_is_kept_free_and_of_who_works_there_is_not():
    free = always(CHILD, ROOM) | {ANA: weekly(2, 9, 11), BUDI: weekly(2, 9, 11)}
    asked = wish(therapists=(far(ANA), far(BUDI, "Kota")), reaches=reach(30))
    found = find_series(asked, free)
    assert [(one.first, one.places[0].therapist.resource, one.around) for one in found[:1]] == [
        (at(2, 9), BUDI, Buffer())
    ]
    alone = find_series(replace(asked, therapists=(far(ANA),)), free)
    assert {one.first for one in alone} == {at(2, 9) + timedelta(minutes=30), at(9, 9) + timedelta(minutes=30)}


@pytest.mark.parametrize(
    ("tight", "changes", "cause"),
    [
        ({ROOM: weekly(0, 8, 10, off={1})}, {"rooms": (replace(place(ROOM), own=Buffer(0, 60)),)}, "room_around"),
        ({ANA: weekly(0, 7, 10, off={1})}, {"therapists": (far(ANA),), "reaches": reach(60)}, "therapist_around"),
    ],
)
def test_a_week_without_time_around_the_session_says_so(tight, changes, cause):
    """In the second week there is time for the session itself, and for nothing beside it."""
    ((resource, spans),) = tight.items()
    short = [WEEK + 8 * 60, WEEK + 9 * 60]
    free = always(CHILD, ANA, ROOM) | {resource: sorted_spans(spans, short)}
    found = find_series(wish(sessions=3, **changes), free)[0]
    assert (found.first, [week.cause for week in found.weeks]) == (at(0, 8), ["", cause, ""])
    without = {name: value for name, value in changes.items() if name != "reaches"}
    without["rooms"] = (place(ROOM),)
    assert find_series(wish(sessions=3, **without), free)[0].clashes == 0


def test_siblings_in_a_row_are_apart_by_the_larger_of_what_is_around_them():
    room = replace(place(ROOM), own=Buffer(10, 20))
    asked = wish(children=(CHILD, 11, 12), rooms=(room,))
    assert [p.offset for p in find_series(asked, always(CHILD, 11, 12, ANA, ROOM))[0].places] == [0, 90, 180]
    asked = replace(asked, therapists=(far(ANA),), reaches=reach(30))
    assert [p.offset for p in find_series(asked, always(CHILD, 11, 12, ANA, ROOM))[0].places] == [0, 120, 240]


def test_siblings_who_need_not_wait_for_each_other_come_first():
    """Whoever works there has time later, and the family would not wait an hour between the two."""
    free = always(CHILD, 11, ROOM, ANA) | {BUDI: weekly(3, 13, 15)}
    asked = wish(children=(CHILD, 11), therapists=(far(ANA), far(BUDI, "Kota")), reaches=reach(30))
    found = find_series(asked, free)
    assert [(one.first, [p.offset for p in one.places]) for one in found[:3]] == [
        (at(3, 13), [0, 60]), (at(10, 13), [0, 60]), (at(0, 8), [0, 120])
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_with_what_is_around_it_agrees_with_counting_minutes(seed):
    """Every arrangement at every start, minute by minute, and nobody in two places at once."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    asked, free = surrounded(rng)
    found, ranked = find_series(asked, free), counted(asked, free)
    assert bool(found) == bool(ranked)
    if found:
        first = found[0]
        assert (first.clashes, waits(asked, first.places), minute(first.first)) == min(ranked)
    for one in found:
        fits_here = [fitting(asked, free, one.places, minute(one.first) + n * WEEK) for n in range(asked.sessions)]
        assert [not week.cause for week in one.weeks] == fits_here
        options = [option.start for week in one.weeks for option in week.options]
        assert all(fitting(asked, free, one.places, minute(start)) for start in options)
        assert apart(asked, one.places)


def minute(moment):
    return int((moment - MONDAY).total_seconds() // 60)


def surrounded(rng):
    """One or two children, two therapists, two rooms of one or two venues: all of it with minutes around them, to the minute."""
    districts = ("Kota", "Kab Jauh")
    therapists = tuple(
        far(r, rng.choice(districts), own=Buffer(rng.choice((0, 5)), rng.choice((0, 10)))) for r in (ANA, BUDI)
    )
    rooms = tuple(
        replace(place(r, rng.choice((1, 2))), own=Buffer(rng.choice((0, 10, 15)), rng.choice((0, 20, 30))))
        for r in (ROOM, HALL)
    )
    children = (CHILD, 11)[: rng.choice((1, 2))]
    asked = wish(
        children=children, therapists=therapists, rooms=rooms, minutes=rng.choice((45, 60)), sessions=rng.randint(2, 4),
        reaches=reach(rng.choice((0, 15, 30))),
    )  # fmt: skip
    return asked, {r: ragged(rng, asked.days) for r in (*children, ANA, BUDI, ROOM, HALL)}


def ragged(rng, days):
    """Stretches of most days that begin and end at any minute."""
    spans = []
    for day in range(days):
        low = day * DAY + rng.randrange(7 * 60, 11 * 60)
        if rng.random() < 0.85:
            spans += [low, low + rng.randrange(90, 480)]
    return spans


def booked(asked, places, start):
    """(resource, first minute, minute behind) of everything that a visit takes, computed from the districts themselves."""
    for p in places:
        low, high = start + p.offset, start + p.offset + asked.minutes
        way = 0 if p.therapist.district == "Kota" else asked.reaches[1].minutes["same_province"]
        yield p.child, low, high
        yield p.room.resource, low - p.room.own.before, high + p.room.own.after
        yield p.therapist.resource, low - p.therapist.own.before - way, high + p.therapist.own.after + way


def fitting(asked, free, places, start):
    stretches = {r: list(zip(spans[::2], spans[1::2], strict=True)) for r, spans in free.items()}
    taken = list(booked(asked, places, start))
    shown = [(start + p.offset) % DAY for p in places]
    return all(any(a <= low and high <= b for a, b in stretches[r]) for r, low, high in taken) and all(
        low >= 8 * 60 and low + asked.minutes <= 17 * 60 for low in shown
    )


def apart(asked, places):
    """Whether no resource is taken twice in the same minute of one visit."""
    taken = [(r, m) for r, low, high in booked(asked, places, DAY) for m in range(low, high)]
    return len(taken) == len(set(taken))


def waits(asked, places):
    """How long the family waits in between; nobody waits side by side."""
    last = max(p.offset for p in places)
    return last and last - (len(places) - 1) * asked.minutes


def in_a_row(asked, therapist, room):
    """The first quarter of an hour at which nobody is needed twice."""
    for offset in range(asked.minutes, DAY, starts.STEP):
        places = tuple(Place(child, therapist, room, n * offset) for n, child in enumerate(asked.children))
        if apart(asked, places):
            return places
    raise AssertionError


def arrangements(asked):
    yield from (in_a_row(asked, *pair) for pair in product(asked.therapists, asked.rooms))
    one, other = asked.rooms
    if len(asked.children) == 2 and one.venue == other.venue:
        for people in permutations(asked.therapists):
            yield tuple(Place(*three) for three in zip(asked.children, people, (one, other), strict=True))


def counted(asked, free):
    """(clashes, waiting, first minute) of every arrangement at every start of the first fortnight."""
    found = []
    for places, start in product(arrangements(asked), range(0, 14 * DAY, starts.STEP)):
        if fitting(asked, free, places, start):
            missed = sum(not fitting(asked, free, places, start + n * WEEK) for n in range(asked.sessions))
            found.append((missed, waits(asked, places), start))
    return found
