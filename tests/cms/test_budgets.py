"""What a reader's page costs: at most twelve queries when it is made anew, and as many for three things as for one."""

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from cms import page_cache
from cms.models import GuidePage, HomePage
from tests.directory import factories as directory
from tests.directory import verified

MOST = 12
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture(autouse=True)
def keeping(own_database, settings):
    settings.KEEP_PAGES = True
    forget()
    page_cache._facts.clear()
    yield
    forget()
    page_cache._facts.clear()


def forget():
    for place in ("pages", "asked"):
        caches[place].clear()


@pytest.fixture
def reader():
    return Client(SERVER_NAME="localhost")


def cost(reader, path):
    """Queries of a page that is made anew by a process that has made one before."""
    assert reader.get(path).status_code == 200, path
    forget()
    with CaptureQueriesContext(connection) as queries:
        reader.get(path)
        asked = [query["sql"] for query in queries.captured_queries if not query["sql"].startswith(FRAME)]
    assert asked[0] == page_cache.STAMP
    return len(asked)


def listings(number):
    """So many providers, services of the first one, and pages below the front doors."""
    with transaction.atomic():
        provider = directory.provider()
        services = [
            directory.service(
                provider,
                kind="d1",
                areas=[{"province": "ID-JB", "district": "Kota Bandung"}],
                phones=[{"short_code": "129"}],
                schedules=[{"weekday": 1, "all_day": True}],
            )
            for _ in range(number)
        ]
        verified.met(provider, verified.binding()[0])
        for home in HomePage.objects.all():
            for place in range(number):
                slug = f"panduan-{provider.pk}-{place}"
                home.add_child(instance=GuidePage(title="Panduan", slug=slug, show_in_menus=True))
    return provider, services


def paths_of(provider, service):
    below = [page.url for page in Page.objects.live().filter(content_type__app_label="cms", depth__gt=1) if page.url]
    own = [f"/info/s/{service.identifier}/{part}" for part in ("", "w/", "w/k/", "card/")]
    return [
        *below,
        f"/info/p/{provider.identifier}/",
        *own,
        *("/info/", "/info/?n=d1&p=JB", "/info/data/", "/info/k/", "/info/map/", "/info/d/", "/info/print/"),
        *(f"/info/{name}/?p=JB" for name in ("print", "cards", "file")),
    ]


def test_every_page_of_readers_costs_little_and_the_same_with_more_of_everything(reader):
    provider, services = listings(1)
    paths = paths_of(provider, services[0])
    few = {path: cost(reader, path) for path in paths}
    listings(2)
    with transaction.atomic():
        for _ in range(2):
            directory.service(provider, kind="d1", areas=[{"province": "ID-JB", "district": "Kota Bandung"}])
    many = {path: cost(reader, path) for path in paths}
    assert {path: number for path, number in few.items() if number > MOST} == {}
    assert {path: (few[path], number) for path, number in many.items() if number != few[path]} == {}
    assert len(paths) > 20
