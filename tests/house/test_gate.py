"""The tools of `make` themselves: the gate on coverage, and what the Makefile promises."""

import subprocess

import pytest
from django.conf import settings

from tests.coverage_gate import group_of, judge


def summary(covered, total):
    return {"summary": {"covered_branches": covered, "num_branches": total}}


WHOLE = {
    "services/rules/slots.py": summary(40, 40),
    "services/actions/interviews.py": summary(19, 20),
    "cms/accounts/policies.py": summary(0, 0),
}


def test_enough_branches_pass():
    assert judge(WHOLE)[1]


@pytest.mark.parametrize(
    "change",
    [
        {"services/rules/slots.py": summary(37, 40)},
        {"directory/rules/listings.py": summary(0, 10)},
        {"services/actions/interviews.py": summary(18, 20)},
    ],
)
def test_too_few_branches_fail_and_are_named(change):
    lines, passed = judge(WHOLE | change)
    assert not passed
    assert any(line.startswith(f"  {file}") for file in change for line in lines)


def test_an_empty_group_fails():
    assert not judge({"services/rules/slots.py": summary(1, 1)})[1]


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("services/rules/slots.py", "rules"),
        ("directory/rules/listings.py", "rules"),
        ("cms/limits.py", "rules"),
        ("services/actions/cases.py", "actions"),
        ("directory/policies.py", "policies"),
        ("services/views/cases.py", None),
        ("cms/database/policies.py", "policies"),
    ],
)
def test_files_belong_to_their_column(path, group):
    assert group_of(path) == group


def test_ci_runs_what_people_run():
    script = (settings.BASE_DIR / ".ci" / "run").read_text()
    assert script.rstrip().endswith("exec make check test")


def test_make_says_which_python_it_needs(tmp_path):
    told = subprocess.run(
        ["make", "--no-print-directory", "-f", settings.BASE_DIR / "Makefile", "check", "PYTHON=no-such-python"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "no-such-python is missing or older than 3.11" in told.stdout
