"""A province on paper, as a file and as cards: whole, neutral, small enough, and silent about where a shelter is."""

import re
from datetime import UTC, date, datetime, time
from html import unescape
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.squares import squares
from directory.actions.planting import Planter
from directory.models import ProviderPage, ServicePage, Status
from directory.models.parts import ServiceArea, ServicePhone, ServiceSchedule
from directory.rules.takeaway import LARGEST_FILE
from tests.directory import factories

pytestmark = pytest.mark.django_db
JB = [{"province": "ID-JB"}]
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BANDUNG = [{"province": "ID-JB", "district": "Kota Bandung"}]


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    monkeypatch.setattr("directory.views.takeaway.now", lambda: NOW)
    caches["files"].clear()


def get(client, name, *args, language="en", **query):
    with override(language):
        address = reverse(f"directory:{name}", args=args)
    return client.get(address, query)


def html(response):
    assert response.status_code == 200
    return unescape(response.content.decode())


def words(response):
    body = re.sub(r"<style>.*?</style>", "", html(response), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.split("<main")[1].split("</main")[0]))


@pytest.fixture
def provider():
    return factories.provider(street="Jalan Kantor 1", city="Kota Contoh")


@pytest.fixture
def some(provider):
    factories.service(provider, "Saluran", kind="d7", phones=[{"short_code": "129"}])
    factories.service(
        provider,
        "Terapi",
        kind="d3",
        areas=BANDUNG,
        minimum_age=6,
        maximum_age=17,
        checked_on=date(2026, 11, 12),
        checked_by="reviewer",
        phones=[{"number": "08111-129-129", "whatsapp": True, "description_en": "By day"}],
        schedules=[{"weekday": 1, "opens": time(8), "closes": time(16)}],
        alert_en="Only by appointment.",
    )
    factories.service(provider, "Konseling", areas=JB, status=Status.CLOSED)


@pytest.fixture
def shelter(provider):
    return factories.service(provider, "Tempat aman", kind="c8", areas=BANDUNG, phones=[{"number": "021 0000 0077"}])


# --- on paper ---


def test_without_a_province_one_is_chosen(client, some):
    response = get(client, "area_print")
    assert "Which province?" in words(response)
    assert "Terapi" not in words(response)


def test_a_province_is_printed_by_district_and_kind(client, some):
    seen = words(get(client, "area_print", p="JB"))
    places = ["Numbers to call: Jawa Barat", "For the whole province", "Counselling and support", "Konseling",
              "Kota Bandung", "Trauma therapy", "Terapi", "For all of Indonesia", "Helpline", "Saluran"]  # fmt: skip
    assert [seen.index(word) for word in places] == sorted(seen.index(word) for word in places)
    assert "3 services, as listed on Mon, 23 Nov 2026." in seen


def test_paper_says_what_nobody_confirmed_and_never_calls_the_providers_word_a_check(client, provider):
    factories.service(provider, "Lama", areas=JB, checked_on=date(2026, 1, 2), checked_by="reviewer")
    factories.service(
        provider, "Sendiri", areas=JB, checked_on=date(2026, 11, 2), checked_by="provider", checked_how="form"
    )
    seen = words(get(client, "area_print", p="JB"))
    assert "Not confirmed. Checked on Fri, 2 Jan 2026 by a reviewer of this directory" in seen
    assert "The provider itself said on Mon, 2 Nov 2026 that this is correct" in seen
    assert seen.count("Not confirmed.") == 1


def test_an_entry_says_number_age_hours_place_and_check(client, some):
    seen = words(get(client, "area_print", p="JB"))
    for said in (
        "0811-1129-129 · WhatsApp · By day",
        "6 to 17 years",
        "Monday 08.00–16.00",
        "WIB",
        "Jalan Kantor 1, Kota Contoh",
        "Checked on Thu, 12 Nov 2026 by a reviewer of this directory",
        "Not confirmed. Not checked yet",
        "Important: Only by appointment.",
        "Closed for a time",
    ):
        assert said in seen


def test_paper_says_what_is_not_there(client, some):
    seen = words(get(client, "area_print", p="JB"))
    missing = re.search(r"listed for children here: ([^.]+)\.", seen)[1]
    assert "legal help" in missing
    assert "counselling" in missing  # the only one is closed
    assert "trauma therapy" not in missing


def test_an_empty_province_says_so(client):
    assert "Nothing listed here yet" in words(get(client, "area_print", p="PA"))


def test_a_long_list_is_printed_in_parts(client, provider, monkeypatch):
    monkeypatch.setattr("directory.views.takeaway.PER_PART", 2)
    for number in range(3):
        factories.service(provider, f"Layanan {number}", areas=JB)
    first, second = get(client, "area_print", p="JB"), get(client, "area_print", p="JB", page=2)
    assert "Part 1 of 2." in words(first)
    assert re.findall(r"Layanan \d", words(first)) == ["Layanan 0", "Layanan 1"]
    assert re.findall(r"Layanan \d", words(second)) == ["Layanan 2"]
    assert 'href="?p=JB&page=2"' in html(first)


# --- a shelter ---


@pytest.mark.parametrize("name", ["area_print", "area_file", "card_sheet"])
def test_a_shelters_place_is_nowhere(client, provider, shelter, name):
    response = get(client, name, p="JB")
    assert "Jalan Kantor" not in html(response)
    assert "Kota Bandung" not in html(response)
    assert "(021) 00000077" in words(response)


def test_a_shelters_card_carries_its_front_door_number_and_no_more(client, shelter):
    seen = html(get(client, "service_card", shelter.identifier))
    card = seen.split('<article class="pocket">')[1].split("</article>")[0]
    assert re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", card)).strip().split(" ", 1)[0] == "Sekali"
    for word in ("Tempat aman", "Jalan", "Bandung", "Jawa", "Kota", "UPTD"):
        assert word not in card


def test_a_provider_that_is_a_shelter_shows_no_office(client):
    hidden = factories.provider("Rumah", hidden_place=True)
    factories.service(hidden, "Antar jemput", areas=JB)
    for name in ("area_print", "area_file"):
        assert "Kept secret" in words(get(client, name, p="JB"))


# --- a file ---


def test_a_file_is_sent_for_keeping_under_a_neutral_name(client, some):
    response = get(client, "area_file", p="JB")
    assert response["Content-Disposition"] == 'attachment; filename="info-JB.html"'
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>Info</title>" in html(response)
    assert response.cookies == {}


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_file_asks_nobody_for_anything(client, some, language):
    text = html(get(client, "area_file", p="JB", language=language))
    assert "<script" not in text
    assert not re.search(r"<(link|img|iframe|object|embed|form|base)\b", text)
    assert not re.search(r"\b(src|srcset|action|poster|ping)\s*=", text)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert f'<html lang="{language}">' in text


def test_a_file_has_helplines_first_and_says_what_it_holds(client, some):
    seen = words(get(client, "area_file", p="JB"))
    assert seen.index("Saluran") < seen.index("Konseling") < seen.index("Terapi")
    assert "3 services, as listed on Mon, 23 Nov 2026." in seen
    assert "Delete it when you no longer need it." in seen
    assert "What is not in this file" not in seen
    assert "Kota Bandung, Jawa Barat" in seen


def test_a_file_is_kept_until_something_changes(client, some):
    get(client, "area_file", p="JB")
    with CaptureQueriesContext(connection) as kept:
        first = get(client, "area_file", p="JB")
    assert len(kept) <= 7  # what it is made of, and nothing of the services' own
    page = ServicePage.objects.get(title="Terapi")
    page.title = "Terapi baru"
    page.save_revision().publish()
    second = get(client, "area_file", p="JB")
    assert "Terapi baru" in html(second)
    assert "Terapi baru" not in html(first)


def test_a_kept_file_is_not_given_in_the_other_language_or_another_day(client, some, monkeypatch):
    assert '<html lang="en">' in html(get(client, "area_file", p="JB"))
    assert '<html lang="id">' in html(get(client, "area_file", p="JB", language="id"))
    monkeypatch.setattr("directory.views.takeaway.now", lambda: datetime(2026, 11, 24, 2, tzinfo=UTC))
    assert "Tue, 24 Nov 2026" in words(get(client, "area_file", p="JB"))


@pytest.mark.parametrize("name", ["area_file", "card_sheet"])
@pytest.mark.parametrize("query", [{}, {"p": ""}, {"p": "XX"}, {"p": "ID-JB"}, {"p": "../etc"}, {"p": 'JB"'}])
def test_without_a_known_province_one_is_chosen(client, name, query):
    response = get(client, name, **query)
    assert (response.status_code, response["Location"]) == (302, "/en/info/print/")


def plant(how_many, kinds=("c6", "c4", "d7"), long=""):
    """So many services at once, of these kinds in turn."""
    index, at = factories.index(), NOW
    index.refresh_from_db()
    planter = Planter(by=None, now=at)
    provider = ProviderPage(title="Penyedia", slug="penyedia-besar", locale=index.locale)
    planter.plant(provider, index, {}, live=True)
    for number in range(how_many):
        service = ServicePage(
            title=f"Layanan {number:05} {long}",
            slug=f"layanan-{number}",
            kind=kinds[number % len(kinds)],
            description="Ada.",
            locale=index.locale,
        )
        parts = {
            "areas": [ServiceArea(province="ID-JB", district="Kota Bandung")],
            "phones": [ServicePhone(number="+622100000001"), ServicePhone(short_code="129")],
            "schedules": [ServiceSchedule(weekday=day, opens=time(8), closes=time(16)) for day in (1, 2)],
        }
        planter.plant(service, provider, parts, live=True)
    planter.flush()


@pytest.mark.slow
def test_thousands_of_services_stay_within_the_size_and_come_in_parts(client):
    plant(2100)
    for language in ("id", "en"):
        response = get(client, "area_file", p="JB", language=language)
        assert LARGEST_FILE * 0.97 < len(response.content) <= LARGEST_FILE <= 300 * 1024
        caches["files"].clear()
        assert get(client, "area_file", p="JB", language=language).content == response.content
    # The order is the same for everybody: all helplines, then as much counselling as there is room for, no legal help.
    taken = html(response).count('<article class="entry">')
    assert 700 < taken < 1400
    seen = words(response)
    assert f"There is room here for {taken} of 2100 services." in seen
    assert f"Left out are: counselling and support for the mind: {1400 - taken} legal help: 700 The whole" in seen
    assert "http://testserver/en/info/print/?p=JB" in seen
    assert html(get(client, "area_print", p="JB")).count('<article class="entry">') == 200
    assert html(get(client, "card_sheet", p="JB")).count('<article class="pocket">') == 24


def test_long_names_of_many_bytes_stay_within_the_size(client):
    plant(400, kinds=("d7",), long="é😀" * 120)
    response = get(client, "area_file", p="JB")
    assert len(response.content) <= LARGEST_FILE
    taken = html(response).count('<article class="entry">')
    assert f"helpline: {400 - taken}" in words(response)


# --- cards ---


def test_a_card_says_a_number_and_the_way_and_nothing_about_why(client, some):
    service = ServicePage.objects.get(title="Terapi")
    seen = html(get(client, "service_card", service.identifier))
    card = seen.split('<article class="pocket">')[1].split("</article>")[0]
    assert squares(f"http://testserver/en/info/s/{service.identifier}/")[1] in card
    assert "0811-1129-129" in card
    for word in ("Terapi", "therapy", "UPTD", "Jalan", "Bandung"):
        assert word not in card


def test_one_card_or_a_sheet_of_eight(client, some):
    service = ServicePage.objects.get(title="Terapi")
    for wish, cards in (("", 1), ("8", 8), ("9999", 1), ("x", 1)):
        response = get(client, "service_card", service.identifier, x=wish)
        assert html(response).count('<article class="pocket">') == cards


def test_a_service_leads_to_its_card(client, some):
    service = ServicePage.objects.get(title="Terapi")
    assert f'href="/en/info/s/{service.identifier}/card/"' in html(get(client, "service_detail", service.identifier))


def test_a_sheet_has_a_card_for_everybody_in_order(client, some):
    assert re.findall(r"Saluran|Konseling|Terapi", words(get(client, "card_sheet", p="JB"))) == [
        "Saluran",
        "Konseling",
        "Terapi",
    ]


def test_no_card_for_what_is_not_listed(client, provider):
    draft = factories.service(provider, live=False)
    for identifier in (draft.identifier, provider.identifier, uuid4()):
        assert get(client, "service_card", identifier).status_code == 404


# --- all of them ---


@pytest.mark.parametrize("name", ["area_print", "area_file", "card_sheet", "service_card"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_titles_addresses_and_headers_are_neutral(client, some, name, language):
    args = [ServicePage.objects.get(title="Terapi").identifier] if name == "service_card" else []
    response = get(client, name, *args, language=language, **({} if args else {"p": "JB"}))
    assert re.search(r"<title>(Sekali|Info)</title>", html(response))
    assert not re.search(r"terapi|konseling|uptd|contoh", response.request["PATH_INFO"], re.IGNORECASE)
    assert response.cookies == {}
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert client.post(response.request["PATH_INFO"]).status_code == 405


@pytest.mark.parametrize("name", ["area_print", "area_file", "card_sheet"])
def test_markup_in_a_listing_is_inert(client, name):
    planted = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    factories.service(factories.provider(planted), planted, areas=JB, alert=planted, hours_note=planted)
    assert planted not in get(client, name, p="JB", language="id").content.decode()


@pytest.mark.parametrize("name", ["area_print", "area_file", "card_sheet"])
def test_it_costs_the_same_however_many_services(client, name):
    costs = []
    for number in range(3):
        factories.service(factories.provider(f"Penyedia {number}"), areas=JB, phones=[{"short_code": "129"}])
        get(client, name, p="JB")
        caches["files"].clear()
        with CaptureQueriesContext(connection) as captured:
            get(client, name, p="JB")
        costs.append(len(captured))
    assert costs[0] == costs[2] <= 22


def test_a_card_costs_the_same_however_many_numbers(client, provider):
    costs = []
    for rows in (1, 3):
        service = factories.service(provider, phones=[{"short_code": str(110 + row)} for row in range(rows)])
        get(client, "service_card", service.identifier)
        with CaptureQueriesContext(connection) as captured:
            get(client, "service_card", service.identifier)
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 16
