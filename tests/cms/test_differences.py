from hypothesis import given
from hypothesis import strategies as st

from cms.differences import ADDED, REMOVED, SAME, Piece, differences, lines_of, words_between

WORD = st.text(alphabet="abcdeé-", min_size=1, max_size=4)
LINE = st.lists(WORD, min_size=1, max_size=8).map(" ".join)
TEXT = st.lists(st.tuples(st.sampled_from(["intro", "steps", "body"]), st.lists(LINE, max_size=5)), max_size=3)


def test_words_that_came_and_went_stand_in_their_sentence():
    assert words_between("at most 14 days", "at most 10 days") == [
        Piece(SAME, "at most"),
        Piece(REMOVED, "14"),
        Piece(ADDED, "10"),
        Piece(SAME, "days"),
    ]


def test_a_line_unlike_any_other_is_shown_whole():
    (part,) = differences([("steps", ["One two three"])], [("steps", ["One two three", "Something else here"])])
    assert part.lines == ((Piece(ADDED, "Something else here"),),)


def test_an_equal_text_has_no_part():
    text = [("intro", ["a"]), ("steps", ["b", "c"])]
    assert differences(text, text) == []


def test_a_part_that_went_away_is_shown_last():
    found = differences([("old", ["gone"]), ("intro", ["a b c"])], [("intro", ["a b d"])])
    assert [part.name for part in found] == ["intro", "old"]
    assert found[1].lines == ((Piece(REMOVED, "gone"),),)


def test_a_line_that_was_moved_into_another_place_is_not_lost():
    (part,) = differences([("s", ["a b c d", "x y z w"])], [("s", ["x y z w", "a b c d"])])
    said = [(piece.kind, piece.text) for line in part.lines for piece in line]
    assert sorted(said) == [(ADDED, said[0][1]), (REMOVED, said[0][1])]


@given(TEXT, TEXT)
def test_both_texts_can_be_read_back_from_what_is_shown(before, after):
    """Nothing that differs is dropped: of each part, the pieces give the changed lines of both sides."""
    old, new = dict(before), dict(after)
    for part in differences(before, after):
        for mine, other, hidden in ((old, new, ADDED), (new, old, REMOVED)):
            shown = [" ".join(p.text for p in line if p.kind != hidden) for line in part.lines]
            shown = [line for line in shown if line]
            assert all(line in mine.get(part.name, ()) for line in shown)
            assert set(mine.get(part.name, ())) - set(other.get(part.name, ())) <= set(shown)


def test_markup_becomes_lines_and_a_link_shows_where_it_leads():
    markup = '<p>One &amp; <b>two</b></p><ul><li>three</li></ul><p><a href="https://a.example/">four</a><br/>five</p>'
    assert lines_of(markup) == ["One & two", "three", "four (https://a.example/)", "five"]
