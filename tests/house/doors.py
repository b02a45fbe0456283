"""Every address there is, and who stands before it. The expected answers are in doors.txt, one line an address, and what
answers an empty form with its token in doors_sent.txt.

    nobody stranger worker editor reviewer boss   address

`stranger` has an account and nothing else, `worker` is a case manager, `editor` keeps one provider's pages, `boss` may do
everything in the admin. An address that names something is asked for one's own, another's and an absent one; three answers
that differ stand as own/other/absent. The closed side (`services:`) has its table in tests/services/test_views_matrix.py.
"""

import re
from pathlib import Path

from django.urls import get_resolver
from django.urls.resolvers import URLResolver

TABLE = Path(__file__).with_name("doors.txt")
SENT = Path(__file__).with_name("doors_sent.txt")
PEOPLE = ("nobody", "stranger", "worker", "editor", "reviewer", "boss")
ELSEWHERE = ("services:",)  # declared in a table of their own
ABSENT = 999_999
# Addresses without a name, which no list of names shows: doors of Wagtail's that are shut or lead to ours.
NAMELESS = [
    "/admin/login/", "/admin/logout/", "/admin/password_reset/", "/admin/failwhale/", "/admin/redirects/import/",
    "/_util/", "/admin/no-such-screen/", "/no-such-page/", "/protokol/", "/protokol/wawancara-bersama/", "/en/protocols/",
    "/media/original_images/x.png",
]  # fmt: skip


def routes(resolver=None, prefix="/", namespaces=()):
    """(name, address with %(parameter)s, parameters) of every named route, and the routes without a name as None."""
    resolver = resolver or get_resolver()
    for name in resolver.reverse_dict:
        if isinstance(name, str):
            for possibilities, *_rest in resolver.reverse_dict.getlist(name):
                for path, parameters in possibilities:
                    yield ":".join([*namespaces, name]), re.sub(r"\\(.)", r"\1", prefix) + path, tuple(parameters)
    for namespace, (path, inner) in resolver.namespace_dict.items():
        yield from routes(inner, prefix + path, (*namespaces, namespace))


def nameless(patterns=None):
    """Every pattern without a name, as written."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from nameless(pattern.url_patterns)
        elif not pattern.name:
            yield str(pattern.pattern)


def doors():
    """{address template: (name, parameters)} of what is declared in doors.txt."""
    found = {path: (name, parameters) for name, path, parameters in routes() if not name.startswith(ELSEWHERE)}
    return dict(sorted((found | dict.fromkeys(NAMELESS, ("", ()))).items()))


def declared(file=TABLE):
    """{address template: {person: answer}} of doors.txt, or of doors_sent.txt."""
    table = {}
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            *answers, path = line.split()
            table[path] = dict(zip(PEOPLE, answers, strict=True))
    return table


def line(path, answers):
    return " ".join([*(f"{answers[person]:<11}" for person in PEOPLE), path])


class Things:
    """One's own, another's and an absent thing for every parameter of an address."""

    BY_NAME = {
        "wagtailimages": "image", "wagtaildocs": "document", "wagtailusers_users": "person",
        "wagtailusers_groups": "group", "wagtailsites": "site", "wagtaillocales": "locale",
        "wagtailadmin_collections": "collection", "wagtailadmin_workflows": "workflow", "wagtailredirects": "redirect",
        "wagtailsnippets_cms_topic": "topic", "wagtailsnippets_cms_wording": "wording",
        "wagtailsnippets_cms_source": "source", "wagtailsnippetchoosers_cms_topic": "topic",
        "wagtailsnippets_directory_synonyms": "synonyms", "wagtailsnippetchoosers_directory_synonyms": "synonyms",
        "wagtailsnippetchoosers_cms_wording": "wording", "wagtailsnippetchoosers_cms_source": "source", "agency": "agency", "membership": "membership",
        "wagtailsnippets_directory_standard": "standard", "wagtailsnippetchoosers_directory_standard": "standard",
    }  # fmt: skip
    PLAIN = {
        "_1": "live", "_2": "latest", "content_type_app_name": "directory", "content_type_model_name": "servicepage",
        "app_label": "wagtailcore", "model_name": "page", "action": "delete", "action_name": "approve",
        "uidb36": "x", "key": "x-y", "filter_spec": "max-20x20", "signature": "x", "path": "images/x.png",
        "language_code": "en",
    }  # fmt: skip

    def __init__(self, **things):
        self.things = things

    def of(self, name, parameter, page):  # noqa: PLR0911 -- a table in words
        """What to put for `parameter` of the route `name`, if the page in question is `page`."""
        if parameter in self.PLAIN and not (name == "wagtaildocs_serve" and parameter == "_1"):
            return self.PLAIN[parameter]
        if name == "wagtail_serve":
            return f"{page.pk if page else ABSENT}/"
        if name in self.STANDING:
            return self.standing(name, parameter, page)
        if parameter == "identifier":
            return page.identifier if page else "00000000-0000-4000-8000-000000000000"
        if parameter in {"revision_id", "task_state_id", "workflow_state_id"}:
            return getattr(page, "asked", {}).get(parameter, ABSENT) if page else ABSENT
        if parameter == "_1":
            return "x.pdf"
        if name == "directory:standard_detail":
            return self.things["standard"].pk if page else ABSENT
        kind = next((kind for part, kind in self.BY_NAME.items() if name.split(":")[0] == part), None)
        if "task" in parameter or name.endswith(("_task", "task_chosen")):
            kind = "task"
        if kind and "page" not in parameter:
            return self.things[kind].pk if page else ABSENT
        return page.pk if page else ABSENT

    STANDING = {
        "directory:standing_detail", "directory:assessment_make", "directory:assessment_verify",
    }  # fmt: skip

    def standing(self, name, parameter, page):
        """What to put where a provider is named, one of its criteria, or what it said of itself."""
        if parameter == "identifier":
            return page.get_parent().specific.identifier if page else "00000000-0000-4000-8000-000000000000"
        if name == "directory:assessment_make":
            return self.things["standard"].criteria.first().pk
        provider = page.get_parent().specific if page else None
        return provider.assessments.get().pk if provider else ABSENT

    def addresses(self, path, name, parameters):
        """The address for one's own thing, another's, an absent one; or the one address of a route that names nothing."""
        if not set(parameters) - {"_1", "_2"} - set(self.PLAIN) and "_0" not in parameters:
            return [path % {p: self.of(name, p, None) for p in parameters}]
        chosen = (self.things["mine"], self.things["theirs"], None)
        return [path % {p: self.of(name, p, page) for p in parameters} for page in chosen]


def shown(answers):
    """Answers to own, other and absent in as few words as say it."""
    return str(answers[0]) if len(set(answers)) == 1 else "/".join(map(str, answers))
