"""Words understood, without a database."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some

from directory.rules import queries

HOMES = {"rumah aman", "shelter", "penampungan"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Rumah-aman?  UPTD", ["rumah", "aman", "uptd"]),
        ("", []),
        ("' OR 1=1 --", ["or", "1", "1"]),
        ("a_b", ["a", "b"]),
    ],
)
def test_words_are_letters_and_digits(typed, words):
    assert queries.words_of(typed) == words


def test_a_question_is_read_so_far_and_no_further():
    assert len(queries.question("satu " * 100)) == queries.MOST
    assert queries.question("x" * 1000) == ["x" * queries.LONGEST]


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        (["shelter"], [("shelter", "penampungan", "rumah aman")]),
        (["rumah", "aman", "anak"], [("rumah aman", "penampungan", "shelter"), ("anak",)]),
        (["rumah", "anak"], [("rumah",), ("anak",)]),
        ([], []),
    ],
)
def test_words_that_mean_the_same_stand_together(words, groups):
    assert queries.grouped(words, [HOMES]) == groups


def test_a_term_in_two_groups_has_the_words_of_both():
    assert queries.grouped(["a"], [{"a", "b"}, {"a", "c"}]) == [("a", "b", "c")]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("konselng", ["konseling"]),
        ("kosneling", ["konseling"]),
        ("konsel", ["konseling"]),
        ("huku", ["hukum"]),
        ("hukim", ["hukum"]),
        ("hakem", []),  # two slips in five letters
        ("anka", ["anak"]),
        ("ana", ["anak"]),
        ("kna", []),
        ("an", []),
        ("konseling2", []),
        ("zzzzzzzz", []),
    ],
)
def test_a_slip_is_forgiven(typed, meant):
    assert queries.mended(typed, ["anak", "hukum", "konseling"]) == meant


def test_of_several_near_words_only_the_nearest_count():
    assert queries.mended("terapis", ["terapi", "terapa", "serapis"]) == ["serapis", "terapi"]
    assert len(queries.mended("tes", [f"tes{letter}" for letter in "abcdefgh"])) == queries.ALTERNATIVES


@pytest.mark.parametrize(
    ("words", "place", "others"),
    [
        (["konseling", "jawa", "barat"], ("ID-JB", ""), ["konseling"]),
        (["jawa", "barat", "papua"], ("ID-JB", ""), ["papua"]),
        (["jawa"], None, ["jawa"]),
        ([], None, []),
    ],
)
def test_a_place_is_taken_out_of_the_words(words, place, others):
    places = {"jawa barat": ("ID-JB", ""), "papua": ("ID-PA", "")}
    assert queries.place_in(words, places) == (place, others)
    assert queries.place_in(words, {}) == (None, words)


def test_words_that_say_nothing_are_left_out():
    assert queries.question("Saya mau cari rumah aman di mana ya") == ["rumah", "aman", "ya"]


def test_what_a_mended_word_means_is_looked_for_too():
    assert queries.repaired([("shleter",)], {"shleter": ["shelter"]}, [HOMES]) == [
        ("shelter", "penampungan", "rumah aman")
    ]


def test_only_a_word_that_has_no_synonyms_is_replaced():
    groups = [("hukim",), ("shelter", "penampungan"), ("anak",)]
    meant = {"hukim": ["hukum"], "shelter": ["x"], "anak": []}
    assert queries.repaired(groups, meant) == [("hukum",), ("shelter", "penampungan"), ("anak",)]


def test_the_query_is_of_words_only():
    groups = [("rumah aman", "shelter"), ("o'brien & !x",)]
    assert queries.tsquery(groups) == "('rumah' <-> 'aman' | 'shelter') & ('o' <-> 'brien' <-> 'x')"
    assert queries.tsquery(groups[:1] * 2, every=False).count(" | (") == 1


@given(some.text())
def test_any_text_gives_a_query_of_words(text):
    groups = queries.grouped(queries.question(text), [HOMES])
    assert set(queries.tsquery(groups)) - set("()|&<-> '") <= {
        letter for group in groups for term in group for letter in term
    }


def test_the_rules_need_no_django():
    code = "import sys, directory.rules.queries; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
