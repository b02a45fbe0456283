"""The state on cards and pages, in words; and the one tap that says a listing is still correct."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.directory import factories
from tests.directory.test_views import page, text
from tests.entering import enter, enter_halfway

pytestmark = pytest.mark.django_db


def checked(provider, ago, by="reviewer", how="call", **facts):
    day = timezone.localdate() - timedelta(days=ago)
    return factories.service(provider, checked_on=day, checked_by=by, checked_how=how, **facts)


@pytest.mark.parametrize(
    ("ago", "by", "said", "not_said"),
    [
        (10, "reviewer", ["Checked on", "by a reviewer of this directory, by telephone"], ["due", "Not confirmed"]),
        (10, "provider", ["The provider itself said on"], ["Checked on", "Not confirmed"]),
        (185, "reviewer", ["A new check is due.", "Checked on"], ["Not confirmed"]),
        (185, "provider", ["A new check is due.", "The provider itself said on"], ["Checked on"]),
        (215, "reviewer", ["Not confirmed.", "Checked on", "If nobody answers, call 129."], ["due"]),
    ],
)
@pytest.mark.parametrize("view", ["service_list", "service_detail"])
def test_the_state_is_said_in_words(client, provider, view, ago, by, said, not_said):
    service = checked(provider, ago, by)
    listed = [service.identifier] if view == "service_detail" else []
    seen = text(page(client, view, *listed, language="en")).split("main")[-1]
    assert [words for words in said if words not in seen] == []
    assert [words for words in not_said if words in seen] == []


def test_last_changed_is_said_apart_from_last_checked(client, provider):
    service = checked(provider, 10)
    for view, name in (("service_detail", service.identifier), ("provider_detail", provider.identifier)):
        assert "Last changed on" in text(page(client, view, name, language="en"))
    assert "Terakhir diubah" in text(page(client, "service_detail", service.identifier))


def test_lists_put_what_is_not_confirmed_last(client, provider):
    checked(provider, 400, title="A")
    checked(provider, 1, title="B")
    assert [service.title for service in page(client, "service_list").context["found"].services] == ["B", "A"]
    of_provider = page(client, "provider_detail", provider.identifier)
    assert [service.title for service in of_provider.context["services"]] == ["B", "A"]


# --- still correct ---


def address(listing):
    return reverse("directory:listing_confirm", args=[listing.identifier])


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_one_tap_says_it_is_still_correct(client, provider, editor, prefix):
    service = checked(provider, 185)
    enter(client, editor)
    answer = client.post(prefix + address(service))
    assert answer.status_code == 200
    assert ("Terima kasih" in text(answer)) is (prefix == "")
    service.refresh_from_db()
    assert (service.checked_on, service.checked_by) == (timezone.localdate(), "provider")
    assert "The provider itself said on" in text(page(client, "service_detail", service.identifier, language="en"))


def test_a_refusal_is_said_calmly(client, provider, editor):
    service = checked(provider, 3)
    enter(client, editor)
    answer = client.post(address(service))
    assert answer.status_code == 409
    assert "kurang dari 30 hari lalu" in answer.content.decode()


@pytest.mark.parametrize("how", ["", "telepati", "x" * 5000])
def test_a_reviewer_must_say_how(client, provider, how):
    service = checked(provider, 185)
    enter(client, factories.reviewer("peninjau2"))
    assert client.post(address(service), {"how": how}).status_code == 409
    assert client.post(address(service), {"how": "call"}).status_code == 200


def test_looking_changes_nothing(client, provider, editor):
    enter(client, editor)
    assert client.get(address(provider)).status_code == 405


def test_others_listings_and_absent_ones_look_the_same(client, provider, editor):
    theirs = factories.provider("Penyedia lain")
    enter(client, editor)
    for listing in (theirs, factories.service(theirs)):
        assert client.post(address(listing)).status_code == 404
        listing.refresh_from_db()
        assert listing.checked_on is None
    assert client.post("/provider/confirm/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_nobody_and_the_second_step(client, provider, editor):
    service = checked(provider, 185)
    assert client.post(address(service)).url.startswith("/account/login/")
    enter_halfway(client, editor)
    assert client.post(address(service)).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    enter(strict, editor)
    assert strict.post(address(service)).status_code == 403
    service.refresh_from_db()
    assert service.checked_by == "reviewer"


def test_it_costs_the_same_however_large_the_provider(client, provider, editor):
    enter(client, editor)
    costs = []
    for number in range(3):
        service = checked(provider, 185, title=f"Layanan {number}")
        with CaptureQueriesContext(connection) as captured:
            client.post(address(service))
        costs.append(len(captured))
    assert costs[1] == costs[2]


# --- the share in date ---


def rows(response, name):
    return [
        (str(group), share.fresh, share.due, share.unconfirmed, share.percent)
        for group, share in response.context[name]
    ]


def test_the_share_in_date_by_kind_and_place(client, provider):
    checked(provider, 1, kind="c4", areas=[{"province": "ID-JB"}, {"province": "ID-PA"}])
    checked(provider, 185, kind="c4", areas=[{"province": "ID-JB"}])
    checked(provider, 1, kind="d7")
    factories.service(provider, kind="c4", areas=[{"province": "ID-JB", "district": "Kota Bandung"}])
    factories.service(provider, kind="c6", live=False)
    seen = page(client, "freshness_share", language="en")
    assert rows(seen, "kinds") == [("Counselling and support for the mind", 1, 1, 1, 33), ("Helpline", 1, 0, 0, 100)]
    assert rows(seen, "provinces") == [
        ("Jawa Barat", 1, 1, 1, 33), ("All of Indonesia", 1, 0, 0, 100), ("Papua", 1, 0, 0, 100),
    ]  # fmt: skip
    assert "2 of 4 services are in date (50%)." in text(seen)
    assert seen.content.decode().count('width="33"') == 2
    assert "<title>Sekali</title>" in seen.content.decode()
    assert seen.cookies == {}


def test_an_empty_directory_says_so(client):
    assert "No service is listed here now." in text(page(client, "freshness_share", language="en"))


def test_the_share_costs_the_same_however_many(client, provider):
    costs = []
    for number in range(3):
        checked(provider, 1, title=f"Layanan {number}")
        page(client, "freshness_share")
        with CaptureQueriesContext(connection) as captured:
            page(client, "freshness_share")
        costs.append(len(captured))
    assert costs[0] == costs[2] <= 8
