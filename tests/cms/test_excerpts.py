from hypothesis import given
from hypothesis import strategies as st

from cms.excerpts import LONGEST, excerpt


def said(pieces):
    return "".join(text for text, _mine in pieces)


def test_the_words_are_marked_where_they_stand():
    pieces = excerpt(["Nothing here.", "The child tells it once, to one person."], "child once")
    assert [text for text, mine in pieces if mine] == ["child", "once"]
    assert said(pieces) == "The child tells it once, to one person."


def test_a_word_is_found_by_how_it_begins():
    assert [text for text, mine in excerpt(["Wawancaranya direkam."], "wawancara") if mine] == ["Wawancaranya"]


def test_without_the_words_the_text_begins():
    assert excerpt(["", "One two three."], "zebra") == [("One two three.", False)]
    assert excerpt(["", " "], "zebra") == []


@given(st.lists(st.text(max_size=400), max_size=4), st.text(max_size=30))
def test_an_excerpt_is_short_and_invents_nothing(texts, words):
    found = said(excerpt(texts, words))
    assert len(found) <= LONGEST + 4
    bare = found.removeprefix("… ").removesuffix(" …")
    assert not bare or any(bare in " ".join(text.split()) for text in texts)
