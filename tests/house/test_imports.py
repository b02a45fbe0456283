"""Imports run downhill, and each contract that says so can fail: bad imports are planted in a copy of the tree."""

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

LINT = Path(sys.executable).with_name("lint-imports")
CONTRACTS = ("services stands on", "inside services", "inside directory", "inside cms", "the front door")
# Contract, file, what is planted there, and what the checker must say of it.
PLANTED = [
    (0, "cms/places.py", "import services.policies", "cms.places -> services.policies"),
    (0, "directory/words.py", "def late():\n    from services import policies", "directory.words -> services.policies"),
    (0, "cms/limits.py", "import directory.policies", "cms.limits -> directory.policies"),
    (
        1,
        "services/rules/codes.py",
        "from services.models import cases",
        "services.rules.codes -> services.models.cases",
    ),
    (1, "services/models/cases.py", "import services.actions.cases", "services.models.cases -> services.actions.cases"),
    (1, "services/policies.py", "from services.views import cases", "services.policies -> services.views.cases"),
    (1, "services/stray.py", "A = 1", "services.stray"),
    (2, "directory/rules/listings.py", "import directory.models", "directory.rules.listings -> directory.models"),
    (2, "directory/policies.py", "import directory.views", "directory.policies -> directory.views"),
    (2, "directory/stray.py", "A = 1", "directory.stray"),
    (3, "cms/objections.py", "import cms.models", "cms.objections -> cms.models"),
    (3, "cms/database/context.py", "import cms.accounts.models", "cms.database.context -> cms.accounts.models"),
    (3, "cms/stray.py", "A = 1", "cms.stray"),
    (4, "services/demo.py", "import cms.settings.base", "services.demo -> cms.settings.base"),
    (4, "services/forms/__init__.py", "from services import urls", "services.forms -> services.urls"),
    (4, "cms/views.py", "import cms.urls", "cms.views -> cms.urls"),
]


def lint(root):
    """The exit code, and the report on each contract."""
    told = subprocess.run([LINT, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    return told.returncode, told.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for app in ("cms", "directory", "services"):
        shutil.copytree(
            settings.BASE_DIR / app, root / app, ignore=shutil.ignore_patterns("__pycache__", "*.css", "*.js")
        )
    shutil.copy(settings.BASE_DIR / "pyproject.toml", root)
    return root


@pytest.fixture(scope="module")
def planted(tree, tmp_path_factory):
    """The report on a copy with every bad import in it, as `{contract: its part of the report}`."""
    root = tmp_path_factory.mktemp("planted") / "tree"
    shutil.copytree(tree, root)
    for _contract, file, text, _told in PLANTED:
        with (root / file).open("a") as stream:
            stream.write(f"\n{text}\n")
    code, report = lint(root)
    assert code == 1
    details = report.partition("Broken contracts\n")[2]
    starts = [details.index(f"\n{name}") for name in CONTRACTS] + [len(details)]
    return [details[start:end] for start, end in pairwise(starts)]


def test_the_tree_keeps_its_contracts(tree):
    code, report = lint(tree)
    assert code == 0, report
    assert len(re.findall(r" KEPT$", report, re.MULTILINE)) == len(CONTRACTS)


@pytest.mark.parametrize(("contract", "file", "text", "told"), PLANTED)
def test_each_contract_can_fail(planted, contract, file, text, told):
    assert told in re.sub(r"\s*->\s*", " -> ", planted[contract])
