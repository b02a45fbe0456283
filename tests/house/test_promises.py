"""A promise in docs/data-protection.md without its test is an advertisement: every test it names is there and runs."""

import ast
import re

import pytest
from django.conf import settings

DOCUMENT = settings.BASE_DIR / "docs" / "data-protection.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`")


def promises(text):
    """[(the promise's text, [(file, test or ""), …])] of every point before "Not protected"."""
    kept = text.split("\n## Not protected")[0]
    found, file = [], ""  # a test without its file is in the one named last
    for point in re.split(r"\n(?=- |\n)", kept):
        if not point.lstrip("\n").startswith("- "):
            continue
        named = []
        for path, name in NAMED.findall(point):
            file = path or file
            if path or name:
                named.append((file, name))
        found.append((point.strip(), named))
    return found


def names_in(file):
    tree = ast.parse((settings.BASE_DIR / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def missing(text):
    for promise, named in promises(text):
        if not named:
            yield f"no test: {promise[:80]}"
        for file, name in named:
            if not file or not (settings.BASE_DIR / file).is_file():
                yield f"no file {file}: {promise[:60]}"
            elif name and name not in names_in(file):
                yield f"{file} has no {name}"


def test_every_promise_names_a_test_that_is_there():
    text = DOCUMENT.read_text()
    assert len(promises(text)) > 60
    assert list(missing(text)) == []


@pytest.mark.parametrize("planted", [
    "- **A promise.** — nothing",
    "- **A promise.** — `tests/house/test_promises.py::test_that_is_not_there`",
    "- **A promise.** — `tests/house/test_nowhere.py::test_x`",
])  # fmt: skip
def test_an_empty_promise_is_found(planted):
    assert list(missing(f"# Title\n\n{planted}\n"))


def test_no_silent_skips():
    """Nothing of the suite is skipped: a test that cannot run fails."""
    found = [
        str(file.relative_to(settings.BASE_DIR))
        for file in (settings.BASE_DIR / "tests").rglob("test_*.py")
        if re.search(r"pytest\.(mark\.skip|skip\(|mark\.xfail|xfail\()", file.read_text())
        and file.name != "test_promises.py"
    ]
    assert found == ["tests/directory/test_import.py"]  # HSDS's own examples lie beside the project in CI
