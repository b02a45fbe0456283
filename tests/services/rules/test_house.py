"""A day of a house as stretches: every minute is one of four things, and a booking beside working hours shows."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.rules.house import AWAY, FREE, HELD, TAKEN, Stretch, Times, leading, midnight, opening, part, stretches

JAKARTA = ZoneInfo("Asia/Jakarta")
DAY = datetime(2026, 12, 3, tzinfo=JAKARTA)


def at(hour, minute=0):
    return DAY + timedelta(hours=hour, minutes=minute)


def said(found):
    return [(one.starts.hour, one.state) for one in found]


def test_a_day_begins_at_its_own_midnight():
    assert midnight(DAY.date(), JAKARTA) == DAY


def test_every_minute_is_one_of_four_things():
    times = Times(working=[(at(8), at(12)), (at(13), at(16))], taken=[(at(9), at(10))], held=[(at(14), at(15))])
    found = stretches(times, at(0), at(24))
    assert said(found) == [
        (0, AWAY), (8, FREE), (9, TAKEN), (10, FREE), (12, AWAY), (13, FREE), (14, HELD), (15, FREE), (16, AWAY),
    ]  # fmt: skip
    assert sum(one.minutes for one in found) == 24 * 60
    assert [one.starts for one in found[1:]] == [one.ends for one in found[:-1]]


def test_nothing_known_is_away():
    assert stretches(Times(), at(0), at(24)) == [Stretch(at(0), at(24), AWAY)]


def test_who_is_taken_is_not_held_as_well():
    times = Times(working=[(at(8), at(16))], taken=[(at(9), at(11))], held=[(at(10), at(12))])
    assert said(stretches(times, at(8), at(16))) == [(8, FREE), (9, TAKEN), (11, HELD), (12, FREE)]


def test_what_is_booked_although_away_says_so():
    times = Times(working=[(at(8), at(9, 30))], taken=[(at(9), at(10))], held=[(at(11), at(12))])
    found = [one for one in stretches(times, at(8), at(13)) if one.state in {TAKEN, HELD}]
    assert found == [
        Stretch(at(9), at(9, 30), TAKEN),
        Stretch(at(9, 30), at(10), TAKEN, clashes=True),
        Stretch(at(11), at(12), HELD, clashes=True),
    ]


def test_spans_that_reach_out_of_the_day_are_cut():
    times = Times(working=[(at(-5), at(30))], taken=[(at(-1), at(1))])
    assert stretches(times, at(0), at(24)) == [Stretch(at(0), at(1), TAKEN), Stretch(at(1), at(24), FREE)]


def test_the_hours_drawn_hold_everything_that_is_not_away():
    office = stretches(Times(working=[(at(9), at(12))]), at(0), at(24))
    night = stretches(Times(taken=[(at(5, 30), at(6)), (at(20), at(21, 10))]), at(0), at(24))
    assert opening([office], DAY) == (8, 17)
    assert opening([office, night], DAY) == (5, 22)
    assert opening([], DAY) == (8, 17)


def test_an_hour_is_named_by_what_matters_most_in_it():
    day = stretches(Times(working=[(at(8), at(16))], taken=[(at(9, 15), at(9, 45))]), at(0), at(24))
    pieces = part(day, at(9), at(10))
    assert [(one.minutes, one.state) for one in pieces] == [(15, FREE), (30, TAKEN), (15, FREE)]
    assert leading(pieces) == TAKEN
    assert leading(part(day, at(16), at(17))) == AWAY
    assert leading([]) == AWAY
