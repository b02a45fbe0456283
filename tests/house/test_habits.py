"""The habits hold, and each rule can fail: a planted fault for every one, and its innocent neighbour."""

import subprocess
import sys

import pytest
from django.conf import settings

from tests.house import habits
from tests.house.habits import DECLARED, RULES, TEMPLATE_RULES, faults_in, judge, template_faults_in


def test_the_house_keeps_its_habits():
    assert judge() == []


PLANTED = {
    "sql": [
        'cursor.execute(f"SELECT {x}")', 'cursor.execute("SELECT " + x)', 'cursor.execute("SELECT %s" % x)',
        'cursor.execute("SELECT {}".format(x))', "cursor.execute(x)", 'Model.objects.raw(f"{x}")',
        "RawSQL(x, [])", "qs.extra(x)", 'x = "a" + y\ncursor.execute(x)', "raw.executemany(build(), rows)",
    ],
    "html": [
        "mark_safe(x)", "from django.utils import safestring\nsafestring.mark_safe(x)", "SafeString(x)",
        'format_html(f"<b>{x}</b>")', 'format_html("<b>" + x)', "def __html__(self): return x",
        'format_html_join(x, "{}", rows)',
    ],
    "scope": [
        "Case.objects.all()", "Case.objects.filter(code=x)", "Case.objects.get(pk=1)", "models.Case.objects.first()",
        "Case._base_manager.all()", "get_object_or_404(Case, code=x)", "q = Case.objects", "Case.objects.select_for_update().get(code=x)",
        "Case.objects.select_for_update().get(pk=pk)", "Case.objects.select_for_update().all()",
    ],
    "clock": [
        "now()", "timezone.now()", "datetime.now(UTC)", "date.today()", "timezone.localdate()", "time.time()",
        "datetime.datetime.utcnow()", "Now()",
    ],
    "print": [
        "print(case)", "pprint(case)", 'logger.info("opened %s", case)', 'logging.warning(f"{case}")',
        'logging.getLogger("x").error(case)', "breakpoint()", "traceback.print_exc()",
    ],
    "fetch": [
        "import requests", "from urllib.request import urlopen", "import urllib.request", "from urllib import request",
        "import httpx", "urlopen(x)", "import socket", "from http import client\nimport http.client as http",
    ],
    "csrf": ["@csrf_exempt\ndef view(request): ...", "csrf.csrf_exempt(view)"],
}  # fmt: skip
INNOCENT = {
    "sql": ['cursor.execute("SELECT %s", [x])', 'Q = "SELECT 1"\ncursor.execute(Q, x)', "STATEMENT = 'A'\nx = A if y else B\ncursor.execute(x)", "book.execute()"],
    "html": ['format_html("<b>{}</b>", x)', "T = 'x'\nformat_html(T, x)", 'format_html_join("", "{}", rows)'],
    "scope": ["Case.objects.visible_to(user, now)", "Case.objects.recovering_with(user, now)", "Case.objects.select_for_update(of=()).get(pk=case.pk)", "Case.objects.create(code=x)", "Interview.objects.all()", "models.Case(models.When())"],
    "clock": ["def f(*, by, now): return now", "timezone.localdate(now)", "time(9, 0)\nfacts.now", "case.starts.date()"],
    "print": ['logger.info("started")', "self.stdout.write(x)"],
    "fetch": ["from urllib.parse import urlsplit", "from http import HTTPStatus"],
    "csrf": ["csrf_protect(view)"],
}  # fmt: skip
ACTIONS = "services/actions/planted.py"


def test_every_rule_is_planted_and_every_rule_has_declarations():
    assert set(PLANTED) == set(INNOCENT) == set(RULES) == set(DECLARED)


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, found in PLANTED.items() for source in found])
def test_a_planted_fault_is_found(rule, source):
    assert rule in {found for _line, found in faults_in(source, ACTIONS)}


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, found in INNOCENT.items() for source in found])
def test_its_neighbour_is_left_alone(rule, source):
    assert rule not in {found for _line, found in faults_in(source, ACTIONS)}


def test_the_clock_is_asked_in_views_and_commands():
    assert faults_in("now()", "services/views/cases.py") == []
    assert faults_in("print(x)", "cms/management/commands/serve.py") == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("|safe", "{{ text|safe }}"),
        ("|safe", "{{ text | safe }}"),
        ("|safe", "{{ rows|safeseq|join:'' }}"),
        ("autoescape off", "{% autoescape off %}"),
        ("inline script", "<script>alert(1)</script>"),
        ("inline style", '<p style="color:red">'),
        ("inline style", "<style>p {}</style>"),
        ("inline handler", '<button onclick="go()">'),
        ("javascript:", '<a href="javascript:void(0)">'),
        ("somebody else's address", '<img src="https://example.org/a.png">'),
        ("somebody else's address", '<script src="//example.org/a.js"></script>'),
    ],
)
def test_a_planted_fault_in_a_template_is_found(rule, source):
    assert rule in {found for _line, found in template_faults_in(source)}


def test_templates_of_the_usual_kind_are_left_alone():
    usual = '<script src="{% static "a.js" %}" defer></script><a href="{{ url }}">{{ text }}</a>{{ x|json_script:"y" }}'
    assert template_faults_in(usual) == []
    assert set(TEMPLATE_RULES) == {
        "|safe", "autoescape off", "inline script", "inline style", "inline handler", "javascript:",
        "somebody else's address",
    }  # fmt: skip


def test_a_template_may_what_is_declared_of_it_and_no_more(monkeypatch):
    file = "templates/directory/area_file.html"
    monkeypatch.setattr(habits, "TEMPLATES_DECLARED", {file: {"|safe": "for no reason"}})
    found = judge()
    assert [fault for fault in found if fault.startswith(f"{file}:") and fault.endswith(": inline style")]
    assert f"{file}: is declared for `|safe` and does not need it" in found


def test_make_check_asks_for_it():
    assert "-m tests.house.habits" in (settings.BASE_DIR / "Makefile").read_text()
    told = subprocess.run(
        [sys.executable, "-m", "tests.house.habits"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (0, "")
