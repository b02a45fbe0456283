"""A house by day and week, and one's own agenda: hours without a case, and the way to the case for its members."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.accounts.models import Agency, Membership, Role
from cms.database.context import acting_as
from services.actions.hours import HORIZON
from services.actions.occupancy import take
from services.models import Booking, Interview, OutsideBusy, OutsideCalendar
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services.pages import Page

HOUR = timedelta(hours=1)
DAY, WEEK, AGENDA = "services:house_day", "services:house_week", "services:agenda"


@pytest.fixture
def house(client, cast, things):
    """The social worker looks; rooms and people work from eight to five."""
    enter(client, cast.social_worker)
    for resource in (things["room"], things["kit"], cast.companion.resource):
        factories.works(resource)
    return cast


@pytest.fixture
def nine():
    return factories.workday(days=3, hour=9)


def ask(client, name, **query):
    return Page(client.get(reverse(name), query))


def row(page, name):
    """{column: words} of a resource's row, the hours or days alone."""
    found = next(r for r in page.soup.select("tbody tr") if r.th.get_text().startswith(name))
    columns = [" ".join(th.get_text(" ").split()) for th in page.soup.select("thead th")][1:]
    cells = [
        " ".join(td.get_text(" ").split()) for td in found.find_all("td") if "house-list" not in td.get("class", ())
    ]
    return dict(zip(columns, cells, strict=True))


# --- the day ----------------------------------------------------------------------------------------------------------


def test_a_day_says_free_taken_held_and_away(client, house, things, nine):
    now, room = factories.now(), things["room"]
    take(wanted={room.pk: (nine, nine + HOUR)}, now=now)
    take(wanted={room.pk: (nine + 2 * HOUR, nine + 2.5 * HOUR)}, now=now, hold_until=now + HOUR)
    take(wanted={things["kit"].pk: (nine, nine + HOUR)}, now=now - HOUR, hold_until=now - timedelta(minutes=1))
    take(wanted={house.psychologist.resource.pk: (nine, nine + HOUR)}, now=now)
    page = ask(client, DAY, on=nine.date())
    found = row(page, "Melati")
    assert (found["08.00"], found["09.00"]) == ("kosong", "terpakai")
    assert found["11.00"] == "11.00–11.30 ditahan 11.30–12.00 kosong"
    assert row(page, "Perekam 1")["09.00"] == "kosong"
    assert row(page, house.psychologist.name) == {
        "08.00": "tidak ada", "09.00": "09.00–10.00 terpakai, meski tidak ada",
        **{f"{hour:02}.00": "tidak ada" for hour in range(10, 17)},
    }  # fmt: skip


def test_the_table_is_one_that_is_read_aloud(client, house, things, nine):
    take(wanted={things["room"].pk: (nine, nine + HOUR)}, now=factories.now())
    page = ask(client, DAY, on=nine.date())
    table = page.soup.find("table")
    assert "WIB" in table.caption.get_text()
    assert {th["scope"] for th in table.select("thead th")} == {"col"}
    assert {th["scope"] for th in table.select("tbody th")} == {"row"}
    assert all(svg["aria-hidden"] == "true" for svg in table.find_all("svg"))
    listed = next(r for r in table.select("tbody tr") if r.th.get_text().startswith("Melati")).select(".stretches li")
    assert [" ".join(li.get_text(" ").split()) for li in listed] == [
        "08.00–09.00 kosong", "09.00–10.00 terpakai", "10.00–17.00 kosong"
    ]  # fmt: skip


def test_days_are_linked_and_today_is_marked(client, house):
    today = factories.now().astimezone(factories.JAKARTA).date()
    page = ask(client, DAY)
    assert page.soup.select_one(".page-head .chip").get_text() == "hari ini"
    links = [a["href"] for a in page.soup.select(".house-steps a")]
    assert links == [f"?on={today + timedelta(days=1)}"]
    later = ask(client, DAY, on=today + timedelta(days=1))
    assert [a["href"] for a in later.soup.select(".house-steps a")] == [
        f"?on={today}", "?", f"?on={today + timedelta(days=2)}"
    ]  # fmt: skip
    last = ask(client, DAY, on=today + timedelta(days=HORIZON - 1))
    assert len(last.soup.select(".house-steps a")) == 2


@pytest.mark.parametrize("on", ["yesterday", "2026-13-99", "1999-01-01", "9999-12-31", "'; --"])
def test_a_day_that_cannot_be_shown_is_said_and_today_is_shown(client, house, on):
    for name in (DAY, WEEK):
        page = ask(client, name, on=on)
        assert page.errors()
        assert page.soup.select_one("[name=on]")["value"] == on
        assert "Melati" in page.main


def test_hours_are_on_the_agencys_clock(client, cast, nine):
    agency = Agency.objects.create(
        name="Rumah Timur", kind="house", province="ID-PA", district="x", zone="Asia/Jayapura"
    )
    worker = factories.member("Yohana", agency, Role.KEEPER)
    room = factories.room(factories.venue(agency, province="ID-PA"), "Kenanga")
    take(wanted={room.pk: (nine, nine + HOUR)}, now=factories.now())
    enter(client, worker)
    page = ask(client, DAY, on=nine.date())
    assert "WIT" in page.soup.caption.get_text()
    assert row(page, "Kenanga")["11.00"] == "11.00–12.00 terpakai, meski tidak ada"


# --- the week ---------------------------------------------------------------------------------------------------------


def test_a_week_says_what_is_taken_and_how_much_is_free(client, house, things, nine):
    take(wanted={things["room"].pk: (nine, nine + HOUR)}, now=factories.now())
    page = ask(client, WEEK, on=nine.date())
    found = list(row(page, "Melati").values())
    assert len(found) == 7
    assert found[:2] == ["09.00–10.00 terpakai 8 jam kosong", "9 jam kosong"]
    assert set(row(page, house.psychologist.name).values()) == {"tidak ada"}
    assert next(a["href"] for a in page.soup.select("thead a")) == f"{reverse(DAY)}?on={nine.date()}"
    assert "hari ini" in ask(client, WEEK).soup.select_one("thead th[aria-current=date]").get_text()


@pytest.mark.parametrize("name", [DAY, WEEK])
def test_the_cost_is_the_same_for_many(client, house, things, nine, name):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name), {"on": nine.date()})
        return len(queries)

    cost()
    before = cost()
    for number in range(3):
        room = factories.room(things["room"].venue, f"Ruang {number}")
        factories.works(room)
        take(wanted={room.pk: (nine, nine + HOUR)}, now=factories.now())
    assert cost() == before


# --- whose ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [DAY, WEEK])
def test_nothing_of_a_case_is_on_it(client, world, name):
    enter(client, world.cast.social_worker)
    with acting_as(world.cast.social_worker):
        move_ahead(world)
    page = ask(client, name, on=factories.workday().date())
    assert "terpakai" in page.main
    assert not [code for code in (world.booked.code, world.fresh.code, "cases/K-") if code in page.main]
    assert not page.soup.find("main").select("a[href*='/cases/']")
    assert str(world.booked.case.child_resource_id) not in [tr.get("id") for tr in page.soup.select("tr")]
    assert len(page.soup.select("tbody tr")) == 8  # what is the house's, and no child's row


def test_one_sees_the_houses_one_works_for(client, cast, things):
    enter(client, cast.investigator)
    page = ask(client, DAY)
    assert cast.police.name in page.main
    assert "Melati" not in page.main
    for asked in (cast.house.pk, 0, "x"):
        assert client.get(reverse(DAY), {"agency": asked}).status_code == 404


def test_who_works_for_two_chooses(client, cast, things):
    Membership.objects.create(
        user=cast.investigator, agency=cast.house, role=Role.COMPANION, starts=factories.long_ago()
    )
    enter(client, cast.investigator)
    page = ask(client, DAY, agency=cast.house.pk)
    assert page.soup.select_one("select[name=agency] option[selected]")["value"] == str(cast.house.pk)
    assert "Melati" in page.main
    assert page.soup.select_one(".house-steps a")["href"].startswith(f"?agency={cast.house.pk}&on=")


def test_a_house_without_anything_says_so(client, cast):
    agency = factories.agency("Rumah Kosong", "house")
    enter(client, factories.member("Ina", agency, Role.KEEPER))
    for name in (DAY, WEEK):
        assert "Belum ada yang dapat dipesan" in ask(client, name).main


# --- the agenda -------------------------------------------------------------------------------------------------------


def move_ahead(world):
    """The interview of `booked` takes place on a morning to come after all."""
    interview = Interview.objects.get(case=world.booked.case)
    span = factories.span(factories.workday())
    taken = list(Booking.objects.filter(interview=interview).values_list("occupancy_id", flat=True))
    as_owner("UPDATE services_occupancy SET span = %s WHERE id = ANY (%s)", span, taken)
    as_owner("UPDATE services_interview SET span = %s WHERE id = %s", span, interview.pk)
    return interview


@pytest.fixture
def expected(world):
    with acting_as(world.cast.social_worker):
        return move_ahead(world)


def test_ones_agenda_has_the_hour_and_the_code_stands_behind_the_link(client, world, expected):
    enter(client, world.cast.companion)
    page = ask(client, AGENDA)
    (entry,) = page.soup.select(".people li")
    assert "09.00–09.50 WIB" in entry.get_text()
    assert world.booked.code not in page.html
    assert "Melati" not in page.html
    answer = client.get(entry.a["href"])
    assert answer["Location"] == reverse("services:interview_detail", args=[world.booked.code, expected.pk])


def test_who_is_not_on_the_team_sees_the_hour_only(client, world, expected):
    """The search finds interviewers of no team: they must know when, and not for whom."""
    enter(client, world.cast.interviewer)
    (entry,) = ask(client, AGENDA).soup.select(".people li")
    assert "09.00–09.50 WIB" in entry.get_text()
    assert "bukan anggota timnya" in entry.get_text()
    assert entry.a is None
    with acting_as(world.cast.social_worker):
        mine = Booking.objects.get(interview=expected, occupancy__resource__user=world.cast.interviewer).occupancy_id
    assert client.get(reverse("services:agenda_open", args=[mine])).status_code == 404


def test_nobody_opens_an_hour_of_somebody_elses(client, world, expected):
    with acting_as(world.cast.social_worker):
        hers = Booking.objects.get(interview=expected, occupancy__resource__user=world.cast.companion).occupancy_id
    enter(client, world.cast.social_worker)
    for pk in (hers, 0, 2**63 - 1):
        assert client.get(reverse("services:agenda_open", args=[pk])).status_code == 404


def test_holds_past_hours_and_clashes(client, cast, nine):
    row, now = cast.companion.resource, factories.now()
    take(wanted={row.pk: (nine, nine + HOUR)}, now=now, hold_until=now + HOUR)
    take(wanted={row.pk: (now - 2 * HOUR, now - HOUR)}, now=now)
    with acting_as(cast.companion):
        kept = OutsideCalendar.objects.create(
            resource=row, since=now, until=now + 90 * 24 * HOUR, by=cast.companion, at=now, kept_at=now
        )
    enter(client, cast.companion)
    (entry,) = ask(client, AGENDA).soup.select(".people li")
    assert "ditahan" in entry.get_text()
    assert "Anda sibuk" not in entry.get_text()
    OutsideBusy.objects.create(calendar=kept, resource=row, span=DateTimeTZRange(nine, nine + HOUR))
    (entry,) = ask(client, AGENDA).soup.select(".people li")
    assert "Anda sibuk" in entry.get_text()


def test_an_empty_agenda_says_why(client, cast):
    for person, words in ((cast.companion, "tidak ditunggu di mana pun"), (cast.keeper, "belum dapat dipesan")):
        enter(client, person)
        assert words in ask(client, AGENDA).main


def test_the_agenda_costs_the_same_for_many(client, cast, nine):
    enter(client, cast.companion)
    costs = []
    for number in range(3):
        take(
            wanted={cast.companion.resource.pk: (nine + number * HOUR, nine + (number + 1) * HOUR)}, now=factories.now()
        )
        client.get(reverse(AGENDA))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(AGENDA))
        costs.append(len(queries))
    assert len(set(costs)) == 1


def test_strangers_see_no_calendar(client, cast):
    enter(client, cast.outsider)
    for name in (DAY, WEEK, AGENDA, "services:feed_detail"):
        assert client.get(reverse(name)).status_code == 403
