"""How a distribution is drawn."""

from services.rules.figures import ROW, WIDEST, Group, bars


def test_the_longest_bar_is_as_wide_as_it_may_be_and_the_others_in_proportion():
    drawn = bars([Group(0, 10), Group(1, 40), Group(2, 20), Group(3, 5)])
    assert [bar.width for bar in drawn] == [WIDEST // 4, WIDEST, WIDEST // 2, WIDEST // 8]
    assert [bar.y for bar in drawn] == [0, ROW, 2 * ROW, 3 * ROW]
    assert [bar.group.and_more for bar in drawn] == [False, False, False, True]


def test_hidden_groups_are_drawn_alike_whatever_they_are():
    first, second = bars([Group(0, None), Group(1, None)])
    assert first.width == second.width == 8
    assert bars([]) == []
