from hypothesis import given
from hypothesis import strategies as st

from services.rules import codes

letters = st.sampled_from(codes.ALPHABET)
bodies = st.text(letters, min_size=7, max_size=7)


def written(body):
    whole = body + codes.check_character(body)
    return f"K-{whole[:4]}-{whole[4:]}"


@given(bodies)
def test_what_is_made_is_a_code(body):
    assert codes.is_code(written(body))


@given(bodies, st.integers(0, 7), letters)
def test_one_wrong_character_is_noticed(body, place, letter):
    whole = body + codes.check_character(body)
    wrong = whole[:place] + letter + whole[place + 1 :]
    assert codes.is_code(f"K-{wrong[:4]}-{wrong[4:]}") == (wrong == whole)


@given(bodies, st.integers(0, 7), st.integers(0, 7))
def test_two_swapped_characters_are_noticed(body, first, second):
    whole = list(body + codes.check_character(body))
    before = "".join(whole)
    whole[first], whole[second] = whole[second], whole[first]
    after = "".join(whole)
    assert codes.is_code(f"K-{after[:4]}-{after[4:]}") == (after == before)


@given(bodies)
def test_typed_carelessly_it_is_still_the_same_code(body):
    code = written(body)
    assert codes.tidy(code.lower().replace("-", " ")) == code
    assert codes.tidy(f"  {code.replace('-', '')} ") == code


@given(st.text(max_size=40))
def test_anything_may_be_typed(text):
    assert codes.is_code(codes.tidy(text)) in {True, False}


def test_new_codes_are_codes_and_differ():
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(codes.is_code(code) and len(code) == codes.LENGTH for code in made)
