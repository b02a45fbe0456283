"""Habits of this house that no linter knows, read from the syntax tree. `make check` runs it: python -m tests.house.habits

Each rule takes a parsed module and yields the nodes that break it. Where a rule must be broken, the file is declared here
with its reason; a declaration that is no longer needed is a fault as well. tests/house/test_habits.py plants a fault for
every rule.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("cms", "directory", "services")

# rule: {file: why it may}
DECLARED = {
    "sql": {
        "cms/database/grants.py": "names of tables and roles come from Django's registry and from a constant",
        "cms/page_cache.py": "the database itself formats them, from names of tables in Django's registry",
        "cms/database/embedded.py": "the name of the database is a constant of the module; runs as the cluster's owner",
        "services/bench/bookings.py": "a bench on a database of its own; table names are constants",
        "services/bench/slots.py": "as above",
        "services/bench/scratch.py": "as above",
        "services/bench/directory.py": "as above; names of columns come from Django's registry",
        "services/actions/occupancy.py": "one helper runs either of the module's two constants",
    },
    "html": {},
    "scope": {"services/bench/overhead.py": "the bare way, on invented cases, is what the walls are measured against"},
    "clock": {},
    "print": {
        "cms/accounts/adapter.py": "the kind of an error of the mail server, never its words",
        "cms/accounts/demonstration.py": "shows the digits of invented people in the terminal of a first run",
    },
    "fetch": {
        "cms/management/commands/serve.py": "asks whether its own port is free",
        "services/bench/pages.py": "asks servers of its own on loopback",
    },
    "csrf": {
        "cms/search_views.py": "the search of pages reads and changes nothing; words travel in a body",
        "directory/api/answering.py": "the open data: a list asked for by a form of anybody's, which changes nothing",
        "directory/views/faults.py": "a reader's report, without a cookie; cms/public_forms.py asks where it comes from",
        "directory/views/listings.py": "the public search reads and changes nothing; words travel in a body",
    },
}
# template: {rule: why it may}
TEMPLATES_DECLARED = {
    "templates/directory/area_file.html": {
        "inline style": "is a file opened from a disk, never a page of the site: it can fetch no style sheet"
    },
}
SQL_CALLS = {"execute", "executemany", "raw", "RawSQL", "RunSQL", "extra", "copy"}
FORMATS = {"format_html": 1, "format_html_join": 2}  # so many of their arguments are HTML
SAFE_NAMES = {"mark_safe", "SafeString", "SafeText", "SafeData"}
CLOCKS = {"now", "today", "utcnow", "localdate", "localtime", "time", "monotonic"}
FETCHERS = {"requests", "httpx", "aiohttp", "urllib3", "socket", "ftplib", "http.client", "urllib.request"}


def name_of(node):
    """The last word of `a.b.c` or `c`, else nothing."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def calls(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def constants(tree):
    """Names of the module that are given one text, however long, and nothing that was put together."""
    return {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def sql(tree, _path):
    """SQL is a text of the code; what comes from outside goes by parameters."""
    known = constants(tree)
    for call in calls(tree):
        if name_of(call.func) not in SQL_CALLS or not call.args:
            continue
        text = call.args[0]
        fixed = isinstance(text, ast.Constant) or (
            isinstance(text, ast.Name) and (text.id in known or text.id.isupper())
        )
        if not fixed and not (isinstance(text, ast.Name) and _always_constant(tree, text.id)):
            yield call


def _always_constant(tree, name):
    """Is `name` only ever given the module's constants, for instance as a default or from `A if x else B`?"""
    values = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    ]
    parts = [
        part for value in values for part in ((value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,))
    ]
    return bool(parts) and all(
        isinstance(part, ast.Constant) or (isinstance(part, ast.Name) and part.id.isupper()) for part in parts
    )


def html(tree, _path):
    """Nothing is called safe by hand; format_html takes a text of the code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and name_of(node) in SAFE_NAMES:
            yield node
        if isinstance(node, ast.Call) and name_of(node.func) in FORMATS:
            texts = node.args[: FORMATS[name_of(node.func)]]
            if not all(
                isinstance(text, ast.Constant) or (isinstance(text, ast.Name) and text.id.isupper()) for text in texts
            ):
                yield node
        if isinstance(node, ast.FunctionDef) and node.name == "__html__":
            yield node


SCOPES = {"visible_to", "led_by", "treated_by", "recovering_with", "create"}


def scope(tree, _path):
    """A case is found through `visible_to` or not at all; on the recovery side through its three counterparts."""
    scoped = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in SCOPES} | {
        node.func.value.func.value for node in calls(tree) if _locks_what_it_has(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            found = name_of(node.value) == "Case" and node not in scoped
        elif isinstance(node, ast.Call) and name_of(node.func) in {"get_object_or_404", "get_list_or_404"}:
            found = node.args and name_of(node.args[0]) == "Case"
        else:
            found = False
        if found:
            yield node


def _locks_what_it_has(call):
    """Is this `Case.objects.select_for_update(…).get(pk=case.pk)`, the row of a case that somebody was already shown?"""
    found = getattr(call.func, "value", None)
    return (
        name_of(call.func) == "get"
        and [(word.arg, getattr(word.value, "attr", "")) for word in call.keywords] == [("pk", "pk")]
        and not call.args
        and isinstance(found, ast.Call)
        and name_of(found.func) == "select_for_update"
    )


def clock(tree, path):
    """Rules, policies and actions are told the time."""
    if not re.search(r"(^|/)(rules|actions|policies)(/|\.py$)", path):
        return
    for call in calls(tree):
        name = name_of(call.func)
        of_a_clock = (isinstance(call.func, ast.Name) and name != "time") or name_of(getattr(call.func, "value", None)) in {
            "timezone", "datetime", "date", "time", "Now"}  # fmt: skip
        # timezone.localdate(moment) asks no clock.
        if (name in CLOCKS and of_a_clock and not (name in {"localdate", "localtime"} and call.args)) or name == "Now":
            yield call


def print_(tree, path):
    """No object reaches a terminal or a log: commands print, nothing else does, and a log line has no values."""
    for call in calls(tree):
        name = name_of(call.func)
        if name in {"print", "pprint", "breakpoint", "print_exc"} and "/management/commands/" not in path:
            yield call
        is_log = name in {"debug", "info", "warning", "error", "exception", "critical", "log"} and _is_logger(call.func)
        if is_log and (len(call.args) > 1 or not all(isinstance(part, ast.Constant) for part in call.args)):
            yield call


def _is_logger(function):
    owner = getattr(function, "value", None)
    if isinstance(owner, ast.Call):
        return name_of(owner.func) == "getLogger"
    return name_of(owner) in {"logger", "log", "logging"}


def fetch(tree, _path):
    """Nothing calls out: no address that somebody typed is ever fetched."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if any(name in FETCHERS or name.split(".")[0] in FETCHERS for name in names):
            yield node
        if isinstance(node, ast.Call) and name_of(node.func) in {"urlopen", "urlretrieve"}:
            yield node


def csrf(tree, _path):
    """Every form carries its token."""
    return (
        node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute) and name_of(node) == "csrf_exempt"
    )


RULES = {"sql": sql, "html": html, "scope": scope, "clock": clock, "print": print_, "fetch": fetch, "csrf": csrf}

# What a template must not have: (what it is called, how it is found).
TEMPLATE_RULES = {
    "|safe": re.compile(r"\|\s*(safe|safeseq)\b"),
    "autoescape off": re.compile(r"{%\s*autoescape\s+off"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "javascript:": re.compile(r"javascript:", re.IGNORECASE),
    # A link may lead away; nothing is loaded from or sent to somebody else.
    "somebody else's address": re.compile(
        r"(\b(src|srcset|action|poster)|<link[^>]*href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE
    ),
}


def faults_in(source, path):
    """[(line, rule)] of one module, declared or not."""
    tree = ast.parse(source)
    return [(node.lineno, rule) for rule, find in RULES.items() for node in find(tree, path)]


def template_faults_in(source):
    return [
        (number, rule)
        for number, line in enumerate(source.splitlines(), 1)
        for rule, pattern in TEMPLATE_RULES.items()
        if pattern.search(line)
    ]


def files():
    """Every module of the product; migrations are frozen and read by people."""
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(ROOT).as_posix(), file.read_text()


def judge():
    """Every fault in words, declared ones left out; and every declaration that nothing needs."""
    found, used = [], set()
    for path, source in files():
        for line, rule in faults_in(source, path):
            if path in DECLARED[rule]:
                used.add((rule, path))
            else:
                found.append(f"{path}:{line}: {RULES[rule].__doc__}")
    for file in sorted((ROOT / "templates").rglob("*.html")):
        path = file.relative_to(ROOT).as_posix()
        for line, rule in template_faults_in(file.read_text()):
            if rule in TEMPLATES_DECLARED.get(path, {}):
                used.add((rule, path))
            else:
                found.append(f"{path}:{line}: {rule}")
    declared = {(rule, path) for rule, paths in DECLARED.items() for path in paths}
    declared |= {(rule, path) for path, rules in TEMPLATES_DECLARED.items() for rule in rules}
    idle = declared - used
    return found + [f"{path}: is declared for `{rule}` and does not need it" for rule, path in sorted(idle)]


def main():
    faults = judge()
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
