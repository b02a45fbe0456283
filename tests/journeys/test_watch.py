"""The watch over every page can fail: each kind of trouble is planted once and must be seen."""

import pytest
from django.http import HttpResponse
from django.urls import path

from cms.urls import urlpatterns as real

pytestmark = pytest.mark.browser


def page(body, status=200):
    return lambda _request: HttpResponse(f"<!DOCTYPE html><html lang='id'><title>x</title>{body}</html>", status=status)


urlpatterns = [
    path("planted/inline/", page("<script>window.ran = true</script>")),
    path("planted/foreign/", page("<img alt='' src='http://127.0.0.2:9/x.png'>")),
    path("planted/broken/", page("<img alt='' src='/static/none.png'>")),
    path("planted/failed/", page("<p>no</p>", status=500)),
    path("planted/error/", page("<script src='/planted/error.js'></script>")),
    path(
        "planted/error.js", lambda _request: HttpResponse("throw new Error('planted')", content_type="text/javascript")
    ),
    path("planted/console/", page("<script src='/planted/console.js'></script>")),
    path(
        "planted/console.js",
        lambda _request: HttpResponse("console.error('planted')", content_type="text/javascript"),
    ),
    *real,
]
for planted_here in urlpatterns[: -len(real)]:
    planted_here.pattern.name = "planted"


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("inline", "policy: script-src-elem inline"),
        ("foreign", "policy: img-src http://127.0.0.2:9/x.png"),
        ("broken", "status 404"),
        ("failed", "status 500"),
        ("error", "page: planted"),
        ("console", "console: planted"),
    ],
)
def test_each_trouble_is_seen(visit, site, settings, planted_is_public, planted, seen):
    settings.ROOT_URLCONF = __name__
    reader = visit()
    reader.open(f"/planted/{planted}/")
    reader.page.wait_for_timeout(300)
    troubles, reader.watch.troubles = reader.watch.troubles, []
    assert any(trouble.startswith(seen) for trouble in troubles), troubles


def test_a_request_to_somebody_else_is_seen(visit, site):
    """The policy stops foreign requests before they leave; this one goes round it."""
    reader = visit()
    reader.open("/")
    with pytest.raises(Exception, match="ERR_"):
        reader.page.goto("http://127.0.0.2:9/")
    troubles, reader.watch.troubles = reader.watch.troubles, []
    assert "foreign: http://127.0.0.2:9/" in troubles


def test_a_calm_page_is_no_trouble(visit, site):
    reader = visit()
    assert reader.open("/").status == 200
    reader.page.wait_for_load_state("networkidle")
    assert reader.watch.troubles == []
