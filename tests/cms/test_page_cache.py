"""Readers' kept pages: what is kept, for whom, and that a change is seen at once. Each promise is tried to be broken."""

import gzip
import threading

import psycopg
import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction

from cms import page_cache
from cms.database import embedded
from cms.middleware import kept_pages
from cms.models import GuidePage, HomePage, PageStamp, ProtocolPage, Source
from tests import factories
from tests.directory import factories as directory
from tests.entering import enter

CANARY = "kenari-4471-hanya-untuk-yang-masuk"


@pytest.fixture(autouse=True)
def keeping(own_database, settings):
    settings.KEEP_PAGES = True
    forget()
    yield
    forget()


def forget():
    for place in ("pages", "asked"):
        caches[place].clear()
    page_cache._facts.clear()


def stored():
    """Everything that is kept, as one text."""
    entries = [caches[place].get(key.split(":", 2)[2]) for place in ("pages", "asked") for key in caches[place]._cache]
    return " ".join(f"{headers} {content.decode()}" for _number, headers, content in entries)


def how_many():
    return sum(len(caches[place]._cache) for place in ("pages", "asked"))


@pytest.fixture
def reader():
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def guide():
    home = HomePage.objects.get(locale__language_code="id")
    with transaction.atomic():
        page = home.add_child(instance=GuidePage(title="Panduan", slug="panduan", intro="Sebelum."))
        page.save_revision().publish()
    return page


def publish(page, **changes):
    with transaction.atomic():
        for name, value in changes.items():
            setattr(page, name, value)
        page.save_revision().publish()


def is_kept(reader, path, headers=None):
    """Is the next answer one that is kept? Such a one asks the database one thing."""
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(path, headers=headers).status_code == 200
        asked = [query["sql"] for query in queries.captured_queries]
    return asked == [page_cache.STAMP]


def test_a_page_is_made_once_and_then_costs_one_small_query(reader, guide):
    with transaction.atomic():
        service = directory.service(directory.provider())
    paths = ["/", "/en/", guide.url, ProtocolPage.objects.first().url, "/info/", "/info/?n=c4&p=JB", "/info/map/?n=c4",
             f"/info/s/{service.identifier}/", service.provider.url, "/info/k/", "/info/data/", "/info/d/"]  # fmt: skip
    for path in paths:
        reader.get(path)
        assert is_kept(reader, path), path
    assert how_many() == len(paths)


def test_kept_and_fresh_answers_are_the_same_to_the_last_header(reader, guide):
    for headers in ({"accept-encoding": "gzip"}, {}):
        forget()
        fresh, again = reader.get(guide.url, headers=headers), reader.get(guide.url, headers=headers)
        assert is_kept(reader, guide.url, headers)
        assert again.content == fresh.content
        policy = {name: sorted(answer.pop("Content-Security-Policy").split("; ")) for name, answer in (("a", dict(fresh.items())), ("b", dict(again.items())))}  # fmt: skip
        assert policy["a"] == policy["b"] != []
        rest = [{k: v for k, v in answer.items() if k != "Content-Security-Policy"} for answer in (fresh, again)]
        assert rest[0] == rest[1]
        assert {"Referrer-Policy", "X-Frame-Options", "Content-Language", "Vary"} <= set(rest[0])
        assert "Cache-Control" not in rest[0]
        assert not fresh.cookies
        assert not again.cookies


def test_a_kept_page_is_sent_small_to_whoever_can_unpack_it(reader):
    for _ in range(2):
        whole, small = reader.get("/"), reader.get("/", headers={"accept-encoding": "gzip"})
        assert (small["Content-Encoding"], "Content-Encoding" in whole) == ("gzip", False)
        assert gzip.decompress(small.content) == whole.content
    assert how_many() == 2  # one for each way to travel


def test_each_language_and_host_has_its_own(reader):
    indonesian, english = (reader.get(path).content for path in ("/", "/en/"))
    elsewhere = Client(SERVER_NAME="127.0.0.1").get("/").content
    assert (b'lang="id"' in indonesian, b'lang="en"' in english, indonesian == english) == (True, True, False)
    assert how_many() == 3
    assert reader.get("/", headers={"accept-language": "en"}).content == indonesian == elsewhere


def test_a_head_is_told_the_same_and_given_nothing(reader):
    kept = reader.get("/")
    with CaptureQueriesContext(connection) as queries:
        head = reader.head("/")
    assert (len(queries), head.content, head["Content-Length"]) == (1, b"", str(len(kept.content)))


@pytest.mark.parametrize(
    "query",
    ["x=1", "n=c4&utm=a", "n=c4&n=c5", "n=%3Cb%3E", "n=" + "a" * 13, "q=words", "&".join(f"a{n}=1" for n in range(9)), "n", "="],
)  # fmt: skip
def test_a_query_of_anything_else_is_answered_and_not_kept(reader, query):
    for path in ("/", "/info/"):
        assert reader.get(f"{path}?{query}").status_code == 200
    assert how_many() == 0


def test_a_page_of_the_tree_has_no_codes_at_all(reader):
    reader.get("/?n=c4")
    assert how_many() == 0


def test_an_invented_host_or_port_leaves_nothing(reader):
    assert reader.get("/", headers={"host": "penipu.example"}).status_code == 400
    assert reader.get("/", headers={"host": "localhost:4444"}).status_code == 200
    reader.get("/", headers={"x-forwarded-host": "penipu.example"})
    assert "penipu" not in stored()
    assert "4444" not in stored()
    assert how_many() == 1


# --- nothing of whoever is signed in -----------------------------------------------------------------------------------


def planted(request):
    """A view of readers that forgets itself and prints who is signed in."""
    page_cache.keep(request, ["n"])
    return HttpResponse(CANARY)


def put(name, value):
    def view(request):
        response = planted(request)
        response.headers[name] = value
        return response

    return view


def with_cookie(request):
    response = planted(request)
    response.set_cookie("sessionid", CANARY)
    return response


def as_a_preview(request):
    request.is_preview = True
    return planted(request)


def with_status(status):
    def view(request):
        response = planted(request)
        response.status_code = status
        return response

    return view


def in_pieces(request):
    page_cache.keep(request)
    return StreamingHttpResponse([CANARY.encode()])


@pytest.mark.parametrize(
    ("view", "sent"),
    [
        (planted, {"HTTP_COOKIE": "__Host-session=a"}),
        (planted, {"HTTP_COOKIE": "sessionid=a"}),
        (planted, {"HTTP_COOKIE": "anything=at-all"}),
        (planted, {"HTTP_AUTHORIZATION": "Basic YTpi"}),
        (planted, {"REQUEST_METHOD": "POST"}),
        (planted, {"REQUEST_METHOD": "HEAD"}),
        (planted, {"REQUEST_METHOD": "OPTIONS"}),
        (planted, {"QUERY_STRING": "x=1"}),
        (with_cookie, {}),
        (as_a_preview, {}),
        (in_pieces, {}),
        (lambda _request: HttpResponse(CANARY), {}),  # nobody said that it may be kept
        (put("Vary", "Cookie"), {}),
        (put("Vary", "Accept-Language, Cookie"), {}),
        (put("Vary", "*"), {}),
        (put("Cache-Control", "private"), {}),
        (put("Cache-Control", "no-store"), {}),
        (put("Set-Cookie", "a=b"), {}),
        (put("Content-Disposition", "attachment"), {}),
        *((with_status(status), {}) for status in (201, 204, 301, 302, 401, 403, 404, 429, 500, 503)),
    ],
)
def test_what_is_made_for_somebody_is_never_kept(view, sent):
    request = RequestFactory(SERVER_NAME="localhost").get("/", **sent)
    kept_pages(view)(request)
    assert CANARY not in stored()
    # The same view for everybody is kept, so that the test would see it.
    kept_pages(planted)(RequestFactory(SERVER_NAME="localhost").get("/"))
    assert CANARY in stored()


def test_whoever_is_signed_in_leaves_nothing_and_is_given_nothing_kept(reader):
    with transaction.atomic():
        person = factories.user(CANARY.split("-", maxsplit=1)[0].title() + " Uji")
    client = Client(SERVER_NAME="localhost")
    enter(client, person)
    assert client.get("/").status_code == 200
    assert how_many() == 0
    reader.get("/")
    with CaptureQueriesContext(connection) as queries:
        mine = client.get("/", headers={"accept-encoding": "gzip"})
    assert len(queries) > 1
    assert "no-store" in mine["Cache-Control"]
    client.post("/account/logout/")
    client.get("/")
    assert how_many() == 1
    assert person.first_name not in stored()


def test_a_preview_is_neither_kept_nor_answered_from_what_is_kept(reader, guide):
    reader.get(guide.url)
    guide.intro = CANARY
    guide.save_revision()
    before = how_many()
    shown = guide.get_latest_revision_as_object().make_preview_request()
    assert CANARY in shown.content.decode()
    assert (how_many(), CANARY in stored()) == (before, False)


def test_a_page_that_becomes_private_is_gone_at_once(reader, guide):
    reader.get(guide.url)
    assert is_kept(reader, guide.url)
    PageViewRestriction.objects.create(page=guide, restriction_type="login")
    assert reader.get(guide.url).status_code == 302
    assert reader.get(guide.url).status_code == 302
    PageViewRestriction.objects.all().delete()
    assert reader.get(guide.url).status_code == 200


# --- a change is seen at once -------------------------------------------------------------------------------------------


def test_publishing_moving_and_taking_down_is_seen_at_once(reader, guide):
    assert "Sebelum." in reader.get(guide.url).content.decode()
    publish(guide, intro="Sesudah.")
    assert "Sesudah." in reader.get(guide.url).content.decode()
    assert is_kept(reader, guide.url)
    home = HomePage.objects.get(locale__language_code="id")
    with transaction.atomic():
        other = home.add_child(instance=GuidePage(title="Rak", slug="rak"))
        guide.move(other, pos="first-child")
    assert reader.get("/rak/panduan/").status_code == 200
    GuidePage.objects.get(pk=guide.pk).unpublish()
    assert reader.get("/rak/panduan/").status_code == 404


def test_a_deleted_page_a_source_and_a_listing_are_seen_at_once(reader, guide):
    for change in (
        guide.delete,
        lambda: Source.objects.create(key="UJI", label_id="Uji", label_en="Trial"),
        lambda: directory.service(directory.provider()),
        lambda: Source.objects.filter(key="UJI").update(label_en="Tried"),
    ):
        reader.get("/")
        assert is_kept(reader, "/")
        with transaction.atomic():
            change()
        assert not is_kept(reader, "/"), change


def test_a_draft_a_note_and_what_is_undone_change_nothing(reader, guide):
    reader.get("/")
    guide.intro = "Belum."
    guide.save_revision()
    GuidePage.objects.filter(pk=guide.pk).update(draft_title="Nanti", locked=True)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Source.objects.create(key="UJI", label_id="Uji", label_en="Trial")
        raise ZeroDivisionError
    assert is_kept(reader, "/")


def test_a_page_made_while_something_changed_is_not_kept_for_longer(reader, guide):
    """Whoever began to make a page before a change keeps it under the number of before."""

    def slow(request):
        page_cache.keep(request)
        publish(guide, intro="Sesudah.")
        return HttpResponse("Sebelum.")

    kept_pages(slow)(RequestFactory(SERVER_NAME="localhost").get(guide.url))
    assert "Sesudah." in reader.get(guide.url).content.decode()


def test_every_table_that_readers_may_see_is_watched(owner):
    seen = "has_any_column_privilege('sekali_public', oid, 'SELECT')"
    rows = owner.execute(
        f"SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND {seen}"
    ).fetchall()
    watching = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'readers_page_changed' AND tgdeferrable"
    watched = {name for (name,) in owner.execute(watching)}
    aside = {name for (name,) in rows if name.startswith(("wagtailsearch_", "django_"))}
    assert {name for (name,) in rows} - aside - {"cms_pagestamp"} == watched
    assert {"wagtailcore_page", "cms_wording", "directory_servicepage", "directory_assessment"} <= watched


def test_nobody_but_the_triggers_counts(own_database):
    for role in ("sekali_app", "sekali_jobs", "sekali_public"):
        with (
            psycopg.connect(embedded.url(role, own_database, configured.TEST_POSTGRES), autocommit=True) as raw,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            raw.execute("UPDATE cms_pagestamp SET number = 0")


def test_two_who_change_the_same_in_opposite_order_wait_for_nobody(own_database):
    """The number's row is locked at the commit alone: two long changes neither wait for it nor deadlock."""
    address = embedded.url("sekali_app", own_database, configured.TEST_POSTGRES)
    before = PageStamp.objects.get().number
    made = "INSERT INTO cms_source (key, label_id, label_en, url) VALUES (%s, 'a', 'a', '')"
    with psycopg.connect(address) as one, psycopg.connect(address) as two:
        one.execute(made, ["SATU"])
        two.execute("SET lock_timeout = '2s'")
        two.execute(made, ["DUA"])
        two.execute(made, ["TIGA"])
        two.commit()
        one.commit()
    assert PageStamp.objects.get().number == before + 2


def test_a_connection_that_died_is_opened_anew(reader):
    reader.get("/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(embedded.url("postgres", "postgres", configured.TEST_POSTGRES), autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert reader.get("/").status_code == 200


# --- how long and how much -----------------------------------------------------------------------------------------------


def test_nothing_is_older_than_a_minute(reader):
    reader.get("/info/")
    import time

    assert all(0 < end - time.time() <= 30 for end in caches["pages"]._expire_info.values())
    assert (page_cache.HALF * 2, page_cache.LIFE) == (60, 60)  # a page may be made of parts as old as itself


def test_the_memory_is_bounded_and_searches_push_out_no_front_door(reader):
    reader.get("/")
    for number in range(700):
        page_cache.put(("asked", str(number)), 1, HttpResponse("x"))
    page_cache.put(("pages", "large"), 1, HttpResponse("x" * (page_cache.LARGEST + 1)))
    assert how_many() <= 301
    assert is_kept(reader, "/")


def test_many_at_once_are_answered(reader):
    answers = []

    def ask():
        answers.append(Client(SERVER_NAME="localhost").get("/").status_code)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6


def before_django():
    """`ask(path, **sent)` at the kept pages that stand before Django: `(status, headers, body)`, and what Django was asked."""
    reached = []

    def django(sent, start_response):
        reached.append(sent["PATH_INFO"])
        return WSGIHandler()(sent, start_response)

    site, answer = page_cache.KeptFirst(django), {}

    def ask(path, method="get", **sent):
        request = getattr(RequestFactory(SERVER_NAME="localhost"), method)(path, **sent)
        body = b"".join(
            site(request.environ, lambda status, headers, *_: answer.update(status=status, headers=headers))
        )
        return answer["status"], sorted(answer["headers"]), body

    return ask, reached


def test_a_kept_page_is_answered_before_django_and_is_the_same(guide):
    ask, reached = before_django()
    for packing in ({}, {"HTTP_ACCEPT_ENCODING": "gzip"}):
        fresh = ask(guide.url, **packing)
        with CaptureQueriesContext(connection) as queries:
            assert ask(guide.url, **packing) == fresh
        assert [query["sql"] for query in queries] == [page_cache.STAMP]
        assert ask(guide.url, "head", **packing) == (*fresh[:2], b"")
    assert reached == [guide.url] * 2
    publish(guide, intro="Sesudah.")
    assert b"Sesudah." in ask(guide.url)[2]
    assert len(reached) == 3


@pytest.mark.parametrize(
    "sent",
    [
        {"HTTP_COOKIE": "sessionid=x"},
        {"HTTP_COOKIE": "anything=x"},
        {"HTTP_AUTHORIZATION": "Basic eDp5"},
        {"HTTP_HOST": "localhost:9"},
        {"HTTP_HOST": "elsewhere.example"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"QUERY_STRING": "q=kenari"},
        {"SCRIPT_NAME": "/under"},
    ],
)
def test_django_is_asked_whenever_anything_is_different(guide, sent):
    ask, reached = before_django()
    ask(guide.url)
    ask(guide.url)
    assert len(reached) == 1
    ask(guide.url, **sent)
    assert len(reached) == 2
    assert ask(guide.url, "post", **sent)[0] != "200 OK" or len(reached) == 3


def test_the_number_is_asked_for_once_where_a_page_is_made(guide):
    ask, _reached = before_django()
    ask(guide.url)
    publish(guide, intro="Anew.")
    with CaptureQueriesContext(connection) as queries:
        ask(guide.url)
    assert [query["sql"] for query in queries].count(page_cache.STAMP) == 1
