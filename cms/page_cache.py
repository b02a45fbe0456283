"""Readers' pages, kept for half a minute: what is kept, for whom, and how every process learns that it is out of date.

A page is kept only if its view asks for it (`kept`, or a Wagtail page of ours that was really served, never a preview),
if whoever asked sent no cookie and no sign-in, and if the answer is a plain 200 that sets none. So nothing that was made
for somebody who is signed in can be found here. Whoever sends a cookie, whatever it is, is answered afresh.

Each entry carries the number of `PageStamp` that was read before the page was made. A trigger on every table that the
public face may read raises that number in the transaction that changes it; it is asked for once per request, so a
change is seen by every process as soon as it is committed. What depends on the clock is `LIFE` seconds old at most.
"""

import re
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from hashlib import sha256

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import get_language_from_path, override

from cms.database import grants

LIFE = 60  # seconds: the oldest that anything is which depends on the clock
HALF = LIFE // 2  # so long a page is kept, and so long a part of which pages are made
LARGEST = 128 * 1024  # bytes of a kept page
MOST_FACTS = 500
LONGEST_CODES = 80  # letters of a query
CODES = re.compile(r"^[a-z]{1,8}=[A-Za-z0-9-]{0,12}(&[a-z]{1,8}=[A-Za-z0-9-]{0,12})*$")
HARMLESS_VARY = {"accept-language", "accept-encoding"}  # the address decides about the language

STAMP = "SELECT number FROM cms_pagestamp"
RAISE = "UPDATE cms_pagestamp SET number = number + 1"


def kept(*names):
    """The view's answers may be kept. `names` are the parameters of short codes it understands; with others it is not kept."""

    def decorate(view):
        @wraps(view)
        def inner(request, *args, **kwargs):
            keep(request, names)
            return view(request, *args, **kwargs)

        return inner

    return decorate


def keep(request, names=()):
    """Say of a request that its answer may be kept, with these parameters."""
    request.kept_names = frozenset(names)


def comes_without_anything(sent):
    """Nobody is known by what was sent (a WSGI environment): no cookie, and no other way to say who one is."""
    return not sent.get("HTTP_COOKIE") and not sent.get("HTTP_AUTHORIZATION")


def name_of(sent):
    """`(place, name)` under which an answer is kept as it travels, or None when it never is. `sent` is the WSGI environment.

    Pages by their address alone have a place of their own: however many searches there are, they push out no front door.

    A host with another port than the server's is somebody's invention, and so is a query of anything but short codes. Whether
    the host is ours was decided when the answer was made, for this very host: for another one there is no such name.
    """
    if sent["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return None
    host, query = sent.get("HTTP_HOST", ""), sent.get("QUERY_STRING", "")
    port = host.rpartition("]")[2].partition(":")[2]
    if port and port != sent.get("SERVER_PORT"):
        return None
    if query and (len(query) > LONGEST_CODES or not CODES.match(query)):
        return None
    place = "asked" if query else "pages"
    scheme = f"{sent.get('wsgi.url_scheme')} {sent.get('HTTP_X_FORWARDED_PROTO')}"
    told = f"{scheme} {host or sent.get('SERVER_NAME')} {sent.get('SCRIPT_NAME')} {sent.get('PATH_INFO')} {query} {takes_gzip(sent)}"
    return place, sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def takes_gzip(sent):
    return "gzip" in sent.get("HTTP_ACCEPT_ENCODING", "")  # as every browser says; a program may not


class KeptFirst:
    """WSGI: readers are answered from the kept pages before Django is asked; everything else goes on to it.

    What was looked up travels along, so that `cms.middleware.kept_pages` need not ask again.
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, sent, start_response):
        if settings.KEEP_PAGES and comes_without_anything(sent) and (name := name_of(sent)):
            connection.close_if_unusable_or_obsolete()  # as Django does at the beginning of each request
            number = stamp()
            found = find(name, number) if number is not None else None
            if found is not None:
                headers, content = found
                start_response("200 OK", [*headers.items()])
                return [b"" if sent["REQUEST_METHOD"] == "HEAD" else content]
            sent["sekali.page_stamp"] = number
        return self.application(sent, start_response)


def may_keep(request, response):
    """Is this answer one that anybody may be given who asks for the same address?"""
    asked, names = request.GET, getattr(request, "kept_names", None)
    return (
        request.method == "GET"
        and names is not None
        and not getattr(request, "is_preview", False)
        and comes_without_anything(request.META)
        and plain(response)
        and not set(asked) - names
        and all(len(values) == 1 for _name, values in asked.lists())
    )


def plain(response):
    """A whole 200 for everybody: it sets no cookie, asks for no caution and depends on nothing but its address."""
    vary = {name.strip().lower() for name in response.headers.get("Vary", "").split(",") if name.strip()}
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not {"Set-Cookie", "Cache-Control", "Content-Disposition"} & set(response.headers)
        and vary <= HARMLESS_VARY
    )


# The number under which the page in hand is made; None for whoever came with something, and outside a request.
_number = ContextVar("cms.page_cache.number", default=None)
_facts = {}


@contextmanager
def making_under(number):
    """Whatever is remembered inside is remembered under this number."""
    token = _number.set(number)
    try:
        yield
    finally:
        _number.reset(token)


def remembered(request, key, make):
    """A small public fact that many pages print, made once by each process for each number of the stamp and each host.

    `request` may be None for what no host changes. Where no number is known (a cookie, a command) it is made every time.
    """
    number = _number.get()
    if number is None:
        return make()
    host = f"{request.scheme} {request.get_host()}" if request is not None else ""
    made = _facts.get((host, key))
    if made is None or made[0] != number:
        if len(_facts) >= MOST_FACTS:
            _facts.clear()
        made = _facts[host, key] = (number, make())
    return made[1]


def for_a_minute(request, key, make):
    """As `remembered`, for what depends on the clock too: never older than half a minute."""
    return remembered(request, f"{int(time.monotonic()) // HALF} {key}", make)


def know_the_site(request):
    """Let Wagtail find its site and the front door of the language among the facts: it would ask for them on every page."""
    language = get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
    request._wagtail_site = remembered(request, f"site {language}", lambda: _site(request, language))  # noqa: SLF001 -- where Wagtail itself keeps it


def _site(request, language):
    from wagtail.models import Site

    site = Site.find_for_request(request)
    if site is not None:
        with override(language):
            site.root_page = site.root_page.localized.specific
    return site


def stamp():
    """The number of now, or None when the database does not answer. A connection that has died is opened anew, once."""
    for _ in range(2):
        try:
            return _ask()
        except (OperationalError, InterfaceError):
            connection.close()
    return None


def _ask():
    """Past Django's own cursor, which takes half of the time; but through it where queries are listed."""
    if connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(STAMP)
            return cursor.fetchone()[0]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection.connection.execute(STAMP).fetchone()[0]


def find(name, number):
    """`(headers, bytes)` of a kept page that is not out of date, or None."""
    place, key = name
    entry = caches[place].get(key)
    return entry[1:] if entry is not None and entry[0] == number else None


def put(name, number, response):
    if len(response.content) <= LARGEST:
        place, key = name
        headers = dict(response.items()) | {"Content-Length": str(len(response.content))}
        caches[place].set(key, (number, headers, response.content), HALF)


# --- how a change is told -------------------------------------------------------------------------------------------

# Says nothing that a reader sees: drafts, locks, and the editor's own notes about a page.
UNSEEN = """
CREATE OR REPLACE FUNCTION cms_readers_page_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  unseen CONSTANT text[] := ARRAY['draft_title', 'latest_revision_id', 'has_unpublished_changes',
    'latest_revision_created_at', 'locked', 'locked_at', 'locked_by_id'];
BEGIN
  IF current_setting('sekali.pages_changed', true) = pg_current_xact_id()::text THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - unseen = to_jsonb(NEW) - unseen THEN
    RETURN NULL;
  END IF;
  UPDATE cms_pagestamp SET number = number + 1;
  PERFORM set_config('sekali.pages_changed', pg_current_xact_id()::text, true);
  RETURN NULL;
END $$
"""
# Deferred: the row of the number is locked at the very end, so that long work holds up nobody and cannot deadlock.
# The owner migrates, and a table with waiting triggers could not be altered; `watch` raises the number afterwards.
TRIGGERS = """
SELECT format('DROP TRIGGER IF EXISTS readers_page_changed ON %%1$I;'
              ' CREATE CONSTRAINT TRIGGER readers_page_changed AFTER INSERT OR UPDATE OR DELETE ON %%1$I'
              ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> %%2$L)'
              ' EXECUTE FUNCTION cms_readers_page_changed()', name, session_user)
  FROM unnest(%s::text[]) AS name
"""
# Written with every draft, and read by no page of readers.
NOT_WATCHED = {"wagtailsearch", "contenttypes"}


def watched():
    """The tables of which the public face may read anything."""
    public = grants.ROLES.index("sekali_public")
    found = {
        table
        for table, (config, model) in grants.tables().items()
        if config.label not in NOT_WATCHED and grants.rights(config, model, public)
    }
    return sorted((found | set(grants.PUBLIC_COLUMNS)) - {apps.get_model("cms", "PageStamp")._meta.db_table})  # noqa: SLF001 -- Django's documented Meta API


def watch():
    """After every migration, as the owner: each watched table raises the number when it changes."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(UNSEEN)
        cursor.execute(TRIGGERS, [[table for table in watched() if table in existing]])
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute(RAISE)
