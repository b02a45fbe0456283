"""Whatever a rule may object has its words in both languages, and whatever it names as its source has a name."""

import ast
from collections import Counter

import pytest
from django.conf import settings

from cms.wording import RULE_FILES, load, rule_words


def objections():
    """`(file:line, key or None, source or None)` of every `Objection(…)` in the code, None where it is not written out.

    A key may also be looked up: `NAMES.get(…, "a_key")` stands for "a_key" and every value of the dictionary NAMES.
    """
    for app in ("cms", "directory", "services"):
        for file in sorted((settings.BASE_DIR / app).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Objection"
                ):
                    given = dict(zip(("key", "source"), node.args, strict=False))
                    given |= {keyword.arg: keyword.value for keyword in node.keywords}
                    place = f"{file.relative_to(settings.BASE_DIR)}:{node.lineno}"
                    for key in keys(given["key"], tree):
                        yield place, key, written(given.get("source"))


def written(node):
    return node.value if isinstance(node, ast.Constant) else None


def keys(node, tree):
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get" and len(node.args) == 2:
        name = getattr(node.func.value, "id", "")
        tables = [
            part.value
            for part in tree.body
            if isinstance(part, ast.Assign) and getattr(part.targets[0], "id", "") == name
        ]
        return [written(value) for table in tables for value in table.values] + [written(node.args[1])]
    return [written(node)]


FOUND = list(objections())


def test_there_are_rules():
    assert len(FOUND) > 40


@pytest.mark.parametrize(("place", "key"), [(place, key) for place, key, _source in FOUND])
def test_every_objection_has_words_in_both_languages(place, key):
    assert key is not None, f"{place}: write the key out, so that its words can be found"
    entry = rule_words().get(key)
    assert entry is not None, f"{place}: {key} has no words in cms/wording/*.toml"
    for part in ("what", "instead"):
        assert all(entry[part].get(tongue, "").strip() for tongue in ("id", "en")), f"{key}: {part}"


def test_every_source_that_is_written_out_has_a_name():
    assert {source for _place, _key, source in FOUND if source} <= set(load("sources"))


def test_no_key_is_worded_twice():
    worded = Counter(key for name in RULE_FILES for key in load(name))
    assert [key for key, times in worded.items() if times > 1] == []
