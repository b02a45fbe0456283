"""The map as readers get it: the same numbers three times, gaps in words, neutral, and at a constant cost."""

import logging
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.places import PROVINCES
from tests.directory import factories

pytestmark = pytest.mark.django_db
JB = [{"province": "ID-JB"}]


def page(client, language="en", **query):
    with override(language):
        address = reverse("directory:coverage_map")
    return client.get(address, query)


def main(response):
    assert response.status_code == 200
    return unescape(response.content.decode().split("<main")[1].split("</main")[0])


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main(response)))


def tiles(response):
    """{accessible name: (address, level)} of the squares."""
    found = re.findall(r'<a class="tile tile-(\w+)" href="([^"]+)"[^>]*>\s*<title>([^<]+)</title>', main(response))
    return {name: (address, level) for level, address, name in found}


def rows(response):
    """{province: [numbers]} of the table."""
    lines = re.findall(r"<tr>(.*?)</tr>", main(response).split("<tbody>")[1], re.DOTALL)
    return {
        re.search(r"<a[^>]*>([^<]+)</a>", line)[1]: [int(number) for number in re.findall(r"<td[^>]*>(\d+)</td>", line)]
        for line in lines
    }


@pytest.fixture
def some():
    provider = factories.provider()
    factories.service(provider, "Saluran", kind="d7")
    factories.service(provider, "Terapi", kind="d3", minimum_age=6, areas=JB)
    factories.service(provider, "Aman", kind="c8", areas=[{"province": "ID-BA"}])


def test_every_province_is_a_link_with_a_name_that_says_its_number(client, some):
    found = tiles(page(client))
    assert len(found) == 38
    assert found["Jawa Barat: 2 services"] == ("/en/info/?p=JB", "some")
    assert found["Bali: 2 services"] == ("/en/info/?p=BA", "some")
    assert found["Aceh: 1 service"] == ("/en/info/?p=AC", "some")


def test_one_kind_alone(client, some):
    found = tiles(page(client, n="d3"))
    assert found["Jawa Barat: 1 service"] == ("/en/info/?n=d3&p=JB", "some")
    assert found["Bali: 0 services"] == ("/en/info/?n=d3&p=BA", "none")
    assert {level for _address, level in tiles(page(client, n="d7")).values()} == {"all"}


def test_in_indonesian_too(client, some):
    found = tiles(page(client, "id", n="d3"))
    assert found["Jawa Barat: 1 layanan"] == ("/info/?n=d3&p=JB", "some")
    assert "Belum tercatat terapi trauma untuk anak di bawah 6 tahun di: Jawa Barat." in words(
        page(client, "id", n="d3")
    )


@pytest.mark.parametrize("kind", ["", "d3", "c8", "d7"])
def test_the_table_says_the_same_numbers_as_the_map(client, some, kind):
    response = page(client, n=kind)
    on_the_map = {name.rsplit(": ", 1)[0]: int(name.rsplit(": ", 1)[1].split()[0]) for name in tiles(response)}
    in_the_table = {name: numbers[0] for name, numbers in rows(response).items()}
    assert on_the_map == in_the_table
    assert set(in_the_table) == {name for name, _zone in PROVINCES.values()}


def test_the_table_divides_one_kind_by_age_and_all_kinds_by_place(client, some):
    assert rows(page(client, n="d3"))["Jawa Barat"] == [1, 0, 1, 1]
    assert rows(page(client))["Jawa Barat"] == [2, 1, 16]


def test_gaps_are_said_in_words(client, some):
    seen = words(page(client, n="d3"))
    assert "No trauma therapy for children under 6 is listed in: Jawa Barat." in seen
    nowhere = re.search(r"No trauma therapy is listed for any child in: ([^.]+)\.", seen)[1].split(", ")
    assert len(nowhere) == 37
    assert "Jawa Barat" not in nowhere


def test_what_is_nowhere_and_what_is_everywhere_is_said(client, some):
    assert "Nothing is listed in any province: legal help." in words(page(client, n="c6"))
    assert "Something is listed for every age in every province." in words(page(client, n="d7"))


def test_the_overview_names_every_kind_that_is_missing_somewhere(client, some):
    seen = words(page(client))
    assert "Legal help : nothing in any province" in seen
    assert "Trauma therapy : nothing in 37 of 38 provinces; for children under 6 nothing in 38 of 38 provinces" in seen
    assert "Helpline :" not in seen
    assert main(page(client)).count("/en/info/map/?n=") == 17


def test_without_any_listing_the_map_says_nothing_everywhere(client):
    assert {level for _address, level in tiles(page(client)).values()} == {"none"}


@pytest.mark.parametrize("query", [{"n": "zz"}, {"n": "x" * 5000}, {"n": "' OR 1=1 --"}, {"n": "\0"}])
def test_what_is_not_understood_is_left_out_and_said(client, some, query):
    response = page(client, **query)
    assert "was not understood, so it was left out" in words(response)
    assert "Jawa Barat: 2 services" in tiles(response)


def test_it_is_for_looking_only(client, some):
    assert client.post("/info/map/").status_code == 405
    assert client.head("/info/map/").status_code == 200


@pytest.mark.parametrize("language", ["id", "en"])
def test_it_is_neutral_and_leaves_no_trace(client, some, caplog, language):
    with caplog.at_level(logging.DEBUG):
        response = page(client, language, n="d3")
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert "d3" not in said
    assert "<title>Sekali</title>" in response.content.decode()
    assert response.cookies == {}
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "style=" not in response.content.decode()


def test_the_list_leads_to_the_map_and_to_paper(client, some):
    html = client.get("/info/", {"p": "JB"}).content.decode()
    assert 'href="/info/map/"' in html
    assert 'href="/info/print/?p=JB"' in html
    assert 'href="/info/print/"' in client.get("/info/", {"p": "nonsense"}).content.decode()


def test_it_costs_the_same_however_much_there_is(client):
    costs = []
    for number in range(3):
        factories.service(factories.provider(f"Penyedia {number}"), kind=f"c{number + 1}", areas=JB)
        page(client)
        with CaptureQueriesContext(connection) as captured:
            page(client)
        costs.append(len(captured))
    assert costs[0] == costs[2] <= 9
