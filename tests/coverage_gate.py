"""`python -m tests.coverage_gate`: at least 95 % of the branches of rules, actions and policies were tried.

Reads `.coverage`, which `make test` has just written. Prints each group, and the files of a group that falls short.
"""

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import PurePath

from coverage import Coverage

AT_LEAST = 95.0  # per cent of branches
GROUPS = ("rules", "actions", "policies")


def group_of(path):
    """The column of docs/architecture.md a file belongs to, or None."""
    parts = [*PurePath(path).parts[:-1], PurePath(path).stem]
    if parts[-1] == "limits":  # what a protocol allows is a rule too
        return "rules"
    return next((group for group in GROUPS if group in parts), None)


def percent(covered, total):
    return 100.0 if total == 0 else 100.0 * covered / total


def judge(files):
    """`(lines to print, passed)` for coverage.json's `files`; an empty group fails, for it proves nothing."""
    lines, passed = [], True
    for group in GROUPS:
        mine = {path: file["summary"] for path, file in files.items() if group_of(path) == group}
        covered = sum(summary["covered_branches"] for summary in mine.values())
        total = sum(summary["num_branches"] for summary in mine.values())
        share = percent(covered, total)
        lines.append(f"{group}: {share:.1f} % of {total} branches in {len(mine)} files")
        if share < AT_LEAST or not mine:
            passed = False
            lines += [f"  {path}: {summary['covered_branches']} of {summary['num_branches']}"
                      for path, summary in sorted(mine.items())
                      if summary["covered_branches"] < summary["num_branches"]]  # fmt: skip
    return lines, passed


def main():
    coverage = Coverage()
    coverage.load()
    out = io.StringIO()
    with redirect_stdout(out):
        coverage.json_report(outfile="-")
    lines, passed = judge(json.loads(out.getvalue())["files"])
    print("\n".join(lines))
    if not passed:
        sys.exit(f"sekali: fewer than {AT_LEAST:.0f} % of the branches were tried.")


if __name__ == "__main__":
    main()
