"""The feed that only says busy: who may have one, what it shows, and how it ends."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from cms.accounts.models import Membership, Role
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import feeds
from services.actions.occupancy import release, take
from services.models import Booking, Feed, FeedSwitch, Interview, Occupancy, Resource
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services.pages import Page
from tests.services.rules.test_feeds import SAID, faults

HOUR = timedelta(hours=1)


@pytest.fixture
def house(cast):
    """The keeper of the house has allowed feeds, a moment ago."""
    with acting_as(cast.keeper):
        before = factories.now() - timedelta(minutes=5)
        feeds.switch_feeds(agency=cast.house, allowed=True, by=cast.keeper, now=before)
    return cast


@pytest.fixture
def fed(house):
    """The companion has a feed: `token`, `address`, and `get()` as a telephone asks."""
    token = made(house.companion)
    address = reverse("services:feed", args=[token])
    return SimpleNamespace(
        cast=house, user=house.companion, row=house.companion.resource, token=token, address=address,
        get=lambda: Client().get(address),
    )  # fmt: skip


def made(user):
    with acting_as(user):
        return feeds.make_feed(by=user, now=factories.now() - timedelta(minutes=1))


def events(answer):
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


def refused(user):
    with acting_as(user), pytest.raises(Objected) as refusal:
        feeds.make_feed(by=user, now=factories.now())
    return refusal.value.keys


# --- what it shows ----------------------------------------------------------------------------------------------------


def test_bookings_and_holds_of_the_next_sixty_days_and_nothing_else(fed, things):
    now, nine = factories.now(), factories.workday(hour=9)
    other = fed.cast.psychologist.resource.pk
    (booked,) = take(wanted={fed.row.pk: (nine, nine + HOUR)}, now=now)
    take(wanted={fed.row.pk: (nine + 2 * HOUR, nine + 3 * HOUR)}, now=now, hold_until=now + HOUR)
    take(wanted={fed.row.pk: (nine + 4 * HOUR, nine + 5 * HOUR)}, now=now - HOUR, hold_until=now - timedelta(minutes=1))
    (freed,) = take(wanted={fed.row.pk: (nine + 6 * HOUR, nine + 7 * HOUR)}, now=now)
    release([freed])
    take(wanted={fed.row.pk: (now + timedelta(days=61), now + timedelta(days=61, hours=1))}, now=now)
    take(wanted={fed.row.pk: (now - 3 * HOUR, now - 2 * HOUR)}, now=now)
    take(wanted={other: (nine, nine + HOUR), things["room"].pk: (nine, nine + HOUR)}, now=now)
    answer = fed.get()
    assert [(e["DTSTART"].dt, e["DTEND"].dt) for e in events(answer)] == [
        (nine, nine + HOUR), (nine + 2 * HOUR, nine + 3 * HOUR)
    ]  # fmt: skip
    assert faults(answer.content) == []
    assert all(set(event) == SAID for event in events(answer))
    again = events(fed.get())
    assert [str(e["UID"]) for e in again] == [str(e["UID"]) for e in events(answer)]
    assert str(booked.pk) != str(again[0]["UID"])


def test_it_says_nothing_of_a_case(world, house):
    """A real interview: not its case, its room, its venue, its kind, its people."""
    with acting_as(house.social_worker):
        interview = Interview.objects.get(case=world.booked.case)
        taken = Booking.objects.filter(interview=interview).values("occupancy")
        nine = factories.workday(hour=9)
        as_owner("UPDATE services_occupancy SET span = %s WHERE id = %s", factories.span(nine),
                 Occupancy.objects.get(pk__in=taken, resource=house.companion.resource).pk)  # fmt: skip
        names = [*Resource.objects.exclude(name="").values_list("name", flat=True), interview.venue.code_name]
    text = Client().get(reverse("services:feed", args=[made(house.companion)])).content.decode()
    assert text.count("BEGIN:VEVENT") == 1
    assert not [word for word in [world.booked.code, *names, "Sekali", "interview", "wawancara"] if word in text]


def test_nobody_keeps_it_and_anybody_with_the_token_is_told_the_same(fed):
    answer = fed.get()
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert not answer.cookies
    signed_in = Client()
    enter(signed_in, fed.cast.outsider)
    assert len(events(signed_in.get(fed.address))) == len(events(answer))
    assert Client().post(fed.address).status_code == 405


def test_a_feed_asks_the_database_once(fed):
    nine = factories.workday(hour=9)
    for n in range(3):
        take(wanted={fed.row.pk: (nine + n * HOUR, nine + (n + 1) * HOUR)}, now=factories.now())
        with CaptureQueriesContext(connection) as queries:
            assert len(events(fed.get())) == n + 1
        asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        assert [sql.split("(")[0] for sql in asked] == ["SELECT uid, span FROM sekali_feed"]


# --- how it ends ------------------------------------------------------------------------------------------------------


def disabled(fed):
    type(fed.user).objects.filter(pk=fed.user.pk).update(is_active=False)


def left(fed):
    Membership.objects.filter(user=fed.user).update(ends=factories.now() - timedelta(seconds=30))


def came_back(fed):
    left(fed)
    Membership.objects.create(
        user=fed.user, agency=fed.cast.house, role=Role.COMPANION, starts=factories.now() - timedelta(seconds=20)
    )


def out_of_use(fed):
    Resource.objects.filter(pk=fed.row.pk).update(active=False)


def moved(fed):
    Resource.objects.filter(pk=fed.row.pk).update(agency=fed.cast.police)


def forbidden(fed):
    with acting_as(fed.cast.keeper):
        feeds.switch_feeds(agency=fed.cast.house, allowed=False, by=fed.cast.keeper, now=factories.now())


def forbidden_and_allowed_again(fed):
    forbidden(fed)
    with acting_as(fed.cast.keeper):
        feeds.switch_feeds(agency=fed.cast.house, allowed=True, by=fed.cast.keeper, now=factories.now())


def ended(fed):
    with acting_as(fed.user):
        feeds.end_feed(by=fed.user, now=factories.now())


def made_anew(fed):
    made(fed.user)


@pytest.mark.parametrize(
    "end", [disabled, left, came_back, out_of_use, moved, forbidden, forbidden_and_allowed_again, ended, made_anew]
)
def test_it_ends_at_once_and_looks_as_if_it_had_never_been(fed, end):
    assert fed.get().status_code == 200
    end(fed)
    never = Client().get(reverse("services:feed", args=["x" * len(fed.token)]))
    gone = fed.get()
    assert (gone.status_code, gone.content) == (404, never.content)
    assert dict(gone.headers) == dict(never.headers)


@pytest.mark.parametrize("token", ["x", "-", "0" * 43, "A" * 4000])
def test_a_token_that_is_none_is_not_found(fed, token):
    assert Client().get(reverse("services:feed", args=[token])).status_code == 404


def test_the_hash_is_no_token(fed):
    assert Client().get(reverse("services:feed", args=[hash_in_database(fed)])).status_code == 404


def hash_in_database(fed):
    with acting_as(fed.user):
        return Feed.objects.get().token_hash


def test_a_new_address_names_its_events_anew(fed):
    nine = factories.workday(hour=9)
    take(wanted={fed.row.pk: (nine, nine + HOUR)}, now=factories.now())
    before = events(fed.get())[0]["UID"]
    assert events(Client().get(reverse("services:feed", args=[made(fed.user)])))[0]["UID"] != before


def test_who_asks_too_often_waits(fed):
    telephone = Client(REMOTE_ADDR="203.0.113.7")
    answers = [telephone.get(fed.address).status_code for _time in range(121)]
    assert answers[0] == 200
    assert answers[-1] == 429


# --- who may ----------------------------------------------------------------------------------------------------------


def test_without_the_agencys_leave_or_a_row_of_ones_own_there_is_none(cast, house):
    assert refused(house.investigator) == ("feed_not_allowed",)
    assert refused(house.keeper) == ("feed_needs_a_row",)
    assert not Feed.objects.exists()


def test_leave_is_said_once(house):
    before = FeedSwitch.objects.get().at
    with acting_as(house.keeper):
        feeds.switch_feeds(agency=house.house, allowed=True, by=house.keeper, now=factories.now())
        assert list(AuditEvent.objects.filter(verb="feeds.allowed").values_list("actor", flat=True)) == [
            house.keeper.pk
        ]
    assert FeedSwitch.objects.get().at == before


def test_only_the_hash_is_kept(fed):
    with acting_as(fed.user), connection.cursor() as cursor:
        assert hash_in_database(fed) == hashlib.sha256(fed.token.encode()).hexdigest()
        cursor.execute("SELECT to_jsonb(feed)::text FROM services_feed feed")
        assert fed.token not in cursor.fetchone()[0]
        assert fed.token not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("name", ["outsider", "psychologist", "keeper", None])
def test_nobody_sees_or_makes_a_feed_of_somebody_elses(fed, name):
    with acting_as(name and getattr(fed.cast, name)):
        assert not Feed.objects.exists()
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Feed.objects.create(user=fed.cast.interviewer, token_hash="x", seed="x", made_at=factories.now())


@pytest.mark.parametrize("name", ["companion", "social_worker", "investigator", "outsider"])
def test_the_database_lets_no_other_give_leave(house, name):
    """Neither changes the house's, nor gives another agency's."""
    person = getattr(house, name)
    with acting_as(person):
        assert FeedSwitch.objects.update(allowed=False) == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            FeedSwitch.objects.create(agency=house.police, allowed=True, by=person, at=factories.now())


def test_a_coordinator_gives_leave_in_her_own_name(cast):
    coordinator = factories.member("Hana", cast.police, Role.COORDINATOR)
    with acting_as(coordinator):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            FeedSwitch.objects.create(agency=cast.police, allowed=True, by=cast.keeper, at=factories.now())
        feeds.switch_feeds(agency=cast.police, allowed=True, by=coordinator, now=factories.now())
    assert FeedSwitch.objects.get().agency == cast.police


# --- on screen --------------------------------------------------------------------------------------------------------


def test_an_address_is_shown_once(client, house):
    enter(client, house.companion)
    page = reverse("services:feed_detail")
    assert "Alamat Anda tidak aktif" in Page(client.get(page)).main
    shown = Page(client.post(page))
    address = shown.soup.select_one("code.secret").get_text()
    assert Client().get(address.removeprefix("http://testserver")).status_code == 200
    later = Page(client.get(page))
    assert "Alamat Anda aktif" in later.main
    assert address not in later.html
    assert client.post(reverse("services:feed_end")).status_code == 302
    assert client.post(reverse("services:feed_end")).status_code == 302
    assert Client().get(address.removeprefix("http://testserver")).status_code == 404


def test_who_may_not_is_told_so_and_has_no_button(client, cast):
    enter(client, cast.companion)
    page = Page(client.get(reverse("services:feed_detail")))
    assert "tidak mengizinkannya" in page.main
    assert not page.soup.find("main").select("button[type=submit]")
    answer = client.post(reverse("services:feed_detail"))
    assert answer.status_code == 200
    assert "tidak mengizinkan" in " ".join(Page(answer).errors())


def test_before_an_address_is_made_the_site_asks_whether_it_is_still_you(client, house):
    enter(client, house.companion)
    session = client.session
    for entry in session["account_authentication_methods"]:
        entry["at"] -= 3600
    session.save()
    answer = client.post(reverse("services:feed_detail"))
    assert answer.status_code == 302
    assert "again" in answer["Location"]
    with acting_as(house.companion):
        assert not Feed.objects.exists()


def test_a_keeper_switches_on_and_off(client, cast):
    enter(client, cast.keeper)
    address = reverse("services:feed_switch", args=[cast.house.pk])
    page = reverse("services:feed_detail")
    assert "tidak diizinkan" in Page(client.get(page)).main
    assert client.post(address, {"allowed": "on"}).status_code == 302
    assert FeedSwitch.objects.get().allowed
    assert "Larang" in Page(client.get(page)).main
    assert client.post(address).status_code == 302
    assert not FeedSwitch.objects.get().allowed


def test_others_switch_nothing(client, house):
    for person in (house.companion, house.social_worker, house.outsider):
        enter(client, person)
        assert client.post(reverse("services:feed_switch", args=[house.house.pk])).status_code == 403
    assert FeedSwitch.objects.get().allowed
