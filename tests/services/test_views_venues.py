"""Which provider answers for a house: seen by its keepers, said by a verifier."""

import pytest
from django.urls import reverse

from cms.accounts.models import Membership
from directory.actions.listings import make_group
from services.models import Venue
from tests import factories
from tests.directory import verified
from tests.directory.test_views import text
from tests.entering import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(things):
    verified.binding()
    return things["room"].venue


@pytest.fixture
def verifier(client, venue):
    person = verified.verifier()
    enter(client, person)
    return person


def listed(client):
    return client.get(reverse("services:venue_list"))


def tie(client, venue, provider):
    facts = {"provider": provider.pk if provider else ""}
    return client.post(reverse("services:venue_tie", args=[venue.pk]), facts)


def test_a_keeper_sees_its_own_houses_and_until_when_they_are_open(client, cast, venue):
    factories.venue(cast.police, "Rumah Lain")
    Venue.objects.create(code_name="Rumah Kosong", agency=cast.house, province="ID-JB")
    enter(client, cast.keeper)
    seen = text(listed(client))
    assert "Rumah Terperiksa" in seen
    assert "untuk hari sebelum" in seen
    assert "Rumah Kosong" in seen
    assert "belum ada: minta pemeriksa" in seen
    assert "Rumah Lain" not in seen
    assert client.get(reverse("services:venue_tie", args=[venue.pk])).status_code == 404
    assert reverse("services:venue_list") in client.get(reverse("services:resource_list")).content.decode()


def test_without_a_house_it_says_so(client, cast):
    Venue.objects.all().delete()
    enter(client, cast.keeper)
    assert "Belum ada rumah" in text(listed(client))


def test_a_verifier_sees_them_all_and_says_who_answers(client, cast, venue, verifier):
    police = Venue.objects.create(code_name="Ruang Polres", agency=cast.police, province="ID-JB")
    other = verified.house(title="Rumah Lain")
    assert "kantor negara" in text(listed(client))
    assert "Rumah Lain" in text(client.get(reverse("services:venue_tie", args=[police.pk])))
    assert tie(client, venue, other)["Location"] == reverse("services:venue_list")
    venue.refresh_from_db()
    assert venue.provider == other
    tie(client, venue, None)
    venue.refresh_from_db()
    assert venue.provider is None


def test_one_that_is_not_listed_is_no_choice(client, venue, verifier):
    hidden = verified.house(title="Rumah Draf")
    hidden.live = False
    hidden.save()
    assert tie(client, venue, hidden).status_code == 200
    venue.refresh_from_db()
    assert venue.provider != hidden


def test_a_verifier_of_the_team_is_refused_in_words_and_one_of_the_house_finds_nothing(client, cast, venue, verifier):
    verifier.groups.add(make_group(venue.provider))
    assert "Minta pemeriksa lain." in text(tie(client, venue, venue.provider))
    Membership.objects.create(user=verifier, agency=cast.house, role="keeper", starts=factories.long_ago())
    assert tie(client, venue, None).status_code == 404
    venue.refresh_from_db()
    assert venue.provider is not None


def test_one_house_and_three_cost_the_same(client, cast, venue, django_assert_max_num_queries):
    enter(client, cast.keeper)
    counts = []
    for more in range(2):
        for _number in range(2 * more):
            factories.venue(cast.house)
        listed(client)
        with django_assert_max_num_queries(30) as spent:
            listed(client)
        counts.append(len(spent))
    assert counts[0] == counts[1]
