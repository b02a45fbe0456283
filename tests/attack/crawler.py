"""A crawler that means harm: it follows every link and fills every form with what should never work.

It knows addresses and forms only from the pages, as somebody who signed in would. One page of each kind (digits, codes and
identifiers in the path stand for any other) and one form of each kind is tried per person, within a number of requests.
"""

import http.client
import re
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup

MARK = "xq7"
PAYLOADS = {
    "quote": "'\"\\",
    "or": f"1' OR '1'='1' -- {MARK}",
    "stacked": "1); SELECT pg_sleep(9); --",
    "markup": f'"><svg/onload={MARK}()><script>{MARK}</script>',
    "template": "{{ 191*7 }}${191*7}{% debug %}",
    "traversal": "../../../../etc/passwd",
    "lines": f"a\r\nX-Injected: {MARK}\r\n\r\n<b>",
    "nul": "a\x00b",
    "long": "9" * 3000,
    "address": "https://evil.example/",
    "strange": "\N{RIGHT-TO-LEFT OVERRIDE}\N{GRINNING FACE}\udcff".encode("utf-8", "replace").decode(),
}
SAYS_TOO_MUCH = re.compile(
    r"Traceback \(most recent|syntax error at or near|psycopg|django\.db|unterminated quoted|invalid input syntax for"
    r"|ProgrammingError|DataError|root:x:0:0|<svg/onload=xq7|<script>xq7",
    re.IGNORECASE,
)
# What ends the visit, or writes outside the throwaway house.
AVOIDED = re.compile(
    r"logout|/password|/account/(steps?|sessions|again|returned)|/static/|/media/|jsi18n|sprite|export="
)
KIND = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|K-[0-9A-Z]{4}-[0-9A-Z]{4}|\d+")


@dataclass
class Finding:
    who: str
    what: str
    where: str

    def __str__(self):
        return f"{self.who}: {self.what} at {self.where}"


@dataclass
class Answer:
    status: int
    headers: dict
    body: str


@dataclass
class Visitor:
    """Somebody with a cookie. `forbidden` are texts that this person must never read."""

    name: str
    host: str
    port: int
    cookie: str = ""
    forbidden: tuple = ()
    findings: list = field(default_factory=list)
    requests: int = 0

    def ask(self, path, data=None, extra=None):
        """One request; redirects are not followed. Judges the answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        headers = {"Cookie": self.cookie, "Host": f"{self.host}:{self.port}", **(extra or {})}
        body = None
        if data is not None:
            body = urlencode(data, errors="replace")
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://{self.host}:{self.port}",
            }
        self.requests += 1
        try:
            connection.request("POST" if data is not None else "GET", path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read().decode("utf-8", "replace"))
        finally:
            connection.close()
        self.findings += [Finding(self.name, what, path.split("?")[0][:120]) for what in self.judge(answer)]
        return answer

    def judge(self, answer):
        """What is wrong with an answer, in words."""
        if answer.status >= 500:
            yield f"status {answer.status}"
        if found := SAYS_TOO_MUCH.search(answer.body):
            yield f"says too much ({found[0][:20]})"
        if "X-Injected" in answer.headers:
            yield "a header was injected"
        location = urlsplit(answer.headers.get("Location", ""))
        if location.netloc not in {"", f"{self.host}:{self.port}"}:
            yield "leads away from the site"
        for text in self.forbidden:
            if text in answer.body or text in str(answer.headers):
                yield "shows what is another agency's"
        if "text/html" in answer.headers.get("Content-Type", "") and "Content-Security-Policy" not in answer.headers:
            yield "has no content policy"


def kind_of(path):
    """The same for two addresses that differ only in what they are about."""
    parts = urlsplit(path)
    return KIND.sub("#", parts.path), tuple(sorted({key for key, _value in parse_qsl(parts.query)}))


def local(here, href):
    """The address on this site that a link leads to, or None."""
    target = urlsplit(urljoin(f"http://here{here}", href))
    if target.netloc != "here" or target.scheme != "http":
        return None
    path = target.path + (f"?{target.query}" if target.query else "")
    return None if AVOIDED.search(path) else path


def forms_of(page, here):
    """(method, action, {name: value as the page has it}, names somebody may type into) of every form."""
    for form in page.find_all("form"):
        action = local(here, form.get("action") or here)
        if action is None:
            continue
        fields, typed = {}, []
        for control in form.find_all(["input", "textarea", "select"]):
            name, kind = control.get("name"), control.get("type", "text")
            if not name or kind in {"file", "submit", "button", "image"}:
                continue
            options = control.find_all("option") if control.name == "select" else []
            fields.setdefault(name, options[-1].get("value", "") if options else control.get("value") or "")
            if name != "csrfmiddlewaretoken":
                typed.append(name)
        yield form.get("method", "get").lower(), action, fields, typed


def crawl(visitor, starts, most, tell=lambda _visitor: None, opened=None):
    """Visit and attack within `most` requests; what answers 200 is added to `opened`, also if `tell` ends the walk."""
    opened = [] if opened is None else opened
    waiting, seen, tried = deque(starts), set(), set()
    while waiting and visitor.requests < most:
        path = waiting.popleft()
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        answer = visitor.ask(path)
        tell(visitor)
        if 300 <= answer.status < 400 and (target := local(path, answer.headers.get("Location", ""))):
            waiting.append(target)
        if answer.status != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        opened.append(path)
        attack_query(visitor, path)
        page = BeautifulSoup(answer.body, "html.parser")
        waiting += [target for link in page.find_all("a", href=True) if (target := local(path, link["href"]))]
        for method, action, fields, typed in forms_of(page, path):
            if (method, kind_of(action), tuple(fields)) not in tried and typed:
                tried.add((method, kind_of(action), tuple(fields)))
                attack_form(visitor, method, action, fields, typed, most)
                tell(visitor)


def attack_query(visitor, path):
    """The address itself: what stands in it, and what does not."""
    base = path.split("?")[0]
    names = [key for key, _value in parse_qsl(urlsplit(path).query)] or ["q"]
    for payload in ("or", "markup", "nul"):
        visitor.ask(f"{base}?{urlencode(dict.fromkeys([*names, 'next', 'p'], PAYLOADS[payload]))}")


def attack_form(visitor, method, action, fields, typed, most):
    """Each payload in every field that a person fills, and then one field at a time with the most telling one."""
    wishes = [dict.fromkeys(typed, payload) for payload in PAYLOADS.values()]
    wishes += [{name: PAYLOADS["or"]} for name in typed[:12]]
    for wish in wishes:
        if visitor.requests >= most:
            return
        data = fields | wish
        if method == "post":
            visitor.ask(action, data)
        else:
            visitor.ask(f"{action.split('?')[0]}?{urlencode(data, errors='replace')}")


def try_as(visitor, paths):
    """Somebody else's addresses: none may open."""
    for path in paths:
        answer = visitor.ask(path)
        if answer.status == 200:
            visitor.findings.append(Finding(visitor.name, "opened another's", path[:120]))
