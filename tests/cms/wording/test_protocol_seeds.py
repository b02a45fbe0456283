"""The protocols a new site starts with: complete in both languages, and nothing claimed without a source that has a name."""

import re

import pytest

from cms.accounts.models import Role
from cms.wording import load

SEEDS = ("laporan-pertama", "pemulihan", "lintas-batas-daring")
NUMBERED = {  # the clocks that a law names: (number, unit) by protocol; no other step may carry one
    "laporan-pertama": [(24, "hours"), (72, "hours"), (7, "days")],
    "pemulihan": [],
    "lintas-batas-daring": [(24, "hours"), (3, "days")],
}
# A promise nobody can keep; to say that it cannot be promised is right.
PROMISES = re.compile(
    r"tidak akan (ada lagi yang bertanya|ditanya lagi)|never be asked again|will (not|never) ask again"
)


def texts(value, path=""):
    """`(path, Indonesian, English)` of every text in a seed."""
    if isinstance(value, dict):
        if set(value) == {"id", "en"}:
            yield path, value["id"], value["en"]
        else:
            for name, part in value.items():
                yield from texts(part, f"{path}.{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from texts(part, f"{path}[{place}]")


@pytest.mark.parametrize("code", SEEDS)
def test_a_protocol_is_whole_in_both_languages(code):
    seed = load(code)
    assert seed["code"] == code
    assert 6 <= len(seed["steps"]) <= 9
    assert 6 <= len(seed["checklist"]) <= 8
    kinds = [entry["kind"] for entry in seed["manner"]]
    assert (kinds.count("do"), kinds.count("dont")) == (5, 5)
    assert seed["legal_basis"]
    assert seed["evidence"]
    written = list(texts(seed))
    assert len(written) > 60
    assert [path for path, indonesian, english in written if not (indonesian.strip() and english.strip())] == []


@pytest.mark.parametrize("code", SEEDS)
def test_every_step_says_who_and_what_the_child_can_expect(code):
    for step in load(code)["steps"]:
        assert step["who"]
        assert set(step["who"]) <= set(Role.values)
        assert step["child"]["id"]


@pytest.mark.parametrize("code", SEEDS)
def test_only_the_clocks_of_a_law_are_numbers(code):
    steps = load(code)["steps"]
    assert [(step["number"], step["unit"]) for step in steps if "number" in step or "unit" in step] == NUMBERED[code]


@pytest.mark.parametrize("code", SEEDS)
def test_every_law_has_a_source_that_says_to_check_the_official_text(code):
    sources = load("sources")
    for law in load(code)["legal_basis"]:
        label = sources[law["source"]]["label"]
        assert "periksa naskah resmi" in label["id"]
        assert "check the official text" in label["en"]


@pytest.mark.parametrize("code", SEEDS)
def test_no_protocol_promises_that_nobody_will_ask_again(code):
    assert [path for path, *both in texts(load(code)) if PROMISES.search(" ".join(both))] == []


def test_the_words_of_a_broken_promise_would_be_found():
    assert PROMISES.search("Kamu tidak akan ditanya lagi.")
    assert PROMISES.search("You will never be asked again.")
