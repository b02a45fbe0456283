"""The public directory: what it shows, what it hides, and what a wrong address gets."""

import logging
import re
import uuid
from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from directory.models import Status
from directory.templatetags import directory as words
from tests.directory import factories

pytestmark = pytest.mark.django_db

MONDAY_AT_NINE_WIB = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
EVERY_DAY = [{"weekday": day, "all_day": True} for day in range(1, 8)]


def page(client, name, *args, language="id", **query):
    with override(language):
        address = reverse(f"directory:{name}", args=args)
    return client.get(address, query)


def text(response):
    """What a reader sees, in one line."""
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def clock(monkeypatch):
    """The moment at which pages are read."""
    monkeypatch.setattr("directory.views.listings.now", lambda: MONDAY_AT_NINE_WIB)


@pytest.fixture
def service():
    return factories.service(
        factories.provider(),
        title_en="Counselling",
        minimum_age=6,
        maximum_age=17,
        cost="Tidak dipungut biaya.",
        cost_en="Free of charge.",
        checked_on=date(2026, 11, 12),
        checked_by="reviewer",
        areas=[{"province": "ID-JB", "district": "Kota Bandung"}],
        phones=[{"short_code": "129"}, {"number": "08111-129-129", "whatsapp": True}],
        schedules=[{"weekday": 1, "opens": time(8), "closes": time(16)}],
    )


def test_a_card_says_what_for_whom_where_when_and_when_it_was_checked(client, clock, service):
    seen = text(page(client, "service_list", language="en"))
    for words_of_it in (
        "Counselling",
        "UPTD PPA Contoh",
        "Ada yang mendengarkan.",
        "6 to 17 years",
        "Kota Bandung, Jawa Barat",
        "Open now until 16.00 WIB",
        "Free of charge.",
        "Checked on Thu, 12 Nov 2026 by a reviewer of this directory",
    ):
        assert words_of_it in seen


@pytest.mark.parametrize("name", ["service_list", "service_detail"])
def test_numbers_are_one_tap_away(client, service, name):
    html = page(client, name, *([service.identifier] if name == "service_detail" else [])).content.decode()
    main = html.split("<main")[1].split("</main")[0]
    assert 'href="tel:129"' in main
    assert 'href="tel:+628111129129"' in main
    assert 'href="https://wa.me/628111129129" rel="noreferrer"' in main


def test_a_service_without_numbers_shows_its_providers(client):
    service = factories.service(factories.provider())
    assert 'href="tel:+622100000001"' in page(client, "service_detail", service.identifier).content.decode()


@pytest.mark.parametrize("view", ["service_list", "service_detail", "provider_detail"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_titles_and_addresses_name_nothing(client, service, view, language):
    listed = {"service_list": [], "service_detail": [service.identifier]}.get(view, [service.provider.identifier])
    response = page(client, view, *listed, language=language)
    assert "<title>Sekali</title>" in response.content.decode()
    assert not re.search(r"konseling|uptd|contoh|bantuan", response.request["PATH_INFO"], re.IGNORECASE)
    assert response.cookies == {}
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_indonesian_words_on_an_english_page_say_that_they_are(client, service):
    html = page(client, "service_detail", service.identifier, language="en").content.decode()
    assert re.search(r'<div class="stack stack-tight" lang="id">\s*<p>Ada yang mendengarkan.</p>', html)
    assert 'lang="id"><p>Free' not in html
    indonesian = page(client, "service_detail", service.identifier).content.decode()
    assert 'lang="id">' not in indonesian.split("<main")[1]


def test_a_provider_shows_itself_and_its_services(client, service):
    seen = text(page(client, "provider_detail", service.provider.identifier, language="en"))
    assert "UPTD PPA Contoh" in seen
    assert "Counselling" in seen


def test_an_unchecked_listing_says_so(client):
    service = factories.service(factories.provider())
    assert "Nobody has checked this yet" in text(page(client, "service_detail", service.identifier, language="en"))


def test_a_shelters_page_says_that_its_place_is_secret_and_shows_no_office(client):
    provider = factories.provider(street="Jalan Kantor 1", city="Kota Contoh")
    shelter = factories.service(provider, "Tempat aman", kind="c8", areas=[{"province": "ID-JB"}])
    seen = text(page(client, "service_detail", shelter.identifier, language="en"))
    assert "Kept secret, so that everybody there stays safe." in seen
    assert "Jalan Kantor" not in seen
    assert "Jalan Kantor 1" in text(page(client, "provider_detail", provider.identifier, language="en"))


def test_a_service_without_an_address_is_found_at_its_providers_office(client):
    provider = factories.provider(street="Jalan Kantor 1", city="Kota Contoh")
    at_office = factories.service(provider, "Di kantor")
    elsewhere = factories.service(provider, "Di tempat lain", street="Jalan Lain 2", city="Kota Lain")
    assert "Jalan Kantor 1, Kota Contoh" in text(page(client, "service_detail", at_office.identifier))
    assert "Jalan Kantor" not in text(page(client, "service_detail", elsewhere.identifier))


# --- filters ---


def titles(response):
    return [service.title for service in response.context["found"].services]


@pytest.fixture
def three():
    provider = factories.provider()
    factories.service(provider, "Hukum Papua", kind="c6", areas=[{"province": "ID-PA"}])
    factories.service(provider, "Konseling Jabar", kind="c4", areas=[{"province": "ID-JB"}])
    factories.service(provider, "Saluran nasional", kind="d7")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Saluran nasional", "Hukum Papua", "Konseling Jabar"]),
        ({"n": "c4"}, ["Konseling Jabar"]),
        ({"p": "PA"}, ["Hukum Papua", "Saluran nasional"]),
        ({"n": "d7", "p": "JB"}, ["Saluran nasional"]),
        ({"n": "c8"}, []),
    ],
)
def test_filters_are_short_codes(client, three, query, expected):
    response = page(client, "service_list", **query)
    assert titles(response) == expected
    assert response.context["understood"]


@pytest.mark.parametrize("query", [{"n": "zz"}, {"p": "ID-JB"}, {"p": "x" * 5000}, {"n": "' OR 1=1 --"}, {"n": "\0"}])
def test_what_is_not_understood_is_left_out_and_said(client, three, query):
    response = page(client, "service_list", language="en", **query)
    assert len(titles(response)) == 3
    assert "was not understood, so it was left out" in text(response)


@pytest.mark.parametrize("number", ["0", "-1", "999", "x", "1e9"])
def test_a_page_number_out_of_range_shows_a_page(client, three, number):
    assert len(titles(page(client, "service_list", page=number))) == 3


def test_twenty_to_a_page_and_the_filters_stay(client, settings):
    provider = factories.provider()
    for number in range(21):
        factories.service(provider, f"Layanan {number:02}", kind="c4")
    first = page(client, "service_list", n="c4")
    assert len(titles(first)) == 20
    assert "?n=c4&amp;page=2" in first.content.decode()
    assert titles(page(client, "service_list", n="c4", page="2")) == ["Layanan 20"]


def test_nothing_found_shows_the_national_lines(client):
    response = page(client, "service_list", language="en", n="c8")
    assert "Nothing found here" in text(response)
    main = response.content.decode().split("<main")[1].split("</main")[0]
    assert {'href="tel:129"', 'href="tel:110"', 'href="https://wa.me/628111129129"'} <= set(
        re.findall(r'href="(?:tel|https://wa)[^"]+"', main)
    )


def test_what_somebody_looks_for_is_not_logged(client, three, caplog):
    with caplog.at_level(logging.DEBUG):
        page(client, "service_list", n="c8", p="PA")
        page(client, "service_detail", uuid.uuid4())
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert "c8" not in said
    assert "info" not in said


# --- refusals ---


def test_drafts_defunct_and_absent_listings_look_the_same(client):
    provider = factories.provider()
    draft = factories.service(provider, "Draf", live=False)
    defunct = factories.service(provider, "Bubar", status=Status.DEFUNCT)
    unpublished = factories.provider("Belum terbit", live=False)
    answers = {
        page(client, view, identifier).content
        for view, identifier in [
            ("service_detail", draft.identifier),
            ("service_detail", defunct.identifier),
            ("service_detail", uuid.uuid4()),
            ("service_detail", provider.identifier),
            ("provider_detail", unpublished.identifier),
        ]
    }
    assert len(answers) == 1


def test_a_draft_of_a_published_listing_is_not_shown(client, service):
    service.description = "RAHASIA"
    service.save_revision()
    assert "RAHASIA" not in text(page(client, "service_detail", service.identifier))


def test_the_trees_own_addresses_lead_to_the_neutral_ones(client, service):
    index = factories.index()
    assert client.get(index.url_path.replace("/sekali/", "/", 1)).url == "/info/"
    old = service.url_path.replace("/sekali/", "/", 1)
    assert client.get(old).url == f"/info/s/{service.identifier}/"
    assert service.get_full_url() == f"http://localhost/info/s/{service.identifier}/"


def test_markup_in_a_listing_is_inert(client):
    planted = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    service = factories.service(factories.provider(), planted, description=planted, cost=planted, eligibility=planted)
    for view, listed in (("service_list", []), ("service_detail", [service.identifier])):
        assert planted not in page(client, view, *listed).content.decode()


# --- cost ---


def queries(client, *where):
    page(client, *where)  # the first time warms Wagtail's caches
    with CaptureQueriesContext(connection) as captured:
        page(client, *where)
    return len(captured)


def test_the_list_costs_the_same_however_long(client):
    costs = []
    for number in range(3):
        factories.service(factories.provider(f"Penyedia {number}"), schedules=EVERY_DAY, phones=[{"short_code": "129"}])
        costs.append(queries(client, "service_list"))
    assert costs[0] == costs[2] <= 15


def test_a_provider_costs_the_same_however_many_services(client):
    provider, costs = factories.provider(), []
    for number in range(3):
        factories.service(provider, f"Layanan {number}", schedules=EVERY_DAY)
        costs.append(queries(client, "provider_detail", provider.identifier))
    assert costs[0] == costs[2] <= 18  # one of them for the standards


def test_a_service_costs_the_same_however_many_parts(client):
    provider, costs = factories.provider(), []
    for rows in (1, 3):
        phones = [{"short_code": str(110 + row)} for row in range(rows)]
        service = factories.service(provider, schedules=EVERY_DAY[:rows], phones=phones)
        costs.append(queries(client, "service_detail", service.identifier))
    assert costs[0] == costs[1] <= 16  # one for what readers reported, one for the standards


# --- words ---


@pytest.mark.parametrize(
    ("province", "schedule", "expected"),
    [
        ("ID-JB", {"opens": time(8), "closes": time(16)}, "Open now until 16.00 WIB"),
        ("ID-PA", {"opens": time(8), "closes": time(16)}, "Open now until 16.00 WIT"),
        ("ID-PA", {"opens": time(8), "closes": time(11)}, "Closed now; opens Monday 08.00 WIT"),
        ("ID-BA", {"opens": time(11), "closes": time(16)}, "Closed now; opens Monday 11.00 WITA"),
        ("ID-JB", {"opens": time(20), "closes": time(6)}, "Closed now; opens Monday 20.00 WIB"),
        ("ID-JB", {"all_day": True}, "Open now until 24.00 WIB"),
    ],
)
def test_hours_are_told_on_the_clock_of_the_place(client, clock, province, schedule, expected):
    service = factories.service(
        factories.provider(province=""), areas=[{"province": province}], schedules=[{"weekday": 1} | schedule]
    )
    assert expected in text(page(client, "service_detail", service.identifier, language="en"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [(EVERY_DAY, "Open day and night"), (EVERY_DAY[:5], "Open now until Friday 24.00 WIB"), ([], "")],
)
def test_days_in_a_row_are_told_as_one(client, clock, days, expected):
    service = factories.service(factories.provider(), schedules=days)
    seen = text(page(client, "service_detail", service.identifier, language="en"))
    assert expected in seen
    assert ("Open now" in seen or "Open day and night" in seen) is bool(days)


def test_a_service_that_is_closed_for_a_time_is_never_open_now(client, clock):
    service = factories.service(factories.provider(), schedules=EVERY_DAY, status=Status.CLOSED)
    seen = text(page(client, "service_detail", service.identifier, language="en"))
    assert "Closed for a time" in seen
    assert "Open day and night" not in seen.split("Opening hours")[0]


def test_the_week_in_few_lines(client, clock):
    service = factories.service(
        factories.provider(),
        schedules=[
            *[{"weekday": day, "opens": time(8), "closes": time(12)} for day in range(1, 6)],
            *[{"weekday": day, "opens": time(13), "closes": time(0)} for day in range(1, 6)],
            {"weekday": 6, "opens": time(8), "closes": time(10), "valid_from": date(2026, 12, 1)},
            {"weekday": 7, "all_day": True, "valid_to": date(2026, 1, 1)},
        ],
    )
    with override("en"):
        lines = [
            (str(days), [hours.replace("\N{EN DASH}", "-") for hours in of_day]) for days, of_day in words.week(service)
        ]
    assert lines == [
        ("Monday to Friday", ["08.00-12.00", "13.00-24.00"]),
        ("Saturday", ["08.00-10.00 (from Tue, 1 Dec 2026)"]),
        ("Sunday", []),
    ]


@pytest.mark.parametrize(
    ("youngest", "oldest", "expected"),
    [(None, None, ""), (6, None, "from 6 years"), (None, 17, "up to 17 years"), (0, 17, "up to 17 years"), (6, 17, "6 to 17 years")],
)  # fmt: skip
def test_ages_in_words(youngest, oldest, expected):
    from directory.models import ServicePage

    with override("en"):
        assert words.ages(ServicePage(minimum_age=youngest, maximum_age=oldest)) == expected
