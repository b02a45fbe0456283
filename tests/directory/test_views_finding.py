"""The search page: words travel in a body, choices in short codes, and what was understood is said."""

import logging
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from directory.models.finding import PER_PAGE
from tests.directory import factories
from tests.directory.test_views import text, titles

pytestmark = pytest.mark.django_db

EVERY_DAY = [{"weekday": day, "all_day": True} for day in range(1, 8)]


@pytest.fixture
def listed():
    provider = factories.provider("Yayasan Contoh")
    factories.service(
        provider, "Konseling anak", kind="c4", price="f", schedules=EVERY_DAY, areas=[{"province": "ID-JB"}]
    )
    factories.service(provider, "Bantuan hukum", kind="c6", areas=[{"province": "ID-PA"}])


def main(response):
    return response.content.decode().split("<main")[1].split("</main")[0]


def test_words_are_sent_in_a_body_and_need_no_token(listed):
    reader = Client(enforce_csrf_checks=True)
    response = reader.post("/info/", {"q": "konselng"})
    assert titles(response) == ["Konseling anak"]
    assert "“konselng” tidak ada di sini. Kami mencari: konseling, counseling, counselling" not in text(response)
    assert "“konselng” tidak ada di sini. Kami mencari: konseling." in text(response)
    assert response.cookies == {}
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_words_in_an_address_are_not_read(client, listed):
    response = client.get("/info/", {"q": "hukum"})
    assert len(titles(response)) == 2
    assert "hukum" not in re.findall(r'value="([^"]*)"', main(response))


def test_choices_without_words_become_an_address(client, listed):
    response = client.post("/info/", {"q": "  ", "n": "c4", "p": "JB", "a": "9", "o": "on", "l": ""})
    assert (response.status_code, response.url) == (302, "/info/?n=c4&p=JB&a=9&o=1")
    assert titles(client.get(response.url)) == ["Konseling anak"]
    assert client.post("/info/", {}).url == "/info/"
    assert client.post("/info/", {"n": "<x>", "p": "JB"}).url == "/info/?p=JB"


def test_each_choice_says_how_many(client, listed):
    page = main(client.get("/info/"))
    assert re.search(r'<option value="c4">[^<]+\(1\)</option>', page)
    assert re.search(r'<option value="c8">[^<]+\(0\)</option>', page)
    assert re.search(r'<option value="f">[^<]+\(1\)</option>', page)
    assert "Buka sekarang (1)" in page
    assert re.search(r'<option value="g">[^<]+\(1\)</option>', main(client.get("/info/", {"n": "c6"})))


def test_districts_are_offered_for_a_province(client, listed):
    assert 'name="d"' not in main(client.get("/info/"))
    page = main(client.get("/info/", {"p": "JB", "d": "3273"}))
    assert '<option value="3273" selected>Kota Bandung</option>' in page
    assert "9471" not in page  # of another province
    assert client.get("/info/", {"p": "PA", "d": "3273"}).context["understood"] is False


@pytest.mark.parametrize(
    "query", [{"a": "-1"}, {"a": "99"}, {"a": "x"}, {"l": "xx"}, {"c": "s"}, {"d": "3273"}, {"e": "\0"}]
)
def test_what_is_not_understood_hides_nothing(client, listed, query):
    response = client.get("/info/", query)
    assert len(titles(response)) == 2
    assert response.context["understood"] is False


def test_far_too_many_words_are_refused_gently(client, listed):
    response = client.post("/info/", {"q": "konseling " * 2000})
    assert response.status_code in {200, 302}


def test_pages_of_words_are_turned_by_buttons(client):
    provider = factories.provider()
    for number in range(PER_PAGE + 1):
        factories.service(provider, f"Konseling {number:02}", kind="c4")
    first = client.post("/info/", {"q": "konseling", "n": "c4"})
    assert "?" not in re.search(r'<form class="pagination" method="post" action="([^"]+)"', main(first))[1]
    hidden = dict(re.findall(r'type="hidden" name="(\w)" value="([^"]*)"', main(first)))
    assert hidden == {"q": "konseling", "n": "c4"}
    second = client.post("/info/", hidden | {"page": "2"})
    assert len(titles(second)) == 1
    assert titles(client.post("/info/", hidden | {"page": "9"})) == titles(second)


def test_nothing_near_shows_the_lines_and_who_is_further_away(client, listed):
    response = client.post("/info/", {"q": "hukum bandung"})
    said = text(response)
    assert "Tidak ada yang ditemukan di sini" in said
    assert "Di seluruh Indonesia" in said
    assert "Kami mencari di Jawa Barat." in said
    assert 'href="tel:129"' in main(response)
    assert "Bantuan hukum" in said


def test_what_somebody_types_is_inert_and_not_logged(client, listed, caplog):
    typed = "<script>alert(1)</script> kenari-77"
    with caplog.at_level(logging.DEBUG):
        response = client.post("/info/", {"q": typed})
    assert "<script>alert" not in response.content.decode()
    assert "kenari" not in " ".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )


def test_other_ways_of_asking_are_refused(client):
    assert client.put("/info/").status_code == 405


def test_a_search_costs_the_same_however_many(client):
    costs = []
    for number in range(3):
        factories.service(factories.provider(f"Penyedia {number}"), "Konseling", schedules=EVERY_DAY)
        client.post("/info/", {"q": "konseling anak"})
        with CaptureQueriesContext(connection) as captured:
            client.post("/info/", {"q": "konseling anak"})
        costs.append(len(captured))
    assert costs[0] == costs[2] <= 20
