"""The HSDS API as a program meets it."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.hsds import records, vocabulary
from directory.models import ServicePage
from tests.directory import factories, listed
from tests.directory.hsds_schemas import VERSIONS, faults, here

pytestmark = pytest.mark.django_db
ROOT = "/api/hsds"
LISTS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
ONES = {
    "services": "service",
    "organizations": "organization",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
LISTED = {
    "services": "service_list",
    "organizations": "organization_list",
    "service_at_locations": "service_at_location_list",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}


def ask(client, path, **query):
    response = client.get(f"{ROOT}/{path}", query)
    assert response.status_code == 200, response.content
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(response.content)


def found(client, path, **query):
    """The names of what was found."""
    return [one["name"] for one in ask(client, path, **query)["contents"]]


def lines(response):
    return [json.loads(line) for line in b"".join(response.streaming_content).decode().splitlines()]


# --- what the standard says ---


def test_it_says_which_version_it_is_and_where_it_is_described(client):
    about = ask(client, "")
    assert about == {
        "version": "3.0",
        "profile": "http://testserver/info/data/",
        "openapi_url": "http://testserver/api/hsds/openapi.json",
    }
    assert client.get("/api/hsds/openapi.json").json()["openapi"] == "3.1.0"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_list_and_every_record_is_what_the_standard_says(client, version):
    listed.directory()
    wrong = []
    for path in LISTS:
        page = ask(client, path, per_page=500)
        assert page["total_items"] == len(page["contents"]) > 1
        records_of = [(LISTED[path], one) for one in page["contents"]]
        for one in page["contents"]:
            whole = ask(client, f"{path}/{one['id']}")
            assert whole["id"] == one["id"]
            records_of.append((ONES[path], whole))
        if path in {"services", "organizations", "service_at_locations"}:
            records_of += [(ONES[path], one) for one in ask(client, path, full=True)["contents"]]
        for name, one in records_of:
            # What the standard asks for in words and its schema leaves out: an organization's services.
            below = one.pop("services", []) if name == "organization" else []
            if here():
                wrong += [(name, fault) for fault in faults(one, name, version)]
                wrong += [("below", fault) for each in below for fault in faults(each, "service", version)]
    assert wrong == []


@pytest.mark.parametrize("path", LISTS)
def test_a_form_finds_what_an_address_finds(client, path):
    listed.directory()
    asked = {"page": 1, "per_page": 2}
    by_form = client.post(f"{ROOT}/{path}", asked)
    assert by_form.status_code == 415  # the test client sends files' forms
    by_form = client.post(f"{ROOT}/{path}", "page=1&per_page=2", content_type="application/x-www-form-urlencoded")
    assert by_form.json() == ask(client, path, **asked)
    both = client.post(f"{ROOT}/{path}?page=2&per_page=2", "page=1", content_type="application/x-www-form-urlencoded")
    assert both.json() == by_form.json()  # the form wins


# --- pages ---


def test_pages(client):
    provider = factories.provider()
    for number in range(5):
        factories.service(provider, f"Layanan {number}")
    first, last, beyond = (ask(client, "services", page=page, per_page=2) for page in (1, 3, 4))
    figures = ("total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty")
    assert [first[name] for name in figures] == [5, 3, 1, 2, True, False, False]
    assert [last[name] for name in figures] == [5, 3, 3, 1, False, True, False]
    assert [beyond[name] for name in figures] == [5, 3, 4, 0, False, True, True]
    assert [one["name"] for one in last["contents"]] == ["Layanan 4"]
    nobody = ask(client, "services", organization_id="00000000-0000-4000-8000-000000000000")
    assert [nobody[name] for name in figures] == [0, 0, 1, 0, True, True, True]


@pytest.mark.parametrize("path", LISTS)
def test_lines_are_all_of_it_without_pages(client, path):
    listed.directory()
    response = client.get(f"{ROOT}/{path}", {"format": "ndjson", "per_page": 1})
    assert (response.streaming, response.headers["Content-Type"]) == (True, "application/x-ndjson")
    assert "ETag" not in response.headers
    assert lines(response) == ask(client, path, per_page=500)["contents"]


def test_many_lines_come_portion_by_portion(client, monkeypatch):
    monkeypatch.setattr("directory.hsds.feed.portions.__defaults__", (2,))
    provider = factories.provider()
    for number in range(5):
        factories.service(provider, f"Layanan {number}")
    response = client.get(f"{ROOT}/services", {"format": "ndjson", "full": "true"})
    with CaptureQueriesContext(connection) as queries:
        assert [one["name"] for one in lines(response)] == [f"Layanan {number}" for number in range(5)]
    assert len([query for query in queries if 'FROM "directory_servicepage"' in query["sql"]]) == 4


def test_minimal_says_what_is_there_and_since_when(client):
    listed.directory()
    page = ask(client, "services", minimal="true")
    assert {tuple(one) for one in page["contents"]} == {("id", "last_modified")}
    assert page["size"] == ServicePage.objects.listed().count()
    assert client.get(f"{ROOT}/services", {"minimal": "true", "per_page": 20_001}).status_code == 422


# --- filters ---


@pytest.fixture
def three():
    """Three services of two providers, alike in some things and not in others."""
    first, second = factories.provider("UPTD Satu"), factories.provider("Yayasan Dua", alternate_name="YD")
    return (
        factories.service(first, "Konseling anak", kind="c4", gender="g", price="f", easements=["wc"], product="Surat"),
        factories.service(first, "Bantuan hukum", kind="c6", price="f", description="Pengacara mendampingi anak."),
        factories.service(second, "Konseling keluarga", kind="c4", easements=["sl"], title_en="Family counselling"),
    )


def term(taxonomy, value):
    return vocabulary.Term(taxonomy, value).id


def taxonomy_of(name):
    return vocabulary.made_id("taxonomy", name)


def test_filters_by_terms(client, three):
    one, two, three_ = (page.title for page in three)
    for taxonomy, value, names in (
        ("kind", "c4", [one, three_]),
        ("gender", "g", [one]),
        ("price", "f", [one, two]),
        ("ease", "sl", [three_]),
        ("fact", "product", [one]),
        ("fact", "province", []),
        ("kind", "c8", []),
    ):
        assert found(client, "services", taxonomy_term_id=term(taxonomy, value)) == names, (taxonomy, value)
    for taxonomy, names in (
        ("kind", [one, two, three_]),
        ("gender", [one]),
        ("ease", [one, three_]),
        ("fact", [one, three_]),
    ):
        assert found(client, "services", taxonomy_id=taxonomy_of(taxonomy)) == names, taxonomy
    for unknown in ("x", "00000000-0000-4000-8000-000000000000", ""):
        assert found(client, "services", taxonomy_term_id=unknown) == []
        assert found(client, "services", taxonomy_id=unknown) == []
        assert found(client, "services", organization_id=unknown) == []


def test_filters_narrow_each_other(client, three):
    provider = str(three[0].provider.identifier)
    kind = term("kind", "c4")
    assert found(client, "services", organization_id=provider) == ["Konseling anak", "Bantuan hukum"]
    assert found(client, "services", organization_id=provider, taxonomy_term_id=kind) == ["Konseling anak"]
    assert found(client, "services", taxonomy_term_id=kind, search="keluarga") == ["Konseling keluarga"]
    assert found(client, "services", taxonomy_term_id=kind, taxonomy_id=taxonomy_of("gender")) == ["Konseling anak"]
    assert found(client, "organizations", taxonomy_term_id=kind) == ["UPTD Satu", "Yayasan Dua"]
    assert found(client, "organizations", taxonomy_term_id=kind, taxonomy_id=taxonomy_of("price")) == ["UPTD Satu"]
    assert found(client, "organizations", taxonomy_term_id=kind, search="dua") == ["Yayasan Dua"]


def test_words_are_found_wherever_they_stand(client, three):
    for words, names in (
        ("KONSELING", ["Konseling anak", "Konseling keluarga"]),
        ("anak pengacara", ["Bantuan hukum"]),
        ("counselling", ["Konseling keluarga"]),
        ("konseling satu", ["Konseling anak"]),
        ("yd", ["Konseling keluarga"]),
        ("tidak-ada", []),
        ("100%", []),
        ("_", []),
    ):
        assert found(client, "services", search=words) == names, words
    assert found(client, "organizations", search="yd") == ["Yayasan Dua"]
    assert found(client, "taxonomy_terms", search="restitusi") == ["perlindungan dan restitusi"]


def test_what_was_modified_since(client, three):
    last = ServicePage.objects.order_by("-last_published_at").first()
    moment = records.moment(last.last_published_at)
    assert len(found(client, "services", modified_after=moment)) == 1  # the very moment counts
    assert found(client, "services", modified_after="2999-01-01T00:00:00Z") == []
    assert len(found(client, "services", modified_after="2001-01-01T00:00:00")) == 3
    assert len(found(client, "services", modified_after="2001-01-01")) == 3
    for early in ("0001-01-01T00:00:00+14:00", "0648-12-06T09:50:59.75-19:29", "2001-01-01T00:00:00+23:59"):
        assert len(found(client, "services", modified_after=early)) == 3
    assert found(client, "services", modified_after="9999-12-31T23:59:59-23:00") == []


def test_an_organization_tells_its_services(client, three):
    address = f"organizations/{three[0].provider.identifier}"
    assert [sorted(one) for one in ask(client, address)["services"]] == [["id", "name", "status"]] * 2
    whole = ask(client, address, full_service="true")["services"]
    assert [one["name"] for one in whole] == ["Konseling anak", "Bantuan hukum"]
    assert whole[0]["attributes"][0]["taxonomy_term"]["code"] == "c4"
    assert [len(one["services"]) for one in ask(client, "organizations", full_service="true")["contents"]] == [2, 1]
    assert "services" not in ask(client, "organizations")["contents"][0]


def test_terms_of_a_taxonomy(client):
    names = found(client, "taxonomy_terms", taxonomy_id=taxonomy_of("gender"))
    assert names == ["hanya anak perempuan dan perempuan", "hanya anak laki-laki dan laki-laki"] or len(names) == 2
    assert found(client, "taxonomy_terms", parent_id=term("kind", "c4")) == []
    assert len(found(client, "taxonomy_terms", top_only="true", per_page=500)) == len(vocabulary.TERMS)


# --- what is refused ---


@pytest.mark.parametrize("path", LISTS)
def test_what_does_not_exist_is_not_found(client, path):
    for wrong in ("00000000-0000-4000-8000-000000000000", "x", "%00", "a b"):
        response = client.get(f"{ROOT}/{path}/{wrong}")
        assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=x", "page=99999999999999999999", "per_page=0", "per_page=501", "format=xml", "search=%00",
        "search=" + "a" * 201, "modified_after=kemarin", "full=maybe", "minimal=2", "taxonomy_term=x", "page=1&page=2",
        "proximity=500", "postcode=40111",
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(client, query):
    response = client.get(f"{ROOT}/services?{query}")
    assert response.status_code == 422
    assert response.json()["detail"]
    by_form = client.post(f"{ROOT}/services", query, content_type="application/x-www-form-urlencoded")
    assert by_form.status_code == 422


def test_forms_that_are_none(client):
    address = f"{ROOT}/services"
    assert client.post(address, '{"page": 1}', content_type="application/json").status_code == 415
    charset = "application/x-www-form-urlencoded; charset=utf-16"
    assert client.post(address, "page=1", content_type=charset).status_code == 400
    many = "&".join(f"a{number}=1" for number in range(6000))
    assert client.post(address, many, content_type="application/x-www-form-urlencoded").status_code == 400
    apart = client.post(
        f"{address}?per_page=600&minimal=true", "minimal=false", content_type="application/x-www-form-urlencoded"
    )
    assert apart.status_code == 422


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_can_be_written(client, method):
    for path in ("", "openapi.json", *LISTS):
        assert getattr(client, method)(f"{ROOT}/{path}").status_code == 405, path


# --- how it is carried ---


def test_any_page_may_ask(client):
    response = client.options(f"{ROOT}/services", headers={"Origin": "https://contoh.example"})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_what_has_not_changed_is_not_sent_again(client):
    page = factories.service(factories.provider())
    address = f"{ROOT}/services/{page.identifier}"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Access-Control-Allow-Origin"]) == (first.headers["ETag"], "*")
    page.alert = "Telepon rusak."
    page.save_revision().publish()
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.json()["alert"]) == (200, "Telepon rusak.")


@pytest.mark.parametrize("query", [{}, {"format": "ndjson"}])
def test_the_head_alone(client, query):
    factories.service(factories.provider())
    response = client.head(f"{ROOT}/services", query)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"] == client.get(f"{ROOT}/services", query).headers["Content-Type"]


def test_no_cookie_and_nobody_is_known(client):
    listed.directory()
    for path in ("", "openapi.json", *LISTS):
        response = client.get(f"{ROOT}/{path}", headers={"Cookie": "other=1"})
        assert not response.cookies
        assert "Cookie" not in response.headers.get("Vary", "")


# --- how much it costs ---


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("services", {}),
        ("services", {"full": "true"}),
        ("services", {"minimal": "true", "search": "layanan"}),
        ("organizations", {"full": "true"}),
        ("organizations", {"full_service": "true"}),
        ("service_at_locations", {"full": "true"}),
        ("service_at_locations", {}),
    ],
)
def test_a_page_costs_the_same_whatever_stands_on_it(client, path, query):
    costs = []
    for count in (1, 2):
        for number in range(count):
            provider = factories.provider(f"Penyedia {count}-{number}", street="Jalan Contoh 1", city="Kota Bandung")
            listed.whole(provider, title=f"Layanan {count}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert ask(client, path, **query)["size"] == count + (count == 2)
        costs.append(len(queries))
    assert costs[0] == costs[1], costs
    assert costs[0] <= 15


# --- the page about it ---


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_page_names_every_address_and_the_licence(client, language):
    response = client.get(f"{language}/info/data/")
    text = response.content.decode()
    assert response.status_code == 200
    assert "<title>Sekali</title>" in text
    assert not response.cookies
    for path in client.get(f"{ROOT}/openapi.json").json()["paths"]:
        assert f">{ROOT}{path}<" in text
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in text
    assert "`" not in text
    assert "modified_after" in text


@pytest.mark.parametrize("address", ["/", "/info/", "/en/info/"])
def test_every_public_page_leads_there(client, address):
    text = client.get(address).content.decode()
    assert f'href="{"/en" if address.startswith("/en") else ""}/info/data/"' in text
